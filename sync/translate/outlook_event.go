package translate

import (
	"regexp"
	"strings"
	"unicode/utf16"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
)

// Meeting is a booking as a counsellor should see it. Texts are Danish.
type Meeting struct {
	Booking planner.Booking
	// Location is where, ContactForm how ("Fremmøde", "Telefon"); both may be empty.
	Location, ContactForm string
	// CitizenName is set only if the municipality opted in to names in Outlook.
	CitizenName string
	// MovesFollowed: a move in Outlook becomes a rebooking (outlook_move=accept), and is not put back.
	MovesFollowed bool
}

// Event is the meeting as our event in Outlook. The same meeting always gives the same event, since
// a repeated creation must send the same content.
func Event(m Meeting) calendar.Draft {
	subject := line(m.Booking.Title)
	if subject == "" {
		subject = "Møde"
	}
	if name := line(m.CitizenName); name != "" {
		subject += " – " + name
	}
	return calendar.Draft{
		Owned: calendar.Owned{
			Start: m.Booking.Span.Start.UTC(), End: m.Booking.Span.End.UTC(),
			ShowAs: calendar.Busy, Subject: cut(subject, longestSubject),
		},
		Body:     body(m),
		Location: line(m.Location),
		Stamp:    Stamp(m.Booking.ID),
	}
}

func body(m Meeting) string {
	var b strings.Builder
	b.WriteString("Planneren har lagt dette møde i din kalender.\n")
	if form := line(m.ContactForm); form != "" {
		b.WriteString("Mødeform: " + form + "\n")
	}
	if place := line(m.Location); place != "" {
		b.WriteString("Sted: " + place + "\n")
	}
	b.WriteString("\n")
	if m.MovesFollowed {
		b.WriteString("Flytter du mødet her i Outlook, følger Planneren med, når reglerne tillader den nye tid. ")
	} else {
		b.WriteString("Planneren styrer tidspunktet: Flytter du mødet her i Outlook, bliver det flyttet tilbage. ")
	}
	b.WriteString("Skal mødet ændres eller aflyses, så gør det i Planneren eller dit fagsystem. ")
	b.WriteString("Du er velkommen til at skrive egne noter her i teksten; dem lader Planneren stå.\n")
	return b.String()
}

// longestSubject is Exchange's limit, in UTF-16 units. A longer subject would come back cut, and so
// look edited for ever.
const longestSubject = 255

func cut(s string, longest int) string {
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units > longest {
			return strings.TrimRight(s[:i], " ")
		}
	}
	return s
}

// line makes one line of a text from elsewhere: Exchange keeps no line breaks in subjects and
// places, and a version that differs in white space only would look edited.
func line(s string) string {
	return withoutCPR(strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " "))
}

// cprLike is ten digits, with or without something between birth date and number. Whether the date
// exists is not asked: what looks like a CPR number does not go into a calendar.
var cprLike = regexp.MustCompile(`(^|[^0-9])[0-9]{6}[-– .]?[0-9]{4}($|[^0-9])`)

func withoutCPR(s string) string {
	for cprLike.MatchString(s) { // again, because neighbours share the character between them
		s = cprLike.ReplaceAllString(s, "${1}******-****${2}")
	}
	return s
}
