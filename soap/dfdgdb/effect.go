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

	"kommunalplanner.example/soap"
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
	q    *dbsqlc.Queries
	m    dfdgqueue.Summons
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

// book takes the time that the message tells, for a new booking or for one that is moved or takes place again.
func (e *effect) book(ctx context.Context, d dfdgqueue.Decision) (overlaps bool, err error) {
	worker, span := *e.row.NamedCaseWorker, e.m.Span
	if err := e.q.LockCaseWorkers(ctx, e.workers()); err != nil {
		return false, err
	}
	if err := e.q.DeleteHeldTime(ctx, &e.m.Booking); err != nil {
		return false, err
	}
	err = e.q.DeleteExpiredOverlapping(ctx, dbsqlc.DeleteExpiredOverlappingParams{CaseWorkerID: worker, FromAt: span.Start, ToAt: span.End, Now: e.now})
	if err != nil {
		return false, err
	}
	taken, err := e.q.IsTaken(ctx, dbsqlc.IsTakenParams{CaseWorkerID: worker, FromAt: span.Start, ToAt: span.End, BookingID: e.m.Booking, Now: e.now})
	if err != nil {
		return false, err
	}
	overlaps = deref(taken)
	print := e.fingerprint()
	var n int64
	action := "move"
	if e.row.BookingID == nil {
		action = "create"
		n, err = e.q.InsertAgreedBooking(ctx, dbsqlc.InsertAgreedBookingParams{
			ID: e.m.Booking, JobCenterCode: string(e.m.JobCenter), CitizenHash: e.hash, CitizenSealed: e.s.o.Sealer.Seal(e.m.CPR),
			CaseWorkerID: worker, StartsAt: span.Start, EndsAt: span.End, ContactType: int32(e.m.ContactType), Title: soap.Mask(e.m.Title),
			Overlapping: overlaps, RequestFingerprint: print, At: e.now,
		})
	} else {
		n, err = e.q.MoveAgreedBooking(ctx, dbsqlc.MoveAgreedBookingParams{
			ID: e.m.Booking, Revision: *e.row.Revision, CaseWorkerID: worker, StartsAt: span.Start, EndsAt: span.End,
			ContactType: int32(e.m.ContactType), Title: soap.Mask(e.m.Title), Overlapping: overlaps, RequestFingerprint: print, At: e.now,
		})
	}
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, errLost
	}
	n, err = e.q.HoldAgreed(ctx, dbsqlc.HoldAgreedParams{
		ID: uuid.New(), CaseWorkerID: worker, FromAt: span.Start, ToAt: span.End, Exclusive: !overlaps, BookingID: e.m.Booking,
	})
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, errLost
	}
	return overlaps, e.changed(ctx, action, d, &meeting{span.Start, span.End, worker, e.m.ContactType})
}

func (e *effect) cancel(ctx context.Context, d dfdgqueue.Decision) error {
	workers := []uuid.UUID{*e.row.CaseWorkerID}
	if err := e.q.LockCaseWorkers(ctx, workers); err != nil {
		return err
	}
	if err := e.q.DeleteHeldTime(ctx, &e.m.Booking); err != nil {
		return err
	}
	n, err := e.q.CancelAgreedBooking(ctx, dbsqlc.CancelAgreedBookingParams{ID: e.m.Booking, Revision: *e.row.Revision, RequestFingerprint: e.fingerprint(), At: e.now})
	if err != nil {
		return err
	}
	if n == 0 {
		return errLost
	}
	if err := e.q.DropReportsOfBooking(ctx, dbsqlc.DropReportsOfBookingParams{BookingID: e.m.Booking, At: &e.now}); err != nil {
		return err
	}
	e.row.NamedCaseWorker = nil // not concerned
	return e.changed(ctx, "cancel", d, nil)
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

// changed writes the audit trail and tells the calendars.
func (e *effect) changed(ctx context.Context, action string, d dfdgqueue.Decision, after *meeting) error {
	var before *meeting
	worker := e.row.CaseWorkerID
	if e.row.BookingID != nil {
		before = &meeting{deref(e.row.StartsAt).UTC(), deref(e.row.EndsAt).UTC(), *e.row.CaseWorkerID, int(*e.row.ContactType)}
	}
	if after != nil {
		worker = &after.CaseWorker
	}
	jc := string(e.m.JobCenter)
	if err := e.q.Audit(ctx, dbsqlc.AuditParams{
		At: e.now, Actor: actorKSS, OnBehalfOf: "8:" + jc, Action: action, JobCenterCode: &jc, CaseWorkerID: worker, BookingID: &e.m.Booking,
		CitizenHash: e.hash, Reason: string(d.Reason), Before: before.json(), After: after.json(),
	}); err != nil {
		return fmt.Errorf("audit booking %s: %w", e.m.Booking, err)
	}
	if e.s.o.Calendars == nil {
		return nil
	}
	if err := e.s.o.Calendars.BookingChangedTx(ctx, e.tx, e.m.Booking, e.workers()); err != nil {
		return fmt.Errorf("tell calendars of booking %s: %w", e.m.Booking, err)
	}
	return nil
}
