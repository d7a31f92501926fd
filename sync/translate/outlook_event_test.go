package translate

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew; read the diff before it is committed")

func jobsamtale() Meeting {
	return Meeting{
		Booking: planner.Booking{
			ID: uuid.MustParse("0b9d1c6e-7a55-4d5f-9d0a-5a8f2f6f3b11"), JobCenter: "10100", Title: "Jobsamtale",
			Span: planner.Span{Start: at("2026-12-01T08:00:00Z"), End: at("2026-12-01T08:45:00Z")},
		},
		Location: "Jobcenter Nordby, Møllevej 4, 2. sal", ContactForm: "Fremmøde",
	}
}

// What counsellors read, as one file to be proofread.
func TestTheOutlookTextsAreTheReviewedOnes(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct {
		name   string
		change func(*Meeting)
	}{
		{"an ordinary meeting", func(*Meeting) {}},
		{"with the citizen's name, by the municipality's choice", func(m *Meeting) { m.CitizenName = "Åse Møller Sørensen" }},
		{"where moves in Outlook are followed", func(m *Meeting) { m.MovesFollowed = true }},
		{"by telephone, held nowhere", func(m *Meeting) { m.ContactForm, m.Location = "Telefon", "" }},
		{"of which nothing more is told", func(m *Meeting) { m.Booking.Title, m.ContactForm, m.Location = "", "", "" }},
	} {
		m := jobsamtale()
		c.change(&m)
		d := Event(m)
		fmt.Fprintf(&b, "=== %s\nEmne:  %s\nSted:  %s\nVises: %s\n\n%s\n", c.name, d.Subject, d.Location, d.ShowAs, d.Body)
	}
	file := filepath.Join("testdata", "outlook_events.golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs (-file +texts):\n%s", file, diff)
	}
}

func TestAnEventHasTheBookingsTimeInUTCAndItsStamp(t *testing.T) {
	for _, night := range []string{"2026-12-01T09:00:00+01:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-03-29T01:45:00+01:00"} {
		m := jobsamtale()
		m.Booking.Span = planner.Span{Start: at(night).In(calendar.Copenhagen()), End: at(night).Add(45 * time.Minute).In(calendar.Copenhagen())}
		d := Event(m)
		if !d.Start.Equal(at(night)) || d.Start.Location() != time.UTC || d.End.Sub(d.Start) != 45*time.Minute {
			t.Errorf("%s: %s – %s", night, d.Start, d.End)
		}
		if d.ShowAs != calendar.Busy || d.Stamp != m.Booking.ID.String() {
			t.Errorf("shown as %s, stamped %s", d.ShowAs, d.Stamp)
		}
	}
}

func TestTheSameMeetingIsTheSameEvent(t *testing.T) {
	if diff := cmp.Diff(Event(jobsamtale()), Event(jobsamtale())); diff != "" {
		t.Error(diff)
	}
}

// Exchange would cut or refold such subjects, and what comes back changed looks edited.
func TestASubjectIsWhatExchangeKeepsUnchanged(t *testing.T) {
	for _, c := range []struct{ name, title, want string }{
		{"line breaks and tabs", "Jobsamtale\r\n\tmed  plan ", "Jobsamtale med plan"},
		{"no-break spaces", "Job\u00a0samtale", "Job samtale"},
		{"only spaces", " \n ", "Møde"},
		{"bytes that are no text", "Job\xffsamtale", "Jobsamtale"},
		{"255 characters", strings.Repeat("æ", 255), strings.Repeat("æ", 255)},
		{"256 characters", strings.Repeat("æ", 256), strings.Repeat("æ", 255)},
		{"a surrogate pair across the limit", strings.Repeat("a", 254) + "😀", strings.Repeat("a", 254)},
		{"a space at the limit", strings.Repeat("a", 254) + " bcd", strings.Repeat("a", 254)},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := jobsamtale()
			m.Booking.Title = c.title
			got := Event(m).Subject
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if n := len(utf16.Encode([]rune(got))); n > longestSubject {
				t.Errorf("%d UTF-16 units", n)
			}
		})
	}
}
