package adminui

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
)

const dfdgPath = "/dfdg"

// shownWaiting is how many of each kind the page lists; the oldest come first, and settling them brings the next.
const shownWaiting = 100

// pollGrace is how late a fetch may be before the page calls it so: a tick, a busy worker, one slow transfer.
const pollGrace = 5 * time.Minute

// queueState is the fetching of one job centre's messages.
type queueState struct {
	JobCenter      string
	Level          level
	State          string
	Polled, Next   webui.Moment
	Due, Running   bool
	Failures       int
	Error, Code    string
	ErrorAt        webui.Moment
	RetryingItself bool
}

// queueTroubles are the codes whose cause no repeat takes away (dfdgqueue.Trouble.Person).
var queueTroubles = map[string]bool{"refused": true, "broken": true}

func queueOf(e dfdgdb.PollerEntry, now time.Time) queueState {
	q := queueState{
		JobCenter: string(e.JobCenter), Level: upToDate, State: "Hentes", Polled: webui.AtPtr(e.PolledAt, now), Next: webui.At(e.NextPollAt, now),
		Due: !e.NextPollAt.After(now), Running: e.LeasedUntil != nil && e.LeasedUntil.After(now), Failures: e.Failures, ErrorAt: webui.AtPtr(e.LastErrorAt, now),
	}
	// The store keeps "code: words".
	code, words, _ := strings.Cut(e.LastError, ": ")
	q.Code, q.Error = code, words
	switch {
	case e.Failures > 0 && queueTroubles[code]:
		q.Level, q.State = needsPerson, "Afvises"
	case e.Failures > 0:
		q.Level, q.State = late, "Kan ikke hentes"
	case !q.Running && now.Sub(e.NextPollAt) > pollGrace:
		q.Level, q.State = late, "Hentes ikke"
		q.Error = "Hentningen skulle være begyndt. Se efter, om en proces med rollen worker kører."
	case e.PolledAt == nil:
		q.Level, q.State = waiting, "Venter på første hentning"
	}
	return q
}

// queued is a message that waits for a person. Nothing of what it says is here.
type queued struct {
	ID                    string
	JobCenter, Way, Why   string
	Booking               string
	QueuedAt, ReceivedAt  webui.Moment
	Times                 int
	Unreadable            bool
	Here, Settle, Caption string
}

var ways = map[string]string{"queue": "Hentet fra køen", "wsrm": "Sendt med WS-ReliableMessaging", "push": "Besked fra DFDG (WSB)"}

func (u *UI) queuedOf(e dfdgdb.InboxEntry, now time.Time) queued {
	q := queued{
		ID: e.Message.String(), JobCenter: string(e.JobCenter), Way: e.Transport, Why: dfdgqueue.Words(e.Reason), QueuedAt: webui.At(e.QueuedAt, now),
		ReceivedAt: webui.At(e.ReceivedAt, now), Times: e.Times, Unreadable: e.State == "unreadable",
	}
	if w, ok := ways[e.Transport]; ok {
		q.Way = w
	}
	if e.Booking != nil {
		q.Booking = e.Booking.String()
	}
	q.Here = u.site.URL(dfdgPath+"/meddelelser/") + q.ID
	q.Settle = q.Here + "/afslut"
	q.Caption = "meddelelsen fra " + q.QueuedAt.Clock
	return q
}

// reported is a change of ours that DFDG does not have yet.
type reported struct {
	ID                  int64
	Booking, JobCenter  string
	What, When          string
	Occurred            webui.Moment
	Attempts            int
	Next, ErrorAt       webui.Moment
	Due                 bool
	Code                int
	Error, Here, Settle string
	Caption             string
}

var changeWords = map[string]string{"created": "Booket", "moved": "Flyttet", "cancelled": "Aflyst"}

func (u *UI) reportedOf(e dfdgdb.ReportEntry, now time.Time) reported {
	r := reported{
		ID: e.ID, Booking: e.Booking.String(), JobCenter: string(e.JobCenter), What: e.Change, When: webui.Clock(e.Start, now), Occurred: webui.At(e.OccurredAt, now),
		Attempts: e.Attempts, Next: webui.AtPtr(e.NextTryAt, now), ErrorAt: webui.AtPtr(e.ErrorAt, now), Code: e.ErrorCode, Error: e.Error,
	}
	if w, ok := changeWords[e.Change]; ok {
		r.What = w
	}
	r.Due = e.NextTryAt != nil && !e.NextTryAt.After(now)
	r.Here = u.site.URL(dfdgPath+"/indberetninger/") + strconv.FormatInt(e.ID, 10)
	r.Settle = r.Here + "/afslut"
	r.Caption = "indberetningen om mødet " + r.When
	return r
}

// dfdgPage is all that a person has to do with DFDG.
type dfdgPage struct {
	Light            level
	Headline, Detail string
	Queues           []queueState
	Messages         []queued
	Refused, Pending []reported
	Most             int
	CanRetry         bool
	Fetched          webui.Moment
	Still            bool
	Here, Toggle     string
}

func (u *UI) dfdgState(ctx context.Context) (p dfdgPage, err error) {
	now := u.site.Now()
	pollers, err := u.cfg.DFDG.PollerEntries(ctx)
	if err != nil {
		return p, err
	}
	messages, err := u.cfg.DFDG.InboxForPerson(ctx, shownWaiting)
	if err != nil {
		return p, err
	}
	refused, err := u.cfg.DFDG.RefusedReports(ctx, shownWaiting)
	if err != nil {
		return p, err
	}
	pending, err := u.cfg.DFDG.PendingReports(ctx, shownWaiting)
	if err != nil {
		return p, err
	}
	p = dfdgPage{Light: upToDate, Most: shownWaiting, CanRetry: u.cfg.Intake != nil, Fetched: webui.At(now, now)}
	for _, e := range pollers {
		q := queueOf(e, now)
		p.Queues = append(p.Queues, q)
		p.Light = min(p.Light, q.Level)
	}
	for _, e := range messages {
		p.Messages = append(p.Messages, u.queuedOf(e, now))
	}
	for _, e := range refused {
		p.Refused = append(p.Refused, u.reportedOf(e, now))
	}
	for _, e := range pending {
		p.Pending = append(p.Pending, u.reportedOf(e, now))
		if e.ErrorCode != 0 || now.Sub(e.OccurredAt) > freshFor {
			p.Light = min(p.Light, late) // to be told at once (BEK 442/2023 § 20)
		}
	}
	p.summarise()
	return p, nil
}

// summarise says in one line what is most urgent, and in another what else there is.
func (p *dfdgPage) summarise() {
	if len(p.Messages)+len(p.Refused) > 0 {
		p.Light = needsPerson
	}
	p.Headline = map[level]string{
		needsPerson: "Noget kræver en person", late: "Udvekslingen med DFDG er forsinket",
		waiting: "Venter på første hentning", upToDate: "Udvekslingen med DFDG kører",
	}[p.Light]
	p.Detail = strings.Join([]string{
		upTo(len(p.Messages), "meddelelse venter", "meddelelser venter") + " på en person.",
		upTo(len(p.Refused), "indberetning er afvist", "indberetninger er afvist") + ".",
		upTo(len(p.Pending), "indberetning er", "indberetninger er") + " på vej.",
	}, " ")
}

// upTo counts what a page shows; when it is full there may be more.
func upTo(n int, one, many string) string {
	switch n {
	case 0:
		return "Ingen " + many
	case shownWaiting:
		return "Mindst " + webui.Count(n, one, many)
	}
	return webui.Count(n, one, many)
}

func (u *UI) showDFDG(w http.ResponseWriter, r *http.Request) {
	p, err := u.dfdgState(r.Context())
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("show what passes between DFDG and us: %w", err))
		return
	}
	here := u.site.URL(dfdgPath)
	p.Here, p.Toggle, p.Still = here, here+"?live=fra", r.URL.Query().Get("live") == "fra"
	if p.Still {
		p.Here, p.Toggle = here+"?live=fra", here
	}
	u.pages.Render(w, r, http.StatusOK, "dfdg", "DFDG", p)
}
