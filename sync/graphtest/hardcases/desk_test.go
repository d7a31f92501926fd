package hardcases

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

// tester is what a *testing.T and a *rapid.T have in common.
type tester interface {
	Helper()
	Cleanup(func())
	Fatal(...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// desk is mailboxes between the real stores, the real client over HTTP and a simulated Graph, with the time in the
// test's hand. Nothing runs by itself: a wake-up is a call of round, so that the same calls give the same history.
type desk struct {
	t       tester
	ctx     context.Context
	pool    *pgxpool.Pool
	sim     *graphsim.Server
	handler http.Handler
	clock   *graphsim.VirtualClock
	graph   *msgraph.Client
	sync    *syncdb.Store
	planner *plannerdb.Store
	slog    *slog.Logger
	log     *bytes.Buffer // its handler writes one line at a time; read it when no runner is at work
	center  planner.JobCenter
	option  planner.InterviewOption
	people  []*person
	booked  int // how many bookings were asked for
}

type person struct {
	planner.CaseWorker
	user    string
	mailbox int64
	outlook *graphsim.Outlook
}

// monday is a Monday in December, nine o'clock in Denmark, far from any change of clocks.
var monday = time.Date(2026, 12, 7, 8, 0, 0, 0, time.UTC)

// secret stands in every text of the counsellors' own.
const secret = "hemmelighed-b41c"

const outlookToken = "outlook"

// newDesk seats n counsellors, whose mailboxes nobody has read yet, at an empty database. All ids are the same each
// time: the numbers of mailboxes decide when their nightly rounds come.
func newDesk(t tester, pool *pgxpool.Pool, start time.Time, n int, change ...func(*planner.JobCenter, *graphsim.Config)) *desk {
	t.Helper()
	d := &desk{
		t: t, ctx: context.Background(), pool: pool, clock: graphsim.NewVirtualClock(start), log: &bytes.Buffer{},
		center: planner.JobCenter{Code: "10100", Name: "Prøveby"},
	}
	d.exec(`alter table audit_entry disable trigger user`) // this test's own database
	d.exec(`truncate job_center, case_worker, working_hours, interview_option, interview_option_case_worker, booking, held_time, busy_block, audit_entry,
		mailbox, subscription, outlook_event, retired_event, sync_decision, held_item restart identity cascade`)
	conf := graphsim.Config{Seed: 1, OutlookToken: outlookToken, Clock: d.clock, TokenLife: 10 * 365 * 24 * time.Hour}
	for _, c := range change {
		c(&d.center, &conf)
	}
	d.slog = slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	sim, base, secure := graphsim.NewTest(t, conf)
	d.sim, d.handler = sim, sim.Handler()
	graph, err := msgraph.New(msgraph.Config{
		BaseURL: "http" + strings.TrimPrefix(base, "https") + "/v1.0", AuthorityHost: base, TenantID: graphsim.DefaultTenant, ClientID: graphsim.DefaultClientID,
		ClientSecret: graphsim.DefaultSecret, RootCAs: secure.RootCAs, Now: d.clock.Now,
	})
	d.must(err)
	t.Cleanup(graph.CloseIdleConnections)
	d.graph = graph
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	d.must(err)
	d.sync = syncdb.New(pool, nobody{}, d.clock.Now, d.slog)
	d.planner = plannerdb.New(pool, plannerdb.Options{Now: d.clock.Now, Sealer: sealer, Changes: d.sync, Log: d.slog})
	d.must(d.planner.PutJobCenter(d.ctx, d.center))
	var holders []uuid.UUID
	for i := range n {
		d.seat(i)
		holders = append(holders, d.people[i].ID)
	}
	d.option = planner.InterviewOption{
		ID: named("option", 0), JobCenter: d.center.Code, InterviewType: 7, InterviewForm: 1, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: 30 * time.Minute,
		HorizonDays: 183, Title: "Jobsamtale", RebookingDeadline: new(time.Duration), CancellationDeadline: new(time.Duration),
	}
	d.must(d.planner.PutInterviewOption(d.ctx, d.center.Code, d.option, holders))
	return d
}

// nobody wakes anybody: the test runs the rounds itself.
type nobody struct{}

func (nobody) AddTx(context.Context, pgx.Tx, jobargs.Job) error { return nil }

func named(kind string, n int) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%s %d", kind, n))
}

func (d *desk) seat(i int) {
	id := named("case worker", i)
	p := &person{user: named("user", i).String(), CaseWorker: planner.CaseWorker{
		ID: id, JobCenter: d.center.Code, Identifier: fmt.Sprintf("RID-%d", i), GivenName: "Åse", Surname: "Ærø", Email: id.String() + "@kommune.example",
	}}
	for day := 1; day <= 7; day++ {
		p.Hours = append(p.Hours, planner.WorkingHours{Weekday: day, StartMinute: 0, EndMinute: 1440})
	}
	d.must(d.planner.PutCaseWorker(d.ctx, p.CaseWorker))
	d.sim.AddUser(graphsim.User{ObjectID: p.user, UPN: p.Email})
	var err error
	p.outlook, err = d.sim.Outlook(p.user)
	d.must(err)
	p.mailbox, err = d.sync.AddMailbox(d.ctx, p.ID, p.user, p.Email)
	d.must(err)
	d.people = append(d.people, p)
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%v", err)
	}
}

func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	_, err := d.pool.Exec(d.ctx, sql, args...)
	d.must(err)
}

func (d *desk) count(sql string, args ...any) (n int) {
	d.t.Helper()
	d.must(d.pool.QueryRow(d.ctx, sql, args...).Scan(&n))
	return n
}

// pass lets time go by, at Graph too.
func (d *desk) pass(by time.Duration) { d.sim.Advance(by) }

// fault sets one of Graph's faults.
func (d *desk) fault(f graphsim.Fault) string {
	d.t.Helper()
	id, err := d.sim.SetFault(f)
	d.must(err)
	return id
}

// try runs one mailbox once.
func (d *desk) try(p *person, with *tap) (mailbox.Result, error) {
	s := &mailbox.Syncer{
		Graph: tappedGraph{d.graph, with}, Store: tappedStore{d.sync, with}, Bookings: tappedBookings{d.planner, with}, Now: d.clock.Now, Log: d.slog,
	}
	return s.Sync(d.ctx, p.mailbox)
}

// round runs one mailbox once, which must succeed.
func (d *desk) round(p *person) mailbox.Result {
	d.t.Helper()
	res, err := d.try(p, nil)
	d.must(err)
	return res
}

// rounds runs every mailbox until a round of each changes nothing, and tells how many that took. A plan that the
// brake holds is approved.
func (d *desk) rounds(most int) int {
	d.t.Helper()
	for n := 1; n <= most; n++ {
		quiet := true
		for _, p := range d.people {
			before := len(d.requests(p))
			res := d.round(p)
			if res.Held {
				d.answer(p)
			}
			quiet = quiet && len(d.requests(p))-before == 1 && res.Writes == 0 && res.Blocks == 0 && !res.Held
		}
		if quiet {
			return n
		}
		d.pass(10 * time.Second) // Exchange changes etags by itself a few seconds after a creation
	}
	d.t.Fatalf("not quiet after %d rounds of each mailbox", most)
	return 0
}

// held is the plan that waits for a person.
func (d *desk) held(p *person) []syncdb.HeldRow {
	d.t.Helper()
	rows, err := d.sync.HeldPlan(d.ctx, p.mailbox)
	d.must(err)
	return rows
}

// decide is a person's decision on the plan that is held now.
func (d *desk) decide(p *person, a syncdb.Action) {
	d.t.Helper()
	rows := d.held(p)
	if len(rows) == 0 {
		d.t.Fatalf("%s: no plan is held", a)
	}
	ok, err := d.sync.DecidePlan(d.ctx, p.mailbox, a, int(rows[0].HeldNumber), "kirsten")
	if err != nil || !ok {
		d.t.Fatalf("%s: %v %v", a, ok, err)
	}
}

// answer is what a person does about a held plan: approves it, but deletes first in Outlook what stands there twice.
func (d *desk) answer(p *person) {
	d.t.Helper()
	twice := false
	for _, it := range d.held(p) {
		if it.Reason != string(reconcile.ReasonMovedCopies) {
			continue
		}
		twice = true
		all := d.stamped(p, uuid.MustParse(it.ItemID))
		for _, e := range all[:max(0, len(all)-1)] {
			d.must(p.outlook.Delete(e.ID))
		}
	}
	if !twice {
		d.decide(p, syncdb.Approve)
	}
}

// requests are what the program asked of Graph about a mailbox so far.
func (d *desk) requests(p *person) []graphsim.Request {
	return d.sim.Requests(graphsim.RequestFilter{User: p.user, Actor: graphsim.ActorApp})
}

func writes(all []graphsim.Request) (n int) {
	for _, r := range all {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// meeting is an event of the counsellor's own as Outlook sends it.
func meeting(start time.Time, length time.Duration, showAs string) map[string]any {
	return map[string]any{
		"subject": "Tandlæge " + secret, "body": map[string]any{"contentType": "text", "content": "Husk " + secret}, "location": map[string]any{"displayName": "Hos " + secret},
		"start": inDenmark(start), "end": inDenmark(start.Add(length)), "showAs": showAs,
	}
}

// weekly makes a meeting a series of so many weeks; 0 is without end.
func weekly(m map[string]any, start time.Time, weeks int) map[string]any {
	l := start.In(calendar.Copenhagen())
	span := map[string]any{"type": "noEnd", "startDate": l.Format(time.DateOnly), "recurrenceTimeZone": calendar.GraphZone}
	if weeks > 0 {
		span["type"], span["numberOfOccurrences"] = "numbered", weeks
	}
	m["recurrence"] = map[string]any{
		"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []string{strings.ToLower(l.Weekday().String())}, "firstDayOfWeek": "monday"}, "range": span,
	}
	return m
}

func inDenmark(t time.Time) map[string]any {
	return map[string]any{"dateTime": t.In(calendar.Copenhagen()).Format("2006-01-02T15:04:05"), "timeZone": calendar.GraphZone}
}

// adds makes an event of the counsellor's own.
func (d *desk) adds(p *person, body map[string]any) string {
	d.t.Helper()
	id, err := p.outlook.Create(body)
	d.must(err)
	return id
}

// citizen is the n-th of the desk's.
func citizen(n int) planner.CPR {
	cpr, err := planner.ParseCPR(fmt.Sprintf("010190%04d", n))
	if err != nil {
		panic(err)
	}
	return cpr
}

// request asks for a new booking.
func (d *desk) request(who int, p *person, start time.Time) planner.CreateRequest {
	d.booked++
	return planner.CreateRequest{JobCenter: d.center.Code, CPR: citizen(who), BookingID: named("booking", d.booked), Option: d.option.ID, Start: start, CaseWorkerIdentifier: p.Identifier}
}

// book books a time with somebody, which must be free.
func (d *desk) book(who int, p *person, start time.Time) uuid.UUID {
	d.t.Helper()
	r := d.request(who, p, start)
	_, err := d.planner.CreateBooking(d.ctx, r)
	d.must(err)
	return r.BookingID
}

func (d *desk) move(who int, booking uuid.UUID, to *person, start time.Time) error {
	_, err := d.planner.RescheduleBooking(d.ctx, planner.RescheduleRequest{JobCenter: d.center.Code, CPR: citizen(who), BookingID: booking, Start: start, CaseWorkerIdentifier: to.Identifier})
	return err
}

// stamped are the live events of a booking in a mailbox, copies among them.
func (d *desk) stamped(p *person, booking uuid.UUID) (out []graphsim.StoredEvent) {
	d.t.Helper()
	all, err := d.sim.Events(p.user)
	d.must(err)
	for _, e := range all {
		if e.State == "live" && hasStamp(e, booking.String()) {
			out = append(out, e)
		}
	}
	return out
}

func hasStamp(e graphsim.StoredEvent, stamp string) bool {
	for _, v := range e.Properties {
		if strings.EqualFold(v, stamp) {
			return true
		}
	}
	return false
}

// ours is the one event of the booking in the mailbox, at its time.
func (d *desk) ours(p *person, booking uuid.UUID, start time.Time) graphsim.StoredEvent {
	d.t.Helper()
	all := d.stamped(p, booking)
	if len(all) != 1 {
		d.t.Fatalf("booking %s has %d events, want 1", booking, len(all))
	}
	if !all[0].Start.Equal(start) {
		d.t.Fatalf("the event starts %s, want %s", all[0].Start, start)
	}
	return all[0]
}

// block is a busy block as the planner knows it.
type block struct {
	id         string
	start, end time.Time
}

func (b block) String() string {
	return fmt.Sprintf("%s–%s (…%s)", b.start.Format(time.DateTime), b.end.Format(time.DateTime), short(b.id))
}

func (b block) equal(o block) bool {
	return b.id == o.id && b.start.Equal(o.start) && b.end.Equal(o.end)
}

// blocks are the planner's blocks of a counsellor, in order of time.
func (d *desk) blocks(p *person) (out []block) {
	d.t.Helper()
	rows, err := d.pool.Query(d.ctx, `select item_id, starts_at, ends_at from busy_block where case_worker_id = $1 order by starts_at, ends_at, item_id`, p.ID)
	d.must(err)
	out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (b block, err error) {
		err = r.Scan(&b.id, &b.start, &b.end)
		b.start, b.end = b.start.UTC(), b.end.UTC()
		return b, err
	})
	d.must(err)
	return out
}

// blocked tells whether the planner knows the counsellor to be busy at the instant.
func (d *desk) blocked(p *person, at time.Time) bool {
	d.t.Helper()
	return d.count(`select count(*) from busy_block where case_worker_id = $1 and starts_at <= $2 and ends_at > $2`, p.ID, at) > 0
}

// wireEvent is an item of Graph's calendarView.
type wireEvent struct {
	ID          string
	Type        string
	IsAllDay    bool
	IsCancelled bool
	ShowAs      string
	Start, End  struct{ DateTime string }
	Response    struct{ Response string } `json:"responseStatus"`
}

// view is the counsellor's primary calendar as Outlook shows it.
func (d *desk) view(p *person, w calendar.Window) []wireEvent {
	d.t.Helper()
	q := url.Values{"startDateTime": {w.Start.UTC().Format(time.RFC3339)}, "endDateTime": {w.End.UTC().Format(time.RFC3339)}, "$top": {"1000"}}
	r := httptest.NewRequestWithContext(d.ctx, http.MethodGet, "http://graph.example/v1.0/users/"+p.user+"/calendarView?"+q.Encode(), nil)
	r.Header.Set("Authorization", "Bearer "+outlookToken)
	r.Header.Set("Prefer", `IdType="ImmutableId", outlook.timezone="UTC"`)
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, r)
	var page struct {
		Value []wireEvent
		Next  string `json:"@odata.nextLink"`
	}
	if rec.Code != http.StatusOK {
		d.t.Fatalf("calendarView: %d %s", rec.Code, rec.Body)
	}
	d.must(json.Unmarshal(rec.Body.Bytes(), &page))
	if page.Next != "" {
		d.t.Fatalf("the calendar has more than a page")
	}
	return page.Value
}

// span is the time that an item of the view takes: whole Danish days for all-day ones.
func (e wireEvent) span() (start, end time.Time, err error) {
	if start, err = time.Parse("2006-01-02T15:04:05.9999999", e.Start.DateTime); err != nil {
		return start, end, err
	}
	if end, err = time.Parse("2006-01-02T15:04:05.9999999", e.End.DateTime); err != nil || !e.IsAllDay {
		return start, end, err
	}
	local := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, calendar.Copenhagen()).UTC()
	}
	return local(start), local(end), nil
}

// takesTime is the municipality's default rule (DESIGN rule 10).
func (e wireEvent) takesTime() bool {
	return !e.IsCancelled && e.Response.Response != "declined" && !slices.Contains([]string{"free", "workingElsewhere"}, e.ShowAs) && e.Start != e.End
}

func caseWorkers(d *desk) (out []uuid.UUID) {
	for _, p := range d.people {
		out = append(out, p.ID)
	}
	return out
}
