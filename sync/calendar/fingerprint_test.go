package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func meeting() Owned {
	return Owned{
		Start: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 1, 8, 45, 0, 0, time.UTC),
		ShowAs: Busy, Subject: "Jobsamtale",
	}
}

// The value is stored; see Fingerprint.
func TestTheStoredFingerprintNeverChangesByAccident(t *testing.T) {
	if got, want := meeting().Fingerprint(), "a426e99540397bca"; got != want {
		t.Errorf("fingerprint of a fixed event is %s, was %s when rows were written", got, want)
	}
}

func TestEachOwnedFieldCountsAndSecondsAndZoneDoNot(t *testing.T) {
	base := meeting()
	for _, c := range []struct {
		name   string
		change func(*Owned)
		same   bool
	}{
		{"start a minute later", func(o *Owned) { o.Start = o.Start.Add(time.Minute) }, false},
		{"end a minute later", func(o *Owned) { o.End = o.End.Add(time.Minute) }, false},
		{"shown as free", func(o *Owned) { o.ShowAs = Free }, false},
		{"another subject", func(o *Owned) { o.Subject += "!" }, false},
		{"no subject", func(o *Owned) { o.Subject = "" }, false},
		{"seconds and fractions", func(o *Owned) { o.Start = o.Start.Add(59*time.Second + 999*time.Millisecond) }, true},
		{"told in Danish time", func(o *Owned) { o.Start, o.End = o.Start.In(Copenhagen()), o.End.In(Copenhagen()) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := base
			c.change(&o)
			if same := o.Fingerprint() == base.Fingerprint(); same != c.same {
				t.Errorf("equal fingerprints: %t, want %t", same, c.same)
			}
		})
	}
}

func TestFingerprintsAreEqualExactlyWhenTheOwnedFieldsAre(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) Owned {
		at := func(label string) time.Time {
			return time.Unix(rapid.Int64Range(-10, 10).Draw(t, label)*30, 0)
		}
		return Owned{at("start"), at("end"), ShowAs(rapid.SampledFrom([]string{"busy", "free", `busy"|`}).Draw(t, "showAs")),
			rapid.SampledFrom([]string{"", "a", "a|b", "b"}).Draw(t, "subject")}
	})
	floor := func(t time.Time) int64 { return (t.Unix() + 3600) / 60 }
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		equal := floor(a.Start) == floor(b.Start) && floor(a.End) == floor(b.End) && a.ShowAs == b.ShowAs && a.Subject == b.Subject
		if (a.Fingerprint() == b.Fingerprint()) != equal {
			t.Fatalf("%+v and %+v: fingerprints equal %t, fields equal %t", a, b, !equal, equal)
		}
	})
}
