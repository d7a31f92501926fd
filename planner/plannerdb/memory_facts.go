package plannerdb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// keptFacts are options and calendars as of one snapshot. Each is dropped when one of the keys that it was read by changes.
type keptFacts struct {
	limit     int64 // of bytes, but for those of the options asked for
	size      int64
	round     uint64
	options   map[uuid.UUID]*keptOption
	calendars map[uuid.UUID]*keptCalendar // by case worker
	views     map[uuid.UUID]*view         // by option
}

// keptOption is an active option without rules on numbers, seats or rooms: what those need is read when it is asked for.
type keptOption struct {
	planner.InterviewOption
	closing planner.ClosingDays
	byWeek  bool
	// teams and holders are those named, fit or not.
	teams, holders []uuid.UUID
}

// keptCalendar is all that is known of a case worker's time within a span, whoever asks and when. It is not changed any more.
type keptCalendar struct {
	worker      planner.CaseWorker // without the job centre, which is the option's
	center      string
	active      bool
	competences []string
	maxPerDay   int
	lastDay     planner.Date
	exceptions  []planner.DateHours
	contacts    []planner.ContactRule

	// mailbox tells whether the calendar is known only as far as the mailbox has been read: at asOf, nil for never, and
	// not for longer than staleAfter, zero for ever.
	mailbox    bool
	asOf       *time.Time
	staleAfter time.Duration

	within planner.Span
	busy   []planner.Span // in order, apart from each other
	held   []keptHeld     // by start
	// longest is how long none of held is longer than.
	longest time.Duration
}

// keptHeld is a held time: a booking's, or a reservation's until it expires.
type keptHeld struct {
	planner.Span
	booking, group uuid.UUID // zero for none
	expires        time.Time
	citizen        string // hash, of a reservation
}

// view is an option with those who may hold its meetings, by identifier, as of one snapshot. Only answers changes.
type view struct {
	*keptOption
	calendars []*keptCalendar
	// reserved are the citizens who have a reservation there.
	reserved map[string]bool
	used     uint64 // the round it was last asked for in

	answers map[answerKey]*keptAnswer // guarded by keptAnswers
	gone    bool
}

// keptWindow is what calendars are read for that are to answer for some time.
func keptWindow(now time.Time) planner.Span {
	return weeks(withBuffers(planner.Span{Start: now, End: now.Add(farthest)}))
}

func (f *keptFacts) reset(answers *keptAnswers) {
	for _, v := range f.views {
		answers.drop(v)
	}
	f.size, f.options, f.calendars, f.views = 0, map[uuid.UUID]*keptOption{}, map[uuid.UUID]*keptCalendar{}, map[uuid.UUID]*view{}
}

// drop forgets what was read by a key: the id of a case worker, option or team, or a job centre's code.
func (f *keptFacts) drop(key string, answers *keptAnswers) {
	id, err := uuid.Parse(key)
	if err != nil {
		for _, o := range f.options {
			if string(o.JobCenter) == key {
				f.dropOption(o.ID, answers)
			}
		}
		for _, c := range f.calendars {
			if c.center == key {
				f.dropCalendar(c.worker.ID, answers)
			}
		}
		return
	}
	f.dropOption(id, answers)
	f.dropCalendar(id, answers)
	for _, o := range f.options {
		if slices.Contains(o.teams, id) {
			f.dropOption(o.ID, answers)
		}
	}
}

func (f *keptFacts) dropOption(id uuid.UUID, answers *keptAnswers) {
	delete(f.options, id)
	f.dropView(id, answers)
}

func (f *keptFacts) dropView(option uuid.UUID, answers *keptAnswers) {
	if v := f.views[option]; v != nil {
		delete(f.views, option)
		answers.drop(v)
	}
}

func (f *keptFacts) dropCalendar(worker uuid.UUID, answers *keptAnswers) {
	if c := f.calendars[worker]; c != nil {
		delete(f.calendars, worker)
		f.size -= c.size()
	}
	for option, v := range f.views {
		if slices.Contains(v.holders, worker) {
			f.dropView(option, answers)
		}
	}
}

// view gives the view of an option, if all it needs is there and reaches far enough.
func (f *keptFacts) view(option uuid.UUID, need planner.Span) *view {
	v := f.views[option]
	if v == nil || !v.reaches(need) {
		return nil
	}
	v.used = f.round
	return v
}

func (v *view) reaches(need planner.Span) bool {
	for _, c := range v.calendars {
		if !c.within.Contains(need) {
			return false
		}
	}
	return true
}

// read reads what is missing for the questions, in the transaction's snapshot, which must be that of what is kept.
func (k *memory) read(ctx context.Context, tx pgx.Tx, group []*question) error {
	f := &k.facts
	f.round++
	now := k.now()
	need := keptWindow(now)
	// So that what is read today will do for some weeks.
	window := planner.Span{Start: need.Start.AddDate(0, 0, -1), End: need.End.AddDate(0, 0, 28)}
	wanted := map[uuid.UUID]bool{}
	for _, l := range group {
		if f.view(l.option, need) == nil {
			wanted[l.option] = true
		}
	}
	if err := k.readOptions(ctx, tx, wanted); err != nil {
		return err
	}
	var missing []uuid.UUID
	for id := range wanted {
		if o := f.options[id]; o != nil {
			for _, h := range o.holders {
				if c := f.calendars[h]; (c == nil || !c.within.Contains(need)) && !slices.Contains(missing, h) {
					missing = append(missing, h)
				}
			}
		}
	}
	if len(missing) > 0 {
		rows, err := dbsqlc.New(tx).KeptCalendars(ctx, dbsqlc.KeptCalendarsParams{
			FromAt: window.Start, ToAt: window.End, FromDay: fromDate(planner.DateOf(window.Start)), ToDay: fromDate(planner.DateOf(window.End)), Ids: missing,
		})
		if err != nil {
			return err
		}
		for _, r := range rows {
			f.dropCalendar(r.ID, &k.answers)
			c := toKeptCalendar(r, window)
			f.calendars[r.ID] = c
			f.size += c.size()
		}
		k.counts.calendars.Add(int64(len(rows)))
	}
	for id := range wanted {
		if o := f.options[id]; o != nil {
			f.dropView(id, &k.answers)
			f.views[id] = f.newView(o)
		}
	}
	f.makeRoom(&k.answers)
	return nil
}

// readOptions reads those of the options wanted that are missing and can be kept.
func (k *memory) readOptions(ctx context.Context, tx pgx.Tx, wanted map[uuid.UUID]bool) error {
	for id := range wanted {
		if k.facts.options[id] != nil {
			continue
		}
		var f facts
		var holders []dbsqlc.OptionHoldersRow
		b, q := newBatch()
		_, _ = q.OptionByID(ctx, id)
		pgbatch.Into(b, &f.option)
		_, _ = q.OptionHolders(ctx, id)
		pgbatch.Into(b, &holders)
		if err := pgbatch.Send(ctx, tx, b); err != nil {
			return err
		}
		if len(f.option) == 0 || !f.option[0].Active {
			continue
		}
		o := &keptOption{InterviewOption: toOption(f.option[0])}
		if r := o.Rules; r.Group() || r.MaxPerDay > 0 || len(r.RoomFor) > 0 {
			k.mu.Lock()
			k.ruled[id] = true
			k.mu.Unlock()
			continue
		}
		o.JobCenter = planner.JobCenterCode(f.option[0].JobCenterCode)
		centers, err := dbsqlc.New(tx).JobCenterByCode(ctx, f.option[0].JobCenterCode)
		if err != nil {
			return err
		}
		o.closing, o.byWeek = toClosing(centers[0]), centers[0].SpreadByWeek
		for _, h := range holders {
			if h.TeamID != uuid.Nil && !slices.Contains(o.teams, h.TeamID) {
				o.teams = append(o.teams, h.TeamID)
			}
			if h.CaseWorkerID != uuid.Nil && !slices.Contains(o.holders, h.CaseWorkerID) {
				o.holders = append(o.holders, h.CaseWorkerID)
			}
		}
		k.facts.options[id] = o
	}
	return nil
}

// newView puts an option together with the calendars of those who are fit.
func (f *keptFacts) newView(o *keptOption) *view {
	v := &view{keptOption: o, reserved: map[string]bool{}, used: f.round, answers: map[answerKey]*keptAnswer{}}
	for _, id := range o.holders {
		c := f.calendars[id]
		if !c.active || slices.ContainsFunc(o.Rules.Competences, func(wants string) bool { return !slices.Contains(c.competences, wants) }) {
			continue
		}
		v.calendars = append(v.calendars, c)
		for _, h := range c.held {
			if h.citizen != "" {
				v.reserved[h.citizen] = true
			}
		}
	}
	slices.SortFunc(v.calendars, func(a, b *keptCalendar) int { return cmp.Compare(a.worker.Identifier, b.worker.Identifier) })
	return v
}

// makeRoom forgets options that were not asked for lately, and calendars that no option needs, until the rest is small enough.
func (f *keptFacts) makeRoom(answers *keptAnswers) {
	for f.size > f.limit {
		var oldest *view
		for _, v := range f.views {
			if v.used != f.round && (oldest == nil || v.used < oldest.used) {
				oldest = v
			}
		}
		if oldest == nil {
			return
		}
		f.dropOption(oldest.ID, answers)
		needed := map[uuid.UUID]bool{}
		for _, v := range f.views {
			for _, h := range v.holders {
				needed[h] = true
			}
		}
		for id := range f.calendars {
			if !needed[id] {
				f.dropCalendar(id, answers)
			}
		}
	}
}

// size is about how many bytes it takes.
func (c *keptCalendar) size() int64 { return int64(1<<10 + 48*len(c.busy) + 160*len(c.held)) }

func toKeptCalendar(r dbsqlc.KeptCalendarsRow, within planner.Span) *keptCalendar {
	c := &keptCalendar{
		worker: planner.CaseWorker{
			ID: r.ID, Identifier: r.Identifier, GivenName: r.GivenName, MiddleName: text(r.MiddleName), Surname: r.Surname, Email: r.Email,
			Phone: text(r.Phone), Hours: toHours(r.Hours),
		},
		center: r.JobCenterCode, active: r.Active, competences: r.Competences, maxPerDay: int(r.MaxPerDay), lastDay: toLastDay(r.LastDay),
		exceptions: toExceptions(r.Exceptions), contacts: toContacts(r.Contacts),
		mailbox: r.MailboxMatters, asOf: r.AsOf, staleAfter: minutes(r.StaleAfterMinutes),
		within: within, busy: apart(toSpans(r.Busy)), held: make([]keptHeld, len(r.ExpiresAt)),
	}
	for i, s := range toSpans(r.During) {
		h := keptHeld{Span: s, booking: r.BookingID[i], group: r.GroupID[i]}
		if h.booking == uuid.Nil {
			h.expires, h.citizen = r.ExpiresAt[i], string(r.CitizenHash[i])
		}
		c.held[i], c.longest = h, max(c.longest, s.End.Sub(s.Start))
	}
	return c
}

// apart joins spans that overlap or touch, and gives them in order.
func apart(spans []planner.Span) []planner.Span {
	slices.SortFunc(spans, func(a, b planner.Span) int { return a.Start.Compare(b.Start) })
	found := spans[:0]
	for _, s := range spans {
		if n := len(found); n > 0 && !s.Start.After(found[n-1].End) {
			if s.End.After(found[n-1].End) {
				found[n-1].End = s.End
			}
			continue
		}
		found = append(found, s)
	}
	return slices.Clip(found)
}
