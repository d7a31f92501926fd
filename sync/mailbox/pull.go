package mailbox

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
)

// pull reads a round, decides and commits it. It tells whether the round left something to push. absent are bookings whose
// pending event could not be found by its id.
func (s *Syncer) pull(ctx context.Context, run Run, own []Own, absent map[uuid.UUID]bool, res *Result) (again bool, err error) {
	return s.pullAgain(ctx, run, own, absent, nil, res)
}

// pullAgain is pull; with told it reads the calendar whole, and told is what an incremental reading just before said was
// removed.
func (s *Syncer) pullAgain(ctx context.Context, run Run, own []Own, absent map[uuid.UUID]bool, told map[calendar.EventID]bool, res *Result) (again bool, err error) {
	byEvent := map[calendar.EventID]*Own{}
	for i := range own {
		if own[i].EventID != "" {
			byEvent[own[i].EventID] = &own[i]
		}
	}
	isOwn := func(id calendar.EventID) bool { return byEvent[id] != nil }

	g, err := s.read(ctx, run, isOwn, told != nil)
	if err != nil {
		return false, err
	}
	r, full, started, window := g.reading, g.full, g.started, g.window

	round := Round{Started: started, Full: full, Window: window, DeltaLink: r.link, FullRoundDue: run.FullRoundDue,
		NextSweep: nextSweep(started, run.Mailbox), ForgetBefore: windowAt(started).Start,
		FeedShunnedUntil: g.shunnedUntil, FeedShuns: g.shuns}
	if full {
		round.FullRoundDue = nextFullRound(started, run.Mailbox)
	}
	d := decider{run: run, reading: r, told: removedOf(told, g.told, r.removed), asked: told != nil || g.asked, lives: told != nil || g.linkLives, full: full, started: started, window: window, own: own, byEvent: byEvent, seen: map[uuid.UUID]calendar.Event{}, pushes: len(absent) > 0}
	if err := s.lookUpMissing(ctx, &d, absent); err != nil {
		return false, err
	}
	if whole, err := s.followMove(ctx, run, &d); err != nil {
		return false, err
	} else if whole {
		return s.pullAgain(ctx, run, own, absent, d.told, res)
	}
	for id, booking := range run.Retired {
		if _, back := r.events[id]; back {
			if err := s.Graph.Delete(ctx, run.User, id); err != nil && !errors.Is(err, calendar.ErrGone) {
				return false, fmt.Errorf("delete a replaced event that came back: %w", err)
			}
			res.Writes++
			delete(r.events, id)
			round.Notes = append(round.Notes, Note{At: started, Kind: "booking", Item: booking.String(), Verb: reconcile.DeleteRemote, Reason: reconcile.ReasonReplacedCameBack})
		}
	}
	if err := s.fillMasters(ctx, &d); err != nil {
		return false, err
	}
	ids := d.touched()
	if full {
		ids = nil
	}
	if full || len(ids) > 0 {
		if d.known, err = s.Store.Blocks(ctx, run, ids); err != nil {
			return false, fmt.Errorf("read known blocks: %w", err)
		}
	}
	plan, err := s.plan(ctx, run, &d)
	var held *reconcile.HeldError
	if errors.As(err, &held) {
		res.Held = true
		return false, s.hold(ctx, run, &d, held)
	}
	if err != nil {
		return false, err
	}
	after := d.fill(&round, plan)
	if plan.Kept {
		// What was rejected is looked at again in each round, until it changes or the rejection is over.
		round.Kept, round.Full, round.DeltaLink, round.Window, round.FullRoundDue = true, false, run.DeltaLink, run.Window, run.FullRoundDue
	}
	if len(after) > 0 {
		// Should the process end before takeOver is through, the link would be past what it had to follow, and
		// nobody would look again: so the next round looks at everything.
		round.FullRoundDue = started
	}
	if err := s.Store.CommitRound(ctx, run, round); err != nil {
		return false, fmt.Errorf("commit round: %w", err)
	}
	res.Full, res.Blocks = full, len(round.PutBlocks)+len(round.DeleteBlocks)
	for _, n := range round.Notes {
		s.Log.InfoContext(ctx, "decided", "mailbox", run.Mailbox, "kind", n.Kind, "item", n.Item, "verb", n.Verb, "reason", n.Reason)
	}
	if err := s.takeOver(ctx, run, after); err != nil {
		return false, err
	}
	return len(after) > 0 || d.pushes, nil
}

// plan decides. The brake of an incremental round needs the number of all known blocks, which is worth
// a look only when it would hold.
func (s *Syncer) plan(ctx context.Context, run Run, d *decider) (reconcile.Plan, error) {
	snap := d.snapshot()
	plan, err := reconcile.Make(snap, run.Rules)
	var held *reconcile.HeldError
	if d.full || !errors.As(err, &held) {
		return plan, err
	}
	all, berr := s.Store.Blocks(ctx, run, nil)
	if berr != nil {
		return reconcile.Plan{}, fmt.Errorf("count known blocks: %w", berr)
	}
	snap.KnownBlocks = len(all)
	return reconcile.Make(snap, run.Rules)
}

// needsFullRound tells whether an incremental round concerns a recurring series: one of its items is of
// a series, or a removed one was; or contradicts itself about an event.
func (s *Syncer) needsFullRound(ctx context.Context, run Run, r reading) (bool, error) {
	if r.contradicted || r.series() {
		return true, nil
	}
	if len(r.removed) == 0 {
		return false, nil
	}
	var ids []calendar.EventID
	for id := range r.removed {
		ids = append(ids, id)
	}
	known, err := s.Store.Blocks(ctx, run, ids)
	if err != nil {
		return false, fmt.Errorf("read removed blocks: %w", err)
	}
	for _, b := range known {
		if b.SeriesID != "" {
			return true, nil
		}
	}
	return false, nil
}

// lookUpMissing asks by id for events of ours that the round says are removed, or that a full round does not hold, be it
// because a counsellor put them beyond its window: what happens to them there the feed never tells.
func (s *Syncer) lookUpMissing(ctx context.Context, d *decider, absent map[uuid.UUID]bool) error {
	for i := range d.own {
		o := &d.own[i]
		if o.EventID == "" || o.over(d.started) {
			continue
		}
		if e, ok := d.reading.events[o.EventID]; ok {
			d.seen[o.Booking] = e
			continue
		}
		if !d.told[o.EventID] && !o.Displaced && !absent[o.Booking] && !(d.full && o.Meeting != nil) {
			continue
		}
		e, err := s.Graph.Event(ctx, d.run.User, o.EventID, true)
		switch {
		case err == nil:
			d.seen[o.Booking] = e
		case errors.Is(err, calendar.ErrGone):
			d.gone = append(d.gone, o.Booking)
		default:
			return fmt.Errorf("look up our event of booking %s: %w", o.Booking, err)
		}
	}
	return nil
}

// removedOf joins what several readings said was removed; never nil.
func removedOf(readings ...map[calendar.EventID]bool) map[calendar.EventID]bool {
	all := map[calendar.EventID]bool{}
	for _, r := range readings {
		maps.Copy(all, r)
	}
	return all
}

// fillMasters fetches the masters that occurrence stubs of the round inherit from and the round does
// not hold.
func (s *Syncer) fillMasters(ctx context.Context, d *decider) error {
	d.masters = map[calendar.EventID]*calendar.Event{}
	for _, e := range d.reading.events {
		if e.Kind != calendar.Occurrence || e.SeriesID == "" || e.ShowAs != "" {
			continue
		}
		if _, done := d.masters[e.SeriesID]; done {
			continue
		}
		if m, ok := d.reading.events[e.SeriesID]; ok {
			d.masters[e.SeriesID] = &m
			continue
		}
		m, err := s.Graph.Event(ctx, d.run.User, e.SeriesID, false)
		switch {
		case err == nil:
			d.masters[e.SeriesID] = &m
		case errors.Is(err, calendar.ErrGone):
			// The series went away meanwhile; what is left of it blocks until the next round says so.
			d.masters[e.SeriesID] = nil
		default:
			return fmt.Errorf("read the master of a series: %w", err)
		}
	}
	return nil
}

// follow is something to do after the commit, in the planner's own transaction.
type follow struct {
	own  *Own
	item reconcile.Item
	verb reconcile.Verb
	to   planner.Span
}

// takeOver lets a counsellor's move or deletion become a rebooking or cancellation. What the planner
// refuses is put back.
func (s *Syncer) takeOver(ctx context.Context, run Run, list []follow) error {
	for _, f := range list {
		// Since the commit a newer run may have read on, and the citizen chosen another time.
		err := s.Store.Current(ctx, run)
		if err != nil {
			return fmt.Errorf("take over a change made in Outlook: %w", err)
		}
		if f.verb == reconcile.AcceptMove {
			err = s.Bookings.MoveFromOutlook(ctx, f.own.Booking, f.to)
		} else {
			err = s.Bookings.CancelFromOutlook(ctx, f.own.Booking)
		}
		var refusal *planner.Error
		if errors.As(err, &refusal) {
			careful := run.Rules
			careful.Move, careful.Delete = reconcile.RestoreMoves, reconcile.RestoreDeleted
			dec := reconcile.Decide(f.item, careful)
			err = nil
			if do, ok := actionOf(dec, *f.own); ok {
				c := OwnChange{Booking: f.own.Booking, Changes: f.own.Changes, Do: do, Restores: dec.Restores}
				err = s.change(ctx, run, c, dec.Verb, reconcile.ReasonMoveRefused, "refusal", refusal.Code)
			}
		}
		if err != nil {
			return fmt.Errorf("take over a change made in Outlook: %w", err)
		}
	}
	return nil
}
