package conformance

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// faults checks that what is wrong is refused, and how.
func (k *kit) faults() {
	k.part = "ExternalBookingService, fejl"
	s := k.bookingService()
	options := func(change func(*booking.GetSelfbookInterviewOptionsRequest)) error {
		r := k.optionsRequest()
		change(r)
		return k.do(s, "GetSelfbookInterviewOptions", r, new(booking.GetSelfbookInterviewOptionsResponse))
	}
	k.check("CPR-nummer, der ikke er en dato", "Fejl 1001 eller 1014", func() (string, error) {
		return expectFault(options(func(r *booking.GetSelfbookInterviewOptionsRequest) {
			r.PersonCivilRegistrationIdentifier = "9999999999"
		}), 1001, 1014)
	})
	k.check("Et jobcenter, som planneren ikke har", "En fejl", func() (string, error) {
		return expectFault(options(func(r *booking.GetSelfbookInterviewOptionsRequest) { r.JobCenterCode = "99998" }))
	})
	k.check("Et samtaletilbud, der ikke findes", "En fejl", func() (string, error) {
		return expectFault(k.do(s, "GetSelfbookCaseWorkers", &booking.GetSelfbookCaseWorkersRequest{PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), InterviewOptionID: uuid.New()}, new(booking.GetSelfbookCaseWorkersResponse)))
	})
	k.check("Tidsrum, der slutter, før det begynder", "En fejl", func() (string, error) {
		if k.option == nil {
			return "", noOption
		}
		r := k.timesRequest()
		r.BookingOptionIntervalStartTime, r.BookingOptionIntervalEndTime = r.BookingOptionIntervalEndTime, r.BookingOptionIntervalStartTime
		return expectFault(k.do(s, "GetSelfbookTimeslots", r, new(booking.GetSelfbookTimeslotsResponse)))
	})
	k.check("Ombooking af en ukendt booking", "Fejl 4768", func() (string, error) {
		return expectFault(k.do(s, "GetRescheduleTimeslots", &booking.GetRescheduleTimeslotsRequest{
			PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), BookingIdentifier: uuid.New(),
			BookingOptionIntervalStartTime: k.from(), BookingOptionIntervalEndTime: k.to(),
		}, new(booking.GetRescheduleTimeslotsResponse)), 4768)
	})
	k.check("Booking i fortiden", "En fejl", func() (string, error) {
		switch {
		case k.option == nil:
			return "", noOption
		case k.ReadOnly:
			return "", readOnly
		}
		return expectFault(k.do(s, "CreateBooking", &booking.CreateBookingRequest{
			PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), BookingIdentifier: uuid.New(), InterviewOptionID: k.option.InterviewOptionID,
			BookingStartTime: wire.At(k.from().AddDate(0, 0, -7)),
		}, new(booking.CreateBookingResponse)))
	})
	k.envelopes(s)
}

// envelopes sends what no toolkit would.
func (k *kit) envelopes(s service) {
	good := string(soapclient.Encode(k.prepare(s, "GetSelfbookInterviewOptions", k.optionsRequest(), nil)))
	action := s.names.Action + "#GetSelfbookInterviewOptions"
	post := func(media, text string) (status int, contentType, answer string, err error) {
		return raw(k.ctx, k.HTTP, s.url, media, action, text)
	}
	const media11, media12 = "text/xml; charset=utf-8", "application/soap+xml; charset=utf-8"
	refused := func(text string) func() (string, error) {
		return func() (string, error) {
			status, _, answer, err := post(media11, text)
			switch {
			case err != nil:
				return "", err
			case status != http.StatusInternalServerError || !strings.Contains(answer, "Fault>"):
				return "", wrong("HTTP %d uden SOAP-fejl.", status)
			}
			return "SOAP-fejl, HTTP 500", nil
		}
	}
	k.check("Kaldet uændret, sendt som tekst", "HTTP 200", func() (string, error) {
		status, _, answer, err := post(media11, good)
		if err != nil || status != http.StatusOK || !strings.Contains(answer, "GetSelfbookInterviewOptionsResponse") {
			return "", errors.Join(wrong("HTTP %d", status), err)
		}
		return "HTTP 200", nil
	})
	k.check("Afkortet XML", "SOAP-fejl med HTTP 500", refused(good[:len(good)-20]))
	k.check("XML med DOCTYPE", "SOAP-fejl med HTTP 500", refused("<!DOCTYPE x [<!ENTITY e 'x'>]>"+good[strings.Index(good, "?>")+2*min(1, strings.Count(good, "?>")):]))
	k.check("Kald uden CPR-nummer", "SOAP-fejl med HTTP 500", refused(without(good, "PersonCivilRegistrationIdentifier")))
	k.check("En operation, der ikke findes", "SOAP-fejl med HTTP 500", refused(strings.ReplaceAll(good, "GetSelfbookInterviewOptionsRequest", "GetNoneRequest")))
	k.check("Ukendt header med mustUnderstand", "SOAP-fejl med HTTP 500", refused(mustUnderstand(good)))
	k.check("SOAP 1.2", "Besvares i samme version", func() (string, error) {
		status, media, answer, err := post(media12, strings.ReplaceAll(good, "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"))
		switch {
		case err != nil:
			return "", err
		case status != http.StatusOK:
			return "", wrong("HTTP %d", status)
		case !strings.HasPrefix(media, "application/soap+xml") || !strings.Contains(answer, "http://www.w3.org/2003/05/soap-envelope"):
			return "", wrong("Besvaret i en anden version.")
		}
		return "SOAP 1.2", nil
	})
}

// without takes an element with a text out.
func without(text, local string) string {
	at := strings.Index(text, local)
	if at < 0 {
		return text
	}
	from := strings.LastIndex(text[:at], "<")
	to := strings.LastIndex(text, local+">") + len(local) + 1
	return text[:from] + text[to:]
}

// mustUnderstand adds a header that nobody knows.
func mustUnderstand(text string) string {
	at := strings.Index(text, "Header>")
	if at < 0 {
		return text
	}
	at += len("Header>")
	return text[:at] + `<x:ukendt xmlns:x="urn:example:ukendt" xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" e:mustUnderstand="1"/>` + text[at:]
}
