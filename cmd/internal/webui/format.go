package webui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/planner"
)

// Moment is an instant as people read it. The zero value is "never".
type Moment struct {
	At      time.Time
	Machine string // for <time datetime>
	Clock   string // "i dag kl. 15.26", Danish time
	Age     string // "for 4 minutter siden", "om 3 dage"
}

// Known tells whether there is such an instant.
func (m Moment) Known() bool { return !m.At.IsZero() }

// At is t seen from now; both instants.
func At(t, now time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	return Moment{At: t, Machine: t.UTC().Format(time.RFC3339), Clock: Clock(t, now), Age: Age(t, now)}
}

// AtPtr is At for an instant that may be missing.
func AtPtr(t *time.Time, now time.Time) Moment {
	if t == nil {
		return Moment{}
	}
	return At(*t, now)
}

var months = [...]string{"jan.", "feb.", "marts", "april", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec."}

// Clock names the day by its distance from today when that is clearer.
func Clock(t, now time.Time) string {
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
	return Date(t, now) + " " + kl
}

// Date is "24. nov.", with the year when it is another one; both in the zone they are given in.
func Date(t, now time.Time) string {
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

// Span is "25. nov. kl. 10.00–10.30" in Danish time.
func Span(start, end, now time.Time) string {
	s, e := start.In(planner.Copenhagen()), end.In(planner.Copenhagen())
	text := Date(s, now.In(planner.Copenhagen())) + s.Format(" kl. 15.04")
	if dayNumber(s) == dayNumber(e) {
		return text + e.Format("–15.04")
	}
	return text + " til " + Date(e, now.In(planner.Copenhagen())) + e.Format(" kl. 15.04")
}

// Age is the distance in whole units, rounded down.
func Age(t, now time.Time) string {
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
		return Count(int(d/time.Minute), "minut", "minutter")
	case d < 48*time.Hour:
		return Count(int(d/time.Hour), "time", "timer")
	default:
		return Count(int(d/(24*time.Hour)), "dag", "dage")
	}
}

// Count is "1 dag" or "1.234 dage".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %s", Number(n), many)
}

// Number groups thousands as Danes do: 12.345.
func Number(n int) string {
	s := strconv.Itoa(n)
	if n < 0 {
		return "-" + Number(-n)
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// The letters after z, in their order; what follows z in ASCII stands in for them. "aa" counts as å.
var danishLetters = strings.NewReplacer("aa", "}", "å", "}", "æ", "{", "ä", "{", "ø", "|", "ö", "|", "é", "e", "è", "e", "ü", "y")

// DanishKey sorts as Danes do, whatever the case.
func DanishKey(s string) string { return danishLetters.Replace(strings.ToLower(s)) }
