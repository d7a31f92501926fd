package mailbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/translate"
)

// transactionSpace makes transaction ids: one per booking and intended creation.
var transactionSpace = uuid.MustParse("6f1f3c1e-6f0b-4a52-9a3a-0d1f1f6c7d55")

func transactionID(booking uuid.UUID, generation int) string {
	return uuid.NewSHA1(transactionSpace, fmt.Appendf(nil, "%s/%d", booking, generation)).String()
}

// pushPending writes to Graph what differs from the Planner, one event after the other, and gives our events
// as they are then. An event that Graph refuses for good is flagged and does not stop the others; anything else
// ends the run. a is given before the round was read: then an event that is not found may only have another id, and
// is left alone if so.
func (s *Syncer) pushPending(ctx context.Context, run Run, own []Own, res *Result, a *absences) ([]Own, error) {
	pushed := false
	for _, o := range own {
		if !o.Pending || o.Flagged || o.Displaced {
			continue
		}
		pushed = true
		err := s.pushOne(ctx, run, o, res, a)
		var refused *calendar.RefusedError
		if errors.As(err, &refused) {
			err = s.change(ctx, run, OwnChange{Booking: o.Booking, Changes: o.Changes, Do: Flag}, reconcile.Flag, reconcile.ReasonRefused, "code", refused.Code)
		}
		if err != nil {
			return nil, err
		}
	}
	if !pushed {
		return own, nil
	}
	own, err := s.Store.Own(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("read own events: %w", err)
	}
	return own, nil
}

func (s *Syncer) pushOne(ctx context.Context, run Run, o Own, res *Result, a *absences) error {
	if o.Meeting == nil {
		return s.remove(ctx, run, o, res, a)
	}
	want := translate.Event(*o.Meeting)
	if o.EventID == "" {
		var err error
		if o, err = s.create(ctx, run, o, want, res); err != nil {
			return err
		}
		if o.Base == version(want) {
			return nil
		}
	}
	return s.update(ctx, run, o, want, res, a)
}

// create makes the event, or finds the one that an earlier try made: the transaction id and the content
// of the first try are sent again as they were (graph.md §12.2, 12.3).
func (s *Syncer) create(ctx context.Context, run Run, o Own, want calendar.Draft, res *Result) (Own, error) {
	if o.TransactionID == "" || o.Sent == nil {
		o.TransactionID, o.Sent = transactionID(o.Booking, o.Generation), &want
		if err := s.Store.Prepare(ctx, run, o.Booking, o.TransactionID, want); err != nil {
			return o, fmt.Errorf("prepare the event of booking %s: %w", o.Booking, err)
		}
	}
	content := version(*o.Sent)
	w, err := s.Graph.Create(ctx, run.User, *o.Sent, o.TransactionID)
	res.Writes++
	var duplicate *calendar.DuplicateTransactionError
	if errors.As(err, &duplicate) && duplicate.Existing != "" {
		// Ours, from an earlier try with other words: take it, and let the update mend it.
		w, content, err = calendar.Written{ID: duplicate.Existing}, "", nil
	}
	if err != nil {
		return o, fmt.Errorf("create the event of booking %s: %w", o.Booking, err)
	}
	o.EventID, o.ETag, o.Base = w.ID, w.ETag, content
	c := OwnChange{Booking: o.Booking, Changes: o.Changes, Do: Remember, EventID: w.ID, ETag: w.ETag, Content: content}
	if content != version(want) {
		c.Do = Learn
	}
	return o, s.change(ctx, run, c, reconcile.CreateRemote, reconcile.ReasonNew)
}

// mostConflicts is how often an update may meet another etag before the run gives up for now: somebody, or some
// program, writes to the event all the time.
const mostConflicts = 3

// update writes our fields, on the strength of an etag always: a run that was overtaken would else write an older time
// over a newer one. Another etag is first looked at: Exchange changes etags by itself, and only other content is
// an edit (graph.md §12.15). The Planner wins either way; an edit is noted.
func (s *Syncer) update(ctx context.Context, run Run, o Own, want calendar.Draft, res *Result, a *absences) error {
	reason := reconcile.ReasonChangedByOwner
	if o.Restores > 0 {
		reason = reconcile.ReasonRestored
	}
	for conflicts := 0; ; conflicts++ {
		if o.ETag == "" || conflicts > 0 {
			e, err := s.Graph.Event(ctx, run.User, o.EventID, true)
			if errors.Is(err, calendar.ErrGone) {
				return s.lost(ctx, run, o, res, a)
			}
			if err != nil {
				return fmt.Errorf("look at the event of booking %s: %w", o.Booking, err)
			}
			if e.Owned != nil && o.Base != "" && reconcile.Version(e.Owned.Fingerprint()) != o.Base {
				reason = reconcile.ReasonBothChanged
			}
			o.ETag = e.ETag
			// After the etag was read: what a newer run writes from here on gives the event another one.
			if err := s.Store.Current(ctx, run); err != nil {
				return fmt.Errorf("update the event of booking %s: %w", o.Booking, err)
			}
		}
		w, err := s.Graph.Update(ctx, run.User, o.EventID, want.Owned, o.ETag)
		res.Writes++
		switch {
		case err == nil:
			return s.change(ctx, run, OwnChange{Booking: o.Booking, Changes: o.Changes, Do: Remember, EventID: o.EventID, ETag: w.ETag, Content: version(want)}, reconcile.UpdateRemote, reason)
		case errors.Is(err, calendar.ErrGone):
			return s.lost(ctx, run, o, res, a)
		case !errors.Is(err, calendar.ErrConflict):
			return fmt.Errorf("update the event of booking %s: %w", o.Booking, err)
		case conflicts >= mostConflicts:
			return &calendar.UnavailableError{Code: "conflict-without-end"}
		}
	}
}

// lost handles an event that was to be updated and is not there: deleted in Outlook, unless the mailbox was moved.
func (s *Syncer) lost(ctx context.Context, run Run, o Own, res *Result, a *absences) error {
	if a != nil {
		if doubt, err := s.doubt(ctx, run, o, a); doubt || err != nil {
			return err
		}
	}
	c := OwnChange{Booking: o.Booking, Changes: o.Changes, Do: Recreate}
	if err := s.change(ctx, run, c, reconcile.CreateRemote, reconcile.ReasonChangedAndDeleted); err != nil {
		return err
	}
	o.EventID, o.ETag, o.Base, o.TransactionID, o.Sent = "", "", "", "", nil
	o.Generation++
	return s.pushOne(ctx, run, o, res, a)
}

// remove deletes the event. A creation whose outcome is unknown is first completed, to learn its id.
func (s *Syncer) remove(ctx context.Context, run Run, o Own, res *Result, a *absences) error {
	if o.EventID == "" && o.TransactionID != "" && o.Sent != nil {
		w, err := s.Graph.Create(ctx, run.User, *o.Sent, o.TransactionID)
		res.Writes++
		var duplicate *calendar.DuplicateTransactionError
		if errors.As(err, &duplicate) {
			w, err = calendar.Written{ID: duplicate.Existing}, nil
		}
		if err != nil {
			return fmt.Errorf("find the event of booking %s: %w", o.Booking, err)
		}
		o.EventID = w.ID
		// Stored before it is deleted, so that it is known as replaced when somebody restores it (graph.md §12.6).
		c := OwnChange{Booking: o.Booking, Changes: o.Changes, Do: Learn, EventID: w.ID, ETag: w.ETag}
		if err := s.change(ctx, run, c, reconcile.CreateRemote, reconcile.ReasonNew); err != nil {
			return err
		}
	}
	if o.EventID != "" {
		// A run that was overtaken must not delete what a newer one wants back.
		if err := s.Store.Current(ctx, run); err != nil {
			return fmt.Errorf("delete the event of booking %s: %w", o.Booking, err)
		}
		err := s.Graph.Delete(ctx, run.User, o.EventID)
		res.Writes++
		if a != nil && errors.Is(err, calendar.ErrGone) {
			if doubt, err := s.doubt(ctx, run, o, a); doubt || err != nil {
				return err
			}
		} else if err != nil && !errors.Is(err, calendar.ErrGone) {
			return fmt.Errorf("delete the event of booking %s: %w", o.Booking, err)
		}
	}
	return s.change(ctx, run, OwnChange{Booking: o.Booking, Changes: o.Changes, Do: Forget}, reconcile.DeleteRemote, reconcile.ReasonRemovedByOwner)
}

func (s *Syncer) change(ctx context.Context, run Run, c OwnChange, verb reconcile.Verb, reason reconcile.Reason, more ...any) error {
	n := Note{At: s.Now(), Kind: "booking", Item: c.Booking.String(), Verb: verb, Reason: reason}
	s.Log.InfoContext(ctx, "carried out", append([]any{"mailbox", run.Mailbox, "kind", n.Kind, "item", n.Item, "verb", verb, "reason", reason}, more...)...)
	if err := s.Store.Change(ctx, run, c, n); err != nil {
		return fmt.Errorf("store the outcome for booking %s: %w", c.Booking, err)
	}
	return nil
}

func version(d calendar.Draft) reconcile.Version { return reconcile.Version(d.Fingerprint()) }
