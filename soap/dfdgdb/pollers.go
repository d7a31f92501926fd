package dfdgdb

import (
	"context"
	"fmt"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
	"kommunalplanner.example/soap/dfdgqueue"
)

// AddPoller makes a job centre's queue be polled from now on; one that is already stays as it is.
func (s *Store) AddPoller(ctx context.Context, jc planner.JobCenterCode) error {
	if err := s.read().AddPoller(ctx, dbsqlc.AddPollerParams{JobCenterCode: string(jc), NextPollAt: s.now()}); err != nil {
		return fmt.Errorf("add poller of %s: %w", jc, err)
	}
	return nil
}

// RemovePoller ends that. A transfer that is open at DFDG stays so until it lapses there.
func (s *Store) RemovePoller(ctx context.Context, jc planner.JobCenterCode) error {
	if _, err := s.read().RemovePoller(ctx, string(jc)); err != nil {
		return fmt.Errorf("remove poller of %s: %w", jc, err)
	}
	return nil
}

// DuePollers lists the job centres whose queue is to be polled now.
func (s *Store) DuePollers(ctx context.Context) ([]planner.JobCenterCode, error) {
	now := s.now()
	rows, err := s.read().DuePollers(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("read due pollers: %w", err)
	}
	out := make([]planner.JobCenterCode, len(rows))
	for i, r := range rows {
		out[i] = planner.JobCenterCode(r)
	}
	return out, nil
}

// Hurry makes a queue due now: a person asks for it.
func (s *Store) Hurry(ctx context.Context, jc planner.JobCenterCode) error {
	if _, err := s.read().HurryPoller(ctx, dbsqlc.HurryPollerParams{JobCenterCode: string(jc), At: s.now()}); err != nil {
		return fmt.Errorf("hurry poller of %s: %w", jc, err)
	}
	return nil
}

// Lease implements dfdgqueue.Pollers.
func (s *Store) Lease(ctx context.Context, jc planner.JobCenterCode, now, until time.Time) (dfdgqueue.Lease, bool, error) {
	row, got, err := one(s.read().LeasePoller(ctx, dbsqlc.LeasePollerParams{JobCenterCode: string(jc), Now: now, Until: &until}))
	if err != nil {
		return dfdgqueue.Lease{}, false, fmt.Errorf("lease queue of %s: %w", jc, err)
	}
	return dfdgqueue.Lease{Epoch: row.Epoch, Transfer: deref(row.Transfer)}, got, nil
}

// Renew implements dfdgqueue.Pollers.
func (s *Store) Renew(ctx context.Context, jc planner.JobCenterCode, epoch int64, until time.Time) error {
	n, err := s.read().RenewPoller(ctx, dbsqlc.RenewPollerParams{JobCenterCode: string(jc), Epoch: epoch, Until: &until})
	return overtaken(n, err, "renew lease of "+string(jc))
}

// Note implements dfdgqueue.Pollers.
func (s *Store) Note(ctx context.Context, jc planner.JobCenterCode, epoch int64, transfer string) error {
	n, err := s.read().NoteTransfer(ctx, dbsqlc.NoteTransferParams{JobCenterCode: string(jc), Epoch: epoch, Transfer: transfer})
	return overtaken(n, err, "note transfer of "+string(jc))
}

// Release implements dfdgqueue.Pollers.
func (s *Store) Release(ctx context.Context, jc planner.JobCenterCode, epoch int64, end dfdgqueue.PollEnd) error {
	text := end.Code
	if end.Text != "" {
		text += ": " + end.Text
	}
	n, err := s.read().ReleasePoller(ctx, dbsqlc.ReleasePollerParams{
		JobCenterCode: string(jc), Epoch: epoch, NextPollAt: end.Next, Ok: end.OK, At: end.At, Error: text,
	})
	return overtaken(n, err, "release queue of "+string(jc))
}
