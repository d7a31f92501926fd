package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// Syncer runs mailboxes. Its methods may be called from several goroutines; for one mailbox the
// caller sees to it that runs do not overlap (the epoch catches those that do).
type Syncer struct {
	Graph    Graph
	Store    Store
	Bookings Bookings
	Now      func() time.Time
	Log      *slog.Logger
}

// Result tells what a run that succeeded saw and did.
type Result struct {
	// Generation is the newest wake-up that the run has taken into account.
	Generation int64
	Full       bool
	Held       bool // the brake refused the plan
	Writes     int  // at Graph
	Blocks     int  // put or deleted
}

// Sync runs the mailbox once. Errors are those of package calendar, ErrFenced, or of the store; how
// the run ended is stored before it returns.
func (s *Syncer) Sync(ctx context.Context, mailbox int64) (Result, error) {
	run, err := s.Store.Begin(ctx, mailbox, s.Now())
	if err != nil {
		return Result{}, fmt.Errorf("begin run of mailbox %d: %w", mailbox, err)
	}
	if run.State == "paused" {
		return Result{Generation: run.Generation}, nil
	}
	if wait := run.PausedUntil.Sub(s.Now()); wait > 0 {
		return Result{}, &calendar.ThrottledError{After: wait}
	}
	work, cancel := within(ctx)
	defer cancel()
	res, err := s.run(work, run)
	if err == nil {
		return res, nil
	}
	err = tooSlow(work, err)
	if errors.Is(err, ErrFenced) || ctx.Err() != nil {
		return res, err
	}
	err = advise(err, run)
	if f, ok := failureOf(err, s.Now(), run); ok {
		s.Log.WarnContext(ctx, "mailbox run ended early", "mailbox", mailbox, "code", f.Code, "pause_until", f.PauseUntil, "quarantine_if_others_are_well", f.Quarantine)
		if ferr := s.Store.Failed(ctx, run, f); ferr != nil && !errors.Is(ferr, ErrFenced) {
			return res, errors.Join(err, fmt.Errorf("store failure of mailbox %d: %w", mailbox, ferr))
		}
	}
	return res, err
}

func (s *Syncer) run(ctx context.Context, run Run) (Result, error) {
	res := Result{Generation: run.Generation}
	found := newAbsences()
	own, err := s.pushPending(ctx, run, run.Own, &res, found)
	if err != nil {
		return res, err
	}
	if run.QuarantinedUntil.After(s.Now()) {
		return res, nil // bookings are written; reading would only hold a worker
	}
	again, err := s.pull(ctx, run, own, found.gone, &res)
	if err != nil || !again {
		return res, err
	}
	if own, err = s.Store.Own(ctx, run); err != nil {
		return res, fmt.Errorf("read own events: %w", err)
	}
	_, err = s.pushPending(ctx, run, own, &res, nil)
	return res, err
}

// advise puts a waiting time into an error of the other side that names none: it grows with the failures
// in a row, up to five minutes, and half as much again differs from mailbox to mailbox, so that after an outage
// they do not come back together.
func advise(err error, run Run) error {
	wait := min(5*time.Second<<min(run.Failures, 10), 5*time.Minute)
	wait += spread(run.Mailbox, "after "+strconv.Itoa(run.Failures), wait/2)
	var throttled *calendar.ThrottledError
	if errors.As(err, &throttled) && throttled.After == 0 {
		return fmt.Errorf("%w (%w)", &calendar.ThrottledError{After: wait}, err)
	}
	var unavailable *calendar.UnavailableError
	if errors.As(err, &unavailable) && unavailable.After == 0 {
		return &calendar.UnavailableError{Code: unavailable.Code, After: wait, Err: err}
	}
	if errors.Is(err, calendar.ErrResync) {
		return &calendar.UnavailableError{Code: "resync", After: wait, Err: err}
	}
	return err
}

// failureOf says how a failed run is remembered; false for errors that are not about the mailbox.
func failureOf(err error, now time.Time, run Run) (Failure, bool) {
	f := Failure{At: now, NextSweep: nextSweep(now, run.Mailbox)}
	var (
		throttled   *calendar.ThrottledError
		unavailable *calendar.UnavailableError
		broken      *calendar.MailboxError
		refused     *calendar.RefusedError
	)
	switch {
	case errors.As(err, &throttled):
		f.Code, f.PauseUntil = "throttled", now.Add(throttled.After)
	case errors.As(err, &unavailable):
		f.Code, f.Counts, f.Sick = unavailable.Code, true, sick(err)
		if f.Sick && run.SickRounds >= sickBefore {
			f.Quarantine = now.Add(quarantine(run.Quarantines))
		}
	case errors.As(err, &broken):
		f.Code, f.State, f.Counts = broken.Code, string(broken.Reason), true
	case errors.As(err, &refused):
		f.Code, f.Counts = refused.Code, true
	default:
		return Failure{}, false
	}
	return f, true
}
