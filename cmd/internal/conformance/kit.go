package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/soapclient"
)

// Target is the installation and what to try it with.
type Target struct {
	Booking  string // URL of ExternalBookingService
	Calendar string // URL of PlannerExternalCalendarService; "": not tried
	// HTTP calls as a caller that is admitted. Anonymous shows no certificate; Refused are callers that must be turned away, by what is
	// the matter with them. They are tried over https only.
	HTTP      *http.Client
	Anonymous *http.Client
	Refused   map[string]*http.Client
	// Names are the namespaces and soapAction of ExternalBookingService; empty ones are the contract's.
	Names contract.Names

	JobCenter    string
	CPR          string // of a test citizen who may book
	ContactGroup int    // the citizen's
	Mail         string // of a case worker whose calendar Kommuneklients feed; "": events are not tried
	Days         int    // how far ahead times are asked for
	ReadOnly     bool   // neither reserve nor book, and put no event
	Now          func() time.Time
}

// Outcome of a check.
type Outcome int

// Outcomes.
const (
	Passed Outcome = iota
	Failed
	NotMade
)

// Result is a line of the table. Its texts are Danish.
type Result struct {
	Part, What, Expected, Seen string
	Outcome                    Outcome
	Took                       time.Duration
}

// Report is what a run found.
type Report struct {
	Target  Target
	Began   time.Time
	Results []Result
}

// Count tells how many checks had the outcome.
func (r Report) Count(o Outcome) (n int) {
	for _, x := range r.Results {
		if x.Outcome == o {
			n++
		}
	}
	return n
}

// kit is a run.
type kit struct {
	Target
	ctx    context.Context
	part   string
	report Report
	names  contract.Names
	client soapclient.Client

	journey
}

// skip is why a check is not made.
type skip string

func (s skip) Error() string { return string(s) }

// finding is what is not as expected, in Danish, for the table.
type finding string

func (f finding) Error() string { return string(f) }

func wrong(format string, args ...any) error { return finding(fmt.Sprintf(format, args...)) }

// check makes one check. f tells what it saw; its error is why that is not as expected, or a skip.
func (k *kit) check(what, expected string, f func() (seen string, err error)) bool {
	r := Result{Part: k.part, What: what, Expected: expected}
	began := time.Now()
	seen, err := f()
	r.Took = time.Since(began)
	var not skip
	switch {
	case k.ctx.Err() != nil:
		r.Outcome, r.Seen = NotMade, "Afbrudt."
	case errors.As(err, &not):
		r.Outcome, r.Seen = NotMade, string(not)
	case err != nil:
		r.Outcome, r.Seen = Failed, told(err)
	default:
		r.Seen = seen
	}
	k.report.Results = append(k.report.Results, r)
	return r.Outcome == Passed
}

// told puts an error of a call into Danish; other errors are ours and Danish already.
func told(err error) string {
	var (
		fault *soapclient.Fault
		bad   *soapclient.BadAnswer
		none  *soapclient.NoAnswer
	)
	switch {
	case errors.As(err, &fault):
		return fmt.Sprintf("Fejl %d (%s, HTTP %d): %s", fault.Code, fault.FaultCode, fault.HTTPStatus, soapclient.Redact(fault.Text))
	case errors.As(err, &bad):
		return fmt.Sprintf("Svaret følger ikke kontrakten (HTTP %d): %s", bad.HTTPStatus, soapclient.Redact(bad.Reason))
	case errors.As(err, &none):
		return "Intet svar: " + soapclient.Redact(none.Error())
	}
	return soapclient.Redact(err.Error())
}

// Run makes all checks. It ends early when ctx does.
func Run(ctx context.Context, t Target) Report {
	if t.Now == nil {
		t.Now = time.Now
	}
	if t.Days == 0 {
		t.Days = 60
	}
	k := &kit{Target: t, ctx: ctx, names: t.Names.Or(contract.ExternalBooking.Names), client: soapclient.Client{HTTP: t.HTTP}}
	k.report.Target, k.report.Began = t, t.Now()
	k.booking = uuid.New()
	k.connection()
	k.wsdl("WSDL, ExternalBookingService", t.Booking, bookingOperations())
	k.bookings()
	k.faults()
	k.calendar()
	return k.report
}
