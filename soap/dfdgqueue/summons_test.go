package dfdgqueue

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
	"kommunalplanner.example/soap/wire/dfdg"
)

func code(n int32) booking.CodeListItemIdentifierType {
	return booking.CodeListItemIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(n)}
}

// summonsOf writes a message as DFDG does, having changed it.
func summonsOf(change func(*dfdg.Indkaldelse)) []byte {
	id, system, at := uuid.UUID{7}, int32(dfdg.SystemCaseSystem), wire.At(now)
	item := dfdg.Indkaldelse{
		Metadata: &dfdg.Metadata{
			MessageIdentifier: &id, ClientSystemType: &system, Enqueued: &at,
			RegisteringAuthority: &wire.ActiveOrganisation{OrganisationTypeIdentifier: 8, OrganisationCode: "10100"},
			RegisteringUser: &wire.RequestUserMetadata{UserFullName: "Fagsystem", RequestUserTypeIdentifier: 3, UserIdentifier: "CVR:12345678-FID:1",
				OrganisationTypeIdentifier: 8, OrganisationCode: "10100", RegistrationDateTime: at},
		},
		Booking: uuid.UUID{1}, CPR: citizen, Status: dfdg.StatusBooked,
		Details: booking.BookingDetailsType{
			InterviewTypeIdentifier: code(4), InterviewFormTypeIdentifier: code(1), InterviewContactTypeIdentifier: code(2),
			BookingStartTime: wire.At(now.Add(time.Hour)), BookingEndTime: wire.At(now.Add(2 * time.Hour)), MeetingTitle: "Samtale",
			Supervisor: booking.CaseWorkerStructureType{CaseWorkerGivenName: "A", CaseWorkerSurname: "B", CaseWorkerIdentifier: "RID:1"},
		},
	}
	if change != nil {
		change(&item)
	}
	var e wire.Encoder
	e.Raw("<q:" + dfdg.IndkaldelseItem + dfdg.Prefixes(dfdg.NamespaceIndkaldelse) + ">")
	item.AppendContent(&e)
	e.Close("q:" + dfdg.IndkaldelseItem)
	return e.Buf
}

func understand(body []byte) (Summons, error) {
	return Understand(Message{JobCenter: jobCenter, Kind: KindQueue, Body: body, At: now.Add(time.Hour)}, DefaultCodes())
}

func TestASummonsIsReadWhole(t *testing.T) {
	t.Parallel()
	s, err := understand(summonsOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	cpr, err := planner.ParseCPR(citizen)
	if err != nil {
		t.Fatal(err)
	}
	want := Summons{
		MessageID: uuid.UUID{7}, QueuedAt: now, Booking: uuid.UUID{1}, JobCenter: jobCenter, CPR: cpr, Status: Booked,
		Span: planner.Span{Start: now.Add(time.Hour), End: now.Add(2 * time.Hour)}, CaseWorkerIdentifier: "RID:1", ContactType: 2, Title: "Samtale",
	}
	if s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
}

func TestWhatAMessageLacksIsMadeUpTheSameEachTime(t *testing.T) {
	t.Parallel()
	bare := summonsOf(func(i *dfdg.Indkaldelse) { i.Metadata = nil })
	a, err := understand(bare)
	if err != nil {
		t.Fatal(err)
	}
	b, err := understand(bare)
	if err != nil || a != b || a.MessageID == uuid.Nil || !a.QueuedAt.Equal(now.Add(time.Hour)) {
		t.Errorf("%+v %+v %v", a, b, err)
	}
	c, err := understand(summonsOf(func(i *dfdg.Indkaldelse) { i.Metadata, i.Status = nil, dfdg.StatusCancelled }))
	if err != nil || c.MessageID == a.MessageID {
		t.Errorf("another content has the same id: %+v %v", c, err)
	}
}

func TestWhatCannotBeUnderstoodSaysWhyWithoutQuoting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		body []byte
		want string
	}{
		{"unknown status", summonsOf(func(i *dfdg.Indkaldelse) { i.Status = 99 }), "status 99 is not known"},
		{"no citizen", summonsOf(func(i *dfdg.Indkaldelse) { i.CPR = "0000000000" }), "no citizen"},
		{"no booking", summonsOf(func(i *dfdg.Indkaldelse) { i.Booking = uuid.Nil }), "no booking"},
		{"broken CPR", summonsOf(func(i *dfdg.Indkaldelse) { i.CPR = "9901701234" }), "GetIndkaldelseType/PersonCivilRegistrationIdentifier: pattern"},
		{"ends before it starts", summonsOf(func(i *dfdg.Indkaldelse) { i.Details.BookingEndTime = wire.At(now) }), "does not end after its start"},
		{"too long", summonsOf(func(i *dfdg.Indkaldelse) { i.Details.BookingEndTime = wire.At(now.Add(48 * time.Hour)) }), "longer than a day"},
		{"long ago", summonsOf(func(i *dfdg.Indkaldelse) {
			i.Details.BookingStartTime, i.Details.BookingEndTime = wire.At(time.Date(1, 1, 1, 12, 0, 0, 0, time.UTC)), wire.At(time.Date(1, 1, 1, 13, 0, 0, 0, time.UTC))
		}), "another century"},
		{"another element", []byte(`<x xmlns="urn:x"/>`), "another element"},
		{"no XML", []byte("0101701234"), "not XML"},
		{"two messages", append(summonsOf(nil), summonsOf(nil)...), "not XML: two root elements"},
		{"nothing", nil, "not XML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := understand(c.body)
			var u *Unreadable
			if !errors.As(err, &u) || !strings.Contains(u.Reason, c.want) || strings.Contains(u.Reason, citizen) {
				t.Errorf("%v", err)
			}
			if s.MessageID == uuid.Nil {
				t.Error("it has no identity")
			}
		})
	}
}

func TestAPrintedSummonsTellsNoCPR(t *testing.T) {
	t.Parallel()
	s, err := understand(summonsOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join([]string{s.CPR.String(), s.Title}, " "); strings.Contains(text, citizen) {
		t.Error(text)
	}
}

func FuzzUnderstand(f *testing.F) {
	f.Add(summonsOf(nil))
	f.Add(summonsOf(func(i *dfdg.Indkaldelse) { i.Metadata, i.Status = nil, 99 }))
	f.Add(summonsOf(func(i *dfdg.Indkaldelse) { owner := int32(20); i.OwnerType, i.SelfBooked = &owner, true }))
	f.Add([]byte(`<GetIndkaldelseType xmlns="` + dfdg.NamespaceIndkaldelse + `"><WSRMMetadata/></GetIndkaldelseType>`))
	f.Add([]byte("<<"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := understand(body)
		if s.MessageID == uuid.Nil {
			t.Fatal("no identity")
		}
		if again, _ := understand(body); again != s {
			t.Fatal("read twice, it reads differently")
		}
		if err != nil {
			var u *Unreadable
			if !errors.As(err, &u) {
				t.Fatalf("%v", err)
			}
			return
		}
		if s.CPR.Unknown() || s.Booking == uuid.Nil || s.Span.Empty() || s.Status < Booked || s.Status > Excused {
			t.Fatalf("understood, but %+v", s)
		}
		Decide(Known{}, s)
	})
}

func FuzzItems(f *testing.F) {
	f.Add([]byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><R xmlns="urn:r" xmlns:p="urn:p"><p:a p:b="&lt;">x</p:a><c/></R></s:Body></s:Envelope>`))
	f.Add([]byte(`<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body><a><b xml:lang="da">&#13;</b></a></Body></Envelope>`))
	f.Fuzz(func(t *testing.T, envelope []byte) {
		all, err := items(envelope)
		if err != nil {
			return
		}
		for _, item := range all {
			// Each stands alone, and standing alone reads as itself.
			r := wire.NewReader(item, answerLimits)
			first, err := r.Next()
			if err != nil {
				t.Fatalf("%v in %q", err, item)
			}
			again, err := standing(r, first)
			if err != nil || string(again) != string(item) {
				t.Fatalf("%v: %q, then %q", err, item, again)
			}
		}
	})
}
