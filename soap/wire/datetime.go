package wire

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // Danish time must not depend on what the machine has installed
)

var copenhagen = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic("wire: embedded time zones lack Europe/Copenhagen: " + err.Error())
	}
	return zone
}()

// DateTime is an xs:dateTime. It is written in Danish time with offset, fractions as they are.
type DateTime struct{ time.Time }

// At is the instant t as a DateTime.
func At(t time.Time) DateTime { return DateTime{t} }

var errDateTime = errors.New("not an xs:dateTime")

// ParseDateTime reads every legal xs:dateTime of the years 1 to 9999 (XML Schema Part 2 § 3.2.7), blanks
// around it included. Without offset it is Danish wall clock: of the hour that comes twice in October
// the first, and in the hour that March leaves out the time as the clock stood before the change.
// Fractions beyond nanoseconds are cut off.
func ParseDateTime(s string) (DateTime, error) {
	p := parser{s: strings.Trim(s, " \t\r\n")}
	year := p.digits(4)
	p.want('-')
	month := p.digits(2)
	p.want('-')
	day := p.digits(2)
	p.want('T')
	hour := p.digits(2)
	p.want(':')
	minute := p.digits(2)
	p.want(':')
	second := p.digits(2)
	nano, fraction := p.fraction()
	offset, zoned := p.offset()
	midnight := hour == 24 && minute == 0 && second == 0 && nano == 0 && !(fraction && p.nonZeroFraction)
	switch {
	case p.bad || p.s != "",
		year < 1, month < 1, month > 12, day < 1, day > daysIn(year, month),
		hour > 23 && !midnight, minute > 59, second > 59:
		return DateTime{}, errDateTime
	}
	face := time.Date(year, time.Month(month), day, hour, minute, second, nano, time.UTC)
	var at time.Time
	if zoned {
		at = face.Add(-time.Duration(offset) * time.Minute).In(copenhagen)
	} else {
		at = danish(face)
	}
	if at.UTC().Year() < 1 || at.Year() > 9999 {
		return DateTime{}, errDateTime // only by the offset: could not be written again
	}
	return DateTime{at}, nil
}

// danish gives the instant at which a Danish clock shows face.
func danish(face time.Time) time.Time {
	const summer, winter = 2 * time.Hour, time.Hour
	for _, offset := range []time.Duration{summer, winter} {
		at := face.Add(-offset).In(copenhagen)
		if _, seconds := at.Zone(); time.Duration(seconds)*time.Second == offset {
			return at
		}
	}
	if at := face.Add(-winter).In(copenhagen); face.Year() > 1900 {
		return at // the hour that is left out
	}
	return time.Date(face.Year(), face.Month(), face.Day(), face.Hour(), face.Minute(), face.Second(), face.Nanosecond(), copenhagen)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

type parser struct {
	s               string
	bad             bool
	nonZeroFraction bool
}

func (p *parser) digits(n int) int {
	if len(p.s) < n {
		p.bad = true
		return 0
	}
	v := 0
	for _, c := range []byte(p.s[:n]) {
		if c < '0' || c > '9' {
			p.bad = true
			return 0
		}
		v = v*10 + int(c-'0')
	}
	p.s = p.s[n:]
	return v
}

func (p *parser) want(c byte) {
	if p.bad || p.s == "" || p.s[0] != c {
		p.bad = true
		return
	}
	p.s = p.s[1:]
}

func (p *parser) fraction() (nano int, there bool) {
	if p.bad || p.s == "" || p.s[0] != '.' {
		return 0, false
	}
	p.s = p.s[1:]
	n := 0
	for ; n < len(p.s) && '0' <= p.s[n] && p.s[n] <= '9'; n++ {
		if n < 9 {
			nano = nano*10 + int(p.s[n]-'0')
		}
		p.nonZeroFraction = p.nonZeroFraction || p.s[n] != '0'
	}
	if n == 0 {
		p.bad = true
	}
	for i := n; i < 9; i++ {
		nano *= 10
	}
	p.s = p.s[n:]
	return nano, true
}

// offset gives minutes east of Greenwich.
func (p *parser) offset() (minutes int, there bool) {
	if p.bad || p.s == "" {
		return 0, false
	}
	sign := 1
	switch p.s[0] {
	case 'Z':
		p.s = p.s[1:]
		return 0, true
	case '-':
		sign = -1
	case '+':
	default:
		p.bad = true
		return 0, false
	}
	p.s = p.s[1:]
	h := p.digits(2)
	p.want(':')
	m := p.digits(2)
	if m > 59 || h*60+m > 14*60 {
		p.bad = true
	}
	return sign * (h*60 + m), true
}

// AppendTo appends the lexical form to b.
func (t DateTime) AppendTo(b []byte) []byte {
	at := t.In(copenhagen)
	_, offset := at.Zone()
	if offset%60 != 0 {
		at = t.UTC() // before 1894 Danish time was 50 minutes and 20 seconds ahead, which no offset can say
	}
	wall := t.UTC().Add(time.Duration(offset) * time.Second) // looks into no zone any more
	year, month, day := wall.Date()
	if offset%60 != 0 || offset < 0 || year < 1000 || year > 9999 || t.Nanosecond() != 0 {
		return at.AppendFormat(b, "2006-01-02T15:04:05.999999999-07:00")
	}
	// As above, for what answers are full of.
	hour, minute, second := wall.Clock()
	two := func(b []byte, n int, end byte) []byte { return append(b, byte('0'+n/10), byte('0'+n%10), end) }
	b = two(append(b, byte('0'+year/1000), byte('0'+year/100%10)), year%100, '-')
	b = two(two(b, int(month), '-'), day, 'T')
	b = two(two(two(b, hour, ':'), minute, ':'), second, '+')
	b = two(b, offset/3600, ':')
	return append(b, byte('0'+offset/60%60/10), byte('0'+offset/60%60%10))
}

// String is the lexical form.
func (t DateTime) String() string { return string(t.AppendTo(nil)) }

// MarshalText makes other encoders write the same form.
func (t DateTime) MarshalText() ([]byte, error) { return t.AppendTo(nil), nil }

// UnmarshalText reads what ParseDateTime reads.
func (t *DateTime) UnmarshalText(b []byte) error {
	v, err := ParseDateTime(string(b))
	if err == nil {
		*t = v
	}
	return err
}
