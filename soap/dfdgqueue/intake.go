package dfdgqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
)

// IntakeConfig configures an Intake.
type IntakeConfig struct {
	Inbox Inbox
	// Codes are the numbers of code lists; DefaultCodes if zero.
	Codes Codes
	// Services are the message services that carry bookings; GetIndkaldelseVersion1 if nil.
	Services []string
	// Ignore are message services that a job centre gets and this program has no use for: their messages are stored without
	// content and shown to nobody.
	Ignore []string
	Now    func() time.Time
	Log    *slog.Logger
}

// Intake takes messages in, however they came. It may be used by several goroutines.
type Intake struct{ cfg IntakeConfig }

// NewIntake makes an Intake. It panics without Inbox.
func NewIntake(cfg IntakeConfig) *Intake {
	if cfg.Inbox == nil {
		panic("dfdgqueue: IntakeConfig.Inbox is required")
	}
	if cfg.Codes.Statuses == nil {
		cfg.Codes = DefaultCodes()
	}
	if cfg.Services == nil {
		cfg.Services = []string{serviceIndkaldelse}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Intake{cfg}
}

// Take stores a message and its effect. When it returns without error the message is safe and the sender may
// forget it, whatever the verdict. An error means that nothing is stored and the message must come again.
func (in *Intake) Take(ctx context.Context, m Message) (Verdict, error) {
	return in.take(ctx, m, false)
}

// Retry takes up a message that waits for a person, after whatever it waited for was seen to.
func (in *Intake) Retry(ctx context.Context, message uuid.UUID) (Verdict, error) {
	m, err := in.cfg.Inbox.Reopen(ctx, message)
	if err != nil {
		return Verdict{}, err
	}
	return in.take(ctx, m, true)
}

func (in *Intake) take(ctx context.Context, m Message, again bool) (Verdict, error) {
	if m.At.IsZero() {
		m.At = in.cfg.Now()
	}
	s, err := Understand(m, in.cfg.Codes)
	r := Received{Kind: m.Kind, Service: m.Service, Summons: s, Body: m.Body, Again: again}
	switch {
	case slices.Contains(in.cfg.Ignore, m.Service):
		r.Reason, r.Ignore, r.Body = ReasonForeignService, true, nil
	case m.Gone == nil && m.Kind != KindWSRM && !slices.Contains(in.cfg.Services, m.Service):
		r.Reason, r.Detail = ReasonUnreadable, "service is not known"
	case err != nil:
		r.Reason, r.Detail = ReasonUnreadable, err.Error()
	}
	verdict, err := in.cfg.Inbox.Receive(ctx, r, func(k Known) Decision { return Decide(k, s) })
	var unstorable *Unstorable
	if errors.As(err, &unstorable) && r.Reason == "" {
		r.Reason, r.Detail = ReasonUnreadable, unstorable.Error()
		verdict, err = in.cfg.Inbox.Receive(ctx, r, nil)
	}
	if err != nil {
		return Verdict{}, fmt.Errorf("take in message %s: %w", s.MessageID, err)
	}
	if !verdict.Repeated {
		in.cfg.Log.InfoContext(ctx, "message from DFDG taken in", "message", s.MessageID, "booking", s.Booking, "jobCenter", m.JobCenter,
			"transport", m.Kind, "verb", verdict.Verb, "reason", verdict.Reason, "detail", r.Detail, "overlaps", verdict.Overlaps)
	}
	return verdict, nil
}
