package calendardb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/calendardb/dbsqlc"
)

// Source is whose word counts on a case worker's other time.
type Source string

// The sources. NoSource: neither has told anything yet.
const (
	NoSource      Source = ""
	Graph         Source = "graph"
	Kommuneklient Source = "kommuneklient"
)

// Refusals of a switch.
var (
	ErrNoCaseWorker = errors.New("there is no such case worker")
	ErrNoMailbox    = errors.New("the case worker has no mailbox; make it known first (planner mailbox add)")
	ErrMailboxShut  = errors.New("the mailbox is paused, denied or missing, so that Graph cannot take over; resume it first")
	ErrNotSwitching = errors.New("no switch to the Kommuneklient is under way")
)

// Sources is what is known of one case worker's calendar.
type Sources struct {
	Source Source
	Next   Source // of a switch under way; else NoSource
	Since  time.Time
	// The Kommuneklient's last word and comparison since the switch was asked for; zero: none.
	ToldAt, ComparedAt time.Time
	MailboxState       string // "" without a mailbox
	GraphBlocks        int
	ToldBlocks         int
	// Missing are the blocks of Graph's, of Reach, that the Kommuneklient has not told; only during a switch to it.
	Missing, Reach int
}

// SourceOf tells whose word counts, and how far a switch has come.
func (s *Store) SourceOf(ctx context.Context, caseWorker uuid.UUID) (Sources, error) {
	q := dbsqlc.New(s.pool)
	rows, err := q.SourceOf(ctx, caseWorker)
	if err != nil {
		return Sources{}, fmt.Errorf("read the source of case worker %s: %w", caseWorker, err)
	}
	if len(rows) == 0 {
		return Sources{}, ErrNoCaseWorker
	}
	r := rows[0]
	found := Sources{
		Source: Source(r.Source), Next: Source(deref(r.Next)), Since: deref(r.Since), ToldAt: deref(r.ToldAt), ComparedAt: deref(r.ComparedAt),
		MailboxState: deref(r.MailboxState), GraphBlocks: int(r.GraphBlocks), ToldBlocks: int(r.ToldBlocks),
	}
	if found.Next == Kommuneklient {
		missing, err := q.NotTold(ctx, within(caseWorker, s.now()))
		if err != nil {
			return Sources{}, fmt.Errorf("compare the sources of case worker %s: %w", caseWorker, err)
		}
		found.Missing, found.Reach = int(missing.NotTold), int(missing.Blocks)
	}
	return found, nil
}

// SwitchTo begins a switch, or takes one under way back. who names the person, for the audit trail. It tells what
// is then so; a source that is already what is wished for is left alone.
func (s *Store) SwitchTo(ctx context.Context, caseWorker uuid.UUID, to Source, who string) (Sources, error) {
	if to != Graph && to != Kommuneklient {
		return Sources{}, fmt.Errorf("there is no source %q", to)
	}
	before, err := s.SourceOf(ctx, caseWorker)
	if err != nil {
		return Sources{}, err
	}
	err = s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		box, now, err := lock(ctx, q, caseWorker)
		if err != nil {
			return err
		}
		shut := box != nil && (box.State == "paused" || box.State == "denied" || box.State == "missing")
		switch {
		case now.Source == to && now.Next == NoSource:
			return nil
		case now.Source == to:
			// Taken back, and what the other has said meanwhile with it.
			now.Next = NoSource
		case to == Graph && box == nil:
			return ErrNoMailbox
		case to == Graph && shut:
			return ErrMailboxShut
		case now.Source == NoSource:
			now.Source = to // there is nobody to take over from
		default:
			now.Next = to
		}
		at := s.now()
		if err := put(ctx, q, caseWorker, now, at); err != nil {
			return err
		}
		if now.Next == NoSource {
			if err := dropOther(ctx, q, caseWorker, to, at); err != nil {
				return err
			}
		}
		if now.Next == Graph {
			if err := q.ReadWhole(ctx, dbsqlc.ReadWholeParams{ID: box.ID, At: at}); err != nil {
				return fmt.Errorf("order a full round of mailbox %d: %w", box.ID, err)
			}
			if err := s.jobs.AddTx(ctx, tx, jobargs.SyncMailbox{Mailbox: box.ID}); err != nil {
				return fmt.Errorf("wake mailbox %d: %w", box.ID, err)
			}
		}
		return audit(ctx, q, at, "admin:"+who, caseWorker, box, "", before, now)
	})
	if err != nil {
		return Sources{}, fmt.Errorf("switch the source of case worker %s: %w", caseWorker, err)
	}
	return s.SourceOf(ctx, caseWorker)
}

// FinishNow ends a switch to the Kommuneklient on a person's word, whatever it has told.
func (s *Store) FinishNow(ctx context.Context, caseWorker uuid.UUID, who string) (Sources, error) {
	if _, err := s.SourceOf(ctx, caseWorker); err != nil {
		return Sources{}, err
	}
	done, err := s.finish(ctx, caseWorker, s.now(), "admin:"+who, true)
	if err != nil {
		return Sources{}, fmt.Errorf("end the switch of case worker %s: %w", caseWorker, err)
	}
	if !done {
		return Sources{}, ErrNotSwitching
	}
	return s.SourceOf(ctx, caseWorker)
}

// dropOther forgets what the source that does not count any more has told, as far as the one that counts reaches.
func dropOther(ctx context.Context, q *dbsqlc.Queries, caseWorker uuid.UUID, counts Source, at time.Time) error {
	var err error
	if counts == Graph {
		err = q.DropTold(ctx, caseWorker)
	} else {
		reach := within(caseWorker, at)
		_, err = q.DropCovered(ctx, dbsqlc.DropCoveredParams{CaseWorkerID: &caseWorker, Now: at, FromAt: reach.FromAt, ToAt: reach.ToAt})
	}
	if err != nil {
		return fmt.Errorf("drop the blocks of the other source: %w", err)
	}
	return nil
}

type locked struct{ Source, Next Source }

// lock takes the mailbox, if there is one, and the source, in that order.
func lock(ctx context.Context, q *dbsqlc.Queries, caseWorker uuid.UUID) (*dbsqlc.LockMailboxRow, locked, error) {
	var box *dbsqlc.LockMailboxRow
	boxes, err := q.LockMailbox(ctx, caseWorker)
	if err != nil {
		return nil, locked{}, fmt.Errorf("lock the mailbox: %w", err)
	}
	var now locked
	if len(boxes) > 0 {
		box, now.Source = &boxes[0], Graph
	}
	rows, err := q.LockSource(ctx, caseWorker)
	if err != nil {
		return nil, locked{}, fmt.Errorf("lock the source: %w", err)
	}
	if len(rows) > 0 {
		now = locked{Source(rows[0].Source), Source(deref(rows[0].Next))}
	}
	return box, now, nil
}

func put(ctx context.Context, q *dbsqlc.Queries, caseWorker uuid.UUID, to locked, at time.Time) error {
	p := dbsqlc.PutSourceParams{CaseWorkerID: caseWorker, Source: string(to.Source), Since: at}
	if to.Next != NoSource {
		next := string(to.Next)
		p.Next = &next
	}
	if err := q.PutSource(ctx, p); err != nil {
		return fmt.Errorf("store the source: %w", err)
	}
	return nil
}

func audit(ctx context.Context, q *dbsqlc.Queries, at time.Time, actor string, caseWorker uuid.UUID, box *dbsqlc.LockMailboxRow, reason string, before Sources, after locked) error {
	state := func(now, next Source) []byte {
		j, _ := json.Marshal(map[string]Source{"source": now, "next": next}) // two texts always marshal
		return j
	}
	p := dbsqlc.AuditParams{
		At: at, Actor: actor, Action: "calendar-source", CaseWorkerID: &caseWorker, Reason: reason,
		Before: state(before.Source, before.Next), After: state(after.Source, after.Next),
	}
	if box != nil {
		p.MailboxID = &box.ID
	}
	if err := q.Audit(ctx, p); err != nil {
		return fmt.Errorf("write the audit trail: %w", err)
	}
	return nil
}

// within is how far a Kommuneklient's word reaches: from the day after today for the three months that it reads, less a day for its night.
func within(caseWorker uuid.UUID, now time.Time) dbsqlc.NotToldParams {
	local := now.In(planner.Copenhagen())
	tomorrow := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, planner.Copenhagen())
	return dbsqlc.NotToldParams{CaseWorkerID: caseWorker, FromAt: tomorrow, ToAt: tomorrow.AddDate(0, 3, -2)}
}
