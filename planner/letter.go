package planner

import (
	"fmt"
	"strings"
	"time"
)

// SummonsItem is one of the thirteen things that a summons must carry by BEK 442/2023 § 20, stk. 1.
type SummonsItem struct {
	Number int    // 1 to 13, as in the order
	Name   string // Danish, for people
	// Value is Danish, for the letter; empty where there is none.
	Value string
	// Applies is false where the order asks for it only of other meetings.
	Applies bool
}

// Lacks tells that the summons ought to carry the item, and that nothing is known to put there.
func (i SummonsItem) Lacks() bool { return i.Applies && i.Value == "" }

// Attendance is how a citizen takes part, as far as the rules on summonses care.
type Attendance int

// Attendances.
const (
	AttendanceUnknown Attendance = iota // the code list does not tell
	AttendInPerson
	CitizenCalls
	AttendOtherwise
)

// AttendanceOf reads from the name that a code list gives a contact type how the citizen takes part. Which number means what is
// not compiled in; the words are those that STAR uses (personligt fremmøde, telefonisk, digitalt, pr. brev).
func AttendanceOf(name string) Attendance {
	name = strings.ToLower(name)
	switch {
	case name == "":
		return AttendanceUnknown
	case strings.Contains(name, "fremmøde") || strings.Contains(name, "personlig"):
		return AttendInPerson
	case strings.Contains(name, "borger") && strings.Contains(name, "ringer"):
		return CitizenCalls
	}
	return AttendOtherwise
}

// Letter is what a summons is written from.
type Letter struct {
	Booking Booking
	// Option is the booking's, or the one made for it alone; nil leaves out what it would tell.
	Option     *InterviewOption
	CaseWorker CaseWorker
	// Citizen is how the letter names the citizen; masked where it is shown to who may not see more.
	Citizen string
	// CitizenReach is the citizen's own telephone and e-mail. The planner keeps neither: whoever knows them fills them in.
	CitizenReach string
	// FundParticipates as told; nil where it is not.
	FundParticipates *bool
	// NameOf gives a code's name in a code list; empty when it has none. Nil knows no names.
	NameOf func(list string, code int) string
}

// Summons gathers the thirteen items of a booking, in their order. Item 13 applies where somebody told whether the fund takes
// part, since which kinds of meeting it is about (LAB § 31, stk. 2) is for them to know; items 7 and 8 by how the citizen
// attends, and, when that is not known, where there is something to tell.
func Summons(l Letter) []SummonsItem {
	var o InterviewOption
	if l.Option != nil {
		o = *l.Option
	}
	name := func(list string, code int) string {
		if l.NameOf != nil {
			if n := l.NameOf(list, code); n != "" {
				return n
			}
		}
		if code == 0 {
			return ""
		}
		return fmt.Sprintf("kode %d", code)
	}
	contact := ""
	if l.NameOf != nil {
		contact = l.NameOf(ListContactType, l.Booking.ContactType)
	}
	attends := AttendanceOf(contact)
	address, phone := addressLine(o.Location.Address), firstOf(o.Phone, l.CaseWorker.Phone)
	rebooking, _ := o.Deadlines(l.Booking.Span.Start)
	if l.Booking.Origin == OriginKSS || l.Option == nil {
		rebooking = nil
	}
	items := []SummonsItem{
		{1, "Borgerens identitet", l.Citizen, true},
		{2, "Dato, start og slut", when(l.Booking.Span), true},
		{3, "Samtaleform", name(ListContactType, l.Booking.ContactType), true},
		{4, "Samtaletype", name(ListInterviewType, o.InterviewType), true},
		{5, "Sted", firstOf(o.Location.Description, address), true},
		{6, "Borgerens kontaktmuligheder", l.CitizenReach, true},
		{7, "Adresse ved personligt fremmøde", address, attends == AttendInPerson || attends == AttendanceUnknown && address != ""},
		{8, "Telefonnummer, når borgeren ringer op", phone, attends == CitizenCalls || attends == AttendanceUnknown && phone != ""},
		{9, "Titel og beskrivelse", titled(l.Booking.Title, o.Description), true},
		{10, "Medarbejderens navn", fullName(l.CaseWorker), true},
		{11, "Om samtalen kan ombookes", "Nej", true},
		{12, "Frist for ombooking", "", rebooking != nil},
		{13, "A-kassens deltagelse", "", l.FundParticipates != nil},
	}
	if rebooking != nil {
		items[10].Value, items[11].Value = "Ja", "til og med "+clockTime(*rebooking)
	}
	if l.FundParticipates != nil {
		items[12].Value = map[bool]string{true: "A-kassen deltager", false: "A-kassen deltager ikke"}[*l.FundParticipates]
	}
	for i := range items {
		if !items[i].Applies {
			items[i].Value = ""
		}
	}
	return items
}

var (
	weekdays = [...]string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"}
	months   = [...]string{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"}
)

// DanishDay writes a day as people read it: "tirsdag den 8. december 2026".
func DanishDay(t time.Time) string {
	t = t.In(copenhagen)
	return fmt.Sprintf("%s den %d. %s %d", weekdays[t.Weekday()], t.Day(), months[t.Month()-1], t.Year())
}

func when(s Span) string {
	if s.Empty() {
		return ""
	}
	end := s.End.In(copenhagen).Format("15.04")
	if DateOf(s.End) != DateOf(s.Start) {
		end = clockTime(s.End)
	}
	return clockTime(s.Start) + "–" + end
}

func clockTime(t time.Time) string { return DanishDay(t) + " kl. " + t.In(copenhagen).Format("15.04") }

func addressLine(a *Address) string {
	if a == nil {
		return ""
	}
	street := strings.TrimSpace(a.StreetName + " " + a.Building)
	if more := strings.TrimSpace(a.Floor + " " + a.Suite); more != "" {
		street += ", " + more
	}
	return strings.Trim(street+", "+strings.TrimSpace(a.PostCode+" "+a.District), ", ")
}

func titled(title, description string) string {
	if title == "" || description == "" {
		return title // a description alone names nothing
	}
	return title + ": " + description
}

func fullName(w CaseWorker) string {
	return strings.Join(strings.Fields(w.GivenName+" "+w.MiddleName+" "+w.Surname), " ")
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
