package adminui

import (
	"fmt"
	"strconv"
	"time"

	"kommunalplanner.example/planner"
)

// moment is an instant as people read it. The zero value is "never".
type moment struct {
	At      time.Time
	Machine string // for <time datetime>
	Clock   string // "i dag kl. 15.26", Danish time
	Age     string // "for 4 minutter siden", "om 3 dage"
}

// Known tells whether there is such an instant.
func (m moment) Known() bool { return !m.At.IsZero() }

// at is t seen from now; both instants.
func at(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{At: t, Machine: t.UTC().Format(time.RFC3339), Clock: clock(t, now), Age: age(t, now)}
}

func atPtr(t *time.Time, now time.Time) moment {
	if t == nil {
		return moment{}
	}
	return at(*t, now)
}

var months = [...]string{"jan.", "feb.", "marts", "april", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec."}

// clock names the day by its distance from today when that is clearer.
func clock(t, now time.Time) string {
	t, now = t.In(planner.Copenhagen()), now.In(planner.Copenhagen())
	kl := t.Format("kl. 15.04")
	switch dayNumber(t) - dayNumber(now) {
	case 0:
		return "i dag " + kl
	case -1:
		return "i går " + kl
	case 1:
		return "i morgen " + kl
	}
	return date(t, now) + " " + kl
}

func date(t, now time.Time) string {
	s := strconv.Itoa(t.Day()) + ". " + months[t.Month()-1]
	if t.Year() != now.Year() {
		s += " " + strconv.Itoa(t.Year())
	}
	return s
}

// dayNumber counts calendar days, whatever their length in hours.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// span is "25. nov. kl. 10.00–10.30" in Danish time.
func span(start, end, now time.Time) string {
	s, e := start.In(planner.Copenhagen()), end.In(planner.Copenhagen())
	text := date(s, now.In(planner.Copenhagen())) + s.Format(" kl. 15.04")
	if dayNumber(s) == dayNumber(e) {
		return text + e.Format("–15.04")
	}
	return text + " til " + date(e, now.In(planner.Copenhagen())) + e.Format(" kl. 15.04")
}

// age is the distance in whole units, rounded down.
func age(t, now time.Time) string {
	d := now.Sub(t)
	if d < 0 {
		if -d < time.Minute {
			return "om lidt"
		}
		return "om " + lasting(-d)
	}
	if d < time.Minute {
		return "lige nu"
	}
	return "for " + lasting(d) + " siden"
}

func lasting(d time.Duration) string {
	switch {
	case d < time.Hour:
		return count(int(d/time.Minute), "minut", "minutter")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "time", "timer")
	default:
		return count(int(d/(24*time.Hour)), "dag", "dage")
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %s", number(n), many)
}

// number groups thousands as Danes do: 12.345.
func number(n int) string {
	s := strconv.Itoa(n)
	if n < 0 {
		return "-" + number(-n)
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}
