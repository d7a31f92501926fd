package calendar

import "time"

// Subscription is Graph's promise to tell us of changes in a mailbox until Expires (UTC). Several
// may exist for one mailbox after a crash between making one and storing it.
type Subscription struct {
	ID string
	// Resource is what it watches, as Graph tells it ("users/{id}/events"). Find the mailbox by ID
	// where it is known, since Graph writes the same resource in several ways.
	Resource        string
	NotificationURL string
	Expires         time.Time
}
