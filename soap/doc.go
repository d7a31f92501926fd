// Package soap is SOAP itself: envelope, headers, dispatch, faults, limits. It knows no operation;
// packages externalbooking and externalcalendar bind theirs.
//
// # One call
//
//	GET  ?wsdl, ?wsdl=1.2, ?xsd=NAME            the contract, with the right address
//	POST                                        405 for anything else
//	 1  Content-Type: XML of some kind          415 otherwise; read leniently, KDSoap leaves action= unquoted
//	 2  caller's certificate; body, bounded     too large: a fault; too slow: 408, and the connection is closed.
//	                                            Beyond 64 KiB it needs a place among the large ones, like 7
//	 3  charset → UTF-8 → checked tokens        wire.Reader: limits before anything is built
//	 4  Envelope → version; Header → the two headers of STAR's services, mustUnderstand, the ping
//	 5  Body's only child → operation, read and validated against the contract; then nothing may follow
//	    and: may the caller act as that organisation?  the operation asks the same of its job centre
//	 6  SOAPAction only if it names another of our operations (WS-I BP 1.1 R1127: never rely on it)
//	 7  a place among the calls at work         else a Server fault that asks to try again
//	 8  the operation; its answer, optionally validated like a request
//
// Nothing of the request is echoed, its headers neither: a client that sent mustUnderstand would
// have to understand them back.
//
// # Faults
//
// Every SOAP fault is HTTP 500, in SOAP 1.2 too: the 1.2 binding's 400 for Sender faults makes WCF
// clients throw away the envelope. faults.go is the only file that knows STAR's numbers.
//
// # Logs
//
// One line per call: operation, duration, job centre, fault number, how much was offered. Whatever
// text could hold a CPR passes through Mask.
package soap
