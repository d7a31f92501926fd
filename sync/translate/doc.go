// Package translate turns what one calendar has into what the other may see: an Outlook event into
// a busy block, a booking into an Outlook event. It is pure.
//
// # What crosses, and what does not
//
// From Outlook only that somebody is busy: span, showAs, the private mark and which series it
// belongs to. No text can, since calendar.Event has none. Towards Outlook goes the kind of meeting,
// its place and form; never a CPR number (digits that look like one are masked, also in titles that
// came from elsewhere), and the citizen's name only if the municipality opted in.
//
// # What blocks
//
// busy, oof and tentative do, and every value that this program does not know. Private counts like any
// other, all-day as whole local days. free does not, nor do cancelled and declined meetings, events
// without length and series masters (their occurrences are told one by one). workingElsewhere is
// the municipality's choice. When in doubt time is withheld: an hour not offered is a nuisance, an
// hour promised twice is a citizen turned away.
package translate
