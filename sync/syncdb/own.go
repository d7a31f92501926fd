package syncdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
)

// Prepare implements mailbox.Store.
func (s *Store) Prepare(ctx context.Context, run mailbox.Run, booking uuid.UUID, transactionID string, d calendar.Draft) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode the event of booking %s: %w", booking, err)
	}
	return s.fenced(ctx, run, func(q *dbsqlc.Queries) {
		_ = q.PrepareOwn(ctx, dbsqlc.PrepareOwnParams{BookingID: booking, MailboxID: run.Mailbox, TransactionID: &transactionID, CreateBody: body})
	})
}

// Change implements mailbox.Store.
func (s *Store) Change(ctx context.Context, run mailbox.Run, c mailbox.OwnChange, n mailbox.Note) error {
	return s.fenced(ctx, run, func(q *dbsqlc.Queries) {
		changeOwn(ctx, q, run, c, n.At, n)
		addNotes(ctx, q, run, []mailbox.Note{n})
	})
}

// changeOwn queues what becomes of what is stored about an event of ours.
func changeOwn(ctx context.Context, q *dbsqlc.Queries, run mailbox.Run, c mailbox.OwnChange, at time.Time, n mailbox.Note) {
	switch c.Do {
	case mailbox.Remember, mailbox.Learn:
		_ = q.RememberOwn(ctx, dbsqlc.RememberOwnParams{
			BookingID: c.Booking, MailboxID: run.Mailbox, EventID: string(c.EventID), Etag: &c.ETag, BaseFingerprint: string(c.Content),
			StillPending: c.Do == mailbox.Learn && c.EventID != "", Changes: int32(c.Changes), At: &at, KeepFlag: c.Do == mailbox.Learn,
		})
		if c.EventID != "" {
			_ = q.DropBlockOfOwn(ctx, dbsqlc.DropBlockOfOwnParams{MailboxID: run.Mailbox, EventID: string(c.EventID)})
		}
	case mailbox.Adopt:
		_ = q.AdoptOwn(ctx, dbsqlc.AdoptOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, EventID: string(c.EventID), Etag: &c.ETag})
		_ = q.DropBlockOfOwn(ctx, dbsqlc.DropBlockOfOwnParams{MailboxID: run.Mailbox, EventID: string(c.EventID)})
	case mailbox.Forget:
		_ = q.RetireOwn(ctx, dbsqlc.RetireOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, At: at})
		_ = q.ForgetOwn(ctx, dbsqlc.ForgetOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, Changes: int32(c.Changes)})
		_ = q.StartOverOwn(ctx, dbsqlc.StartOverOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, Changes: int32(c.Changes)})
	case mailbox.Push:
		_ = q.PushOwn(ctx, dbsqlc.PushOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, At: &at, Restores: int32(c.Restores), Changes: int32(c.Changes)})
	case mailbox.Recreate:
		_ = q.RetireOwn(ctx, dbsqlc.RetireOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, At: at})
		_ = q.RecreateOwn(ctx, dbsqlc.RecreateOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, At: &at, Restores: int32(c.Restores)})
	case mailbox.Flag:
		_ = q.FlagOwn(ctx, dbsqlc.FlagOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, Flagged: string(n.Reason), Changes: int32(c.Changes)})
	}
	if n.Verb == "" || c.Do == mailbox.Learn && c.EventID == "" {
		return
	}
	_ = q.AddAudit(ctx, dbsqlc.AddAuditParams{
		At: at, Actor: "system", Action: "outlook:" + string(n.Verb), CaseWorkerID: &run.CaseWorker, BookingID: &c.Booking, MailboxID: &run.Mailbox, Reason: string(n.Reason),
	})
}

func addNotes(ctx context.Context, q *dbsqlc.Queries, run mailbox.Run, notes []mailbox.Note) {
	if len(notes) == 0 {
		return
	}
	p := dbsqlc.AddNotesParams{MailboxID: run.Mailbox}
	for _, n := range notes {
		p.Ats = append(p.Ats, n.At)
		p.Kinds = append(p.Kinds, n.Kind)
		p.Items = append(p.Items, n.Item)
		p.Verbs = append(p.Verbs, string(n.Verb))
		p.Reasons = append(p.Reasons, string(n.Reason))
	}
	_ = q.AddNotes(ctx, p)
}
