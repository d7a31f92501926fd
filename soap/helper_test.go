package soap

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// stub answers CreateBooking with what do gives; the rest is not called.
type stub struct {
	booking.Service
	do func(context.Context, *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error)
}

func (s stub) CreateBooking(ctx context.Context, r *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
	if s.do != nil {
		return s.do(ctx, r)
	}
	return &booking.CreateBookingResponse{BookingIdentifier: r.BookingIdentifier, EventDate: r.BookingStartTime, MessageIdentifier: uuid.UUID{1}}, nil
}

func newServer(do func(context.Context, *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error), config Config) *Server {
	if config.Logger == nil {
		config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	config.CheckAnswers = true
	return NewServer(contract.ExternalBooking, booking.Contract(stub{do: do}), config)
}

func failing(err error) func(context.Context, *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
	return func(context.Context, *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
		return nil, err
	}
}

const (
	messages   = `<b:CreateBookingRequest xmlns:b="http://service.bm.dk/ExternalBookingService/2017/04/28/"><b:PersonCivilRegistrationIdentifier>0101801234</b:PersonCivilRegistrationIdentifier><b:JobCenterCode>10100</b:JobCenterCode><b:BookingIdentifier>0b5f1c3a-54d1-4f2e-9a55-6d1f5b7f1a01</b:BookingIdentifier><b:InterviewOptionID>6f9619ff-8b86-4011-b42d-00c04fc964ff</b:InterviewOptionID><b:BookingStartTime>2026-12-01T09:00:00</b:BookingStartTime></b:CreateBookingRequest>`
	orgHeader  = `<o:ActiveOrganisationHeader xmlns:o="http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/"><o:OrganisationTypeIdentifier>8</o:OrganisationTypeIdentifier><o:OrganisationCode>10100</o:OrganisationCode></o:ActiveOrganisationHeader>`
	userHeader = `<RequestUserMetadataHeader xmlns="http://service.bm.dk/RequestUserMetadata/2015/01/21/"><RequestUserStructure xmlns="http://service.bm.dk/pjaktass/2015/01/21/RequestUserStructure/"><UserFullName>Navn Navnesen</UserFullName><RequestUserTypeIdentifier xmlns="http://service.bm.dk/pjaktass/2015/01/21/RequestUserTypeIdentifierCodeList/"><CodeListItemIdentifier xmlns="http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/">1</CodeListItemIdentifier></RequestUserTypeIdentifier><UserIdentifier>0202804321</UserIdentifier></RequestUserStructure><RequestOrganisationStructure xmlns="http://service.bm.dk/pjaktass/2015/01/21/RequestOrganisationStructure/"><OrganisationTypeIdentifier><CodeListItemIdentifier xmlns="http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/">8</CodeListItemIdentifier></OrganisationTypeIdentifier><OrganisationCode>10100</OrganisationCode></RequestOrganisationStructure><RegistrationDateTime>2026-11-24T10:00:00+01:00</RegistrationDateTime></RequestUserMetadataHeader>`
)

func envelope(v version, header, body string) string {
	if header != "" {
		header = "<s:Header>" + header + "</s:Header>"
	}
	return `<s:Envelope xmlns:s="` + namespaces[v] + `">` + header + `<s:Body>` + body + `</s:Body></s:Envelope>`
}

func valid(v version) string { return envelope(v, orgHeader+userHeader, messages) }

type result struct {
	status  int
	version version
	fault   bool
	code    string // Client, Sender …
	text    string
	detail  *wire.FaultDetails
	header  http.Header
	body    string
}

func post(t testing.TB, h http.Handler, body string, change ...func(*http.Request)) result {
	t.Helper()
	r := httptest.NewRequest("POST", "/3/ExternalBookingService.svc", strings.NewReader(body))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	if strings.Contains(body, namespaces[soap12]) {
		r.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return read(t, w.Code, w.Header(), w.Body.Bytes())
}

func with(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// read takes an answer apart with the standard library, not with our own reader.
func read(t testing.TB, status int, header http.Header, body []byte) result {
	t.Helper()
	res := result{status: status, header: header, body: string(body)}
	if !strings.Contains(header.Get("Content-Type"), "xml") {
		return res
	}
	type details struct {
		ErrorCode int32
		Message   string
	}
	var e struct {
		XMLName xml.Name
		Body    struct {
			Fault *struct {
				Code   string `xml:"faultcode"`
				Text   string `xml:"faultstring"`
				Detail *struct {
					FaultDetails details `xml:"http://service.bm.dk/xml/schemas/2011/01/12/ FaultDetails"`
				} `xml:"detail"`
				Code12 string `xml:"http://www.w3.org/2003/05/soap-envelope Code>Value"`
				Text12 struct {
					Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
					Text string `xml:",chardata"`
				} `xml:"http://www.w3.org/2003/05/soap-envelope Reason>Text"`
				Detail12 *struct {
					FaultDetails details `xml:"http://service.bm.dk/xml/schemas/2011/01/12/ FaultDetails"`
				} `xml:"http://www.w3.org/2003/05/soap-envelope Detail"`
			}
		}
	}
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(&e); err != nil {
		t.Fatalf("answer: %v\n%s", err, body)
	}
	if e.XMLName.Space == namespaces[soap12] {
		res.version = soap12
	}
	if want := [...]string{"text/xml; charset=utf-8", "application/soap+xml; charset=utf-8"}[res.version]; header.Get("Content-Type") != want {
		t.Errorf("Content-Type %s with SOAP %s", header.Get("Content-Type"), res.version)
	}
	if strings.Contains(res.body, "Header>") {
		t.Errorf("the answer has a header: %s", body)
	}
	f := e.Body.Fault
	if f == nil {
		if status != 200 {
			t.Errorf("HTTP %d without fault: %s", status, body)
		}
		return res
	}
	if status != 500 {
		t.Errorf("a fault with HTTP %d", status)
	}
	res.fault = true
	if res.version == soap11 {
		res.code, res.text = strings.TrimPrefix(f.Code, "soap:"), f.Text
		if f.Detail != nil {
			res.detail = &wire.FaultDetails{ErrorCode: f.Detail.FaultDetails.ErrorCode, Message: f.Detail.FaultDetails.Message}
		}
	} else {
		res.code, res.text = strings.TrimPrefix(f.Code12, "soap:"), f.Text12.Text
		if f.Text12.Lang != "da" {
			t.Errorf("Reason without language: %s", body)
		}
		if f.Detail12 != nil {
			res.detail = &wire.FaultDetails{ErrorCode: f.Detail12.FaultDetails.ErrorCode, Message: f.Detail12.FaultDetails.Message}
		}
	}
	if res.text == "" || res.detail != nil && res.detail.Message != res.text {
		t.Errorf("texts of the fault: %s", body)
	}
	return res
}

func (r result) number() int {
	if r.detail == nil {
		return 0
	}
	return int(r.detail.ErrorCode)
}
