package dfdgdb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
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
			verdict, err = s.keep(ctx, tx, r)
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
func (s *Store) keep(ctx context.Context, tx pgx.Tx, r dfdgqueue.Received) (dfdgqueue.Verdict, error) {
	row := inboxRow{state: stateUnreadable, decision: dfdgqueue.Decision{Verb: dfdgqueue.VerbWait, Reason: r.Reason}, reason: r.Detail}
	if r.Ignore {
		row = inboxRow{state: stateIgnored, decision: dfdgqueue.Decision{Verb: dfdgqueue.VerbRecord, Reason: r.Reason}}
	}
	b := new(pgbatch.Batch)
	var stored int64
	s.queueRow(ctx, b, dbsqlc.New(b), r, row, &stored)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return dfdgqueue.Verdict{}, err
	}
	if stored == 0 {
		return dfdgqueue.Verdict{Decision: row.decision, Repeated: true}, dbsqlc.New(tx).CountRepeat(ctx, r.Summons.MessageID)
	}
	return dfdgqueue.Verdict{Decision: row.decision}, nil
}

type inboxRow struct {
	state    string
	decision dfdgqueue.Decision
	reason   string // the decision's if empty
}

// queueRow writes the message's row; its text is kept only for a person.
func (s *Store) queueRow(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries, r dfdgqueue.Received, row inboxRow, stored *int64) {
	m := r.Summons
	var sealed []byte
	if row.state == stateWaiting || row.state == stateUnreadable {
		sealed = s.o.Vault.Seal(r.Body)
	}
	if row.reason == "" {
		row.reason = string(row.decision.Reason)
	}
	if r.Again {
		_, _ = q.UpdateInbox(ctx, dbsqlc.UpdateInboxParams{MessageID: m.MessageID, State: row.state, Reason: row.reason, BodySealed: sealed, BookingID: orNil(m.Booking)})
	} else {
		_, _ = q.InsertInbox(ctx, dbsqlc.InsertInboxParams{
			MessageID: m.MessageID, JobCenterCode: string(m.JobCenter), Transport: string(r.Kind), Service: r.Service, BookingID: orNil(m.Booking),
			QueuedAt: m.QueuedAt, ReceivedAt: s.now(), State: row.state, Reason: row.reason, BodySealed: sealed,
		})
	}
	pgbatch.Affected(b, stored)
}

// receive takes four round trips beside begin and commit: what is known, the case workers' locks and what else is there, the writes,
// the calendars.
func (s *Store) receive(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, r dfdgqueue.Received, decide func(dfdgqueue.Known) dfdgqueue.Decision) (dfdgqueue.Verdict, error) {
	e := effect{s: s, tx: tx, m: r.Summons, from: "dfdg " + string(r.Kind), now: s.now()}
	seen, err := e.know(ctx, q)
	if err != nil {
		return dfdgqueue.Verdict{}, err
	}
	if seen != "" && (!r.Again || seen != stateWaiting && seen != stateUnreadable) {
		return dfdgqueue.Verdict{Repeated: true}, q.CountRepeat(ctx, e.m.MessageID)
	}
	d := decide(e.known())
	verdict := dfdgqueue.Verdict{Decision: d}
	state := map[dfdgqueue.Verb]string{
		dfdgqueue.VerbCreate: stateApplied, dfdgqueue.VerbMove: stateApplied, dfdgqueue.VerbCancel: stateApplied,
		dfdgqueue.VerbEcho: stateEcho, dfdgqueue.VerbStale: stateStale, dfdgqueue.VerbWait: stateWaiting,
	}[d.Verb]
	if state == "" {
		state = stateRecorded
	}
	if state == stateApplied {
		if verdict.Overlaps, err = e.prepare(ctx, d); err != nil {
			return dfdgqueue.Verdict{}, err
		}
	}
	b := new(pgbatch.Batch)
	bq := dbsqlc.New(b)
	booked, held, stored := int64(1), int64(1), int64(0)
	if state == stateApplied {
		e.queue(ctx, b, bq, d, verdict.Overlaps, &booked, &held)
	}
	if d.Newest {
		e.queueNewest(ctx, bq)
	}
	s.queueRow(ctx, b, bq, r, inboxRow{state: state, decision: d}, &stored)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return dfdgqueue.Verdict{}, err
	}
	if booked == 0 || held == 0 || stored == 0 {
		return dfdgqueue.Verdict{}, errLost // another transaction was faster: once more, and it will be seen
	}
	if state == stateApplied {
		err = e.tell(ctx)
	}
	return verdict, err
}

// know locks the citizen, and reads whether the message was seen and what is known about its booking.
func (e *effect) know(ctx context.Context, q *dbsqlc.Queries) (seen string, err error) {
	if !e.m.Gone {
		e.hash = e.s.o.Sealer.Hash(e.m.CPR)
	} else if hash, found, err := one(q.CitizenOfBooking(ctx, e.m.Booking)); err != nil {
		return "", err
	} else if found {
		e.hash = hash
	}
	b := new(pgbatch.Batch)
	bq := dbsqlc.New(b)
	if e.hash != nil {
		_ = bq.LockCitizen(ctx, citizenLock(e.hash))
	}
	var states []dbsqlc.InboxStateRow
	_, _ = bq.InboxState(ctx, e.m.MessageID)
	pgbatch.Into(b, &states)
	var rows []dbsqlc.KnownOfBookingRow
	_, _ = bq.KnownOfBooking(ctx, dbsqlc.KnownOfBookingParams{
		BookingID: e.m.Booking, StartsAt: e.m.Span.Start, EndsAt: e.m.Span.End, ContactType: int32(e.m.ContactType),
		JobCenterCode: string(e.m.JobCenter), Identifier: e.m.CaseWorkerIdentifier,
	})
	pgbatch.Into(b, &rows)
	if err := pgbatch.Send(ctx, e.tx, b); err != nil {
		return "", err
	}
	e.row = rows[0]
	if len(states) > 0 {
		seen = states[0].State
	}
	return seen, nil
}

func (e *effect) known() dfdgqueue.Known {
	k := dfdgqueue.Known{
		OfThisCitizen: bytes.Equal(e.row.CitizenHash, e.hash), NewestID: deref(e.row.NewestMessage),
		Unreported: e.row.Unreported, Reported: e.row.Reported, Elsewhere: e.row.Elsewhere, CaseWorker: e.row.NamedCaseWorker,
	}
	if e.row.NewestAt != nil {
		k.NewestAt = e.row.NewestAt.UTC()
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

// queueNewest remembers the message as the newest about its booking, and what the citizen has said.
func (e *effect) queueNewest(ctx context.Context, q *dbsqlc.Queries) {
	p := dbsqlc.PutNewestParams{BookingID: e.m.Booking, NewestAt: e.m.QueuedAt, NewestMessage: e.m.MessageID}
	said := map[dfdgqueue.Status]string{dfdgqueue.Confirmed: "confirmed", dfdgqueue.Excused: "excused"}[e.m.Status]
	if said != "" {
		p.Attendance, p.AttendanceAt = &said, &e.m.QueuedAt
	}
	_ = q.PutNewest(ctx, p)
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
