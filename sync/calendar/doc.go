// Package calendar holds the values both calendars speak: what may be known of an event in
// Outlook, what we write there, and how a call to the other side can turn out. Values only.
//
// # Privacy
//
// An Event is all that leaves sync/msgraph of somebody's appointment: identity, span, showAs,
// whether it is marked private, and to which series it belongs. There is no field for subject,
// body, attendees or place, so they cannot reach a log, a row or a job. Owned is filled for
// events that we made ourselves, and holds only what we write.
//
// # Time
//
// Instants are UTC. An all-day event is told as dates by Outlook; Event holds it as the whole
// local days in Europe/Copenhagen that it covers.
package calendar
