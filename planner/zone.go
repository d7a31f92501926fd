package planner

import (
	"time"
	_ "time/tzdata" // Danish time must not depend on what the machine has installed
)

var copenhagen = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic("planner: embedded time zones lack Europe/Copenhagen: " + err.Error())
	}
	return zone
}()

// Copenhagen is Danish time.
func Copenhagen() *time.Location { return copenhagen }

// midnight is the start of the Danish day that lies so many days after the one that t falls on.
func midnight(t time.Time, days int) time.Time {
	y, m, d := t.In(copenhagen).Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, copenhagen)
}

// WholeDays widens a span to the Danish days that it touches.
func WholeDays(s Span) Span {
	end := midnight(s.End, 0)
	if end.Before(s.End) {
		end = midnight(s.End, 1)
	}
	return Span{midnight(s.Start, 0), end}
}
