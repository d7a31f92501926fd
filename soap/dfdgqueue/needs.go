package dfdgqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// ErrOvertaken says that another worker has taken the queue over meanwhile.
var ErrOvertaken = errors.New("another worker polls this queue")

// Unstorable says that a message breaks a rule of the database: trying again would end alike.
type Unstorable struct{ Rule string }

func (u *Unstorable) Error() string { return fmt.Sprintf("message breaks %s in the database", u.Rule) }

// Received is a message to be stored.
type Received struct {
	Kind    Kind
	Service string
	// Summons is whole when Reason is empty; else it only identifies the message.
	Summons Summons
	// Reason that it cannot be understood, or need not be (Ignore).
	Reason Reason
	Detail string
	Ignore bool
	// Body is stored, sealed, while a person must look; never otherwise.
	Body []byte
	// Again tells that the message was stored before and is taken up once more.
	Again bool
}

// Verdict is what became of a message.
type Verdict struct {
	Decision
	// Repeated: it was there already, and nothing was done.
	Repeated bool
	// Overlaps: its meeting stands in the calendar although the time was not free.
	Overlaps bool
}

// Inbox stores messages with their effects.
type Inbox interface {
	// Receive does all of it in one transaction: it stores the message's row, unless it is there already; locks the booking and
	// reads what is known of it; asks decide; and carries the decision out, together with what follows (calendars are told). A
	// message with a Reason is only stored.
	Receive(ctx context.Context, r Received, decide func(Known) Decision) (Verdict, error)
	// Reopen reads a message that waits for a person.
	Reopen(ctx context.Context, message uuid.UUID) (Message, error)
}

// Lease is the right to poll a job centre's queue.
type Lease struct {
	Epoch int64
	// Transfer is the one that an earlier run left open, as far as known.
	Transfer string
}

// PollEnd is how a poll ended.
type PollEnd struct {
	At, Next time.Time
	// OK: the transfer was ended as it should. Else Code says in a word of ours what is wrong, and Text in Danish.
	OK         bool
	Code, Text string
}

// Pollers keeps one worker at a time at each queue, and what a run must know of the one before it.
type Pollers interface {
	// Lease takes the queue until then; false when it is another's.
	Lease(ctx context.Context, jobCenter planner.JobCenterCode, now, until time.Time) (Lease, bool, error)
	// Renew prolongs it. ErrOvertaken when it is another's by now.
	Renew(ctx context.Context, jobCenter planner.JobCenterCode, epoch int64, until time.Time) error
	// Note remembers which transfer is open, "" none. ErrOvertaken likewise.
	Note(ctx context.Context, jobCenter planner.JobCenterCode, epoch int64, transfer string) error
	// Release gives the queue back and stores how the poll ended.
	Release(ctx context.Context, jobCenter planner.JobCenterCode, epoch int64, end PollEnd) error
}

// Notice is a pushed notice: what changed, not what it is now.
type Notice struct {
	ID        uuid.UUID
	JobCenter planner.JobCenterCode
	Booking   uuid.UUID
	Change    int // 1 create, 2 update, 3 delete
	CPR       planner.CPR
	At        time.Time
}

// Notices keeps pushed notices until what they speak of was fetched.
type Notices interface {
	// AddNotice stores a notice and makes its job centre due. One that is there already is as good.
	AddNotice(ctx context.Context, n Notice) error
	// WaitingNotices gives the oldest ones.
	WaitingNotices(ctx context.Context, jobCenter planner.JobCenterCode, most int) ([]Notice, error)
	FinishNotices(ctx context.Context, ids []uuid.UUID) error
}

// Range is a run of message numbers, both ends included.
type Range struct{ Lower, Upper int64 }

// Sequence is one of standard WS-ReliableMessaging that is sent to us.
type Sequence struct {
	ID        string
	JobCenter planner.JobCenterCode
	State     string // "open", "closed", "terminated"
	Expires   time.Time
	Accepted  []Range
}

// Sequences keeps them.
type Sequences interface {
	CreateSequence(ctx context.Context, id string, jobCenter planner.JobCenterCode, expires time.Time) error
	Sequence(ctx context.Context, id string) (Sequence, bool, error)
	// Accept adds a number whose message is stored; false when the sequence takes no more.
	Accept(ctx context.Context, id string, number int64) ([]Range, bool, error)
	// EndSequence closes or terminates; false when there is none that could be.
	EndSequence(ctx context.Context, id, state string) ([]Range, bool, error)
}
