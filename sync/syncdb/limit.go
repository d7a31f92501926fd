package syncdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
)

var _ mailbox.LeaseStore = (*Store)(nil)

// Lease implements mailbox.LeaseStore: under the lock of the one row that holds the limit, it adapts the limit to
// what was told and shares it out.
func (s *Store) Lease(ctx context.Context, holder string, told mailbox.Told, rule mailbox.LimitRule, now, expires time.Time) (slots int, err error) {
	err = s.tx(ctx, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		if err := q.LimitSoon(ctx); err != nil {
			return fmt.Errorf("begin a lease: %w", err)
		}
		row, err := q.LockLimit(ctx)
		if errors.Is(err, pgx.ErrNoRows) {
			if err := q.OpenLimit(ctx, dbsqlc.OpenLimitParams{Slots: int32(rule.First), At: now, LongAgo: now.Add(-time.Hour)}); err != nil {
				return fmt.Errorf("open the limit: %w", err)
			}
			row, err = q.LockLimit(ctx)
		}
		if err != nil {
			return fmt.Errorf("lock the limit: %w", err)
		}
		if err := q.DropLeases(ctx, now); err != nil {
			return fmt.Errorf("drop leases that ended: %w", err)
		}
		rows, err := q.Leases(ctx)
		if err != nil {
			return fmt.Errorf("read leases: %w", err)
		}
		var others []mailbox.Lease
		underWay, wanted := told.Peak, told.Wanted
		for _, r := range rows {
			if r.Holder == holder {
				continue
			}
			others = append(others, mailbox.Lease{Holder: r.Holder, Slots: int(r.Slots), Peak: int(r.InUse), Wanted: int(r.Wanted)})
			underWay += int(r.InUse)
			wanted += int(r.Wanted)
		}
		before := limitOf(row)
		limit := rule.Adapt(before, told, underWay, wanted, now)
		slots = mailbox.Share(limit.Slots, holder, told.Wanted, others, now)
		if limit.Slots < before.Slots {
			s.log.WarnContext(ctx, "Graph refuses many mailboxes: fewer requests at once", "before", before.Slots, "now", limit.Slots)
		}
		if limit != before {
			if err := q.SetLimit(ctx, setLimit(limit)); err != nil {
				return fmt.Errorf("store the limit: %w", err)
			}
		}
		// What is under way cannot be given back yet.
		err = q.SetLease(ctx, dbsqlc.SetLeaseParams{Holder: holder, Slots: int32(max(slots, told.InUse)), InUse: int32(told.Peak), Wanted: int32(told.Wanted), ExpiresAt: expires})
		if err != nil {
			return fmt.Errorf("store the lease: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return slots, nil
}

func limitOf(r dbsqlc.LockLimitRow) mailbox.Limit {
	return mailbox.Limit{
		Slots: int(r.Slots), Answers: int(r.Answers), Refusals: int(r.Refusals), RefusedMailboxes: int(r.RefusedMailboxes),
		CountedSince: r.CountedSince, CutAt: r.CutAt, RaisedAt: r.RaisedAt,
	}
}

func setLimit(l mailbox.Limit) dbsqlc.SetLimitParams {
	return dbsqlc.SetLimitParams{
		Slots: int32(l.Slots), Answers: int32(l.Answers), Refusals: int32(l.Refusals), RefusedMailboxes: int32(l.RefusedMailboxes),
		CountedSince: l.CountedSince, CutAt: l.CutAt, RaisedAt: l.RaisedAt,
	}
}

// Return implements mailbox.LeaseStore.
func (s *Store) Return(ctx context.Context, holder string) error {
	return s.read().DropLease(ctx, holder)
}
