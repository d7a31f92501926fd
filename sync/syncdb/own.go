package syncdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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
	return s.fenced(ctx, run, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		return q.PrepareOwn(ctx, dbsqlc.PrepareOwnParams{BookingID: booking, MailboxID: run.Mailbox, TransactionID: &transactionID, CreateBody: body})
	})
}

// Change implements mailbox.Store.
func (s *Store) Change(ctx context.Context, run mailbox.Run, c mailbox.OwnChange, n mailbox.Note) error {
	return s.fenced(ctx, run, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		if err := s.changeOwn(ctx, q, run, c, n.At, n); err != nil {
			return err
		}
		return addNotes(ctx, q, run, []mailbox.Note{n})
	})
}

func (s *Store) changeOwn(ctx context.Context, q *dbsqlc.Queries, run mailbox.Run, c mailbox.OwnChange, at time.Time, n mailbox.Note) error {
	var err error
	switch c.Do {
	case mailbox.Remember, mailbox.Learn:
		err = q.RememberOwn(ctx, dbsqlc.RememberOwnParams{
			BookingID: c.Booking, MailboxID: run.Mailbox, EventID: string(c.EventID), Etag: &c.ETag, BaseFingerprint: string(c.Content),
			StillPending: c.Do == mailbox.Learn && c.EventID != "", Changes: int32(c.Changes), At: &at, KeepFlag: c.Do == mailbox.Learn,
		})
		if err == nil && c.EventID != "" {
			err = q.DropBlockOfOwn(ctx, dbsqlc.DropBlockOfOwnParams{MailboxID: run.Mailbox, EventID: string(c.EventID)})
		}
	case mailbox.Forget:
		if err = s.retire(ctx, q, run, c, at); err != nil {
			break
		}
		var gone int64
		gone, err = q.ForgetOwn(ctx, dbsqlc.ForgetOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, Changes: int32(c.Changes)})
		if err == nil && gone == 0 {
			// The booking came back to this case worker meanwhile.
			err = q.StartOverOwn(ctx, dbsqlc.StartOverOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox})
		}
	case mailbox.Push:
		err = q.PushOwn(ctx, dbsqlc.PushOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, At: &at, Restores: int32(c.Restores), Changes: int32(c.Changes)})
	case mailbox.Recreate:
		if err = s.retire(ctx, q, run, c, at); err == nil {
			err = q.RecreateOwn(ctx, dbsqlc.RecreateOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, At: &at, Restores: int32(c.Restores)})
		}
	case mailbox.Flag:
		err = q.FlagOwn(ctx, dbsqlc.FlagOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, Flagged: string(n.Reason), Changes: int32(c.Changes)})
	}
	if err != nil {
		return fmt.Errorf("store what became of booking %s: %w", c.Booking, err)
	}
	if n.Verb == "" || c.Do == mailbox.Learn && c.EventID == "" {
		return nil
	}
	err = q.AddAudit(ctx, dbsqlc.AddAuditParams{
		At: at, Actor: "system", Action: "outlook:" + string(n.Verb), CaseWorkerID: &run.CaseWorker, BookingID: &c.Booking, MailboxID: &run.Mailbox, Reason: string(n.Reason),
	})
	if err != nil {
		return fmt.Errorf("audit booking %s: %w", c.Booking, err)
	}
	return nil
}

func (s *Store) retire(ctx context.Context, q *dbsqlc.Queries, run mailbox.Run, c mailbox.OwnChange, at time.Time) error {
	return q.RetireOwn(ctx, dbsqlc.RetireOwnParams{BookingID: c.Booking, MailboxID: run.Mailbox, At: at})
}

func addNotes(ctx context.Context, q *dbsqlc.Queries, run mailbox.Run, notes []mailbox.Note) error {
	if len(notes) == 0 {
		return nil
	}
	p := dbsqlc.AddNotesParams{MailboxID: run.Mailbox}
	for _, n := range notes {
		p.Ats = append(p.Ats, n.At)
		p.Kinds = append(p.Kinds, n.Kind)
		p.Items = append(p.Items, n.Item)
		p.Verbs = append(p.Verbs, string(n.Verb))
		p.Reasons = append(p.Reasons, string(n.Reason))
	}
	if err := q.AddNotes(ctx, p); err != nil {
		return fmt.Errorf("store decisions of mailbox %d: %w", run.Mailbox, err)
	}
	return nil
}
