package calendar

import (
	"time"
	_ "time/tzdata" // Danish time must not depend on what the machine has installed
)

// GraphZone is Graph's (Windows') name for Danish time.
const GraphZone = "Romance Standard Time"

var copenhagen = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic("calendar: embedded time zones lack Europe/Copenhagen: " + err.Error())
	}
	return zone
}()

// Copenhagen is Danish time.
func Copenhagen() *time.Location { return copenhagen }

// WholeDays gives the half-open span, in UTC, of the local days from the date that start shows in
// its own zone up to and excluding the date that end shows. At least one day: an end that is not
// after the start is taken as the day after it. Outlook tells an all-day event as dates, whatever
// zone is asked for, so its clock and zone say nothing; a day may last 23 or 25 hours.
func WholeDays(start, end time.Time) (first, last time.Time) {
	first, last = midnight(start, 0), midnight(end, 0)
	if !first.Before(last) {
		last = midnight(start, 1)
	}
	return first, last
}

// midnight is the start of the Danish day that t shows as its date, so many days on. Danish clocks
// change at two and three in the morning, so it always exists, once.
func midnight(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, copenhagen).UTC()
}

// Ambiguous tells whether the Danish wall clock shows this instant's time twice, which it does from
// two to three on the night when summer time ends. Such a time must be written in UTC: with a zone
// name, Outlook picks one of the two.
func Ambiguous(t time.Time) bool {
	wall := clockFace(t)
	return wall == clockFace(t.Add(time.Hour)) || wall == clockFace(t.Add(-time.Hour))
}

type face struct{ yearDay, hour, minute int }

func clockFace(t time.Time) face {
	t = t.In(copenhagen)
	return face{t.YearDay(), t.Hour(), t.Minute()}
}
