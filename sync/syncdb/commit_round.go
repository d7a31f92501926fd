package syncdb

import (
	"context"

	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
)

// CommitRound implements mailbox.Store: blocks, base versions, reasons, audit and delta link in one
// transaction (DESIGN rule 5), and in one round trip.
func (s *Store) CommitRound(ctx context.Context, run mailbox.Run, r mailbox.Round) error {
	return s.fenced(ctx, run, func(q *dbsqlc.Queries) {
		putBlocks(ctx, q, run, r)
		for _, c := range r.Own {
			changeOwn(ctx, q, run, c, r.Started, noteOf(r.Notes, c))
		}
		addNotes(ctx, q, run, r.Notes)
		_ = q.CommitRound(ctx, dbsqlc.CommitRoundParams{
			ID: run.Mailbox, DeltaLink: ptr(string(r.DeltaLink)), WindowStart: &r.Window.Start, WindowEnd: &r.Window.End, IsFull: r.Full,
			Started: &r.Started, FullRoundDueAt: r.FullRoundDue, NextSweepAt: r.NextSweep,
			FeedShunnedUntil: when(r.FeedShunnedUntil), FeedShuns: int32(r.FeedShuns), Kept: r.Kept,
		})
		if !r.Kept {
			_ = q.DropHeldItems(ctx, run.Mailbox)
		}
		if r.Full {
			_ = q.LockSwitch(ctx, run.CaseWorker)
			_ = q.TakeOver(ctx, dbsqlc.TakeOverParams{CaseWorkerID: run.CaseWorker, MailboxID: run.Mailbox, Started: r.Started})
			_ = q.TakeOverSoon(ctx, dbsqlc.TakeOverSoonParams{ID: run.Mailbox, At: r.Started})
		}
	})
}

func putBlocks(ctx context.Context, q *dbsqlc.Queries, run mailbox.Run, r mailbox.Round) {
	if r.Full {
		_ = q.ForgetPastBlocks(ctx, dbsqlc.ForgetPastBlocksParams{CaseWorkerID: run.CaseWorker, Before: r.ForgetBefore})
	}
	if len(r.DeleteBlocks) > 0 {
		_ = q.DeleteBlocks(ctx, dbsqlc.DeleteBlocksParams{CaseWorkerID: run.CaseWorker, ItemIds: texts(r.DeleteBlocks)})
	}
	if len(r.PutBlocks) == 0 {
		return
	}
	p := dbsqlc.PutBlocksParams{CaseWorkerID: run.CaseWorker}
	for _, b := range r.PutBlocks {
		p.ItemIds = append(p.ItemIds, string(b.ID))
		p.SeriesIds = append(p.SeriesIds, string(b.SeriesID))
		p.Starts = append(p.Starts, b.Span.Start)
		p.Ends = append(p.Ends, b.Span.End)
		p.ShowAs = append(p.ShowAs, string(b.ShowAs))
		p.Private = append(p.Private, b.Private)
	}
	_ = q.PutBlocks(ctx, p)
}

func noteOf(notes []mailbox.Note, c mailbox.OwnChange) mailbox.Note {
	item := c.Booking.String()
	for _, n := range notes {
		if n.Kind == "booking" && n.Item == item {
			return n
		}
	}
	return mailbox.Note{}
}

// Failed implements mailbox.Store.
func (s *Store) Failed(ctx context.Context, run mailbox.Run, f mailbox.Failure) error {
	return s.fenced(ctx, run, func(q *dbsqlc.Queries) {
		p := dbsqlc.FailRunParams{ID: run.Mailbox, Code: &f.Code, At: &f.At, Counts: f.Counts, NextSweepAt: f.NextSweep, State: f.State, Sick: f.Sick}
		p.PausedUntil = when(f.PauseUntil)
		_ = q.FailRun(ctx, p)
		if !f.Quarantine.IsZero() {
			_ = q.QuarantineMailbox(ctx, dbsqlc.QuarantineMailboxParams{ID: run.Mailbox, Until: &f.Quarantine})
		}
	})
}
