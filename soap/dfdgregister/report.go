package dfdgregister

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"kommunalplanner.example/soap/soapclient"
)

// Config configures a Reporter.
type Config struct {
	Outbox Outbox
	Client *Client
	// Claim is how long a worker that fell silent keeps a report; 2 minutes if zero. A call may take a quarter of it.
	Claim time.Duration
	// Most reports of one run; 200 if zero.
	Most int
	Now  func() time.Time
	Log  *slog.Logger
}

// Reporter sends what waits in the outbox. It may be used by several goroutines and several processes.
type Reporter struct{ cfg Config }

// NewReporter makes a Reporter. It panics when a part is missing.
func NewReporter(cfg Config) *Reporter {
	if cfg.Outbox == nil || cfg.Client == nil {
		panic("dfdgregister: Config needs Outbox and Client")
	}
	if cfg.Claim == 0 {
		cfg.Claim = 2 * time.Minute
	}
	if cfg.Most == 0 {
		cfg.Most = 200
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Reporter{cfg}
}

// Outcome is what a run did.
type Outcome struct {
	Sent, Unneeded, Refused, Postponed int
	// Next is when the next report is due; zero when none waits.
	Next time.Time
}

// Trouble is why a run was broken off: every further report would have met the same.
type Trouble struct {
	// Person tells that somebody must look; Text says in Danish at what.
	Person bool
	Text   string
	After  time.Duration
	Err    error
}

func (t *Trouble) Error() string { return "DFDG's register: " + t.Err.Error() }

func (t *Trouble) Unwrap() error { return t.Err }

// RetryAfter is when trying again makes sense.
func (t *Trouble) RetryAfter() time.Duration { return t.After }

// Report sends what is due, until nothing is or DFDG cannot be reached. Errors are *Trouble, the outbox's, or ctx's.
func (p *Reporter) Report(ctx context.Context) (Outcome, error) {
	var out Outcome
	for range p.cfg.Most {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		now := p.cfg.Now()
		r, got, err := p.cfg.Outbox.Claim(ctx, now, now.Add(p.cfg.Claim))
		if err != nil {
			return out, fmt.Errorf("claim a report: %w", err)
		}
		if !got {
			break
		}
		if err := p.one(ctx, r, &out); err != nil {
			return out, err
		}
	}
	next, err := p.cfg.Outbox.Next(ctx)
	if err != nil {
		return out, fmt.Errorf("look for the next report: %w", err)
	}
	out.Next = next
	return out, nil
}

// one sends one report and stores what came of it.
func (p *Reporter) one(ctx context.Context, r Report, out *Outcome) error {
	sent, err := p.send(ctx, r)
	if errors.Is(err, ErrLost) {
		return nil // another worker has it, and sees to everything
	}
	if ours := new(outboxError); errors.As(err, &ours) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err() // stopped: the claim runs out, and the row knows whether a call was made
	}
	end := End{At: p.cfg.Now()}
	log := p.cfg.Log.With("report", r.ID, "booking", r.Booking, "change", r.Change, "attempt", r.Attempt)
	if err == nil {
		if !sent {
			out.Unneeded++
			log.InfoContext(ctx, "report not needed by DFDG")
			return p.stored(p.cfg.Outbox.Unneeded(ctx, r, end))
		}
		out.Sent++
		log.InfoContext(ctx, "reported to DFDG")
		return p.stored(p.cfg.Outbox.Sent(ctx, r, end))
	}
	var fault *soapclient.Fault
	if errors.As(err, &fault) {
		end.Code = fault.Code
		a, text := meaning(fault.Code)
		end.Text = text
		switch {
		case a == aboutSetup:
			log.ErrorContext(ctx, "DFDG refuses our set-up", "code", fault.Code)
			return p.later(ctx, r, end, 15*time.Minute, false, true, err, out)
		case a == aboutPassing && r.Attempt < passingTries:
			log.WarnContext(ctx, "report postponed", "code", fault.Code)
			return p.later(ctx, r, end, p.pause(r.Attempt), false, false, nil, out)
		}
		out.Refused++
		log.WarnContext(ctx, "DFDG refuses a report", "code", fault.Code)
		return p.stored(p.cfg.Outbox.Refused(ctx, r, end))
	}
	pause := p.pause(r.Attempt)
	unclear := true
	end.Text = "DFDG's svar følger ikke kontrakten. Der prøves igen automatisk."
	var none *soapclient.NoAnswer
	if errors.As(err, &none) {
		unclear = none.Sent
		pause = max(pause, none.RetryAfter)
		end.Text = "DFDG svarer ikke. Der prøves igen automatisk."
	}
	log.WarnContext(ctx, "report postponed", "error", soapclient.Redact(err.Error()), "unclear", unclear)
	return p.later(ctx, r, end, pause, unclear, false, err, out)
}

// later postpones a report. With stop the run ends, since every other report would meet the same.
func (p *Reporter) later(ctx context.Context, r Report, end End, pause time.Duration, unclear, person bool, stop error, out *Outcome) error {
	out.Postponed++
	if err := p.stored(p.cfg.Outbox.Postpone(ctx, r, end.At.Add(pause), unclear, end)); err != nil {
		return err
	}
	if stop == nil {
		return nil
	}
	return &Trouble{Person: person, Text: end.Text, After: pause, Err: stop}
}

// pause grows from ten seconds to a quarter of an hour, with a tenth of chance so that many do not come at once.
func (p *Reporter) pause(attempt int) time.Duration {
	d := 15 * time.Minute
	if attempt < 8 {
		d = min(d, 10*time.Second<<max(attempt-1, 0))
	}
	return d + rand.N(d/10)
}

type outboxError struct{ err error }

func (o *outboxError) Error() string { return o.err.Error() }

func (o *outboxError) Unwrap() error { return o.err }

func (p *Reporter) stored(err error) error {
	if err == nil || errors.Is(err, ErrLost) {
		return nil
	}
	return &outboxError{fmt.Errorf("store what came of a report: %w", err)}
}

// send makes the calls of one report. False: DFDG needs not be told.
func (p *Reporter) send(ctx context.Context, r Report) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Claim/4)
	defer cancel()
	has := r.InDFDG
	if r.Asked {
		// Somebody called and never learnt what came of it.
		held, err := p.cfg.Client.Get(ctx, r)
		if err != nil {
			return false, err
		}
		if done(r, held) {
			return true, nil
		}
		has = held != HeldNothing
	}
	switch {
	case r.Change == Cancelled && !has:
		return false, nil
	case r.Change == Cancelled:
		err := p.call(ctx, r, p.cfg.Client.Delete)
		if unknownThere(err) {
			return false, nil
		}
		return true, err
	case has:
		err := p.call(ctx, r, p.cfg.Client.Update)
		if !unknownThere(err) {
			return true, err
		}
		held, getErr := p.cfg.Client.Get(ctx, r)
		if getErr != nil {
			return true, getErr
		}
		if held == HeldCancelled {
			return false, nil // called off by another system, whose message is on its way: never called to life again
		}
	}
	err := p.call(ctx, r, p.cfg.Client.Create)
	var fault *soapclient.Fault
	if !errors.As(err, &fault) {
		return true, err
	}
	if a, _ := meaning(fault.Code); a == aboutSetup {
		return true, err
	}
	// Refused perhaps because it is there already: our rows may be older than what was done (a restored backup).
	held, getErr := p.cfg.Client.Get(ctx, r)
	switch {
	case getErr != nil:
		return true, err
	case held == HeldSame:
		return true, nil
	case held == HeldCancelled:
		return false, nil
	case held == HeldOther:
		return true, p.call(ctx, r, p.cfg.Client.Update)
	}
	return true, err
}

// done tells whether DFDG has what the report says.
func done(r Report, held Held) bool {
	if r.Change == Cancelled {
		return held == HeldCancelled || held == HeldNothing
	}
	return held == HeldSame
}

func unknownThere(err error) bool {
	var fault *soapclient.Fault
	if !errors.As(err, &fault) {
		return false
	}
	a, _ := meaning(fault.Code)
	return a == aboutUnknown
}

// call remembers that DFDG is asked, then asks.
func (p *Reporter) call(ctx context.Context, r Report, do func(context.Context, Report) error) error {
	if err := p.cfg.Outbox.MarkAsked(ctx, r, p.cfg.Now()); err != nil {
		if errors.Is(err, ErrLost) {
			return err
		}
		return &outboxError{fmt.Errorf("remember that DFDG is asked: %w", err)}
	}
	return do(ctx, r)
}
