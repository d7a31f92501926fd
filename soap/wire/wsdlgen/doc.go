// Command wsdlgen writes the Go types of one of our contracts and the code between them and XML.
//
//	wsdlgen -wsdl FILE -schema FILE -package NAME [-out DIR] [-tolerate TYPE/ELEMENT]…
//
// The types come from gowsdl, used as a library. gowsdl goes wrong without a word on several
// constructs, so three things are done around it:
//
//   - lint reads the schemas first and refuses, with file, line and column, every construct that
//     gowsdl drops or gets wrong and that is not mended here;
//   - mend changes the types it gives: a required element is a value, an optional one a pointer, a
//     repeated one a slice (gowsdl makes one pointer of maxOccurs="5"); dateTime and guid become our
//     types; guessed XMLName fields and tags go; types that only rename another become aliases;
//     types that no message uses go;
//   - code for reading, checking and writing is written from the schema itself, and every element of
//     the schema must be found in gowsdl's type, so that what gowsdl drops stops the generator.
//
// Only the message schema and what it imports is given to gowsdl. The two SOAP headers are left out:
// their schemas hold types of one name in several namespaces, of which it would make one.
//
// gowsdl v0.5.0 writes to one map from two goroutines. It has never been seen to matter without the
// race detector; the test runs this program as a process of its own.
package main
