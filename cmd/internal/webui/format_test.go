package webui

import (
	"testing"
	"time"
)

func TestTimesAreDanish(t *testing.T) {
	utc := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04:05", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ at, now, clock, age string }{
		{"2026-11-24 10:00:00", "2026-11-24 10:00:00", "i dag kl. 11.00", "lige nu"},
		{"2026-11-24 09:59:01", "2026-11-24 10:00:00", "i dag kl. 10.59", "lige nu"},
		{"2026-11-24 09:59:00", "2026-11-24 10:00:00", "i dag kl. 10.59", "for 1 minut siden"},
		{"2026-11-24 09:00:01", "2026-11-24 10:00:00", "i dag kl. 10.00", "for 59 minutter siden"},
		{"2026-11-23 22:59:00", "2026-11-24 10:00:00", "i går kl. 23.59", "for 11 timer siden"},
		{"2026-11-23 23:00:00", "2026-11-24 10:00:00", "i dag kl. 00.00", "for 11 timer siden"},
		{"2026-11-24 23:00:00", "2026-11-24 10:00:00", "i morgen kl. 00.00", "om 13 timer"},
		{"2026-11-24 10:00:30", "2026-11-24 10:00:00", "i dag kl. 11.00", "om lidt"},
		{"2026-11-24 11:00:00", "2026-11-24 10:00:00", "i dag kl. 12.00", "om 1 time"},
		{"2026-11-27 10:00:00", "2026-11-24 10:00:00", "27. nov. kl. 11.00", "om 3 dage"},
		{"2027-03-28 01:00:00", "2026-11-24 10:00:00", "28. marts 2027 kl. 03.00", "om 123 dage"},   // the hour that summer time skips
		{"2026-10-24 22:30:00", "2026-10-25 22:30:00", "i dag kl. 00.30", "for 24 timer siden"},     // a day of 25 hours
		{"2026-10-25 00:30:00", "2026-10-25 01:30:00", "i dag kl. 02.30", "for 1 time siden"},       // 02.30 comes twice
		{"2026-03-28 22:59:00", "2026-03-29 22:00:00", "28. marts kl. 23.59", "for 23 timer siden"}, // over a day of 23 hours
	} {
		got := At(utc(c.at), utc(c.now))
		if got.Clock != c.clock || got.Age != c.age {
			t.Errorf("%s at %s: %q, %q; want %q, %q", c.at, c.now, got.Clock, got.Age, c.clock, c.age)
		}
	}
	if At(time.Time{}, noon).Known() || AtPtr(nil, noon).Known() {
		t.Error("never is taken for an instant")
	}
	if m := AtPtr(&noon, noon); !m.Known() || m.Machine != "2026-11-24T10:00:00Z" {
		t.Errorf("%+v", m)
	}
}

func TestASpanNamesItsDayOnce(t *testing.T) {
	for _, c := range []struct {
		start, end time.Time
		want       string
	}{
		{noon, noon.Add(30 * time.Minute), "24. nov. kl. 11.00–11.30"},
		{noon, noon.Add(24 * time.Hour), "24. nov. kl. 11.00 til 25. nov. kl. 11.00"},
		{noon.AddDate(1, 0, 0), noon.AddDate(1, 0, 0).Add(time.Hour), "24. nov. 2027 kl. 11.00–12.00"},
	} {
		if got := Span(c.start, c.end, noon); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestNumbersAreGroupedByThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1.000", 1234567: "1.234.567", -1234: "-1.234"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}
