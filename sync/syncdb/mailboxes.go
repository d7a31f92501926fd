package syncdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
)

// AddMailbox makes the calendar of a case worker known (or corrects its address) and starts its first
// reading. graphUser is the object id in Entra ID.
func (s *Store) AddMailbox(ctx context.Context, caseWorker uuid.UUID, graphUser, email string) (int64, error) {
	var id int64
	err := s.tx(ctx, func(tx pgx.Tx, _ *dbsqlc.Queries) error {
		var err error
		id, err = s.AddMailboxTx(ctx, tx, caseWorker, graphUser, email)
		return err
	})
	return id, err
}

// AddMailboxTx is AddMailbox in a transaction that has locked the case worker, or made them.
func (s *Store) AddMailboxTx(ctx context.Context, tx pgx.Tx, caseWorker uuid.UUID, graphUser, email string) (int64, error) {
	q := dbsqlc.New(tx)
	id, err := q.AddMailbox(ctx, dbsqlc.AddMailboxParams{CaseWorkerID: caseWorker, GraphUserID: graphUser, Email: email, At: s.now()})
	if err != nil {
		return 0, fmt.Errorf("add mailbox of case worker %s: %w", caseWorker, err)
	}
	return id, s.wakeTx(ctx, tx, q, jobargs.SyncMailbox{Mailbox: id, Urgency: jobargs.FirstReading})
}

// WindDown pauses the mailboxes of case workers whose last day has passed, each with a row in the audit trail, and tells how many:
// when no meeting to come and nothing to be written is left, or at once if Graph does not let us in any more. It need not be
// asked for in time; a person resumes the mailbox of one who comes back.
func (s *Store) WindDown(ctx context.Context, now time.Time) (int64, error) {
	n, err := s.read().WindDownMailboxes(ctx, dbsqlc.WindDownMailboxesParams{At: now, Today: pgtype.Date{Time: planner.DateOf(now).Midnight(), Valid: true}})
	if err != nil {
		return 0, fmt.Errorf("pause mailboxes of case workers who left: %w", err)
	}
	return n, nil
}

// Wake makes the mailbox run soon.
func (s *Store) Wake(ctx context.Context, mailbox int64) error {
	return s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		return s.wakeTx(ctx, tx, q, jobargs.SyncMailbox{Mailbox: mailbox})
	})
}

// wakeTx raises the generation first and inserts the job second: the row lock orders it against
// CloseGeneration.
func (s *Store) wakeTx(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, job jobargs.SyncMailbox) error {
	if _, err := q.WakeMailbox(ctx, job.Mailbox); err != nil {
		return fmt.Errorf("raise generation of mailbox %d: %w", job.Mailbox, err)
	}
	if err := s.jobs.AddTx(ctx, tx, job); err != nil {
		return fmt.Errorf("wake mailbox %d: %w", job.Mailbox, err)
	}
	return nil
}

// sweepBatch bounds one tick, so that its transaction stays short.
const sweepBatch = 500

// StartDue wakes mailboxes whose sweep or nightly round is due, and those that need a subscription. It
// tells how many of each.
func (s *Store) StartDue(ctx context.Context, now time.Time, retry time.Duration) (swept, subscribed int, err error) {
	err = s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		due, err := q.DueSweeps(ctx, dbsqlc.DueSweepsParams{Now: now, Next: now.Add(retry), Most: sweepBatch})
		if err != nil {
			return fmt.Errorf("look for due mailboxes: %w", err)
		}
		for _, m := range due {
			job := jobargs.SyncMailbox{Mailbox: m.ID, Urgency: jobargs.Sweep}
			if m.Unread {
				job.Urgency = jobargs.FirstReading
			}
			if err := s.jobs.AddTx(ctx, tx, job); err != nil {
				return fmt.Errorf("sweep mailbox %d: %w", m.ID, err)
			}
		}
		need, err := q.MailboxesToSubscribe(ctx, dbsqlc.MailboxesToSubscribeParams{Now: &now, Most: sweepBatch})
		if err != nil {
			return fmt.Errorf("look for mailboxes to subscribe: %w", err)
		}
		for _, m := range need {
			if err := s.jobs.AddTx(ctx, tx, jobargs.SubscribeMailbox{Mailbox: m}); err != nil {
				return fmt.Errorf("subscribe mailbox %d: %w", m, err)
			}
		}
		audits, err := q.AuditDue(ctx, dbsqlc.AuditDueParams{Now: now, Next: now.Add(mailbox.AuditEvery)})
		if err != nil {
			return fmt.Errorf("look whether an audit is due: %w", err)
		}
		if audits > 0 {
			if err := s.jobs.AddTx(ctx, tx, jobargs.AuditSubscriptions{}); err != nil {
				return fmt.Errorf("audit subscriptions: %w", err)
			}
		}
		if err := q.DropRetiredSubscriptions(ctx, ptr(now.Add(-mailbox.RetiredLife))); err != nil {
			return fmt.Errorf("forget retired subscriptions: %w", err)
		}
		swept, subscribed = len(due), len(need)
		return nil
	})
	return swept, subscribed, err
}

// MailboxRow is a calendar as administrators see it.
type MailboxRow = dbsqlc.MailboxRowsRow

// Mailboxes lists all calendars by name.
func (s *Store) Mailboxes(ctx context.Context) ([]MailboxRow, error) {
	return s.read().MailboxRows(ctx)
}

// DecisionRow is one recorded decision.
type DecisionRow = dbsqlc.DecisionsRow

// Decisions lists the newest decisions of a mailbox.
func (s *Store) Decisions(ctx context.Context, mailbox int64, most int) ([]DecisionRow, error) {
	return s.read().Decisions(ctx, dbsqlc.DecisionsParams{MailboxID: mailbox, Most: int32(most)})
}

// FlaggedRow is an event of ours that waits for a person.
type FlaggedRow = dbsqlc.FlaggedEventsRow

// Flagged lists events that wait for a person.
func (s *Store) Flagged(ctx context.Context, mailbox int64) ([]FlaggedRow, error) {
	return s.read().FlaggedEvents(ctx, mailbox)
}

// Action is something an administrator does to a mailbox.
type Action string

// The actions.
const (
	SyncNow   Action = "sync"      // run now
	RereadAll Action = "reread"    // run a full round now
	Pause     Action = "pause"     // leave the mailbox alone
	Resume    Action = "resume"    // end a pause, or try again after denied or missing
	Approve   Action = "approve"   // let the held plan be carried out; by DecidePlan
	Reject    Action = "reject"    // leave what the held plan is about as it is; by DecidePlan
	Subscribe Action = "subscribe" // make a new notification subscription
	Unflag    Action = "unflag"    // write flagged events once more
)

// Do carries out an administrator's action other than a decision on a plan, with an audit row in the same transaction. who is
// the actor there (planner.Staff.Actor). It tells whether the mailbox was in a state to which the action applies.
func (s *Store) Do(ctx context.Context, mailbox int64, a Action, who string) (applied bool, err error) {
	now := s.now()
	err = s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		var n int64
		var err error
		switch a {
		case SyncNow:
			n, err = q.WakeMailbox(ctx, mailbox)
		case RereadAll:
			n, err = q.ForceFullRound(ctx, dbsqlc.ForceFullRoundParams{ID: mailbox, At: now})
		case Pause:
			n, err = q.PauseMailbox(ctx, dbsqlc.PauseMailboxParams{ID: mailbox, At: now})
		case Resume:
			n, err = q.ResumeMailbox(ctx, dbsqlc.ResumeMailboxParams{ID: mailbox, At: now})
		case Unflag:
			if _, err = q.UnflagEvents(ctx, dbsqlc.UnflagEventsParams{MailboxID: mailbox, At: &now}); err == nil {
				n, err = q.WakeMailbox(ctx, mailbox)
			}
		case Subscribe:
			// A new one with a new secret; also now if Graph refused it lately.
			if err = q.ReplaceSubscriptions(ctx, dbsqlc.ReplaceSubscriptionsParams{MailboxID: mailbox, At: &now}); err == nil {
				n, err = q.SubscribeAtOnce(ctx, mailbox)
			}
		default:
			return fmt.Errorf("unknown action %q", a)
		}
		if err != nil {
			return fmt.Errorf("%s mailbox %d: %w", a, mailbox, err)
		}
		if n == 0 {
			return nil
		}
		applied = true
		var job jobargs.Job = jobargs.SyncMailbox{Mailbox: mailbox}
		if a == Subscribe {
			job = jobargs.SubscribeMailbox{Mailbox: mailbox}
		}
		if a != Pause {
			if err := s.jobs.AddTx(ctx, tx, job); err != nil {
				return fmt.Errorf("%s mailbox %d: %w", a, mailbox, err)
			}
		}
		return q.AddAudit(ctx, dbsqlc.AddAuditParams{At: now, Actor: who, Action: "mailbox:" + string(a), MailboxID: &mailbox})
	})
	return applied, err
}
