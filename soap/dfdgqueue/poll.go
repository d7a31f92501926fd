package dfdgqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/soapclient"
)

// PollerConfig configures a Poller.
type PollerConfig struct {
	Transport Transport
	Intake    *Intake
	Pollers   Pollers
	// Interval between polls when nothing more waits; 5 minutes if zero, at most 10 (STAR: "every 10 minutes or more often").
	Interval time.Duration
	// Lease is how long a worker that fell silent keeps the queue; 2 minutes if zero. It must be longer than one call may take.
	Lease time.Duration
	Now   func() time.Time
	Log   *slog.Logger
}

// Poller fetches a job centre's messages. It may be used by several goroutines and by several processes.
type Poller struct{ cfg PollerConfig }

// NewPoller makes a Poller. It panics when a part is missing.
func NewPoller(cfg PollerConfig) *Poller {
	if cfg.Transport == nil || cfg.Intake == nil || cfg.Pollers == nil {
		panic("dfdgqueue: PollerConfig needs Transport, Intake and Pollers")
	}
	if cfg.Interval <= 0 {
		cfg.Interval = 5 * time.Minute
	}
	cfg.Interval = min(cfg.Interval, 10*time.Minute)
	if cfg.Lease == 0 {
		cfg.Lease = 2 * time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Poller{cfg}
}

// Outcome is what a poll did.
type Outcome struct {
	// Busy: another worker polls this queue; nothing was done.
	Busy bool
	// Messages were handed over; of these Repeats were there already, Changed changed a booking, ForPerson wait for one.
	Messages, Repeats, Changed, ForPerson int
	// Next is when to poll again: at once when more is likely to wait.
	Next time.Time
}

// Trouble is why a poll failed. Its text is without message content.
type Trouble struct {
	Code string // "unavailable", "refused", "broken" (an answer against the contract), "store", "overtaken"
	// Person tells that trying again is not likely to help: somebody must look.
	Person bool
	After  time.Duration
	Err    error
}

func (t *Trouble) Error() string { return "DFDG's queue: " + t.Code + ": " + t.Err.Error() }

func (t *Trouble) Unwrap() error { return t.Err }

// RetryAfter is when trying again makes sense.
func (t *Trouble) RetryAfter() time.Duration { return t.After }

// Text is for administrators.
func (t *Trouble) Text() string {
	switch t.Code {
	case "unavailable":
		return "DFDG svarer ikke. Der prøves igen automatisk."
	case "refused":
		return "DFDG afviser kaldet. Kontrollér funktionscertifikatet, jobcenterets tilslutning og abonnementet hos STAR."
	case "broken":
		return "DFDG's svar følger ikke kontrakten. Kontakt STAR's support, hvis det fortsætter."
	case "store":
		return "Beskeden kunne ikke gemmes i databasen. Der prøves igen automatisk."
	}
	return "En anden proces henter fra køen."
}

// Poll makes one transfer: it fetches what waits, takes each message in, and lets DFDG forget them. Whatever fails,
// what was taken in stays so, and the rest comes again. Errors are *Trouble, or ctx's.
func (p *Poller) Poll(ctx context.Context, jobCenter planner.JobCenterCode) (Outcome, error) {
	now := p.cfg.Now()
	out := Outcome{Next: now.Add(p.cfg.Interval)}
	lease, got, err := p.cfg.Pollers.Lease(ctx, jobCenter, now, now.Add(p.cfg.Lease))
	if err != nil {
		return out, p.trouble(ctx, &storeError{err})
	}
	if !got {
		out.Busy = true
		return out, nil
	}
	run := &run{Poller: p, jobCenter: jobCenter, epoch: lease.Epoch, renewed: now}
	more, err := run.transfer(ctx, lease.Transfer, &out)
	if more {
		out.Next = p.cfg.Now()
	}
	end := PollEnd{At: p.cfg.Now(), Next: out.Next, OK: err == nil}
	if err != nil {
		err = p.trouble(ctx, err)
		var trouble *Trouble
		if errors.As(err, &trouble) {
			end.Code, end.Text = trouble.Code, trouble.Text()
			out.Next = end.At.Add(max(trouble.After, time.Second))
			end.Next = out.Next
		}
		p.cfg.Log.WarnContext(ctx, "DFDG's queue was not emptied", "jobCenter", jobCenter, "code", end.Code, "error", soapclient.Redact(err.Error()))
	}
	// Also when ctx is over: else the queue would be nobody's until the lease ends.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if releaseErr := p.cfg.Pollers.Release(after, jobCenter, lease.Epoch, end); releaseErr != nil && err == nil && !errors.Is(releaseErr, ErrOvertaken) {
		err = p.trouble(ctx, &storeError{releaseErr})
	}
	if out.Messages > 0 {
		p.cfg.Log.InfoContext(ctx, "DFDG's queue polled", "jobCenter", jobCenter, "messages", out.Messages, "repeats", out.Repeats,
			"changed", out.Changed, "forPerson", out.ForPerson, "more", more)
	}
	return out, err
}

// run is one poll under way.
type run struct {
	*Poller
	jobCenter planner.JobCenterCode
	epoch     int64
	renewed   time.Time
}

func (r *run) note(ctx context.Context, name string) error {
	return store(r.cfg.Pollers.Note(ctx, r.jobCenter, r.epoch, name))
}

func (r *run) transfer(ctx context.Context, left string, out *Outcome) (more bool, err error) {
	t, err := r.cfg.Transport.Begin(ctx, r.jobCenter, left, r.note)
	if err != nil {
		return false, err
	}
	if err := r.messages(ctx, t, out); err != nil {
		// Given back at once, so that nobody waits for the next poll; if this fails too, the next run does it by the note.
		back, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if t.Abandon(back) == nil {
			_ = r.note(back, "")
		}
		return false, err
	}
	// All is committed: only now may DFDG forget; and it shall, also when ctx ends now.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := t.Confirm(last); err != nil {
		return false, err
	}
	return t.More(), r.note(last, "")
}

func (r *run) messages(ctx context.Context, t Transfer, out *Outcome) error {
	for {
		m, more, err := t.Next(ctx)
		if err != nil || !more {
			return err
		}
		verdict, err := r.cfg.Intake.Take(ctx, m)
		if err != nil {
			return &storeError{err}
		}
		out.Messages++
		switch {
		case verdict.Repeated:
			out.Repeats++
		case verdict.Verb == VerbWait:
			out.ForPerson++
		case verdict.Verb == VerbCreate, verdict.Verb == VerbMove, verdict.Verb == VerbCancel:
			out.Changed++
		}
		if now := r.cfg.Now(); now.Sub(r.renewed) > r.cfg.Lease/4 {
			if err := store(r.cfg.Pollers.Renew(ctx, r.jobCenter, r.epoch, now.Add(r.cfg.Lease))); err != nil {
				return err
			}
			r.renewed = now
		}
	}
}

// storeError marks errors of our own database.
type storeError struct{ err error }

func (s *storeError) Error() string { return s.err.Error() }

func (s *storeError) Unwrap() error { return s.err }

func store(err error) error {
	if err == nil {
		return nil
	}
	return &storeError{err}
}

// trouble sorts an error by what to do next.
func (p *Poller) trouble(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var (
		fault *soapclient.Fault
		none  *soapclient.NoAnswer
		ours  *storeError
	)
	switch {
	case errors.Is(err, ErrOvertaken):
		return &Trouble{Code: "overtaken", After: p.cfg.Interval, Err: err}
	case errors.As(err, &ours):
		return &Trouble{Code: "store", After: 30 * time.Second, Err: err}
	case errors.As(err, &none) && none.HTTPStatus/100 == 4 && none.HTTPStatus != 429 && none.HTTPStatus != 408:
		return &Trouble{Code: "refused", Person: true, After: p.cfg.Interval, Err: err}
	case errors.As(err, &none):
		return &Trouble{Code: "unavailable", After: max(none.RetryAfter, time.Minute), Err: err}
	case errors.As(err, &fault) && (fault.Code == 1011 || fault.Code == 1100):
		return &Trouble{Code: "unavailable", After: time.Minute, Err: err}
	case errors.As(err, &fault):
		return &Trouble{Code: "refused", Person: true, After: p.cfg.Interval, Err: err}
	}
	return &Trouble{Code: "broken", Person: true, After: p.cfg.Interval, Err: fmt.Errorf("poll: %w", err)}
}
