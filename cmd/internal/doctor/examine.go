package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"kommunalplanner.example/migrations"
	"kommunalplanner.example/sync/calendar"
)

// Graph is what the doctor asks of Microsoft Graph; *msgraph.Client has it.
type Graph interface {
	SignIn(ctx context.Context) (roles []string, err error)
	CalendarView(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error)
	Event(ctx context.Context, user string, id calendar.EventID, own bool) (calendar.Event, error)
	Create(ctx context.Context, user string, d calendar.Draft, transactionID string) (calendar.Written, error)
	Update(ctx context.Context, user string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error)
	Delete(ctx context.Context, user string, id calendar.EventID) error
	Purge(ctx context.Context, user string, id calendar.EventID) error
	FindStamped(ctx context.Context, user, stamp string) ([]calendar.Event, error)
	ProbeWebhook(ctx context.Context, user, address string) error
}

// Database is what the doctor asks of Postgres.
type Database interface {
	// Steps are the migrations that this program or the database knows.
	Steps(ctx context.Context) ([]migrations.Step, error)
	// Now is the database's clock.
	Now(ctx context.Context) (time.Time, error)
	// Mailboxes are the calendars that the Planner knows.
	Mailboxes(ctx context.Context) ([]Mailbox, error)
}

// Mailbox is a calendar to examine.
type Mailbox struct{ User, Email string }

func (m Mailbox) name() string {
	if m.Email != "" {
		return m.Email
	}
	return m.User
}

// Patient is what is examined. Parts that are nil or empty are told as not examined or passed over.
type Patient struct {
	// Settings are complaints about the settings, each on its own.
	Settings []string
	Database Database
	// DatabaseErr is why there is none.
	DatabaseErr error
	Graph       Graph
	GraphErr    error
	// Secret: the app signs in with a client secret.
	Secret bool
	// Clock gives what Graph's clock showed and ours at the same moment; false before any answer.
	Clock func() (theirs, ours time.Time, ok bool)

	// Mailboxes to examine; empty: those of the database, at most Most of them (0: all).
	Mailboxes []Mailbox
	Most      int
	// Outside are addresses or object ids that the app must be refused.
	Outside []string
	// ReadOnly: make no event and no subscription.
	ReadOnly bool

	WebhookURL string
	// Files are certificates on disk, by the setting that names them.
	Files []File
	// Days is how long certificates must be valid yet.
	Days int
	// Roots judge the webhook's certificate; nil: the system's.
	Roots *x509.CertPool
	Now   func() time.Time
}

// Examine makes all checks. It goes on after a failure, as far as that makes sense.
func Examine(ctx context.Context, p Patient) Report {
	var r Report
	if len(p.Settings) == 0 {
		r.add(OK, "settings", "", "complete", "")
	}
	for _, s := range p.Settings {
		r.add(Fail, "settings", "", s, "")
	}
	known := examineDatabase(ctx, p, &r)
	if len(p.Mailboxes) == 0 {
		p.Mailboxes = known
		if p.Most > 0 && len(known) > p.Most {
			p.Mailboxes = known[:p.Most]
			r.add(OK, "mailboxes", "", fmt.Sprintf("%d of %d are examined", p.Most, len(known)), "-all examines every one of them")
		}
	}
	examineFiles(p, &r)
	examineGraph(ctx, p, &r)
	examineWebhook(ctx, p, &r)
	return r
}

func examineDatabase(ctx context.Context, p Patient, r *Report) []Mailbox {
	if p.Database == nil {
		detail := "none to ask"
		if p.DatabaseErr != nil {
			detail = p.DatabaseErr.Error()
		}
		r.add(Fail, "database", "", detail, "set DATABASE_URL, or see that PostgreSQL runs and takes this user")
		return nil
	}
	steps, err := p.Database.Steps(ctx)
	if err != nil {
		r.add(Fail, "database", "", err.Error(), "set DATABASE_URL, or see that PostgreSQL runs and takes this user")
		return nil
	}
	var pending, newer []string
	for _, s := range steps {
		switch {
		case s.Pending():
			pending = append(pending, fmt.Sprintf("%s %d", s.Set, s.Version))
		case s.Name == "":
			newer = append(newer, fmt.Sprintf("%s %d", s.Set, s.Version))
		}
	}
	switch {
	case len(pending) > 0:
		r.add(Fail, "database schema", "", "not applied: "+strings.Join(pending, ", "), "planner migrate")
	case len(newer) > 0:
		r.add(Warn, "database schema", "", "newer than this program: "+strings.Join(newer, ", "), "upgrade this program soon")
	default:
		r.add(OK, "database schema", "", fmt.Sprintf("current, %d steps", len(steps)), "")
	}
	before := p.Now()
	if theirs, err := p.Database.Now(ctx); err == nil {
		after := p.Now()
		compareClocks(r, "clock of the database", theirs, before.Add(after.Sub(before)/2), 0)
	}
	if len(pending) > 0 {
		return nil
	}
	known, err := p.Database.Mailboxes(ctx)
	if err != nil {
		r.add(Fail, "mailboxes", "", err.Error(), "")
	}
	return known
}

// Clocks may differ by so much before somebody should know, and before signing in by certificate fails (Entra
// takes assertions that are at most five minutes off) and subscriptions end at the wrong time.
const (
	clockWarn = 5 * time.Second
	clockFail = 2 * time.Minute
)

// compareClocks judges two clocks; exact is how finely the other one tells the time.
func compareClocks(r *Report, check string, theirs, ours time.Time, exact time.Duration) {
	off := ours.Sub(theirs)
	if off > 0 {
		off = max(0, off-exact)
	}
	ahead := "ahead of"
	if off < 0 {
		ahead = "behind"
	}
	detail := fmt.Sprintf("ours is %s %s it", off.Abs().Round(100*time.Millisecond), ahead)
	switch {
	case off.Abs() > clockFail:
		r.add(Fail, check, "", detail, "synchronise this machine's clock (chrony, systemd-timesyncd)")
	case off.Abs() > clockWarn:
		r.add(Warn, check, "", detail, "synchronise this machine's clock (chrony, systemd-timesyncd)")
	default:
		r.add(OK, check, "", "agrees within "+off.Abs().Round(100*time.Millisecond).String(), "")
	}
}
