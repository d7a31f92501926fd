package dfdgqueue

import (
	"context"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Kind names a transport in rows and logs.
type Kind string

// Kinds of transport.
const (
	KindQueue Kind = "queue"
	KindWSRM  Kind = "wsrm"
	KindPush  Kind = "push"
)

// Message is one message as it came.
type Message struct {
	JobCenter planner.JobCenterCode
	Kind      Kind
	// Service is the message service or the body element's name.
	Service string
	// Body is the message's element, standing alone (all its namespaces declared within); or, when it was not even XML,
	// the bytes as they came. It holds a CPR number.
	Body []byte
	// ID and At stand in for MessageIdentifier and EnqueuedDateTime where the message has none. A zero ID means one
	// made from the content.
	ID uuid.UUID
	At time.Time
	// Gone tells that DFDG has the booking no longer; then there is no Body.
	Gone *uuid.UUID
}

// Transport brings a job centre's messages, one transfer at a time.
type Transport interface {
	// Kind of all its messages.
	Kind() Kind
	// Begin starts a transfer. Left names a transfer that an earlier run left open, "" when none is known; it is closed
	// first. Note is called with the new transfer's name before anything is fetched.
	Begin(ctx context.Context, jobCenter planner.JobCenterCode, left string, note func(context.Context, string) error) (Transfer, error)
}

// Transfer is a batch of messages on their way.
type Transfer interface {
	// Next gives the next message; false after the last. (Not io.EOF: a connection that breaks is one, too.)
	Next(ctx context.Context) (Message, bool, error)
	// Confirm lets the sender forget the messages, all of which are stored. Only after the last.
	Confirm(ctx context.Context) error
	// Abandon gives all messages back; they will come again.
	Abandon(ctx context.Context) error
	// More tells whether more messages are likely to wait than this transfer could hold.
	More() bool
}
