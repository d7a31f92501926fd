package mailbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/translate"
)

// absences are events of ours that a run found out about by their ids, before its round was read.
type absences struct {
	seen, gone map[uuid.UUID]bool
}

func newAbsences() *absences {
	return &absences{seen: map[uuid.UUID]bool{}, gone: map[uuid.UUID]bool{}}
}

// mostAsked is how many other events of ours are asked for when one of them cannot be found.
const mostAsked = 4

// doubt tells whether an event that could not be found by its id may be there under another one: others of ours are
// gone as well. Then nothing may be written on the strength of its absence before a whole round has shown more. Each
// event is asked for once in a run.
func (s *Syncer) doubt(ctx context.Context, run Run, o Own, a *absences) (bool, error) {
	delete(a.seen, o.Booking)
	a.gone[o.Booking] = true
	for _, other := range run.Own {
		if len(a.seen)+len(a.gone) > mostAsked || other.EventID == "" || other.Displaced || a.seen[other.Booking] || a.gone[other.Booking] || other.over(s.Now()) {
			continue
		}
		_, err := s.Graph.Event(ctx, run.User, other.EventID, true)
		switch {
		case err == nil:
			a.seen[other.Booking] = true
		case errors.Is(err, calendar.ErrGone):
			a.gone[other.Booking] = true
		default:
			return false, fmt.Errorf("look up our event of booking %s: %w", other.Booking, err)
		}
	}
	return reconcile.Sight{OwnSeen: len(a.seen), OwnGone: len(a.gone)}.Suspect(), nil
}

// followMove finds our events again in a mailbox that was moved with all ids replaced, by their stamps. It tells whether
// the round must be read whole before that can be decided. What it finds is stored at once, with what it does not find,
// so that neither is forgotten should the process end or the plan be held.
//
// What the feed tells to be removed, on from the link that we have, was deleted: links do not outlive a move. A whole round
// that looks like a move therefore asks the link first.
func (s *Syncer) followMove(ctx context.Context, run Run, d *decider) (whole bool, err error) {
	sight := d.sight()
	if sight.Suspect() && !d.full {
		return true, nil
	}
	if sight.Suspect() && run.DeltaLink != "" && !d.asked {
		r, err := s.readRound(ctx, run, run.DeltaLink, run.Window, func(calendar.EventID) bool { return false })
		if err != nil && !errors.Is(err, calendar.ErrResync) {
			return false, err
		}
		d.lives = err == nil
		maps.Copy(d.told, r.removed)
		sight = d.sight()
	}
	displaced := slices.ContainsFunc(d.own, func(o Own) bool { return o.Displaced })
	if !sight.Suspect() && !displaced {
		return false, nil
	}
	moved := false
	if sight.Suspect() {
		known, err := s.Store.Blocks(ctx, run, nil)
		if err != nil {
			return false, fmt.Errorf("read known blocks: %w", err)
		}
		for _, b := range known {
			switch _, there := d.reading.events[b.ID]; {
			case there:
				sight.BlocksSeen++
			case d.inWindow(b.Span) && !d.told[b.ID]:
				sight.BlocksGone++
			}
		}
		sight.LinkDied = run.DeltaLink != "" && !d.lives
		moved = sight.Moved()
	}
	if moved {
		s.Log.WarnContext(ctx, "mailbox seems to be moved: ids of its events are gone", "mailbox", run.Mailbox,
			"own_gone", sight.OwnGone, "own_seen", sight.OwnSeen, "blocks_gone", sight.BlocksGone, "blocks_seen", sight.BlocksSeen)
		// Those of meetings just over are ours still, and no blocks.
		for _, o := range d.own {
			if _, there := d.reading.events[o.EventID]; !there && o.EventID != "" && o.over(d.started) && d.inWindow(o.Meeting.Booking.Span) {
				d.gone = append(d.gone, o.Booking)
			}
		}
	}
	return false, s.findAgain(ctx, run, d, moved)
}

// sight counts our events by the ids that were known before the run. Those that the feed tells to be removed, those that
// an earlier move has hidden, and those that this very run has made, say nothing about a move.
func (d *decider) sight() reconcile.Sight {
	var sight reconcile.Sight
	gone := make(map[uuid.UUID]bool, len(d.gone))
	for _, b := range d.gone {
		gone[b] = true
	}
	for _, o := range d.run.Own {
		e, there := d.seen[o.Booking]
		switch {
		case there && e.ID == o.EventID:
			sight.OwnSeen++
		case gone[o.Booking] && !d.told[o.EventID] && !o.Displaced:
			sight.OwnGone++
		}
	}
	return sight
}

func (s *Syncer) findAgain(ctx context.Context, run Run, d *decider, moved bool) error {
	taken := func(id string) bool {
		_, retired := run.Retired[calendar.EventID(id)]
		return retired || d.byEvent[calendar.EventID(id)] != nil
	}
	var (
		lost   []uuid.UUID
		found  []OwnChange
		notes  []Note
		before int
		news   bool
		gone   = d.gone
	)
	d.gone, d.lost = nil, map[uuid.UUID]reconcile.Reason{}
	for _, o := range d.own {
		if o.Displaced {
			before++
		}
		if _, back := d.seen[o.Booking]; back && o.Displaced {
			d.pushes = d.pushes || o.Pending
		}
	}
	for _, booking := range gone {
		o := d.ownOf(booking)
		if !o.Displaced && (!moved || d.told[o.EventID]) {
			d.gone = append(d.gone, booking)
			continue
		}
		stamped, err := s.Graph.FindStamped(ctx, run.User, translate.Stamp(booking))
		if err != nil {
			return fmt.Errorf("look for our event of booking %s by its stamp: %w", booking, err)
		}
		id, why := reconcile.Successor(idsOf(stamped), taken)
		if why != "" && o.over(d.started) {
			continue
		}
		if why != "" {
			d.gone = append(d.gone, booking)
			// One that nobody wants any more is no loss, unless it stands there and we do not know which it is.
			if o.Flagged || o.Meeting == nil && why == reconcile.ReasonMovedNotFound {
				d.pushes = d.pushes || o.Pending
				continue
			}
			d.lost[booking] = why
			lost, news = append(lost, booking), news || !o.Displaced
			continue
		}
		e, err := s.Graph.Event(ctx, run.User, calendar.EventID(id), true)
		if err != nil {
			return fmt.Errorf("read our event of booking %s under its new id: %w", booking, err)
		}
		delete(d.byEvent, o.EventID)
		delete(d.reading.events, e.ID)
		o.EventID, o.ETag, o.Displaced = e.ID, e.ETag, false
		d.byEvent[e.ID], d.seen[booking] = o, e
		d.pushes = d.pushes || o.Pending
		found = append(found, OwnChange{Booking: booking, Do: Adopt, EventID: e.ID, ETag: e.ETag})
		n := Note{At: d.started, Kind: reconcile.PlannerOwns.String(), Item: booking.String(), Verb: reconcile.Remember, Reason: reconcile.ReasonMovedFound}
		notes = append(notes, n)
		s.Log.InfoContext(ctx, "our event was found again in a moved mailbox", "mailbox", run.Mailbox, "item", n.Item)
	}
	if len(found) == 0 && len(lost) == before && !news {
		return nil
	}
	if err := s.Store.Displace(ctx, run, lost, found, notes, d.started); err != nil {
		return fmt.Errorf("store what a move of mailbox %d did to our events: %w", run.Mailbox, err)
	}
	return nil
}

func idsOf(events []calendar.Event) []string {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = string(e.ID)
	}
	return ids
}

// hold stores a plan that the brake refused, with what it is about.
func (s *Syncer) hold(ctx context.Context, run Run, d *decider, held *reconcile.HeldError) error {
	s.Log.WarnContext(ctx, "brake pulled: plan waits for a person", "mailbox", run.Mailbox, "deletions", held.Deletions, "blocks", held.Blocks,
		"cancellations", held.Cancellations, "lost", held.Lost)
	h := Held{Plan: held.Plan(), Deletions: len(held.Items), Blocks: held.Blocks + held.Bookings, At: s.Now()}
	blocks := make(map[string]translate.Block, len(d.known))
	for _, b := range d.known {
		blocks[string(b.ID)] = b
	}
	for _, it := range held.Items {
		item := HeldItem{Kind: it.Owner.String(), Item: it.Item, ShowAs: calendar.Busy, Reason: it.Reason}
		if b, isBlock := blocks[it.Item]; isBlock && it.Owner == reconcile.OutlookOwns {
			item.Span, item.ShowAs, item.Private = b.Span, b.ShowAs, b.Private
		} else if o := d.ownOf(uuid.MustParse(it.Item)); o.Meeting != nil {
			item.Span = o.Meeting.Booking.Span
		}
		h.Items = append(h.Items, item)
	}
	return s.Store.Hold(ctx, run, h)
}
