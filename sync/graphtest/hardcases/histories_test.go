package hardcases

import (
	"errors"
	"flag"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

// mostRounds is within how many rounds of each mailbox all must be quiet once the faults have stopped.
const mostRounds = 7

// Random histories of citizens, DFDG's repeats, counsellors in Outlook, Graph's faults, dying processes and overtaken
// ones, over the real parts. Once the faults stop, both sides tell the same story within mostRounds, and one more
// round is one request and no write (peers.md §B, graph.md item 68).
//
// The seed is printed; -rapid.seed replays it. Each of the two policies runs so many histories as -rapid.checks says:
//
//	go test ./sync/graphtest/hardcases -run TestRandomHistories -rapid.checks=1000 -timeout 60m
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	for _, policy := range []struct{ move, del string }{{"restore", "restore"}, {"accept", "cancel"}} {
		t.Run(policy.move, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			var histories, steps, most, stopped, overtaken, moves atomic.Int64
			rapid.Check(t, func(rt *rapid.T) {
				h := newHistory(rt, newDesk(rt, pool, monday, rapid.IntRange(1, 3).Draw(rt, "mailboxes"), func(c *planner.JobCenter, _ *graphsim.Config) {
					c.OutlookMove, c.OutlookDelete = policy.move, policy.del
				}))
				rt.Repeat(h.actions())
				n := h.settle()
				histories.Add(1)
				steps.Add(int64(h.steps))
				stopped.Add(int64(h.stopped))
				overtaken.Add(int64(h.overtaken))
				moves.Add(int64(h.moves))
				most.Store(max(most.Load(), int64(n)))
			})
			t.Logf("%d histories of %d steps, %d processes stopped, %d overtaken, %d mailboxes moved; quiet after at most %d rounds; -rapid.seed=%s",
				histories.Load(), steps.Load(), stopped.Load(), overtaken.Load(), moves.Load(), most.Load(), flag.Lookup("rapid.seed").Value)
		})
	}
}

// history is a desk, and what its people remember.
type history struct {
	*desk
	rt        *rapid.T
	items     []*item // the counsellors' own, by age
	strangers map[string]bool
	loose     map[string]bool // strangers that were ours before a move, and may be found again
	made      []made
	steps     int
	causes    int // what may have led to a write
	stopped   int
	overtaken int
	moves     int // of mailboxes
}

// item is an event of a counsellor's own.
type item struct {
	who      *person
	id       string
	series   bool
	first    time.Time // of a series
	received bool
	deleted  bool
}

// made is a booking that was asked for.
type made struct {
	who     int
	request planner.CreateRequest
	receipt planner.Receipt
	moved   bool
}

func newHistory(rt *rapid.T, d *desk) *history {
	return &history{desk: d, rt: rt, strangers: map[string]bool{}, loose: map[string]bool{}}
}

func (h *history) actions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"citizen books":               h.citizenBooks,
		"citizen moves":               h.citizenMoves,
		"DFDG repeats":                h.repeats,
		"booking is cancelled":        h.isCancelled,
		"counsellor adds":             h.adds,
		"counsellor adds a series":    h.addsSeries,
		"counsellor changes":          h.changes,
		"counsellor changes a series": h.changesSeries,
		"counsellor deletes":          h.deletes,
		"counsellor restores":         h.restores,
		"counsellor copies":           h.copies,
		"counsellor handles ours":     h.handlesOurs,
		"Graph has trouble":           h.trouble,
		"mailbox is moved":            h.isMoved,
		"time passes":                 h.timePasses,
		"round":                       h.aRound,
		"round that is disturbed":     h.disturbedRound,
		"everybody's round":           h.everybody,
	}
	for name, act := range all {
		all[name] = func(t *rapid.T) {
			h.rt = t
			h.steps++
			act(t)
		}
	}
	all[""] = func(*rapid.T) {
		h.neverTwice()
		h.audited()
	}
	return all
}

func (h *history) someone() *person {
	return h.people[rapid.IntRange(0, len(h.people)-1).Draw(h.rt, "who")]
}

// hour is a time within the next weeks.
func (h *history) hour(label string) time.Time {
	half := rapid.IntRange(2, 21*24*2).Draw(h.rt, label)
	return h.clock.Now().Truncate(30 * time.Minute).Add(time.Duration(half) * 30 * time.Minute)
}

func (h *history) pick(which func(*item) bool) *item {
	var some []*item
	for _, i := range h.items {
		if which(i) {
			some = append(some, i)
		}
	}
	if len(some) == 0 {
		h.rt.Skip("nothing to choose from")
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(h.rt, "item")]
}

// pickOurs is one of our events that are there.
func (h *history) pickOurs(p *person) string {
	all, err := h.sim.Events(p.user)
	h.must(err)
	var ids []string
	for _, e := range all {
		if e.State == "live" && len(e.Properties) > 0 && !h.strangers[e.ID] {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		h.rt.Skip("nothing of ours")
	}
	return ids[rapid.IntRange(0, len(ids)-1).Draw(h.rt, "event")]
}

// refusal lets the planner say no: not every time is free. Everything else is a failure.
func (h *history) refusal(err error) bool {
	var no *planner.Error
	if err != nil && !errors.As(err, &no) {
		h.t.Fatalf("%v", err)
	}
	if err == nil {
		h.causes++
	}
	return err != nil
}

func (h *history) citizenBooks(*rapid.T) {
	who, with := rapid.IntRange(1, 9).Draw(h.rt, "citizen"), h.someone()
	r := h.request(who, with, h.hour("start"))
	if rapid.Bool().Draw(h.rt, "reserves first") {
		held, err := h.planner.Reserve(h.ctx, planner.ReserveRequest{JobCenter: r.JobCenter, CPR: r.CPR, Option: &r.Option, Start: r.Start, CaseWorkerIdentifier: r.CaseWorkerIdentifier})
		if h.refusal(err) {
			return
		}
		if rapid.Bool().Draw(h.rt, "thinks it over") {
			h.pass(time.Duration(rapid.IntRange(1, 12).Draw(h.rt, "minutes")) * time.Minute) // the tenth ends the promise
		}
		r.Reservation = &held.ID
	}
	receipt, err := h.planner.CreateBooking(h.ctx, r)
	if !h.refusal(err) {
		h.made = append(h.made, made{who: who, request: r, receipt: receipt})
	}
}

func (h *history) booking() *made {
	if len(h.made) == 0 {
		h.rt.Skip("no booking")
	}
	return &h.made[rapid.IntRange(0, len(h.made)-1).Draw(h.rt, "booking")]
}

func (h *history) citizenMoves(*rapid.T) {
	m := h.booking()
	if !h.refusal(h.move(m.who, m.request.BookingID, h.someone(), h.hour("start"))) {
		m.moved = true
	}
}

// repeats: the same request has one effect and one answer; another one under its name is refused.
func (h *history) repeats(*rapid.T) {
	m := h.booking()
	r := m.request
	other := rapid.Bool().Draw(h.rt, "with other content")
	if other {
		r.Start = r.Start.Add(30 * time.Minute)
	}
	before := h.count(`select count(*) from audit_entry where booking_id = $1`, r.BookingID)
	receipt, err := h.planner.CreateBooking(h.ctx, r)
	var no *planner.Error
	switch {
	case err == nil && (other || receipt != m.receipt):
		h.t.Fatalf("a repeat (other content: %v) was answered %+v, first %+v", other, receipt, m.receipt)
	case err != nil && (!errors.As(err, &no) || no.Code != planner.CodeConflictingRepeat):
		h.t.Fatalf("a repeat was answered %v", err)
	case err != nil && !other && !m.moved && h.count(`select count(*) from booking where id = $1 and revision = 1`, r.BookingID) == 1:
		h.t.Fatalf("a plain repeat was refused: %v", err)
	}
	if n := h.count(`select count(*) from audit_entry where booking_id = $1`, r.BookingID); n != before {
		h.t.Fatal("a repeat changed something")
	}
}

func (h *history) isCancelled(*rapid.T) {
	h.refusal(h.planner.CancelFromOutlook(h.ctx, h.booking().request.BookingID))
}

func (h *history) remember(i *item) {
	h.items = append(h.items, i)
	h.strangers[i.id] = true
}

func (h *history) adds(*rapid.T) {
	who := h.someone()
	body := meeting(h.hour("start"), time.Duration(rapid.IntRange(0, 6).Draw(h.rt, "half hours"))*30*time.Minute,
		rapid.SampledFrom([]string{"busy", "tentative", "oof", "free", "workingElsewhere"}).Draw(h.rt, "showAs"))
	if rapid.IntRange(0, 4).Draw(h.rt, "invited by somebody") == 0 {
		id, err := who.outlook.Receive(body, "Kaj", "kaj@firma.example")
		h.must(err)
		h.remember(&item{who: who, id: id, received: true})
		return
	}
	h.remember(&item{who: who, id: h.desk.adds(who, body)})
}

func (h *history) addsSeries(*rapid.T) {
	who, start := h.someone(), h.hour("start")
	id := h.desk.adds(who, weekly(meeting(start, time.Hour, rapid.SampledFrom([]string{"busy", "free"}).Draw(h.rt, "showAs")), start, rapid.IntRange(0, 5).Draw(h.rt, "weeks")))
	h.remember(&item{who: who, id: id, series: true, first: start.In(calendar.Copenhagen())})
}

func (h *history) changes(*rapid.T) {
	i := h.pick(func(i *item) bool { return !i.deleted && !i.series })
	h.doTo(i.who, i.id, i.received)
}

// doTo does one of the things that people do to an event. What Exchange refuses has not happened.
func (h *history) doTo(p *person, id string, received bool) {
	o := p.outlook
	switch what := rapid.IntRange(0, 9).Draw(h.rt, "what"); {
	case what < 3:
		_ = o.Drag(id, h.hour("to"), time.Time{})
	case what == 3:
		_ = o.MakePrivate(id)
	case what == 4:
		_ = o.Edit(id, map[string]any{"showAs": rapid.SampledFrom([]string{"free", "busy", "oof"}).Draw(h.rt, "showAs")})
	case what == 5:
		_ = o.SetAllDay(id, h.hour("day"), rapid.IntRange(1, 3).Draw(h.rt, "days"))
	case what == 6:
		_ = o.MoveToCalendar(id, rapid.SampledFrom([]string{elsewhere, elsewhere, primary}).Draw(h.rt, "calendar"))
	case what == 7:
		_ = o.Edit(id, map[string]any{"subject": "Noget andet " + secret, "body": map[string]any{"contentType": "text", "content": "Husk " + secret}})
	case what == 8: // out of the window, back or ahead
		_ = o.Drag(id, h.clock.Now().AddDate(0, rapid.SampledFrom([]int{-1, 9}).Draw(h.rt, "months"), 0).Truncate(time.Hour), time.Time{})
	case received && rapid.Bool().Draw(h.rt, "called off"):
		_ = o.OrganizerCancels(id)
	case received:
		// An answer sends a mail, which is the counsellor's own; the edit has the same effect here.
		_ = o.Edit(id, map[string]any{"showAs": "busy"})
	default:
		_ = o.Edit(id, map[string]any{"categories": []string{"Rød"}})
	}
}

func (h *history) changesSeries(*rapid.T) {
	i := h.pick(func(i *item) bool { return !i.deleted && i.series })
	week := i.first.AddDate(0, 0, 7*rapid.IntRange(0, 4).Draw(h.rt, "week"))
	switch rapid.IntRange(0, 4).Draw(h.rt, "what") {
	case 0:
		_ = i.who.outlook.DeleteOccurrence(i.id, week)
	case 1:
		if id, err := i.who.outlook.EditOccurrence(i.id, week, map[string]any{"start": inDenmark(week.Add(90 * time.Minute)), "end": inDenmark(week.Add(150 * time.Minute))}); err == nil {
			h.strangers[id] = true
		}
	case 2:
		if id, err := i.who.outlook.EditOccurrence(i.id, week, map[string]any{"showAs": rapid.SampledFrom([]string{"free", "busy"}).Draw(h.rt, "showAs")}); err == nil {
			h.strangers[id] = true
		}
	case 3:
		if id, err := i.who.outlook.EditFollowing(i.id, week, map[string]any{"start": inDenmark(week.Add(30 * time.Minute)), "end": inDenmark(week.Add(time.Hour))}); err == nil {
			h.remember(&item{who: i.who, id: id, series: true, first: week.Add(30 * time.Minute)})
			i.deleted = i.deleted || week.Equal(i.first) // nothing is left of the old one
		}
	default:
		_ = i.who.outlook.Edit(i.id, map[string]any{"showAs": rapid.SampledFrom([]string{"free", "busy", "tentative"}).Draw(h.rt, "showAs")})
	}
}

func (h *history) deletes(*rapid.T) {
	i := h.pick(func(i *item) bool { return !i.deleted })
	h.must(i.who.outlook.Delete(i.id))
	i.deleted = true
}

// restores takes something back from Deleted Items, whoever put it there.
func (h *history) restores(*rapid.T) {
	p := h.someone()
	all, err := h.sim.Events(p.user)
	h.must(err)
	var ids []string
	for _, e := range all {
		if e.State == "trashed" {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		h.rt.Skip("nothing was deleted")
	}
	old := ids[rapid.IntRange(0, len(ids)-1).Draw(h.rt, "event")]
	id, err := p.outlook.Restore(old)
	h.must(err)
	h.causes++
	if id != old {
		h.strangers[id] = true // nothing ties it to what it was
		h.loose[id] = h.displaced(p)
	}
	for _, i := range h.items {
		if i.id == old {
			i.id, i.deleted = id, false
		}
	}
}

func (h *history) copies(*rapid.T) {
	p := h.someone()
	id := ""
	if rapid.Bool().Draw(h.rt, "ours") {
		id = h.pickOurs(p)
	} else {
		i := h.pick(func(i *item) bool { return !i.deleted && !i.series })
		p, id = i.who, i.id
	}
	copied, err := p.outlook.Copy(id, h.hour("to"))
	if err != nil {
		return
	}
	h.remember(&item{who: p, id: copied})
	h.loose[copied] = h.displaced(p)
}

// neverOurs are the strangers, but for those that the program found again by the stamp of a meeting and has deleted with it since: of
// these it knows no more than that it decided so.
func (h *history) neverOurs() map[string]bool {
	never := maps.Clone(h.strangers)
	for _, p := range h.people {
		all, err := h.sim.Events(p.user)
		h.must(err)
		for booking := range h.ids(`select item_id from sync_decision where mailbox_id = $1 and reason = $2`, p.mailbox, string(reconcile.ReasonMovedFound)) {
			for _, e := range all {
				if h.loose[e.ID] && hasStamp(e, booking) {
					delete(never, e.ID)
				}
			}
		}
	}
	return never
}

// displaced tells whether events of ours are looked for by their stamps in a moved mailbox: then the only one that
// carries a stamp is taken for the meeting's, whoever made it.
func (h *history) displaced(p *person) bool {
	return h.count(`select count(*) from outlook_event where mailbox_id = $1 and displaced_since is not null`, p.mailbox) > 0
}

func (h *history) handlesOurs(*rapid.T) {
	p := h.someone()
	id := h.pickOurs(p)
	h.causes++
	if rapid.IntRange(0, 3).Draw(h.rt, "deletes it") == 0 {
		h.must(p.outlook.Delete(id))
		return
	}
	h.doTo(p, id, false)
}

// trouble sets one of Graph's faults for some requests or a while.
func (h *history) trouble(*rapid.T) {
	times, minutes := rapid.IntRange(1, 3).Draw(h.rt, "times"), graphsim.Duration(time.Duration(rapid.IntRange(1, 20).Draw(h.rt, "minutes"))*time.Minute)
	write := rapid.SampledFrom([]string{http.MethodPost, http.MethodPatch, http.MethodDelete}).Draw(h.rt, "write")
	f := rapid.SampledFrom([]graphsim.Fault{
		{Kind: graphsim.FaultThrottle, RetryAfter: "30"}, {Kind: graphsim.FaultThrottle, RetryAfter: "0.249"}, {Kind: graphsim.FaultThrottle, RetryAfter: "date:90s"},
		{Kind: graphsim.FaultThrottle, RetryAfter: "none"}, {Kind: graphsim.FaultThrottle, Status: 503, Code: "ApplicationThrottled", RetryAfter: "20"},
		{Kind: graphsim.FaultUnavailable, Body: "html"}, {Kind: graphsim.FaultUnavailable, Body: "empty"}, {Kind: graphsim.FaultUnavailable, Status: 502, Body: "html"},
		{Kind: graphsim.FaultUnavailable, Status: 404, Body: "empty"}, {Kind: graphsim.FaultUnavailable, Status: 504, Body: "json", RetryAfter: "10"},
		{Kind: graphsim.FaultError}, {Kind: graphsim.FaultError, Status: 400, Code: "ErrorInvalidRequest", Message: "The event '" + secret + "' is bad.", Method: write},
		{Kind: graphsim.FaultUnauthorized}, {Kind: graphsim.FaultUnauthorized, Variant: "claims"}, {Kind: graphsim.FaultCut}, {Kind: graphsim.FaultCutAfter},
		{Kind: graphsim.FaultCutAfter, Method: write}, {Kind: graphsim.FaultErrorAfter, Method: write}, {Kind: graphsim.FaultErrorAfter, Method: write, Body: "html"},
		{Kind: graphsim.FaultConcurrentItemSave}, {Kind: graphsim.FaultConcurrentItemSave},
		{Kind: graphsim.FaultDenied, For: minutes}, {Kind: graphsim.FaultMissing, For: minutes}, {Kind: graphsim.FaultOnPremises, For: minutes}, {Kind: graphsim.FaultMoving, For: minutes},
		{Kind: graphsim.FaultDeltaExpired}, {Kind: graphsim.FaultDeltaExpired, Code: "syncStateNotFound"}, {Kind: graphsim.FaultDeltaExpired, Code: "resyncRequired"},
		{Kind: graphsim.FaultDeltaExpired, Status: 404, Code: "SyncStateInvalid"}, {Kind: graphsim.FaultDeltaExpired, Status: 400, Code: "SyncStateNotFound"},
		{Kind: graphsim.FaultDeltaLag, Delay: graphsim.Duration(30 * time.Second), For: minutes}, {Kind: graphsim.FaultDeltaEndless, For: minutes}, {Kind: graphsim.FaultDeltaEmptyFirst, For: minutes},
		{Kind: graphsim.FaultDeltaShuffle, For: minutes}, {Kind: graphsim.FaultDeltaDuplicates, For: minutes}, {Kind: graphsim.FaultDeltaNull, For: minutes},
		{Kind: graphsim.FaultDeltaMasterOnly, For: minutes}, {Kind: graphsim.FaultDeltaSeriesGone, Variant: "master", For: minutes}, {Kind: graphsim.FaultDeltaSeriesGone, Variant: "occurrences", For: minutes},
		{Kind: graphsim.FaultDeltaTypeless, For: minutes}, {Kind: graphsim.FaultDeltaReasonChanged, For: minutes}, {Kind: graphsim.FaultDeltaOldTombstones, For: minutes},
		{Kind: graphsim.FaultDeltaGatewayTimeout, For: minutes}, {Kind: graphsim.FaultNoOriginalStart, For: minutes},
		{Kind: graphsim.FaultNoETagRotation, For: minutes}, {Kind: graphsim.FaultInnerErrorLowerCase, For: minutes}, {Kind: graphsim.FaultDuplicateTxn409, For: minutes},
		{Kind: graphsim.FaultRestoreNewID, For: minutes},
	}).Draw(h.rt, "fault")
	if f.For == 0 {
		f.Count = times
	}
	if rapid.Bool().Draw(h.rt, "one mailbox") {
		f.User = h.someone().user
	}
	h.fault(f)
	h.causes += times
}

// primary is the name of the simulator's primary calendar.
const primary = "Kalender"

// isMoved gives a mailbox other ids throughout, and may lose one of our events. One event alone is taken for deleted, an
// unanswered creation is forgotten by Exchange, and copies are a person's to tell apart: so at a time when at least two stand
// as agreed, nobody is asked about one, and none was copied; and with a round after it.
func (h *history) isMoved(*rapid.T) {
	p := h.someone()
	h.sim.ClearFaults("")
	for range 2 {
		if res, err := h.try(p, nil); err != nil || res.Held {
			h.rt.Skip("not well")
		}
	}
	agreed := h.count(`select count(*) from outlook_event o join booking b on b.id = o.booking_id
		where o.mailbox_id = $1 and o.event_id is not null and o.pending_since is null and o.displaced_since is null and b.ends_at > $2`, p.mailbox, h.clock.Now())
	asked := h.count(`select count(*) from outlook_event where mailbox_id = $1 and (flagged is not null or event_id is null and transaction_id is not null)`, p.mailbox)
	all, err := h.sim.Events(p.user)
	h.must(err)
	ours := h.known(p)
	copied := slices.ContainsFunc(all, func(e graphsim.StoredEvent) bool { return e.State == "live" && len(e.Properties) > 0 && !ours[e.ID] })
	if agreed < 2 || asked > 0 || copied {
		h.rt.Skip("too little to tell a move by")
	}
	var how graphsim.Migration
	for _, e := range all {
		if len(how.Lose) == 0 && ours[e.ID] && e.State == "live" && e.Calendar == primary && rapid.IntRange(0, 9).Draw(h.rt, "lost") == 0 {
			how.Lose = []string{e.ID}
		}
	}
	h.must(h.sim.Migrate(p.user, how))
	h.moves++
	h.causes += 2
	uids := map[string]string{}
	for _, e := range all {
		uids[e.ID] = e.ICalUID
	}
	moved, err := h.sim.Events(p.user)
	h.must(err)
	ids := map[string]string{}
	for _, e := range moved {
		ids[e.ICalUID] = e.ID
		if len(e.Properties) > 0 && (e.State != "live" || e.Calendar != primary) {
			h.strangers[e.ID], h.loose[e.ID] = true, true // nothing but the stamp ties it to what it was
		}
	}
	for _, i := range h.items {
		if i.who == p && ids[uids[i.id]] != "" {
			i.id = ids[uids[i.id]]
			h.strangers[i.id] = true
		}
	}
	_, err = h.try(p, nil)
	h.must(err)
}

func (h *history) timePasses(*rapid.T) {
	h.pass(rapid.SampledFrom([]time.Duration{3 * time.Second, time.Minute, 7 * time.Minute, 40 * time.Minute, 9 * time.Hour, 26 * time.Hour}).Draw(h.rt, "how long"))
}

func (h *history) aRound(*rapid.T) { h.goRound(h.someone(), nil) }

func (h *history) everybody(*rapid.T) {
	for _, p := range h.people {
		h.goRound(p, nil)
	}
}

// disturbedRound is a round whose process is stopped at one of its calls, or that is overtaken there by another whole
// one, which may be stopped in turn.
func (h *history) disturbedRound(*rapid.T) {
	p := h.someone()
	t := &tap{at: rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 2, 3, 4, 3, 7, 9}).Draw(h.rt, "at call"), after: rapid.Bool().Draw(h.rt, "after it")}
	h.causes++
	if t.stop = rapid.Bool().Draw(h.rt, "stopped"); t.stop {
		h.goRound(p, t)
		if t.dead {
			h.stopped++
		}
		return
	}
	inner := &tap{at: rapid.IntRange(0, 6).Draw(h.rt, "the other's call"), after: true, stop: true}
	meanwhile := rapid.Bool().Draw(h.rt, "and a move meanwhile") && len(h.made) > 0
	struck := false
	t.do = func() {
		struck = true
		if meanwhile {
			m := h.booking()
			if !h.refusal(h.move(m.who, m.request.BookingID, h.someone(), h.hour("start"))) {
				m.moved = true
			}
		}
		h.goRound(p, inner)
	}
	h.goRound(p, t)
	if struck {
		h.overtaken++
	}
}

// goRound runs a mailbox once, whatever Graph does, and never before the time that Graph told.
func (h *history) goRound(p *person, with *tap) {
	var pause *time.Time
	h.must(h.pool.QueryRow(h.ctx, `select paused_until from mailbox where id = $1`, p.mailbox).Scan(&pause))
	before := len(h.requests(p))
	_, err := h.try(p, with)
	h.foundAgain()
	if pause != nil && pause.After(h.clock.Now()) && len(h.requests(p)) != before {
		h.t.Fatalf("%d requests before Retry-After", len(h.requests(p))-before)
	}
	var (
		throttled   *calendar.ThrottledError
		unavailable *calendar.UnavailableError
		broken      *calendar.MailboxError
		refused     *calendar.RefusedError
	)
	switch {
	case err == nil, errors.Is(err, errStopped), errors.Is(err, mailbox.ErrFenced), errors.As(err, &throttled), errors.As(err, &unavailable), errors.As(err, &broken), errors.As(err, &refused):
	default:
		h.t.Fatalf("round: %v", err)
	}
}

// foundAgain takes those out of the strangers that the program knows again.
func (h *history) foundAgain() {
	for _, p := range h.people {
		for id := range h.known(p) {
			if h.loose[id] {
				delete(h.strangers, id)
			}
		}
	}
}

// settle stops the faults and holds both sides to what they must tell then.
func (h *history) settle() int {
	h.sim.ClearFaults("")
	h.pass(time.Hour)
	n := h.rounds(mostRounds)
	h.quiet()
	h.busyAsShown()
	// A person answers every flag, and the nightly round looks at everything.
	for _, p := range h.people {
		for _, a := range []syncdb.Action{syncdb.Unflag, syncdb.RereadAll} {
			_, err := h.sync.Do(h.ctx, p.mailbox, a, "kirsten")
			h.must(err)
		}
	}
	h.causes += h.count(`select count(*) from outlook_event`)
	n = max(n, h.rounds(mostRounds))
	h.foundAgain()
	h.quiet()
	h.bookingsStand(h.strangers)
	h.busyAsShown()
	h.neverTwice()
	h.audited()
	h.onlyOurs(h.neverOurs())
	h.discreet()
	h.discreetDatabase()
	if flagged := h.count(`select count(*) from outlook_event o join mailbox m on m.id = o.mailbox_id join case_worker c on c.id = m.case_worker_id
		where c.job_center_code = $1 and o.flagged is not null`, h.center.Code); flagged != 0 {
		h.t.Fatalf("%d events are flagged though nobody touched them since", flagged)
	}
	written := 0
	for _, p := range h.people {
		written += writes(h.requests(p))
	}
	if written > 5*h.causes {
		h.t.Fatalf("%d writes for %d causes", written, h.causes)
	}
	return n
}
