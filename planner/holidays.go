package planner

import (
	"slices"
	"time"
)

// ClosingDays says on which days a job centre holds no meetings. The zero value is never closed.
type ClosingDays struct {
	// PublicHolidays closes on the Danish holy days (helligdage). The other four are no holy days; whether they are days off
	// is for each workplace to say.
	PublicHolidays  bool
	LabourDay       bool // 1 May
	ConstitutionDay bool // 5 June
	ChristmasEve    bool // 24 December
	NewYearsEve     bool // 31 December
	// Local days are the job centre's own.
	Local []Date
}

// Closed tells whether no meetings are held on the day.
func (c ClosingDays) Closed(d Date) bool {
	switch {
	case c.LabourDay && d.Month == time.May && d.Day == 1,
		c.ConstitutionDay && d.Month == time.June && d.Day == 5,
		c.ChristmasEve && d.Month == time.December && d.Day == 24,
		c.NewYearsEve && d.Month == time.December && d.Day == 31,
		c.PublicHolidays && PublicHoliday(d):
		return true
	}
	return slices.Contains(c.Local, d)
}

// PublicHoliday tells whether the day is a holy day in Denmark. Store bededag, the fourth Friday after Easter, is none
// since 2024 (lov nr. 214 af 6. marts 2023).
func PublicHoliday(d Date) bool {
	switch {
	case d.Month == time.January && d.Day == 1, d.Month == time.December && (d.Day == 25 || d.Day == 26):
		return true
	case d.Month < time.March || d.Month > time.June:
		return false
	}
	easter := easterSunday(d.Year)
	// Days are counted in UTC, where each has 24 hours.
	switch int(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Sub(easter).Hours()) / 24 {
	case -3, -2, 0, 1, // skærtorsdag, langfredag, påskedag, 2. påskedag
		39, 49, 50: // Kristi himmelfartsdag, pinsedag, 2. pinsedag
		return true
	case 26:
		return d.Year < 2024
	}
	return false
}

// easterSunday follows the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8).
func easterSunday(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
