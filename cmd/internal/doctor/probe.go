package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/sync/calendar"
)

const (
	// probeStamp marks the doctor's events. It is no booking's, which are UUIDs.
	probeStamp   = "planner-doctor"
	probeSubject = "Kommunal Planner: prøve, slettes straks"
	// cleanUpTime is how long is spent on leaving nothing behind, also after Ctrl-C.
	cleanUpTime = 45 * time.Second
	cleanUpTry  = 4
)

// leftBehindError: the probe may lie in the mailbox still.
type leftBehindError struct {
	at  time.Time
	err error
}

func (e *leftBehindError) Error() string {
	return "a trial event could not be deleted: " + e.err.Error()
}
func (e *leftBehindError) Unwrap() error { return e.err }

// probeAt is a minute at night three years ahead, beyond every window that is read.
func probeAt(now time.Time) time.Time {
	l := now.In(calendar.Copenhagen())
	return time.Date(l.Year()+3, l.Month(), 1, 4, 0, 0, 0, l.Location()).UTC()
}

func probeDay(at time.Time) string {
	return at.In(calendar.Copenhagen()).Format("2 January 2006 15:04")
}

// probe makes an event, reads it back, moves it and deletes it.
func probe(ctx context.Context, p Patient, user string) (err error) {
	at := probeAt(p.Now())
	made := calendar.EventID("")
	defer func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
		defer cancel()
		if cerr := cleanUp(after, p.Graph, user, made); cerr != nil {
			err = errors.Join(&leftBehindError{at, cerr}, err)
		}
	}()
	draft := calendar.Draft{
		Owned: calendar.Owned{Start: at, End: at.Add(time.Minute), ShowAs: calendar.Free, Subject: probeSubject},
		Body:  "Planneren prøver, om den kan skrive i kalenderen. Aftalen slettes straks.", Stamp: probeStamp,
	}
	transaction := uuid.NewString()
	w, err := p.Graph.Create(ctx, user, draft, transaction)
	if _, unknown := errors.AsType[*calendar.UnavailableError](err); unknown {
		// It may have been made, or be made yet: the same again tells its id and makes no second one.
		w, err = p.Graph.Create(context.WithoutCancel(ctx), user, draft, transaction)
	}
	if err != nil {
		return fmt.Errorf("make an event: %w", err)
	}
	made = w.ID
	if err := seen(ctx, p.Graph, user, w.ID, draft.Owned); err != nil {
		return err
	}
	moved := draft.Owned
	moved.Start, moved.End = moved.Start.Add(time.Minute), moved.End.Add(time.Minute)
	if _, err := p.Graph.Update(ctx, user, w.ID, moved, ""); err != nil {
		return fmt.Errorf("move an event: %w", err)
	}
	return seen(ctx, p.Graph, user, w.ID, moved)
}

// seen tells whether the event is in the mailbox as it was written: a write may be answered well and do nothing.
func seen(ctx context.Context, g Graph, user string, id calendar.EventID, want calendar.Owned) error {
	e, err := g.Event(ctx, user, id, true)
	if err != nil {
		return fmt.Errorf("read an event back: %w", err)
	}
	if e.Owned == nil || e.Owned.Fingerprint() != want.Fingerprint() {
		return errors.New("what was written is not what is in the mailbox")
	}
	return nil
}

// cleanUp deletes the event and whatever else carries the doctor's stamp: of a creation that got no answer, or of a
// doctor that was killed.
func cleanUp(ctx context.Context, g Graph, user string, made calendar.EventID) error {
	var err error
	for range cleanUpTry {
		if made != "" {
			if err = remove(ctx, g, user, made); err != nil {
				continue
			}
			made = ""
		}
		var all []calendar.Event
		if all, err = g.FindStamped(ctx, user, probeStamp); err != nil {
			var denied *calendar.MailboxError
			if errors.As(err, &denied) {
				return nil // where nothing may be read, nothing was made
			}
			continue
		}
		for _, e := range all {
			err = errors.Join(err, remove(ctx, g, user, e.ID))
		}
		if err == nil {
			return nil
		}
	}
	return err
}

// remove deletes for good, or into the deleted items where that is not to be had.
func remove(ctx context.Context, g Graph, user string, id calendar.EventID) error {
	err := g.Purge(ctx, user, id)
	var refused *calendar.RefusedError
	if errors.As(err, &refused) {
		err = g.Delete(ctx, user, id)
	}
	if errors.Is(err, calendar.ErrGone) {
		return nil
	}
	return err
}
