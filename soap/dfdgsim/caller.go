package dfdgsim

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// Fault is a SOAP fault that a planner answered with.
type Fault = soapclient.Fault

// CallerConfig configures a Caller.
type CallerConfig struct {
	// URL of the planner's ExternalBookingService.
	URL string
	// HTTP carries the client certificate where TLS asks for one; nil is a plain client.
	HTTP *http.Client
	// Names override the contract's namespaces and action base; the zero value overrides nothing.
	Names contract.Names
	// CitizenName stands in the header beside the citizen's CPR; "Borger" if empty.
	CitizenName string
	// Now is the clock of the header's RegistrationDateTime; time.Now if nil.
	Now func() time.Time
	// WithoutHeaders leaves both SOAP headers out.
	WithoutHeaders bool
}

// Caller calls a planner as DFDG does for a citizen on Jobnet. It is a booking.Service, and may be used by
// several goroutines. A refusal is a *Fault (errors.As); other errors are those of package soapclient.
type Caller struct {
	cfg    CallerConfig
	client soapclient.Client
	table  wire.Contract
}

var _ booking.Service = (*Caller)(nil)

// NewCaller makes a Caller.
func NewCaller(cfg CallerConfig) *Caller {
	cfg.Names = cfg.Names.Or(contract.ExternalBooking.Names)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.CitizenName == "" {
		cfg.CitizenName = "Borger"
	}
	return &Caller{cfg: cfg, client: soapclient.Client{HTTP: cfg.HTTP}, table: booking.Contract(nil)}
}

// GetSelfbookInterviewOptions implements booking.Service.
func (c *Caller) GetSelfbookInterviewOptions(ctx context.Context, r *booking.GetSelfbookInterviewOptionsRequest) (*booking.GetSelfbookInterviewOptionsResponse, error) {
	return call[booking.GetSelfbookInterviewOptionsResponse](ctx, c, "GetSelfbookInterviewOptions", r, r.PersonCivilRegistrationIdentifier, r.JobCenterCode)
}

// GetSelfbookCaseWorkers implements booking.Service.
func (c *Caller) GetSelfbookCaseWorkers(ctx context.Context, r *booking.GetSelfbookCaseWorkersRequest) (*booking.GetSelfbookCaseWorkersResponse, error) {
	return call[booking.GetSelfbookCaseWorkersResponse](ctx, c, "GetSelfbookCaseWorkers", r, r.PersonCivilRegistrationIdentifier, r.JobCenterCode)
}

// GetSelfbookTimeslots implements booking.Service.
func (c *Caller) GetSelfbookTimeslots(ctx context.Context, r *booking.GetSelfbookTimeslotsRequest) (*booking.GetSelfbookTimeslotsResponse, error) {
	return call[booking.GetSelfbookTimeslotsResponse](ctx, c, "GetSelfbookTimeslots", r, r.PersonCivilRegistrationIdentifier, r.JobCenterCode)
}

// GetRescheduleTimeslots implements booking.Service.
func (c *Caller) GetRescheduleTimeslots(ctx context.Context, r *booking.GetRescheduleTimeslotsRequest) (*booking.GetRescheduleTimeslotsResponse, error) {
	return call[booking.GetRescheduleTimeslotsResponse](ctx, c, "GetRescheduleTimeslots", r, r.PersonCivilRegistrationIdentifier, r.JobCenterCode)
}

// GetBookingDetails implements booking.Service.
func (c *Caller) GetBookingDetails(ctx context.Context, r *booking.GetBookingDetailsRequest) (*booking.GetBookingDetailsResponse, error) {
	return call[booking.GetBookingDetailsResponse](ctx, c, "GetBookingDetails", r, r.PersonCivilRegistrationIdentifier, r.JobCenterCode)
}

// CreateBooking implements booking.Service.
func (c *Caller) CreateBooking(ctx context.Context, r *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
	return call[booking.CreateBookingResponse](ctx, c, "CreateBooking", r, r.PersonCivilRegistrationIdentifier, r.JobCenterCode)
}

// RescheduleBooking implements booking.Service.
func (c *Caller) RescheduleBooking(ctx context.Context, r *booking.RescheduleBookingRequest) (*booking.RescheduleBookingResponse, error) {
	return call[booking.RescheduleBookingResponse](ctx, c, "RescheduleBooking", r, r.PersonCivilRegistrationIdentifier, r.JobCenterCode)
}

func call[A any, P interface {
	*A
	wire.Message
}](ctx context.Context, c *Caller, operation string, request wire.Message, cpr booking.PersonCivilRegistrationIdentifierType, jobCenter booking.JobCenterCodeType) (*A, error) {
	for _, op := range c.table.Operations {
		if op.Name != operation {
			continue
		}
		answer := P(new(A))
		_, err := c.client.Do(ctx, soapclient.Call{
			URL:    c.cfg.URL,
			Action: c.cfg.Names.Action + "#" + operation,
			Header: c.headers(string(cpr), string(jobCenter)),
			Body:   soapclient.Part{Name: xml.Name{Space: c.table.Namespace, Local: op.Request}, Prefixes: c.table.Prefixes, Content: request},
			Answer: soapclient.Part{Name: xml.Name{Space: c.table.Namespace, Local: op.Response}, Content: answer},
			Rename: wire.Rename{Contract: c.table.Namespace, Wire: c.cfg.Names.Message},
		})
		if err != nil {
			return nil, err
		}
		return (*A)(answer), nil
	}
	return nil, fmt.Errorf("operation %s is not in the contract", operation)
}

// Codes of the headers (told: code lists RequestUserType and OrganisationType).
const (
	organisationJobCenter = 8
	userCitizen           = 1
)

func (c *Caller) headers(cpr, jobCenter string) []soapclient.Part {
	if c.cfg.WithoutHeaders {
		return nil
	}
	return []soapclient.Part{
		{Name: wire.RequestUserMetadataName, Content: &wire.RequestUserMetadata{
			UserFullName: c.cfg.CitizenName, RequestUserTypeIdentifier: userCitizen, UserIdentifier: cpr,
			OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: jobCenter, RegistrationDateTime: wire.At(c.cfg.Now()),
		}},
		{Name: wire.ActiveOrganisationName, Content: &wire.ActiveOrganisation{
			OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: jobCenter,
		}},
	}
}
