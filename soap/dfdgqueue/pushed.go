package dfdgqueue

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire/dfdg"
)

// entityIndkaldelse is the entity type of summonses in pushed notices (told).
const entityIndkaldelse = 90000

// PushedConfig configures pushed notices.
type PushedConfig struct {
	Notices Notices
	// Serves tells which job centres are ours and the caller's to speak of; all if nil.
	Serves func(*http.Request, planner.JobCenterCode) bool
	// URL of DFDG's BookingService, where what changed is fetched; Action is its soapAction up to and without "#GetBooking".
	URL, Action string
	HTTP        *http.Client
	Caller      Caller
	// Patience is how long a booking that DFDG does not find may still turn up; an hour if zero.
	Patience time.Duration
	Now      func() time.Time
	Log      *slog.Logger
}

// ActionRegister is the contract's soapAction of BookingService, up to and without "#Operation".
const ActionRegister = "http://service.bm.dk/pjaktass/1/BookingService"

// Pushed is pushed notices (WSB): Handler stores them before it answers, the Transport fetches what they speak of.
type Pushed struct {
	cfg    PushedConfig
	client soapclient.Client
}

// NewPushed makes it.
func NewPushed(cfg PushedConfig) *Pushed {
	if cfg.Action == "" {
		cfg.Action = ActionRegister
	}
	if cfg.Patience == 0 {
		cfg.Patience = time.Hour
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Pushed{cfg, soapclient.Client{HTTP: cfg.HTTP}}
}

// notice is the JSON form. That there are entity type, change type, identification by CPR and external id is told; the
// form and the names are proposed.
type notice struct {
	ID                 string `json:"beskedId"`
	EntityType         int    `json:"entitetType"`
	ChangeType         int    `json:"aendringType"`
	IdentificationType int    `json:"identifikationType"`
	Identification     string `json:"identifikation"`
	ExternalID         string `json:"eksternId"`
	OrganisationType   int    `json:"organisationType"`
	OrganisationCode   string `json:"organisationKode"`
}

// errNotice is a notice that breaks its form.
var errNotice = errors.New("no notice by the contract")

// parseNotice reads a notice; false when it is of an entity that is not for us.
func parseNotice(raw []byte, now time.Time) (Notice, bool, error) {
	var in notice
	if err := json.Unmarshal(raw, &in); err != nil {
		return Notice{}, false, errNotice // the decoder's own words may quote the text
	}
	if in.EntityType == 0 {
		return Notice{}, false, errNotice
	}
	if in.EntityType != entityIndkaldelse {
		return Notice{}, false, nil
	}
	n := Notice{JobCenter: planner.JobCenterCode(in.OrganisationCode), Change: in.ChangeType, At: now.UTC().Truncate(time.Microsecond)}
	var errs [3]error
	n.ID, errs[0] = uuid.Parse(in.ID)
	n.Booking, errs[1] = uuid.Parse(in.ExternalID)
	n.CPR, errs[2] = planner.ParseCPR(in.Identification)
	switch {
	case errs != [3]error{}, n.CPR.Unknown(), n.ID == uuid.Nil, n.Booking == uuid.Nil,
		n.Change < 1, n.Change > 3, in.IdentificationType != 1, in.OrganisationType != organisationJobCenter:
		return Notice{}, false, errNotice
	}
	return n, true, nil
}

// ServeHTTP takes one notice. 202: it is stored, or not for us. 400: it is none. 503: to be sent again.
func (p *Pushed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	n, ours, err := parseNotice(raw, p.cfg.Now())
	switch {
	case err != nil:
		p.cfg.Log.WarnContext(r.Context(), "pushed notice refused", "reason", err.Error())
		w.WriteHeader(http.StatusBadRequest)
	case !ours:
		w.WriteHeader(http.StatusAccepted)
	case p.cfg.Serves != nil && !p.cfg.Serves(r, n.JobCenter):
		p.cfg.Log.WarnContext(r.Context(), "pushed notice refused", "reason", "job centre is not ours, or not the caller's", "notice", n.ID)
		w.WriteHeader(http.StatusBadRequest)
	default:
		if err := p.cfg.Notices.AddNotice(r.Context(), n); err != nil {
			p.cfg.Log.ErrorContext(r.Context(), "pushed notice not stored", "notice", n.ID, "error", err)
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}
}

// Kind implements Transport.
func (p *Pushed) Kind() Kind { return KindPush }

// Begin implements Transport. There is nothing to be left open: notices wait with us.
func (p *Pushed) Begin(ctx context.Context, jc planner.JobCenterCode, _ string, _ func(context.Context, string) error) (Transfer, error) {
	waiting, err := p.cfg.Notices.WaitingNotices(ctx, jc, full)
	if err != nil {
		return nil, &storeError{err}
	}
	return &pushedTransfer{p: p, waiting: waiting, more: len(waiting) == full, fetched: map[uuid.UUID]bool{}}, nil
}

type pushedTransfer struct {
	p       *Pushed
	waiting []Notice
	done    []uuid.UUID
	fetched map[uuid.UUID]bool
	more    bool
}

// codeUnknownBooking is BookingIdentifier unknown to the system (told).
const codeUnknownBooking = 4768

// Next implements Transfer. A booking that several notices speak of is fetched once, as it is now.
func (t *pushedTransfer) Next(ctx context.Context) (Message, bool, error) {
	for len(t.waiting) > 0 {
		n := t.waiting[0]
		t.waiting = t.waiting[1:]
		if t.fetched[n.Booking] {
			t.done = append(t.done, n.ID)
			continue
		}
		m := Message{JobCenter: n.JobCenter, Kind: KindPush, Service: serviceIndkaldelse, ID: n.ID, At: n.At}
		body, err := t.p.fetch(ctx, n)
		var fault *soapclient.Fault
		switch {
		case err == nil:
			t.fetched[n.Booking] = true
			m.Body = body
		case errors.As(err, &fault) && fault.Code == codeUnknownBooking:
			if n.Change != 3 && t.p.cfg.Now().Sub(n.At) < t.p.cfg.Patience {
				continue // it may turn up; the notice waits
			}
			m.Gone = &n.Booking
		case errors.As(err, &fault) && fault.Code == 8107:
			// DFDG contradicts itself about whose booking it is: for a person.
			m.Body = []byte(err.Error())
		default:
			return Message{}, false, err
		}
		t.done = append(t.done, n.ID)
		return m, true, nil
	}
	return Message{}, false, nil
}

func (p *Pushed) fetch(ctx context.Context, n Notice) ([]byte, error) {
	ns := dfdg.NamespaceRegister
	a, err := p.client.Do(ctx, soapclient.Call{
		URL: p.cfg.URL, Action: p.cfg.Action + "#GetBooking", Header: p.cfg.Caller.headers(n.JobCenter, p.cfg.Now()),
		Body: soapclient.Part{Name: xml.Name{Space: ns, Local: "GetBookingRequest"}, Prefixes: dfdg.Prefixes(ns),
			Content: &dfdg.BookingKey{Booking: n.Booking, CPR: n.CPR.Reveal(), JobCenter: string(n.JobCenter)}},
		Limits: answerLimits,
	})
	if err != nil {
		return nil, err
	}
	bodies, err := items(a.Raw)
	if err != nil {
		return nil, err
	}
	if len(bodies) != 1 {
		return a.Raw, nil // no message: kept for a person
	}
	return bodies[0], nil
}

// Confirm implements Transfer.
func (t *pushedTransfer) Confirm(ctx context.Context) error {
	if len(t.done) == 0 {
		return nil
	}
	return store(t.p.cfg.Notices.FinishNotices(ctx, t.done))
}

// Abandon implements Transfer: what was taken in is known again by its id.
func (t *pushedTransfer) Abandon(context.Context) error { return nil }

// More implements Transfer.
func (t *pushedTransfer) More() bool { return t.more && len(t.done) > 0 }
