package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
)

// Bounds of a snooze: not so short that a busy other side is hammered, not so long that a unique job mutes
// its mailbox for a workday.
const (
	shortestSnooze = time.Second
	longestSnooze  = time.Hour
)

// outcome translates a worker's error for River.
func outcome(ctx context.Context, err error) error {
	var (
		wait   interface{ RetryAfter() time.Duration }
		never  interface{ Permanent() bool }
		broken *calendar.MailboxError
	)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return err // stopped from outside: River knows
	case errors.Is(err, mailbox.ErrFenced):
		return nil // the newer run sees to everything
	case errors.As(err, &broken):
		return nil // stored as the mailbox's state; the sweep looks again
	case errors.As(err, &wait):
		return river.JobSnooze(jittered(min(max(wait.RetryAfter(), shortestSnooze), longestSnooze)))
	case errors.As(err, &never) && never.Permanent():
		return river.JobCancel(err)
	default:
		return err
	}
}

// jittered adds up to a tenth, never less than asked: those who were told the same instant must not come
// together, and nobody before it.
func jittered(d time.Duration) time.Duration { return d + rand.N(d/10+time.Millisecond) }

// retryIn spaces attempts after faults of our own: 1 s, 16 s, 81 s … at most five minutes, so that a
// unique job does not mute its mailbox for days.
func retryIn(attempt int) time.Duration {
	d := time.Duration(attempt*attempt*attempt*attempt) * time.Second
	return jittered(min(d, 5*time.Minute))
}
