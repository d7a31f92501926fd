package mailbox

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/translate"
)

// decider turns what a round told into items to decide, and the decisions into what is stored.
type decider struct {
	run     Run
	reading reading
	full    bool
	started time.Time
	window  calendar.Window
	own     []Own
	byEvent map[calendar.EventID]*Own
	masters map[calendar.EventID]*calendar.Event
	known   []translate.Block
	seen    map[uuid.UUID]calendar.Event // our events that the other side has
	gone    []uuid.UUID                  // our events that it certainly has not, under the ids that we know
	told    map[calendar.EventID]bool    // what the feed said was removed
	asked   bool                         // the feed was asked to go on from the link, whether it could or not
	lives   bool                         // it could
	lost    map[uuid.UUID]reconcile.Reason

	blocks map[string]translate.Block // blocks of the round by item
	items  map[string]reconcile.Item  // bookings of the snapshot by item
	pushes bool
}

func (d *decider) ownOf(booking uuid.UUID) *Own {
	return &d.own[slices.IndexFunc(d.own, func(o Own) bool { return o.Booking == booking })]
}

func (d *decider) inWindow(s planner.Span) bool {
	return s.Start.Before(d.window.End) && d.window.Start.Before(s.End)
}

// touched are the ids of other people's events that an incremental round is about.
func (d *decider) touched() []calendar.EventID {
	var ids []calendar.EventID
	for id := range d.reading.events {
		if d.byEvent[id] == nil {
			ids = append(ids, id)
		}
	}
	for id := range d.reading.removed {
		if d.byEvent[id] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// snapshot lists every item with its three versions.
func (d *decider) snapshot() reconcile.Snapshot {
	snap := reconcile.Snapshot{Approved: d.run.Approved, Rejected: d.run.Rejected}
	d.blocks = map[string]translate.Block{}
	for id, e := range d.reading.events {
		if d.byEvent[id] != nil {
			continue
		}
		if b, blocks := translate.BusyBlock(e, d.masters[e.SeriesID], d.run.Policy); blocks && b.Span.End.After(d.window.Start) {
			d.blocks[string(id)] = b
		}
	}
	listed := map[string]bool{}
	for _, b := range d.known {
		if !b.Span.End.After(d.window.Start) {
			continue // past: goes by ForgetBefore
		}
		id := string(b.ID)
		it := reconcile.Item{ID: id, Owner: reconcile.OutlookOwns, Base: reconcile.Version(b.Version())}
		it.Local = it.Base
		if now, ok := d.blocks[id]; ok {
			it.Remote = reconcile.Version(now.Version())
		} else {
			it.Time = reconcile.Version(b.TimeVersion())
		}
		listed[id] = true
		snap.Items = append(snap.Items, it)
	}
	for id, b := range d.blocks {
		if !listed[id] {
			snap.Items = append(snap.Items, reconcile.Item{ID: id, Owner: reconcile.OutlookOwns, Remote: reconcile.Version(b.Version()), Time: reconcile.Version(b.TimeVersion())})
		}
	}
	// What was read was read to its end, and in an incremental round only what it names is listed.
	snap.Complete = true

	gone := map[uuid.UUID]bool{}
	for _, b := range d.gone {
		gone[b] = true
	}
	d.items = map[string]reconcile.Item{}
	for _, o := range d.own {
		lost := d.lost[o.Booking]
		if o.Pending && lost == "" || o.over(d.started) {
			continue // the next push sees to it, or nobody has to any more
		}
		if _, seen := d.seen[o.Booking]; o.Flagged && !seen && !gone[o.Booking] {
			continue // nothing new, so the flag stands; "unchanged" would look settled
		}
		it := reconcile.Item{ID: o.Booking.String(), Owner: reconcile.PlannerOwns, Base: o.Base, Remote: o.Base, Restores: o.Restores, Flagged: o.Flagged, Lost: lost}
		if o.Meeting != nil {
			it.Local = reconcile.Version(translate.Event(*o.Meeting).Fingerprint())
		}
		if e, ok := d.seen[o.Booking]; ok && e.Owned != nil {
			it.Remote = reconcile.Version(e.Owned.Fingerprint())
			if o.Meeting != nil {
				it.TimeMoved = !e.Owned.Start.Equal(o.Meeting.Booking.Span.Start) || !e.Owned.End.Equal(o.Meeting.Booking.Span.End)
			}
		}
		if gone[o.Booking] {
			it.Remote, it.Removed = "", true
		}
		d.items[it.ID] = it
		snap.Items = append(snap.Items, it)
	}
	return snap
}

// actionOf is what to store for a decision about a booking; false when nothing is.
func actionOf(dec reconcile.Decision, o Own) (Action, bool) {
	switch dec.Verb {
	case reconcile.Remember:
		return Remember, true
	case reconcile.Forget:
		return Forget, true
	case reconcile.CreateRemote:
		if o.EventID != "" || dec.NewGeneration() {
			return Recreate, true
		}
		return Push, true
	case reconcile.UpdateRemote, reconcile.DeleteRemote:
		return Push, true
	case reconcile.Flag:
		return Flag, true
	default:
		return 0, false
	}
}

// fill puts the plan's decisions into the round, and gives back those that the planner must carry out
// after the commit.
func (d *decider) fill(round *Round, plan reconcile.Plan) (after []follow) {
	owns := map[string]*Own{}
	for i := range d.own {
		owns[d.own[i].Booking.String()] = &d.own[i]
	}
	decided := map[uuid.UUID]bool{}
	for _, dec := range plan.Decisions {
		if dec.Verb == reconcile.Nothing {
			continue
		}
		note := Note{At: round.Started, Kind: dec.Owner.String(), Item: dec.Item, Verb: dec.Verb, Reason: dec.Reason}
		if dec.Owner == reconcile.OutlookOwns {
			switch dec.Verb {
			case reconcile.CreateLocal, reconcile.UpdateLocal:
				round.PutBlocks = append(round.PutBlocks, d.blocks[dec.Item])
			case reconcile.DeleteLocal:
				round.DeleteBlocks = append(round.DeleteBlocks, calendar.EventID(dec.Item))
			default:
				continue
			}
			// A first or nightly reading changes many blocks at once; their number is enough.
			if !d.full {
				round.Notes = append(round.Notes, note)
			}
			continue
		}
		o := owns[dec.Item]
		decided[o.Booking] = true
		round.Notes = append(round.Notes, note)
		if dec.Verb == reconcile.AcceptMove || dec.Verb == reconcile.CancelLocal {
			f := follow{own: o, item: d.items[dec.Item], verb: dec.Verb}
			if e := d.seen[o.Booking]; e.Owned != nil {
				f.to = planner.Span{Start: e.Owned.Start, End: e.Owned.End}
			}
			after = append(after, f)
			continue
		}
		do, ok := actionOf(dec, *o)
		if !ok {
			continue
		}
		c := OwnChange{Booking: o.Booking, Changes: o.Changes, Do: do, Restores: dec.Restores}
		if do == Remember {
			c.ETag, c.Content = o.ETag, d.items[dec.Item].Remote
			if e, seen := d.seen[o.Booking]; seen {
				c.ETag = e.ETag
			}
		}
		d.pushes = d.pushes || do == Push || do == Recreate
		round.Own = append(round.Own, c)
	}
	// Exchange changes etags by itself (graph.md §12.15): keep the newest, so that the next write does
	// not meet a conflict that is none.
	for i := range d.own {
		o := &d.own[i]
		if e, seen := d.seen[o.Booking]; seen && !o.Pending && !decided[o.Booking] && e.ETag != o.ETag {
			round.Own = append(round.Own, OwnChange{Booking: o.Booking, Changes: o.Changes, Do: Learn, ETag: e.ETag, Content: o.Base})
		}
	}
	return after
}
