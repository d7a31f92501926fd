package syncdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
	"kommunalplanner.example/sync/translate"
)

var _ mailbox.Store = (*Store)(nil)

// Begin implements mailbox.Store, in one round trip.
func (s *Store) Begin(ctx context.Context, id int64, now time.Time) (mailbox.Run, error) {
	var (
		b       pgbatch.Batch
		q       = dbsqlc.New(&b)
		runs    []dbsqlc.BeginRunRow
		own     []dbsqlc.OwnEventsRow
		retired []dbsqlc.RetiredEventsRow
	)
	// Random rather than counted, so that a number that a crash made us forget is not given out again.
	_ = q.BeginRunSoon(ctx)
	_, _ = q.BeginRun(ctx, dbsqlc.BeginRunParams{ID: id, Epoch: rand.Int64()})
	pgbatch.Into(&b, &runs)
	_, _ = q.OwnEvents(ctx, dbsqlc.OwnEventsParams{MailboxID: id, EndedAfter: now.Add(-ownKept)})
	pgbatch.Into(&b, &own)
	_, _ = q.RetiredEvents(ctx, id)
	pgbatch.Into(&b, &retired)
	if err := pgbatch.Send(ctx, s.pool, &b); err != nil {
		return mailbox.Run{}, err
	}
	if len(runs) == 0 {
		return mailbox.Run{}, fmt.Errorf("there is no mailbox %d", id)
	}
	r := runs[0]
	run := mailbox.Run{
		Mailbox: r.ID, Epoch: r.Epoch, Generation: r.WantedGeneration, User: r.GraphUserID, CaseWorker: r.CaseWorkerID, State: r.State,
		DeltaLink: calendar.Cursor(deref(r.DeltaLink)), Window: calendar.Window{Start: deref(r.WindowStart), End: deref(r.WindowEnd)},
		FullRoundDue: r.FullRoundDueAt, PausedUntil: deref(r.PausedUntil), Failures: int(r.Failures),
		SickRounds: int(r.SickRounds), QuarantinedUntil: deref(r.QuarantinedUntil), Quarantines: int(r.Quarantines),
		FeedShunnedUntil: deref(r.FeedShunnedUntil), FeedShuns: int(r.FeedShuns),
		Policy: translate.Policy{WorkingElsewhereBlocks: r.WorkingElsewhereBlocks}, Rules: reconcile.DefaultRules(),
		Retired: make(map[calendar.EventID]uuid.UUID, len(retired)),
	}
	if r.OutlookMove == "accept" {
		run.Rules.Move = reconcile.AcceptMoves
	}
	if r.OutlookDelete == "cancel" {
		run.Rules.Delete = reconcile.CancelDeleted
	}
	if r.ApprovedUntil != nil && r.ApprovedUntil.After(now) {
		run.Approved = deref(r.ApprovedPlan)
	}
	if r.RejectedAt != nil && r.RejectedAt.After(now.Add(-rejectionLife)) {
		run.Rejected = deref(r.RejectedPlan)
	}
	for _, e := range retired {
		run.Retired[calendar.EventID(e.EventID)] = e.BookingID
	}
	var err error
	run.Own, err = ownOf(run, own)
	return run, err
}

// fencedOut is the error code that function mailbox_fence raises.
const fencedOut = "KP001"

// fenced sends what f queues as one transaction, in one round trip, if the run is the mailbox's newest.
func (s *Store) fenced(ctx context.Context, run mailbox.Run, f func(*dbsqlc.Queries)) error {
	var b pgbatch.Batch
	q := dbsqlc.New(&b)
	_ = q.Fence(ctx, dbsqlc.FenceParams{ID: run.Mailbox, Epoch: run.Epoch})
	f(q)
	err := pgbatch.Send(ctx, s.pool, &b)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == fencedOut {
		return mailbox.ErrFenced
	}
	return err
}

// Current implements mailbox.Store.
func (s *Store) Current(ctx context.Context, run mailbox.Run) error {
	return s.fenced(ctx, run, func(*dbsqlc.Queries) {})
}

// ownKept is how long our events are known as ours after their meeting: longer than a window reaches back,
// or they would be read as somebody's.
const ownKept = 4 * 24 * time.Hour

// Own implements mailbox.Store.
func (s *Store) Own(ctx context.Context, run mailbox.Run) ([]mailbox.Own, error) {
	rows, err := s.read().OwnEvents(ctx, dbsqlc.OwnEventsParams{MailboxID: run.Mailbox, EndedAfter: s.now().Add(-ownKept)})
	if err != nil {
		return nil, err
	}
	return ownOf(run, rows)
}

func ownOf(run mailbox.Run, rows []dbsqlc.OwnEventsRow) ([]mailbox.Own, error) {
	out := make([]mailbox.Own, 0, len(rows))
	for _, r := range rows {
		o := mailbox.Own{
			Booking: r.BookingID, Generation: int(r.Generation), TransactionID: deref(r.TransactionID),
			EventID: calendar.EventID(deref(r.EventID)), ETag: deref(r.Etag), Base: reconcile.Version(deref(r.BaseFingerprint)),
			Restores: int(r.Restores), Changes: int(r.Changes), Pending: r.Pending, Flagged: r.Flagged, Displaced: r.Displaced,
		}
		if len(r.CreateBody) > 0 {
			o.Sent = new(calendar.Draft)
			if err := json.Unmarshal(r.CreateBody, o.Sent); err != nil {
				return nil, fmt.Errorf("read the prepared event of booking %s: %w", r.BookingID, err)
			}
		}
		if r.Wanted {
			o.Meeting = &translate.Meeting{
				Booking: planner.Booking{
					ID: r.BookingID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Option: r.InterviewOptionID, CaseWorker: r.CaseWorkerID,
					Span: planner.Span{Start: r.StartsAt, End: r.EndsAt}, ContactType: int(r.ContactType), Title: r.Title,
					Origin: planner.Origin(r.Origin), Revision: int(r.Revision),
				},
				Location:      place(r),
				MovesFollowed: run.Rules.Move == reconcile.AcceptMoves,
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// place is the meeting's address and description in one line.
func place(r dbsqlc.OwnEventsRow) string {
	var parts []string
	if r.StreetName != nil {
		street := deref(r.StreetName) + " " + deref(r.StreetBuilding)
		if r.Floor != nil {
			street += ", " + *r.Floor + "."
			if r.Suite != nil {
				street += " " + *r.Suite
			}
		}
		parts = append(parts, street, deref(r.PostCode)+" "+deref(r.DistrictName))
	}
	if r.LocationDescription != nil {
		parts = append(parts, *r.LocationDescription)
	}
	return strings.Join(parts, ", ")
}

// Blocks implements mailbox.Store.
func (s *Store) Blocks(ctx context.Context, run mailbox.Run, ids []calendar.EventID) ([]translate.Block, error) {
	if ids == nil {
		rows, err := s.read().Blocks(ctx, run.Mailbox)
		if err != nil {
			return nil, err
		}
		out := make([]translate.Block, len(rows))
		for i, r := range rows {
			out[i] = block(r)
		}
		return out, nil
	}
	rows, err := s.read().BlocksByID(ctx, dbsqlc.BlocksByIDParams{MailboxID: run.Mailbox, ItemIds: texts(ids)})
	if err != nil {
		return nil, err
	}
	out := make([]translate.Block, len(rows))
	for i, r := range rows {
		out[i] = block(dbsqlc.BlocksRow(r))
	}
	return out, nil
}

func block(r dbsqlc.BlocksRow) translate.Block {
	return translate.Block{
		ID: calendar.EventID(r.ItemID), SeriesID: calendar.EventID(deref(r.SeriesID)),
		Span: planner.Span{Start: r.StartsAt.UTC(), End: r.EndsAt.UTC()}, ShowAs: calendar.ShowAs(r.ShowAs), Private: r.Private,
	}
}

func texts(ids []calendar.EventID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
