package syncdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
)

const (
	// holdRetry is how long a held mailbox waits before it is read again; a read that was broken may be whole then.
	holdRetry = 15 * time.Minute
	// approvalLife is how long an approval holds: it is of what was seen, and carried out within seconds.
	approvalLife = time.Hour
	// rejectionLife is how long a rejected plan is not asked about again: until the next working day.
	rejectionLife = 24 * time.Hour
)

// Hold implements mailbox.Store.
func (s *Store) Hold(ctx context.Context, run mailbox.Run, h mailbox.Held) error {
	return s.fenced(ctx, run, func(q *dbsqlc.Queries) {
		after := h.At.Add(-rejectionLife)
		_ = q.HoldMailbox(ctx, dbsqlc.HoldMailboxParams{ID: run.Mailbox, At: h.At, Deletions: ptr(int32(h.Deletions)), Blocks: ptr(int32(h.Blocks)),
			NextSweepAt: h.At.Add(holdRetry), Plan: h.Plan, RejectedAfter: &after})
		_ = q.DropHeldItems(ctx, run.Mailbox)
		p := dbsqlc.AddHeldItemsParams{MailboxID: run.Mailbox}
		for _, it := range h.Items {
			p.Kinds = append(p.Kinds, it.Kind)
			p.Items = append(p.Items, it.Item)
			p.Starts = append(p.Starts, it.Span.Start)
			p.Ends = append(p.Ends, it.Span.End)
			p.ShowAs = append(p.ShowAs, string(it.ShowAs))
			p.Private = append(p.Private, it.Private)
			p.Reasons = append(p.Reasons, string(it.Reason))
		}
		_ = q.AddHeldItems(ctx, p)
	})
}

// Displace implements mailbox.Store.
func (s *Store) Displace(ctx context.Context, run mailbox.Run, lost []uuid.UUID, found []mailbox.OwnChange, notes []mailbox.Note, at time.Time) error {
	if lost == nil {
		lost = []uuid.UUID{}
	}
	return s.fenced(ctx, run, func(q *dbsqlc.Queries) {
		for _, c := range found {
			changeOwn(ctx, q, run, c, at, noteOf(notes, c))
		}
		addNotes(ctx, q, run, notes)
		_ = q.DisplaceOwn(ctx, dbsqlc.DisplaceOwnParams{MailboxID: run.Mailbox, Lost: lost, At: &at})
	})
}

// HeldRow is one appointment of a plan that waits for a person or was rejected by one, with what is known of the plan.
type HeldRow = dbsqlc.HeldPlanRow

// HeldPlan lists what a mailbox's held plan is about, by time; nothing when none is held. HeldNumber, the same on each row,
// is what to decide by.
func (s *Store) HeldPlan(ctx context.Context, mailbox int64) ([]HeldRow, error) {
	return s.read().HeldPlan(ctx, mailbox)
}

// DecidePlan approves or rejects a held plan in the name of who (planner.Staff.Actor), with an audit row in the same transaction. number is
// HeldRow.HeldNumber of what the person saw; false when the plan has changed since, or somebody else has decided on it.
//
// An approved plan is carried out by the next run if it is still the same, within the hour. A rejected one is left out of
// each run for 24 hours: the rest of the calendar is followed, the delta link stays where it is, and after that the same plan is
// held again.
func (s *Store) DecidePlan(ctx context.Context, mailbox int64, a Action, number int, who string) (applied bool, err error) {
	now := s.now()
	err = s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		var n int64
		var err error
		switch a {
		case Approve:
			n, err = q.ApprovePlan(ctx, dbsqlc.ApprovePlanParams{ID: mailbox, Number: int32(number), Who: who, Until: ptr(now.Add(approvalLife))})
		case Reject:
			n, err = q.RejectPlan(ctx, dbsqlc.RejectPlanParams{ID: mailbox, Number: int32(number), Who: who, At: &now})
		default:
			return fmt.Errorf("%q is no decision on a plan", a)
		}
		if err != nil {
			return fmt.Errorf("%s the plan of mailbox %d: %w", a, mailbox, err)
		}
		if n == 0 {
			return nil
		}
		applied = true
		if err := s.jobs.AddTx(ctx, tx, jobargs.SyncMailbox{Mailbox: mailbox}); err != nil {
			return fmt.Errorf("%s the plan of mailbox %d: %w", a, mailbox, err)
		}
		return q.AddAudit(ctx, dbsqlc.AddAuditParams{At: now, Actor: who, Action: "mailbox:" + string(a), MailboxID: &mailbox, Reason: fmt.Sprintf("plan %d", number)})
	})
	return applied, err
}
