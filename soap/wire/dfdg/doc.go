// Package dfdg is the messages of DFDG's own services, which the planner calls: the queue (WsrmService,
// WsrmMessageService) and the register (BookingService).
//
// Written by hand. wsdlgen refuses their schemas for good reasons: Wsrm200602.xsd holds nillable and
// anonymous types, BookingQueue.xsd takes in the two SOAP headers' schemas, whose types share names, and
// BookingDetailsType must be package booking's, not a second one.
//
// What is told and what is proposed stands in soap/contract/PROVENANCE.md; of the register nothing but the
// names of its operations and its rules is told, so its messages are the booking's details in a frame
// of our own (holes H12 and H13). Namespaces and actions are therefore configuration (wire.Rename).
//
// Elements that this package names travel with prefix q, so that what lies within them can keep the
// default namespace of package booking or of a header.
package dfdg
