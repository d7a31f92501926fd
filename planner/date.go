package planner

import "time"

// Date is a day of the Danish calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the Danish day on which t falls.
func DateOf(t time.Time) Date {
	y, m, d := t.In(copenhagen).Date()
	return Date{y, m, d}
}

// ParseDate reads "2006-01-02".
func ParseDate(s string) (Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, copenhagen)
	if err != nil {
		return Date{}, err
	}
	return DateOf(t), nil
}

// Midnight is when the day begins in Denmark.
func (d Date) Midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, copenhagen)
}

// String writes "2006-01-02".
func (d Date) String() string { return d.Midnight().Format(time.DateOnly) }

// MarshalText writes String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate does.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}
