// Package roster says what a municipality sets: its job centres, closing days, case workers with their hours, teams, rooms,
// and the options that citizens may book, with templates to make them from. It is pure: it checks, compares, reads what people and
// files write, and plans an import; package rosterdb stores.
//
// # Glossary
//
//	Roster (bemanding)          who holds meetings, when, and which
//	Template (skabelon)         an option's fields as reusable defaults; nobody can book a template
//	Variant (variant)           an option made from a template; it differs in what Differences lists
//	Leaver (fratrådt vejleder)  a case worker with a last day, after which they are offered to nobody; their history stays
//	Member (medlem)             a user in a group of the directory, of whom a row is made
//	Row (linje)                 one case worker in a file, before it is known whether it is right
//
// # Checks
//
// Check of each kind of thing gives Faults: a field by the name that its JSON has, and a Code; the pages word them in Danish. The
// limits are those of the booking contract (what is stored must fit into an answer to DFDG) and of the schema.
//
// # Variants follow their template
//
// A variant's fields are its own. When a template changes, Follow gives those fields of a variant the new value that had
// the template's old one; what was made different stays different. So no list of differences is kept, and none can be wrong.
//
// # Hours as text
//
// Weeks and days off are written as people write them ("man-tor 8:30-12, 12:30-15; fre 9-13"), in files, on pages and in the audit
// trail. Text read back from what was written gives the same hours.
package roster
