// Package evidencedb keeps a row per SOAP call, so that it can be shown later who was offered what: that there were, or were
// not, times on the 3rd of May.
//
// # What a row tells
//
// Who called (the certificate's CVR, the organisation told), for which citizen (keyed hash), what was asked about, how many times
// were offered on each Danish day of the span asked about, a hash of the offer to recognise a kept answer by, how long it took and
// which fault it got. Never a name, never a CPR number.
//
// # Off the hot path, without losing rows
//
// A call is put into a bounded queue and answered; one goroutine writes what has come together, by COPY, at least every
// second. Close writes the rest, so that an orderly stop loses nothing; a program that is killed loses what came last, a
// second's worth. While the database is away the rows wait, and what no longer finds room is counted and told in the log.
// A row that Postgres refuses for what is in it (there should be none) goes alone, not with those beside it.
package evidencedb
