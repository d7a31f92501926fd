// Package peers holds the tests that set SOAP programs of others against our running service: python3-zeep, npm soap,
// gSOAP, PHP's SoapClient and JAX-WS RI, each generated or driven from the WSDL that the service itself serves.
//
//	go test -tags peers ./cmd/internal/peers
//
// # One test, one client
//
// Each test starts a world of its own (cmd/internal/world) and runs the client's program in testdata once per mode:
// the whole booking flow, the refusals, and a call without a valid certificate; over plain HTTP and mutual TLS, in
// SOAP 1.1 and 1.2. A program gets what it needs from PEER_* variables of its environment, which need no parser in any
// of the five languages, prints "ok STEP" for each step that held, and ends at the first that did not. The test knows the steps:
// a program that quietly leaves one out fails.
//
// # What the programs cannot see
//
// Plain HTTP goes through a tee that copies bytes and changes none. Afterwards every answer is taken from the copy:
// its status, version and content type, both headers in the request, its body's child checked with xmllint against the
// contract's schema, every dateTime in Danish time, and nothing internal in a fault. Refusals may not change a row.
//
// # A program that is missing
//
// Nothing is skipped. A test whose program is not installed fails and names the Debian package; the continuous
// integration installs them all.
package peers
