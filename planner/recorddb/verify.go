package recorddb

import (
	"context"
	"fmt"
	"time"

	"kommunalplanner.example/planner/recorddb/dbsqlc"
)

// What is wrong with a link.
const (
	FaultGap     = "a link is missing before it"
	FaultContent = "the entry is not what it was"
	FaultMissing = "the entry is gone, and retention did not let it go"
	FaultInstant = "the entry's instant is not what it was"
	FaultHash    = "it does not follow from the link before"
	FaultHead    = "the chain ends before the head that is expected"
	FaultOther   = "another link stands where the head that is expected was"
)

// Broken is the first link that does not hold.
type Broken struct {
	Seq   int64
	Entry int64 // zero when there is no link to tell it
	Fault string
}

func (b *Broken) Error() string {
	if b.Entry == 0 {
		return fmt.Sprintf("the audit trail is broken at link %d: %s", b.Seq, b.Fault)
	}
	return fmt.Sprintf("the audit trail is broken at link %d (entry %d): %s", b.Seq, b.Entry, b.Fault)
}

// Verified is what Verify saw.
type Verified struct {
	Head Head
	// Links that hold, of which so many have let go of their entry.
	Links, Erased int64
	// Waiting entries are not in the chain yet, though their transaction has ended.
	Waiting int64
}

// page is how many links are verified at a time.
const page = 5000

// Verify computes the chain again from link from (the first if less than 2), and compares it with the head that is expected, which somebody
// kept; the zero Head expects nothing. The error is a *Broken when a link does not hold.
func (s *Store) Verify(ctx context.Context, from int64, expect Head) (Verified, error) {
	v, err := s.verify(ctx, max(from, 1), expect)
	if err != nil {
		return v, fmt.Errorf("verify the audit trail: %w", err)
	}
	return v, nil
}

func (s *Store) verify(ctx context.Context, from int64, expect Head) (v Verified, err error) {
	q := dbsqlc.New(s.pool)
	before := first
	if from > 1 {
		hashes, err := q.LinkAt(ctx, from-1)
		if err != nil {
			return v, err
		}
		if len(hashes) == 0 {
			return v, &Broken{Seq: from - 1, Fault: FaultGap}
		}
		before = hashes[0]
	}
	next := from
	for {
		links, err := q.LinksAfter(ctx, dbsqlc.LinksAfterParams{Seq: next - 1, Most: page})
		if err != nil {
			return v, err
		}
		ids := make([]int64, len(links))
		for i, l := range links {
			ids[i] = l.EntryID
		}
		rows, err := q.EntriesByID(ctx, ids)
		if err != nil {
			return v, err
		}
		entries := make(map[int64]dbsqlc.AuditTold, len(rows))
		for _, r := range rows {
			entries[r.AuditTold.ID] = r.AuditTold
		}
		var erased time.Time
		if len(rows) < len(links) {
			if erased, err = q.ErasedBefore(ctx); err != nil {
				return v, err
			}
		}
		for _, l := range links {
			e, there := entries[l.EntryID]
			if fault := faultOf(l, next, before, e, there, erased); fault != "" {
				return v, &Broken{l.Seq, l.EntryID, fault}
			}
			if !there {
				v.Erased++
			}
			if l.Seq == expect.Seq && [32]byte(l.Hash) != expect.Hash {
				return v, &Broken{l.Seq, l.EntryID, FaultOther}
			}
			v.Links, v.Head = v.Links+1, Head{l.Seq, [32]byte(l.Hash)}
			next, before = l.Seq+1, l.Hash
		}
		if len(links) < page {
			break
		}
	}
	if expect.Seq >= next {
		return v, &Broken{Seq: next, Fault: FaultHead}
	}
	v.Waiting, err = q.CountUnlinked(ctx)
	return v, err
}

// faultOf compares a link with what must stand there: its number, its entry if that is there or erased otherwise, and the link before.
func faultOf(l dbsqlc.AuditLink, seq int64, before []byte, e dbsqlc.AuditTold, there bool, erased time.Time) string {
	switch {
	case l.Seq != seq:
		return FaultGap
	case chained(l, before) != [32]byte(l.Hash):
		return FaultHash
	case !there && !l.At.Before(erased):
		return FaultMissing
	case there && !e.At.Equal(l.At):
		return FaultInstant
	case there && content(e) != [32]byte(l.Content):
		return FaultContent
	}
	return ""
}
