package dfdgsim

import (
	"encoding/xml"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

// now is a Tuesday; the clock stands still in these tests.
var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// world is a simulator behind a socket.
type world struct {
	*Server
	t    *testing.T
	url  string
	http *httptest.Server
}

func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return now }
	}
	s := New(cfg)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &world{Server: s, t: t, url: h.URL, http: h}
}

const (
	jobCenter = "10100"
	citizen   = "0101701234"
)

func headers(userType int32, user string) []soapclient.Part {
	return []soapclient.Part{
		{Name: wire.RequestUserMetadataName, Content: &wire.RequestUserMetadata{
			UserFullName: "Planner", RequestUserTypeIdentifier: userType, UserIdentifier: user,
			OrganisationTypeIdentifier: 8, OrganisationCode: jobCenter, RegistrationDateTime: wire.At(now),
		}},
		{Name: wire.ActiveOrganisationName, Content: &wire.ActiveOrganisation{OrganisationTypeIdentifier: 8, OrganisationCode: jobCenter}},
	}
}

func (w *world) call(path, ns, operation string, header []soapclient.Part, in, out wire.Message) error {
	w.t.Helper()
	c := soapclient.Client{HTTP: w.http.Client()}
	_, err := c.Do(w.t.Context(), soapclient.Call{
		URL: w.url + path, Action: "urn:x#" + operation, Header: header,
		Body:   soapclient.Part{Name: xml.Name{Space: ns, Local: operation + "Request"}, Prefixes: dfdg.Prefixes(ns), Content: in},
		Answer: soapclient.Part{Name: xml.Name{Space: ns, Local: operation + "Response"}, Content: out},
	})
	return err
}

func (w *world) create() (dfdg.CreateSequenceResponse, error) {
	var out dfdg.CreateSequenceResponse
	err := w.call(PathWsrm, dfdg.NamespaceWSRM, "CreateSequence", headers(3, "CVR:12345678-FID:1"), &dfdg.CreateSequenceRequest{}, &out)
	return out, err
}

func (w *world) end(operation string, id uuid.UUID) error {
	var out dfdg.SequenceReference
	return w.call(PathWsrm, dfdg.NamespaceWSRM, operation, headers(3, "CVR:12345678-FID:1"), &dfdg.SequenceReference{Identifier: id}, &out)
}

func (w *world) fetch(id uuid.UUID, n int32) (dfdg.IndkaldelseResponse, error) {
	var out dfdg.IndkaldelseResponse
	h := append(headers(3, "CVR:12345678-FID:1"), soapclient.Part{
		Name: xml.Name{Space: dfdg.NamespaceWSRM, Local: "Sequence"}, Content: &dfdg.Sequence{Identifier: id, MessageNumber: n}})
	err := w.call(PathMessages, dfdg.NamespaceIndkaldelse, dfdg.ServiceIndkaldelse, h, &dfdg.IndkaldelseRequest{}, &out)
	return out, err
}

func codeOf(t *testing.T, err error) int {
	t.Helper()
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("no fault but %v", err)
	}
	return f.Code
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) kss(m Meeting) (uuid.UUID, uuid.UUID) {
	w.t.Helper()
	if m.Act == "" {
		m = Meeting{Act: Created, JobCenter: jobCenter, CPR: citizen, Start: now.Add(48 * time.Hour), CaseWorkerIdentifier: "RID:1", Booking: m.Booking}
	}
	b, id, err := w.KSS(m)
	w.must(err)
	return b, id
}
