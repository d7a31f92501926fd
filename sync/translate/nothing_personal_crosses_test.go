package translate

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kommunalplanner.example/sync/calendar"
)

// The types have no room for a text of somebody's appointment. A new field is a decision about
// privacy: take it here, with its reason.
func TestABlockHasNoRoomForText(t *testing.T) {
	for _, c := range []struct {
		of      any
		allowed []string
	}{
		{Block{}, []string{"ID", "SeriesID", "Span", "ShowAs", "Private"}},
		{calendar.Event{}, []string{"ID", "ETag", "Kind", "SeriesID", "Start", "End", "AllDay", "ShowAs", "Private", "Cancelled", "Declined", "Owned",
			"Modified"}}, // an instant, never stored: tells the newer of two versions in one round
	} {
		typ := reflect.TypeOf(c.of)
		for i := range typ.NumField() {
			if name := typ.Field(i).Name; !slices.Contains(c.allowed, name) {
				t.Errorf("%s.%s: may this be known of a counsellor's appointment?", typ, name)
			}
		}
	}
}

func TestOwnedTextStaysInOurOwnEvents(t *testing.T) {
	e := dentist()
	e.Owned = &calendar.Owned{Subject: "Jobsamtale – Åse Møller"}
	b, ok := BusyBlock(e, nil, Policy{})
	if printed := fmt.Sprintf("%+v %s", b, b.Version()); ok || strings.Contains(printed, "Møller") {
		t.Errorf("our event became a block: %t, %s", ok, printed)
	}
}

func TestNoCPRNumberReachesOutlook(t *testing.T) {
	for text, want := range map[string]string{
		"Samtale 0101801234":             "Samtale ******-****",
		"Samtale 010180-1234":            "Samtale ******-****",
		"Samtale 010180 1234.":           "Samtale ******-****.",
		"(010180\u20131234)":             "(******-****)",
		"010180-1234,020280-2345":        "******-****,******-****",
		"010180-1234 020280-2345":        "******-**** ******-****",
		"9999999999":                     "******-****",
		"Ring 12 34 56 78 kl. 10.15":     "Ring 12 34 56 78 kl. 10.15",
		"Sag 12345678901":                "Sag 12345678901",
		"Lokale 204, 2. sal, 2100 Ø":     "Lokale 204, 2. sal, 2100 Ø",
		"Møde 12-12-2026 kl. 1030, 4 th": "Møde 12-12-2026 kl. 1030, 4 th",
	} {
		m := jobsamtale()
		m.Booking.Title, m.Location = text, text
		d := Event(m)
		if d.Subject != want || d.Location != want || !strings.Contains(d.Body, "Sted: "+want+"\n") {
			t.Errorf("%q became subject %q and place %q, want %q", text, d.Subject, d.Location, want)
		}
	}
}

func TestNoTextWithACPRNumberAnywhereReachesOutlook(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("0123456789- .a\n–")), 0, 60, -1)
	tenDigits := regexp.MustCompile(`(^|[^0-9])[0-9]{6}[-– .]?[0-9]{4}($|[^0-9])`)
	rapid.Check(t, func(t *rapid.T) {
		m := Meeting{Location: text.Draw(t, "place"), ContactForm: text.Draw(t, "form"), CitizenName: text.Draw(t, "name")}
		m.Booking.Title = text.Draw(t, "title")
		d := Event(m)
		for _, s := range []string{d.Subject, d.Location, d.Body} {
			if tenDigits.MatchString(s) {
				t.Fatalf("%q", s)
			}
		}
	})
}

func TestTheCitizensNameIsThereOnlyIfTold(t *testing.T) {
	m := jobsamtale()
	if d := Event(m); d.Subject != "Jobsamtale" {
		t.Errorf("without: %q", d.Subject)
	}
	m.CitizenName = "Åse Møller"
	d := Event(m)
	if d.Subject != "Jobsamtale – Åse Møller" || strings.Contains(d.Body+d.Location, "Møller") {
		t.Errorf("with: %q, %q", d.Subject, d.Body)
	}
}
