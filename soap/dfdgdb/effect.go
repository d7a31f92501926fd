package dfdgdb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
	"kommunalplanner.example/soap/dfdgqueue"
)

const statusCancelled = "cancelled"

// actorKSS is who changed a booking, in the audit trail, when DFDG's queue told of it.
const actorKSS = "kss"

// effect carries out what a message says.
type effect struct {
	s    *Store
	tx   pgx.Tx
	m    dfdgqueue.Summons
	from string // how the message came
	hash []byte // the citizen's
	now  time.Time
	row  dbsqlc.KnownOfBookingRow
}

// workers are the case workers concerned, old and new, in the order of locking.
func (e *effect) workers() []uuid.UUID {
	var ids []uuid.UUID
	for _, id := range []*uuid.UUID{e.row.CaseWorkerID, e.row.NamedCaseWorker} {
		if id != nil {
			ids = append(ids, *id)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// prepare locks the case workers, gives up what the booking holds, and tells whether its new time is taken.
func (e *effect) prepare(ctx context.Context, d dfdgqueue.Decision) (taken bool, err error) {
	if d.Verb == dfdgqueue.VerbCancel {
		e.row.NamedCaseWorker = nil // not concerned
	}
	b := new(pgbatch.Batch)
	q := dbsqlc.New(b)
	_ = q.LockCaseWorkers(ctx, e.workers())
	_ = q.DeleteHeldTime(ctx, &e.m.Booking)
	var rows []struct{ Taken bool }
	if d.Verb != dfdgqueue.VerbCancel {
		worker, span := *e.row.NamedCaseWorker, e.m.Span
		_ = q.DeleteExpiredOverlapping(ctx, dbsqlc.DeleteExpiredOverlappingParams{CaseWorkerID: worker, FromAt: span.Start, ToAt: span.End, Now: e.now})
		_, _ = q.IsTaken(ctx, dbsqlc.IsTakenParams{CaseWorkerID: worker, FromAt: span.Start, ToAt: span.End, BookingID: e.m.Booking, Now: e.now})
		pgbatch.Into(b, &rows)
	}
	err = pgbatch.Send(ctx, e.tx, b)
	return len(rows) > 0 && rows[0].Taken, err
}

// queue writes the booking, its time and the audit trail.
func (e *effect) queue(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries, d dfdgqueue.Decision, overlaps bool, booked, held *int64) {
	if d.Verb == dfdgqueue.VerbCancel {
		_, _ = q.CancelAgreedBooking(ctx, dbsqlc.CancelAgreedBookingParams{ID: e.m.Booking, Revision: *e.row.Revision, RequestFingerprint: e.fingerprint(), At: e.now})
		pgbatch.Affected(b, booked)
		_ = q.DropReportsOfBooking(ctx, dbsqlc.DropReportsOfBookingParams{BookingID: e.m.Booking, At: &e.now})
		e.queueAudit(ctx, q, "cancel", d, nil)
		return
	}
	worker, span, action := *e.row.NamedCaseWorker, e.m.Span, "move"
	if e.row.BookingID == nil {
		action = "create"
		_, _ = q.InsertAgreedBooking(ctx, dbsqlc.InsertAgreedBookingParams{
			ID: e.m.Booking, JobCenterCode: string(e.m.JobCenter), CitizenHash: e.hash, CitizenSealed: e.s.o.Sealer.Seal(e.m.CPR),
			CaseWorkerID: worker, StartsAt: span.Start, EndsAt: span.End, ContactType: int32(e.m.ContactType), Title: e.m.Title,
			Overlapping: overlaps, RequestFingerprint: e.fingerprint(), At: e.now,
		})
	} else {
		_, _ = q.MoveAgreedBooking(ctx, dbsqlc.MoveAgreedBookingParams{
			ID: e.m.Booking, Revision: *e.row.Revision, CaseWorkerID: worker, StartsAt: span.Start, EndsAt: span.End,
			ContactType: int32(e.m.ContactType), Title: e.m.Title, Overlapping: overlaps, RequestFingerprint: e.fingerprint(), At: e.now,
		})
	}
	pgbatch.Affected(b, booked)
	_, _ = q.HoldAgreed(ctx, dbsqlc.HoldAgreedParams{
		ID: uuid.New(), CaseWorkerID: worker, FromAt: span.Start, ToAt: span.End, Exclusive: !overlaps, BookingID: e.m.Booking,
	})
	pgbatch.Affected(b, held)
	e.queueAudit(ctx, q, action, d, &meeting{span.Start, span.End, worker, e.m.ContactType})
}

func (e *effect) fingerprint() []byte {
	sum := sha256.Sum256(append([]byte("dfdg message "), e.m.MessageID[:]...))
	return sum[:]
}

// meeting is what the audit trail keeps of one, in plannerdb's form.
type meeting struct {
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
	CaseWorker  uuid.UUID `json:"caseWorker"`
	ContactType int       `json:"contactType"`
}

func (m *meeting) json() []byte {
	if m == nil {
		return nil
	}
	j, _ := json.Marshal(m) // times of these centuries, numbers and ids always marshal
	return j
}

func (e *effect) queueAudit(ctx context.Context, q *dbsqlc.Queries, action string, d dfdgqueue.Decision, after *meeting) {
	var before *meeting
	worker := e.row.CaseWorkerID
	if e.row.BookingID != nil {
		before = &meeting{deref(e.row.StartsAt).UTC(), deref(e.row.EndsAt).UTC(), *e.row.CaseWorkerID, int(*e.row.ContactType)}
	}
	if after != nil {
		worker = &after.CaseWorker
	}
	jc := string(e.m.JobCenter)
	_ = q.Audit(ctx, dbsqlc.AuditParams{
		At: e.now, Actor: actorKSS, OnBehalfOf: "8:" + jc, CameFrom: e.from, Action: action, JobCenterCode: &jc, CaseWorkerID: worker, BookingID: &e.m.Booking,
		CitizenHash: e.hash, Reason: string(d.Reason), Before: before.json(), After: after.json(),
	})
}

// tell tells the calendars, last.
func (e *effect) tell(ctx context.Context) error {
	if e.s.o.Calendars == nil {
		return nil
	}
	if err := e.s.o.Calendars.BookingChangedTx(ctx, e.tx, e.m.Booking, e.workers()); err != nil {
		return fmt.Errorf("tell calendars of booking %s: %w", e.m.Booking, err)
	}
	return nil
}
