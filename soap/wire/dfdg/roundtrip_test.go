package dfdg

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

func text[T ~string](s string) *T { v := T(s); return &v }

func code(n int32) booking.CodeListItemIdentifierType {
	return booking.CodeListItemIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(n)}
}

// What is written reads back as it was, with everything that may be there and with nothing of it.
func TestMessagesReadBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	id, n, at := uuid.UUID{1}, int32(20), wire.At(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
	details := booking.BookingDetailsType{
		InterviewTypeIdentifier: code(4), InterviewFormTypeIdentifier: code(1), InterviewContactTypeIdentifier: code(2), BookingStartTime: at,
		BookingEndTime: wire.At(at.Add(time.Hour)), MeetingTitle: "Æ & <ø>", MeetingDescription: text[booking.MeetingDescriptionType]("å"),
		Supervisor:        booking.CaseWorkerStructureType{CaseWorkerGivenName: "A", CaseWorkerMiddleName: text[booking.PersonMiddleNameType]("M"), CaseWorkerSurname: "B", CaseWorkerIdentifier: "RID:1"},
		RebookingPossible: true, RebookingDeadline: &at, GroupMeetingIdentifier: &id,
	}
	bare := details
	bare.MeetingDescription, bare.RebookingDeadline, bare.GroupMeetingIdentifier = nil, nil, nil
	full := Indkaldelse{
		Metadata: &Metadata{MessageIdentifier: &id, ClientSystemType: &n, Enqueued: &at,
			RegisteringAuthority: &wire.ActiveOrganisation{OrganisationTypeIdentifier: 8, OrganisationCode: "10100"},
			RegisteringUser: &wire.RequestUserMetadata{UserFullName: "U", RequestUserTypeIdentifier: 3, UserIdentifier: "x", UserEmail: "a@b.example",
				OrganisationTypeIdentifier: 8, OrganisationCode: "10100", RegistrationDateTime: at}},
		Booking: id, CPR: "0101701234", Status: 1, OwnerType: &n, SelfBooked: true, Details: details,
	}
	for name, c := range map[string]struct {
		ns       string
		in, into wire.Message
	}{
		"Create":      {NamespaceWSRM, &CreateSequenceRequest{SubQueue: "a"}, &CreateSequenceRequest{}},
		"Create bare": {NamespaceWSRM, &CreateSequenceRequest{}, &CreateSequenceRequest{}},
		"Inventory":   {NamespaceWSRM, &CreateSequenceResponse{Identifier: id, Inventory: []ServiceItem{{"a", "https://b", 3}, {"c", "d", 0}}}, &CreateSequenceResponse{}},
		"Reference":   {NamespaceWSRM, &SequenceReference{Identifier: id}, &SequenceReference{}},
		"Sequence":    {NamespaceWSRM, &Sequence{Identifier: id, MessageNumber: 7, Last: true}, &Sequence{}},
		"Messages":    {NamespaceIndkaldelse, &IndkaldelseResponse{Items: []Indkaldelse{full, {Booking: id, CPR: "0101701234", Status: 2, Details: bare}}}, &IndkaldelseResponse{}},
		"Empty metadata": {NamespaceIndkaldelse, &IndkaldelseResponse{Items: []Indkaldelse{{Metadata: &Metadata{}, Booking: id, CPR: "0101701234", Status: 2, Details: bare}}},
			&IndkaldelseResponse{}},
		"Save":      {NamespaceRegister, &SaveBooking{Booking: id, CPR: "0101701234", JobCenter: "10100", SelfBooked: true, OwnerType: &n, Details: details}, &SaveBooking{}},
		"Save bare": {NamespaceRegister, &SaveBooking{Booking: id, CPR: "0101701234", JobCenter: "10100", Details: bare}, &SaveBooking{}},
		"Key":       {NamespaceRegister, &BookingKey{Booking: id, CPR: "0101701234", JobCenter: "10100"}, &BookingKey{}},
		"Receipt":   {NamespaceRegister, &Receipt{Booking: id, EventDate: at, Message: id}, &Receipt{}},
		"Answer":    {NamespaceRegister, &BookingAnswer{Indkaldelse: full}, &BookingAnswer{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e wire.Encoder
			e.Root(c.ns, Prefixes(c.ns), "M", c.in)
			d := wire.NewDecoder(wire.NewReader(e.Buf, wire.DefaultLimits), wire.Rename{})
			if !d.Need(c.ns, "M") {
				t.Fatal(d.Err())
			}
			c.into.DecodeContent(d)
			d.End()
			if d.Err() != nil {
				t.Fatalf("%v in\n%s", d.Err(), e.Buf)
			}
			var again wire.Encoder
			again.Root(c.ns, Prefixes(c.ns), "M", c.into)
			if string(again.Buf) != string(e.Buf) {
				t.Errorf("%s\n%s", e.Buf, again.Buf)
			}
			if name == "Inventory" && !reflect.DeepEqual(c.in, c.into) {
				t.Errorf("%+v, %+v", c.in, c.into)
			}
		})
	}
}
