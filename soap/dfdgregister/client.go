package dfdgregister

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

// ClientConfig configures calls to BookingService. Its contract is not public (hole H13): names are configuration, and what
// else differs is in this file and in package dfdg.
type ClientConfig struct {
	URL  string
	HTTP *http.Client
	// Action is the soapAction up to and without "#Operation", Namespace the messages'; the draft's if empty.
	Action, Namespace string
	// FullName and UserIdentifier ("CVR:<8>-UUID:<uuid>" or "CVR:<8>-FID:<13>") are of the system's certificate.
	FullName, UserIdentifier string
	// Owner, when set, lets only systems of that code change what we register (EjersystemType).
	Owner    *int32
	Defaults Defaults
	Now      func() time.Time
}

// Client calls BookingService. Errors are those of package soapclient. It may be used by several goroutines.
type Client struct {
	cfg    ClientConfig
	client soapclient.Client
}

// NewClient makes a Client.
func NewClient(cfg ClientConfig) *Client {
	if cfg.Action == "" {
		cfg.Action = "http://service.bm.dk/pjaktass/1/BookingService"
	}
	if cfg.Namespace == "" {
		cfg.Namespace = dfdg.NamespaceRegister
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Client{cfg, soapclient.Client{HTTP: cfg.HTTP}}
}

// Codes of the headers (told: code lists RequestUserType and OrganisationType).
const (
	organisationJobCenter = 8
	userCitizen           = 1
	userSystem            = 3
)

// headers fills both headers. Told with self-booking (Request metadata eksempel): when SelfBooked is true, the user is the
// citizen: type 1, identified by CPR.
func (c *Client) headers(r Report) []soapclient.Part {
	user := &wire.RequestUserMetadata{
		UserFullName: c.cfg.FullName, RequestUserTypeIdentifier: userSystem, UserIdentifier: c.cfg.UserIdentifier,
		OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: string(r.JobCenter), RegistrationDateTime: wire.At(c.cfg.Now()),
	}
	if selfBooked(r) {
		user.UserFullName, user.RequestUserTypeIdentifier, user.UserIdentifier = "Borger", userCitizen, r.CPR.Reveal()
	}
	return []soapclient.Part{
		{Name: wire.RequestUserMetadataName, Content: user},
		{Name: wire.ActiveOrganisationName, Content: &wire.ActiveOrganisation{
			OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: string(r.JobCenter),
		}},
	}
}

func selfBooked(r Report) bool { return r.Origin == planner.OriginSelf }

func (c *Client) call(ctx context.Context, r Report, operation string, in, out wire.Message) error {
	ns := dfdg.NamespaceRegister
	rename := wire.Rename{Contract: ns, Wire: c.cfg.Namespace}
	_, err := c.client.Do(ctx, soapclient.Call{
		URL: c.cfg.URL, Action: c.cfg.Action + "#" + operation, Header: c.headers(r), Rename: rename,
		Body:   soapclient.Part{Name: xml.Name{Space: ns, Local: operation + "Request"}, Prefixes: dfdg.Prefixes(c.cfg.Namespace), Content: in},
		Answer: soapclient.Part{Name: xml.Name{Space: ns, Local: operation + "Response"}, Content: out},
	})
	return err
}

func (c *Client) save(ctx context.Context, operation string, r Report) error {
	m := &dfdg.SaveBooking{
		Booking: r.Booking, CPR: r.CPR.Reveal(), JobCenter: string(r.JobCenter), SelfBooked: selfBooked(r), OwnerType: c.cfg.Owner,
		Details: details(r, c.cfg.Defaults),
	}
	return c.call(ctx, r, operation, m, &dfdg.Receipt{})
}

// Create calls CreateBooking.
func (c *Client) Create(ctx context.Context, r Report) error { return c.save(ctx, "CreateBooking", r) }

// Update calls UpdateBooking.
func (c *Client) Update(ctx context.Context, r Report) error { return c.save(ctx, "UpdateBooking", r) }

func key(r Report) *dfdg.BookingKey {
	return &dfdg.BookingKey{Booking: r.Booking, CPR: r.CPR.Reveal(), JobCenter: string(r.JobCenter)}
}

// Delete calls DeleteBooking.
func (c *Client) Delete(ctx context.Context, r Report) error {
	return c.call(ctx, r, "DeleteBooking", key(r), &dfdg.Receipt{})
}

// Held is what DFDG has of a report's booking.
type Held int

// What DFDG has.
const (
	HeldNothing Held = iota
	HeldCancelled
	HeldSame  // just what the report says
	HeldOther // the booking, with another time, case worker or contact form
)

// Get calls GetBooking and compares.
func (c *Client) Get(ctx context.Context, r Report) (Held, error) {
	var out dfdg.BookingAnswer
	err := c.call(ctx, r, "GetBooking", key(r), &out)
	var fault *soapclient.Fault
	if errors.As(err, &fault) {
		if a, _ := meaning(fault.Code); a == aboutUnknown {
			return HeldNothing, nil
		}
	}
	if err != nil {
		return HeldNothing, err
	}
	d := &out.Indkaldelse.Details
	switch {
	case out.Indkaldelse.Status == dfdg.StatusCancelled:
		return HeldCancelled, nil
	case d.BookingStartTime.Equal(r.Span.Start) && d.BookingEndTime.Equal(r.Span.End) &&
		string(d.Supervisor.CaseWorkerIdentifier) == r.CaseWorker.Identifier &&
		int(d.InterviewContactTypeIdentifier.CodeListItemIdentifier) == r.ContactType:
		return HeldSame, nil
	}
	return HeldOther, nil
}
