// Package contract holds the WSDL and XSD files of every service we speak, and serves them.
//
// The files are the project's own text; what in them STAR has told and what we propose is written
// in PROVENANCE.md and, declaration by declaration, in the comments of the files.
//
// # One binding, or two
//
// The files declare SOAP 1.1 only, as STAR's own do. We answer SOAP 1.2 as well, but Apache Axis 1.4
// refuses a WSDL that also has a SOAP 1.2 binding and PHP takes whichever comes first, so that
// "?wsdl" gives the plain one and "?wsdl=1.2" the same with a second binding and port, derived here.
//
// # Names that may have to change
//
// Target namespace, message namespace, soapAction and address of ExternalBookingService are proposed
// (hole H1). They are settings: Names replaces them wherever they occur in a served document, by
// whole attribute values, so that the documents agree with what the server takes on the wire.
package contract
