// Package soapclient calls SOAP 1.1 services over HTTP: it writes envelopes, reads answers by the contract,
// and tells apart what a caller must tell apart.
//
//	the service refused             *Fault       a decision of the other side: its number says what to do
//	an answer that is not the contract's   *BadAnswer   it may have been carried out, and asking again may tell
//	no answer                       *NoAnswer    likewise; Sent false says that it certainly was not
//
// Nothing of a message's text gets into these errors but a fault's own text: faults of DFDG speak of
// rules, yet whoever shows them masks runs of ten digits first (Redact).
//
// The peer is not trusted: answers are bounded in size, read by wire.Reader, and redirects are not followed
// (a message with a CPR number goes where it was addressed, or nowhere).
package soapclient
