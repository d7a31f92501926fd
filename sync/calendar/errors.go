package calendar

import (
	"errors"
	"fmt"
	"time"
)

// ErrGone: the event is not in the mailbox (Graph: 404, or 400 for an id it cannot read).
var ErrGone = errors.New("event is gone")

// ErrConflict: the event changed since the etag that was sent (Graph: 412). Exchange also changes
// etags by itself, so the caller compares content before it calls this a conflict.
var ErrConflict = errors.New("event changed meanwhile")

// ErrResync: the delta link is no longer good; only a new full round helps (Graph: 410, or 400
// and 404 with a sync-state code).
var ErrResync = errors.New("delta link expired")

// ThrottledError: ask again no sooner than After, and about nothing else of this mailbox either.
// After is zero when the other side named no time.
type ThrottledError struct{ After time.Duration }

func (e *ThrottledError) Error() string { return fmt.Sprintf("throttled, retry after %s", e.After) }

// RetryAfter implements the advice interface that jobs reads.
func (e *ThrottledError) RetryAfter() time.Duration { return e.After }

// UnavailableError: the other side or the way to it failed for now (5xx, time-out, mailbox being
// moved). Nothing is known about whether a write took effect. Code is Graph's error code or ours.
type UnavailableError struct {
	Code  string
	After time.Duration
	Err   error
}

func (e *UnavailableError) Error() string {
	if e.Err == nil {
		return "graph unavailable: " + e.Code
	}
	return "graph unavailable: " + e.Code + ": " + e.Err.Error()
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// RetryAfter implements the advice interface that jobs reads.
func (e *UnavailableError) RetryAfter() time.Duration { return e.After }

// MailboxError: the mailbox as a whole cannot be used until a person acts. Nothing local may be
// deleted because of it.
type MailboxError struct {
	Reason MailboxReason
	Code   string // Graph's error code
}

// MailboxReason says what is wrong with a mailbox.
type MailboxReason string

// The reasons.
const (
	MailboxDenied  MailboxReason = "denied"  // 403: the app may not (or not yet) see it
	MailboxMissing MailboxReason = "missing" // 404: no such user, or no mailbox in Exchange Online
)

func (e *MailboxError) Error() string { return "mailbox " + string(e.Reason) + ": " + e.Code }

// DuplicateTransactionError: the transactionId was used before for an event with other content,
// which is Existing.
type DuplicateTransactionError struct{ Existing EventID }

func (e *DuplicateTransactionError) Error() string { return "transactionId already used" }

// RefusedError: Graph will not do this, now or later (other 4xx). Code is Graph's.
type RefusedError struct {
	Status int
	Code   string
}

func (e *RefusedError) Error() string { return fmt.Sprintf("graph refused: %d %s", e.Status, e.Code) }

// Permanent implements the advice interface that jobs reads.
func (e *RefusedError) Permanent() bool { return true }
