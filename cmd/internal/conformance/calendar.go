package conformance

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/calendar"
)

// Receipt codes that are told by STAR's client's behaviour: taken, there already, not there.
const (
	receiptTaken   = 0
	receiptThere   = 8
	receiptUnknown = 10
)

// calendar plays a Kommuneklient.
func (k *kit) calendar() {
	if k.Calendar == "" {
		k.part = "PlannerExternalCalendarService"
		k.check("Alle operationer", "Besvares", func() (string, error) { return "", skip("Ingen adresse er givet (-calendar).") })
		return
	}
	k.wsdl("WSDL, PlannerExternalCalendarService", k.Calendar, calendarOperations())
	k.part = "PlannerExternalCalendarService"
	s := k.calendarService()
	var resource *calendar.CalendarResourceType
	k.check("GetResources", "Svar efter kontrakten, hver mailadresse én gang, og prøvevejlederen", func() (string, error) {
		var a calendar.GetResourcesResponse
		if err := k.do(s, "GetResources", &calendar.GetResourcesRequest{}, &a); err != nil {
			return "", err
		}
		seen := map[calendar.EmailAddressIdentifierType]bool{}
		for i, r := range a.CalendarResource {
			if seen[r.CalendarResourceEmailAddress] {
				return "", wrong("En mailadresse står der to gange; Kommuneklienten ville droppe begge.")
			}
			seen[r.CalendarResourceEmailAddress] = true
			if string(r.CalendarResourceEmailAddress) == k.Mail {
				resource = &a.CalendarResource[i]
			}
		}
		if k.Mail != "" && resource == nil {
			return "", wrong("Prøvevejlederen er der ikke.")
		}
		return fmt.Sprintf("%d ressourcer", len(a.CalendarResource)), nil
	})
	start := k.Now().Truncate(time.Hour).AddDate(0, 0, k.Days)
	event := calendar.CalendarEventType{
		CalendarEventStartTime: wire.At(start), CalendarEventEndTime: wire.At(start.Add(time.Hour)),
		OriginSystemIdentifier: "afproevning-" + uuid.NewString(), OriginEmailAddress: calendar.EmailAddressIdentifierType(k.Mail),
	}
	events := []calendar.CalendarEventType{event}
	// receipts checks that there is one, for the event, with the code.
	receipts := func(got []calendar.CalendarEventReceiptType, err error, code int32) (string, error) {
		switch {
		case err != nil:
			return "", err
		case len(got) != 1 || got[0].OriginSystemIdentifier != event.OriginSystemIdentifier:
			return "", wrong("%d kvitteringer, eller for en anden aftale.", len(got))
		case int32(got[0].EventErrorCode.CodeListItemIdentifier) != code:
			return "", wrong("Kode %d.", got[0].EventErrorCode.CodeListItemIdentifier)
		}
		return fmt.Sprintf("Kode %d", code), nil
	}
	step := func(what, expected string, f func() (string, error)) {
		k.check(what, expected, func() (string, error) {
			switch {
			case k.ReadOnly:
				return "", readOnly
			case resource == nil:
				return "", skip("Ingen prøvevejleder er givet eller fundet (-mail).")
			}
			return f()
		})
	}
	create := func() ([]calendar.CalendarEventReceiptType, error) {
		var a calendar.CreateEventsResponse
		err := k.do(s, "CreateEvents", &calendar.CreateEventsRequest{CalendarEvent: events}, &a)
		return a.CalendarEventReceipt, err
	}
	update := func() ([]calendar.CalendarEventReceiptType, error) {
		var a calendar.UpdateEventsResponse
		err := k.do(s, "UpdateEvents", &calendar.UpdateEventsRequest{CalendarEvent: events}, &a)
		return a.CalendarEventReceipt, err
	}
	step("CreateEvents", "Kode 0", func() (string, error) { r, err := create(); return receipts(r, err, receiptTaken) })
	step("CreateEvents gentaget", "Kode 8", func() (string, error) { r, err := create(); return receipts(r, err, receiptThere) })
	find := func(want bool) (string, error) {
		var a calendar.GetEventsResponse
		from, to := wire.At(start.Add(-time.Hour)), wire.At(start.Add(4*time.Hour))
		if err := k.do(s, "GetEvents", &calendar.GetEventsRequest{CalendarResource: []calendar.CalendarResourceType{*resource}, EventStartFromDateTime: &from, EventStartToDateTime: &to}, &a); err != nil {
			return "", err
		}
		for _, e := range a.CalendarEvent {
			if e.OriginSystemIdentifier != event.OriginSystemIdentifier {
				continue
			}
			if !want {
				return "", wrong("Aftalen er der stadig.")
			}
			if !e.CalendarEventStartTime.Equal(events[0].CalendarEventStartTime.Time) || !e.CalendarEventEndTime.Equal(events[0].CalendarEventEndTime.Time) {
				return "", wrong("Aftalen har en anden tid.")
			}
			return "Aftalen med sin tid", nil
		}
		if want {
			return "", wrong("Aftalen er der ikke.")
		}
		return "Aftalen er væk", nil
	}
	step("GetEvents", "Aftalen, med sin tid", func() (string, error) { return find(true) })
	step("UpdateEvents", "Kode 0, og den nye tid i GetEvents", func() (string, error) {
		events[0].CalendarEventStartTime, events[0].CalendarEventEndTime = wire.At(start.Add(time.Hour)), wire.At(start.Add(2*time.Hour))
		r, err := update()
		if _, err := receipts(r, err, receiptTaken); err != nil {
			return "", err
		}
		return find(true)
	})
	step("UpdateEvents af en aftale, der ikke findes", "Kode 10", func() (string, error) {
		known := events[0]
		event.OriginSystemIdentifier += "-ukendt"
		events[0].OriginSystemIdentifier = event.OriginSystemIdentifier
		r, err := update()
		seen, err := receipts(r, err, receiptUnknown)
		event, events[0] = known, known
		return seen, err
	})
	step("DeleteEvents", "Kode 0, og aftalen er væk", func() (string, error) {
		var a calendar.DeleteEventsResponse
		err := k.do(s, "DeleteEvents", &calendar.DeleteEventsRequest{CalendarEvent: events}, &a)
		if _, err := receipts(a.CalendarEventReceipt, err, receiptTaken); err != nil {
			return "", err
		}
		return find(false)
	})
}
