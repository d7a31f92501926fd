package dfdgdb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
	"kommunalplanner.example/soap/dfdgqueue"
)

// States of a message's row.
const (
	stateApplied    = "applied"
	stateRecorded   = "recorded"
	stateEcho       = "echo"
	stateStale      = "stale"
	stateIgnored    = "ignored"
	stateWaiting    = "waiting"
	stateUnreadable = "unreadable"
)

// citizenLock is the advisory lock's key of a citizen's hash, the same as plannerdb's.
func citizenLock(hash []byte) int64 { return int64(binary.BigEndian.Uint64(hash)) }

// Receive implements dfdgqueue.Inbox.
func (s *Store) Receive(ctx context.Context, r dfdgqueue.Received, decide func(dfdgqueue.Known) dfdgqueue.Decision) (dfdgqueue.Verdict, error) {
	var verdict dfdgqueue.Verdict
	err := s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) (err error) {
		if r.Reason != "" {
			verdict, err = s.keep(ctx, q, r)
		} else {
			verdict, err = s.receive(ctx, tx, q, r, decide)
		}
		return err
	})
	if err != nil {
		return dfdgqueue.Verdict{}, unstorable(err)
	}
	return verdict, nil
}

// keep stores a message that has no effect.
func (s *Store) keep(ctx context.Context, q *dbsqlc.Queries, r dfdgqueue.Received) (dfdgqueue.Verdict, error) {
	row := inboxRow{state: stateUnreadable, decision: dfdgqueue.Decision{Verb: dfdgqueue.VerbWait, Reason: r.Reason}, reason: r.Detail}
	if r.Ignore {
		row = inboxRow{state: stateIgnored, decision: dfdgqueue.Decision{Verb: dfdgqueue.VerbRecord, Reason: r.Reason}}
	}
	return s.store(ctx, q, r, row)
}

type inboxRow struct {
	state    string
	decision dfdgqueue.Decision
	reason   string // the decision's if empty
}

// store writes the message's row last in the transaction, whose effects it thereby makes the message's own.
func (s *Store) store(ctx context.Context, q *dbsqlc.Queries, r dfdgqueue.Received, row inboxRow) (dfdgqueue.Verdict, error) {
	m := r.Summons
	var sealed []byte
	if row.state == stateWaiting || row.state == stateUnreadable {
		sealed = s.o.Vault.Seal(r.Body)
	}
	if row.reason == "" {
		row.reason = string(row.decision.Reason)
	}
	var n int64
	var err error
	if r.Again {
		n, err = q.UpdateInbox(ctx, dbsqlc.UpdateInboxParams{MessageID: m.MessageID, State: row.state, Reason: row.reason, BodySealed: sealed, BookingID: orNil(m.Booking)})
	} else {
		n, err = q.InsertInbox(ctx, dbsqlc.InsertInboxParams{
			MessageID: m.MessageID, JobCenterCode: string(m.JobCenter), Transport: string(r.Kind), Service: r.Service, BookingID: orNil(m.Booking),
			QueuedAt: m.QueuedAt, ReceivedAt: s.now(), State: row.state, Reason: row.reason, BodySealed: sealed,
		})
	}
	switch {
	case err != nil:
		return dfdgqueue.Verdict{}, err
	case n > 0:
		return dfdgqueue.Verdict{Decision: row.decision}, nil
	case r.Reason != "":
		return dfdgqueue.Verdict{Decision: row.decision, Repeated: true}, q.CountRepeat(ctx, m.MessageID)
	}
	return dfdgqueue.Verdict{}, errLost // a twin committed meanwhile: once more, and it will be seen
}

func (s *Store) receive(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, r dfdgqueue.Received, decide func(dfdgqueue.Known) dfdgqueue.Decision) (dfdgqueue.Verdict, error) {
	m := r.Summons
	e := effect{s: s, tx: tx, q: q, m: m, now: s.now()}
	if m.Gone {
		hash, found, err := one(q.CitizenOfBooking(ctx, m.Booking))
		if err != nil {
			return dfdgqueue.Verdict{}, err
		}
		if found {
			e.hash = hash
		}
	} else {
		e.hash = s.o.Sealer.Hash(m.CPR)
	}
	if e.hash != nil {
		if err := q.LockCitizen(ctx, citizenLock(e.hash)); err != nil {
			return dfdgqueue.Verdict{}, err
		}
	}
	seen, found, err := one(q.InboxState(ctx, m.MessageID))
	if err != nil {
		return dfdgqueue.Verdict{}, err
	}
	if found && (!r.Again || seen.State != stateWaiting && seen.State != stateUnreadable) {
		return dfdgqueue.Verdict{Repeated: true}, q.CountRepeat(ctx, m.MessageID)
	}
	if err := e.know(ctx); err != nil {
		return dfdgqueue.Verdict{}, err
	}
	d := decide(e.known())
	var overlaps bool
	state := stateApplied
	switch d.Verb {
	case dfdgqueue.VerbCreate, dfdgqueue.VerbMove:
		overlaps, err = e.book(ctx, d)
	case dfdgqueue.VerbCancel:
		err = e.cancel(ctx, d)
	case dfdgqueue.VerbEcho:
		state = stateEcho
	case dfdgqueue.VerbStale:
		state = stateStale
	case dfdgqueue.VerbWait:
		state = stateWaiting
	default:
		state = stateRecorded
	}
	if err != nil {
		return dfdgqueue.Verdict{}, err
	}
	if d.Newest {
		if err := e.newest(ctx); err != nil {
			return dfdgqueue.Verdict{}, err
		}
	}
	verdict, err := s.store(ctx, q, r, inboxRow{state: state, decision: d})
	verdict.Overlaps = overlaps
	return verdict, err
}

// know reads what is known about the message's booking.
func (e *effect) know(ctx context.Context) (err error) {
	e.row, err = e.q.KnownOfBooking(ctx, dbsqlc.KnownOfBookingParams{
		BookingID: e.m.Booking, StartsAt: e.m.Span.Start, EndsAt: e.m.Span.End, ContactType: int32(e.m.ContactType),
		JobCenterCode: string(e.m.JobCenter), Identifier: e.m.CaseWorkerIdentifier,
	})
	return err
}

func (e *effect) known() dfdgqueue.Known {
	k := dfdgqueue.Known{
		OfThisCitizen: bytes.Equal(e.row.CitizenHash, e.hash), NewestAt: deref(e.row.NewestAt).UTC(), NewestID: deref(e.row.NewestMessage),
		Unreported: e.row.Unreported, Reported: e.row.Reported, Elsewhere: e.row.Elsewhere, CaseWorker: e.row.NamedCaseWorker,
	}
	if e.row.NewestAt == nil {
		k.NewestAt = time.Time{}
	}
	if e.row.LastOwn.Year() > 1 {
		k.LastOwn = &e.row.LastOwn
	}
	if e.row.BookingID != nil {
		k.Booking = &planner.Booking{
			ID: *e.row.BookingID, JobCenter: planner.JobCenterCode(deref(e.row.JobCenterCode)), Option: e.row.InterviewOptionID,
			CaseWorker: deref(e.row.CaseWorkerID), Span: planner.Span{Start: deref(e.row.StartsAt).UTC(), End: deref(e.row.EndsAt).UTC()},
			ContactType: int(deref(e.row.ContactType)), Title: deref(e.row.Title), Origin: planner.Origin(deref(e.row.Origin)),
			Cancelled: deref(e.row.Status) == statusCancelled, Overlaps: deref(e.row.Overlapping), Revision: int(deref(e.row.Revision)),
		}
	}
	return k
}

// newest remembers the message as the newest about its booking, and what the citizen has said.
func (e *effect) newest(ctx context.Context) error {
	p := dbsqlc.PutNewestParams{BookingID: e.m.Booking, NewestAt: e.m.QueuedAt, NewestMessage: e.m.MessageID}
	said := map[dfdgqueue.Status]string{dfdgqueue.Confirmed: "confirmed", dfdgqueue.Excused: "excused"}[e.m.Status]
	if said != "" {
		p.Attendance, p.AttendanceAt = &said, &e.m.QueuedAt
	}
	if err := e.q.PutNewest(ctx, p); err != nil {
		return fmt.Errorf("remember newest message: %w", err)
	}
	return nil
}

// ErrNotWaiting says that a message or report is unknown, or does not wait for a person.
var ErrNotWaiting = errors.New("nothing waits for a person under this id")

// Reopen implements dfdgqueue.Inbox.
func (s *Store) Reopen(ctx context.Context, message uuid.UUID) (dfdgqueue.Message, error) {
	row, found, err := one(s.read().ReopenInbox(ctx, message))
	if err != nil {
		return dfdgqueue.Message{}, fmt.Errorf("read message %s: %w", message, err)
	}
	if !found {
		return dfdgqueue.Message{}, fmt.Errorf("read message %s: %w", message, ErrNotWaiting)
	}
	body, err := s.o.Vault.Open(row.BodySealed)
	if err != nil {
		return dfdgqueue.Message{}, fmt.Errorf("read message %s: %w", message, err)
	}
	return dfdgqueue.Message{
		JobCenter: planner.JobCenterCode(row.JobCenterCode), Kind: dfdgqueue.Kind(row.Transport), Service: row.Service, Body: body,
		ID: row.MessageID, At: row.QueuedAt.UTC(),
	}, nil
}
