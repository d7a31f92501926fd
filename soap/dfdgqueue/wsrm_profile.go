package dfdgqueue

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

const serviceIndkaldelse = dfdg.ServiceIndkaldelse

// Caller names us in the headers of calls to DFDG.
type Caller struct {
	// FullName and UserIdentifier ("CVR:<8>-UUID:<uuid>" or "CVR:<8>-FID:<13>") are of the system's certificate.
	FullName, UserIdentifier string
}

// Codes of the headers (told: code lists RequestUserType and OrganisationType).
const (
	organisationJobCenter = 8
	userSystem            = 3
)

func (c Caller) headers(jobCenter planner.JobCenterCode, now time.Time) []soapclient.Part {
	return []soapclient.Part{
		{Name: wire.RequestUserMetadataName, Content: &wire.RequestUserMetadata{
			UserFullName: c.FullName, RequestUserTypeIdentifier: userSystem, UserIdentifier: c.UserIdentifier,
			OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: string(jobCenter), RegistrationDateTime: wire.At(now),
		}},
		{Name: wire.ActiveOrganisationName, Content: &wire.ActiveOrganisation{
			OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: string(jobCenter),
		}},
	}
}

// QueueConfig configures the transport of DFDG's queue. Names of services and actions are configuration, because
// most of them are proposed (holes H1, H12).
type QueueConfig struct {
	// URL of WsrmService. Message services are called only at this host, whatever the inventory says.
	URL  string
	HTTP *http.Client
	// Caller stands in the headers.
	Caller Caller
	// SubQueue is read instead of the main queue if not empty.
	SubQueue string
	// ActionWsrm and ActionMessages are soapActions up to and without "#Operation"; the contract's if empty.
	ActionWsrm, ActionMessages string
	// Namespaces gives the message namespace of a service; the contract's pattern if nil.
	Namespaces func(service string) string
	// NumberByService makes MessageNumber begin at 1 for each service of a transfer; else it counts through the whole of it. Not
	// told which (hole H12); a DFDG that counts otherwise shows as "broken".
	NumberByService bool
	// Fetches is how often one message is asked for before the transfer is given back; 3 if zero.
	Fetches int
	Now     func() time.Time
}

// full is the most messages of one transfer (told).
const full = 500

type queueTransport struct {
	cfg    QueueConfig
	host   string
	client soapclient.Client
}

// NewQueue makes the transport of DFDG's own queue protocol.
func NewQueue(cfg QueueConfig) (Transport, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" {
		return nil, errors.New("the queue's address is no URL with a host")
	}
	if cfg.ActionWsrm == "" {
		cfg.ActionWsrm = "http://service.bm.dk/pjaktass/3/WsrmService"
	}
	if cfg.ActionMessages == "" {
		cfg.ActionMessages = "http://service.bm.dk/pjaktass/11/WsrmMessageService"
	}
	if cfg.Namespaces == nil {
		cfg.Namespaces = func(service string) string { return "http://service.bm.dk/WsrmMessageService/" + service + "/" }
	}
	if cfg.Fetches == 0 {
		cfg.Fetches = 3
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &queueTransport{cfg, u.Scheme + "://" + u.Host, soapclient.Client{HTTP: cfg.HTTP}}, nil
}

// Kind implements Transport.
func (q *queueTransport) Kind() Kind { return KindQueue }

func (q *queueTransport) wsrm(ctx context.Context, jc planner.JobCenterCode, operation string, in, out wire.Message) error {
	ns := dfdg.NamespaceWSRM
	_, err := q.client.Do(ctx, soapclient.Call{
		URL: q.cfg.URL, Action: q.cfg.ActionWsrm + "#" + operation, Header: q.cfg.Caller.headers(jc, q.cfg.Now()),
		Body:   soapclient.Part{Name: xml.Name{Space: ns, Local: operation + "Request"}, Content: in},
		Answer: soapclient.Part{Name: xml.Name{Space: ns, Local: operation + "Response"}, Content: out},
	})
	return err
}

// end calls CloseSequence or TerminateSequence.
func (q *queueTransport) end(ctx context.Context, jc planner.JobCenterCode, operation string, id uuid.UUID) error {
	var out dfdg.SequenceReference
	if err := q.wsrm(ctx, jc, operation, &dfdg.SequenceReference{Identifier: id}, &out); err != nil {
		return err
	}
	if out.Identifier != id {
		return fmt.Errorf("%s of %s was answered for another sequence", operation, id)
	}
	return nil
}

var anyGUID = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// Begin implements Transport.
func (q *queueTransport) Begin(ctx context.Context, jc planner.JobCenterCode, left string, note func(context.Context, string) error) (Transfer, error) {
	if id, err := uuid.Parse(left); err == nil {
		if err := q.close(ctx, jc, id); err != nil {
			return nil, err
		}
	}
	var out dfdg.CreateSequenceResponse
	in := &dfdg.CreateSequenceRequest{SubQueue: q.cfg.SubQueue}
	err := q.wsrm(ctx, jc, "CreateSequence", in, &out)
	var fault *soapclient.Fault
	if errors.As(err, &fault) {
		// Told: an open sequence is to be closed and Create called again. Its Identifier is known to us, unless the answer
		// that carried it was lost; then only the fault can tell it.
		id, parseErr := uuid.Parse(anyGUID.FindString(fault.Text))
		if parseErr != nil {
			return nil, err
		}
		if err := q.close(ctx, jc, id); err != nil {
			return nil, err
		}
		err = q.wsrm(ctx, jc, "CreateSequence", in, &out)
	}
	if err != nil {
		return nil, err
	}
	t := &queueTransfer{q: q, jc: jc, id: out.Identifier}
	for _, item := range out.Inventory {
		if item.MessageCount > 0 && !q.ours(item.Endpoint) {
			err = fmt.Errorf("message service %.60q lies at another host than the queue", item.Name)
			break
		}
		t.left += int(item.MessageCount)
		t.inventory = append(t.inventory, item)
	}
	t.more = t.left >= full
	if noteErr := note(ctx, out.Identifier.String()); err == nil {
		err = noteErr
	}
	if err != nil {
		_ = t.Abandon(ctx) // else the next run does it
		return nil, err
	}
	return t, nil
}

// ours tells whether an endpoint lies where the queue does.
func (q *queueTransport) ours(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && strings.EqualFold(u.Scheme+"://"+u.Host, q.host) && u.User == nil
}

// close gives a transfer back. One that DFDG does not know of is no trouble.
func (q *queueTransport) close(ctx context.Context, jc planner.JobCenterCode, id uuid.UUID) error {
	err := q.end(ctx, jc, "CloseSequence", id)
	var fault *soapclient.Fault
	if errors.As(err, &fault) {
		return nil
	}
	return err
}

type queueTransfer struct {
	q         *queueTransport
	jc        planner.JobCenterCode
	id        uuid.UUID
	inventory []dfdg.ServiceItem
	left      int // calls still to be made
	number    int32
	waiting   []Message // of the last call
	more      bool
}

// More implements Transfer.
func (t *queueTransfer) More() bool { return t.more }

// Next implements Transfer.
func (t *queueTransfer) Next(ctx context.Context) (Message, bool, error) {
	for len(t.waiting) == 0 {
		for len(t.inventory) > 0 && t.inventory[0].MessageCount == 0 {
			t.inventory = t.inventory[1:]
			if t.q.cfg.NumberByService {
				t.number = 0
			}
		}
		if len(t.inventory) == 0 {
			return Message{}, false, nil
		}
		t.number++
		var err error
		if t.waiting, err = t.fetch(ctx, t.inventory[0]); err != nil {
			return Message{}, false, err
		}
		t.inventory[0].MessageCount--
		t.left--
	}
	m := t.waiting[0]
	t.waiting = t.waiting[1:]
	return m, true, nil
}

// fetch asks for the messages of this number until they are had. What twice cannot be read is kept as it came: DFDG has no
// better one, and it must not stop the queue.
func (t *queueTransfer) fetch(ctx context.Context, service dfdg.ServiceItem) ([]Message, error) {
	var broken []Message
	for try := 1; ; try++ {
		out, err := t.ask(ctx, service, try > 1)
		var bad *soapclient.BadAnswer
		var none *soapclient.NoAnswer
		switch {
		case err == nil:
			return out, nil
		case errors.As(err, &bad) && len(bad.Raw) > 0:
			m := Message{JobCenter: t.jc, Kind: KindQueue, Service: service.Name, Body: bad.Raw}
			if len(broken) == 1 {
				if !bytes.Equal(broken[0].Body, m.Body) {
					broken = append(broken, m) // perhaps DFDG passed on to another: keep both
				}
				return broken, nil
			}
			broken = append(broken, m)
		case errors.As(err, &none) && len(broken) == 0 && try < t.q.cfg.Fetches && ctx.Err() == nil:
		default:
			return nil, err
		}
	}
}

// errNumber says that DFDG did not say which message it gave.
var errNumber = errors.New("a repeated fetch was answered without the message's number, so that a message may have been passed over")

// ask makes one call. A repeat must be answered with the number asked for.
func (t *queueTransfer) ask(ctx context.Context, service dfdg.ServiceItem, repeat bool) ([]Message, error) {
	ns := t.q.cfg.Namespaces(service.Name)
	name := xml.Name{Space: dfdg.NamespaceWSRM, Local: "Sequence"}
	var back dfdg.Sequence
	header := append(t.q.cfg.Caller.headers(t.jc, t.q.cfg.Now()), soapclient.Part{Name: name, Content: &dfdg.Sequence{Identifier: t.id, MessageNumber: t.number}})
	a, err := t.q.client.Do(ctx, soapclient.Call{
		URL: service.Endpoint, Action: t.q.cfg.ActionMessages + "#" + service.Name, Header: header,
		Body:         soapclient.Part{Name: xml.Name{Space: ns, Local: service.Name + "Request"}, Content: &dfdg.IndkaldelseRequest{}},
		AnswerHeader: []soapclient.Part{{Name: name, Content: &back}},
		Limits:       answerLimits,
	})
	switch {
	case err != nil:
		return nil, err
	case a.Headers[0] && back.Identifier != t.id, a.Headers[0] && back.MessageNumber != 0 && back.MessageNumber != t.number:
		return nil, errors.New("another message than the one asked for came")
	case repeat && (!a.Headers[0] || back.MessageNumber != t.number):
		return nil, errNumber
	}
	bodies, err := items(a.Raw)
	if err != nil {
		return nil, &soapclient.BadAnswer{HTTPStatus: http.StatusOK, Reason: err.Error(), Raw: a.Raw, WellFormed: true}
	}
	out := make([]Message, 0, len(bodies))
	for _, b := range bodies {
		out = append(out, Message{JobCenter: t.jc, Kind: KindQueue, Service: service.Name, Body: b})
	}
	return out, nil
}

// Confirm implements Transfer. Terminating twice is no trouble, because what was confirmed is stored: a fault
// to the repeat says that the first one went through, or that the messages come again.
func (t *queueTransfer) Confirm(ctx context.Context) error {
	if t.left > 0 || len(t.waiting) > 0 {
		return errors.New("a transfer was to be confirmed before its end") // a mistake of ours; DFDG would delete what nobody has
	}
	return t.q.end(ctx, t.jc, "TerminateSequence", t.id)
}

// Abandon implements Transfer.
func (t *queueTransfer) Abandon(ctx context.Context) error { return t.q.close(ctx, t.jc, t.id) }
