package plannerdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// hold is time to be held for a meeting of an option, by a reservation or a booking.
type hold struct {
	id      uuid.UUID // of the held time
	option  planner.InterviewOption
	worker  uuid.UUID
	span    planner.Span // of the meeting
	contact int
	moving  *uuid.UUID // the booking that a reservation is to move, or that is moved
	// promised time is held whatever came into the calendar since, and whatever the limits.
	promised bool

	booking *uuid.UUID // nil: a reservation until expires
	expires *time.Time

	result holding
}

// holding says what became of a hold, once the batch was sent.
type holding struct {
	time, seat, room int64
	counts           []dbsqlc.HeldCountsRow
}

// groupOf names the group meeting of an option with a case worker at a start.
func groupOf(option, worker uuid.UUID, start time.Time) uuid.UUID {
	return uuid.NewSHA1(option, fmt.Appendf(nil, "%s %d", worker, start.UnixMicro()))
}

// group names the group meeting; nil when the option has none.
func (h *hold) group() *uuid.UUID {
	if !h.option.Rules.Group() {
		return nil
	}
	id := groupOf(h.option.ID, h.worker, h.span.Start)
	return &id
}

// queue takes the time, and with it a seat and a room where one is needed. The case worker is locked. Limits of a day are counted
// again, since another's reservation may have come between the choice and the lock.
func (h *hold) queue(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries, f *facts, now time.Time) {
	rules := h.option.Rules
	from, to := h.span.Start.Add(-rules.BufferBefore), h.span.End.Add(rules.BufferAfter)
	before, after := wholeMinutes(rules.BufferBefore), wholeMinutes(rules.BufferAfter)
	contact, group := int32(h.contact), h.group()
	jc := f.option[0].JobCenterCode
	if rules.MaxPerDay > 0 || f.dayLimit(h.worker) > 0 {
		day := planner.WholeDays(planner.Span{Start: h.span.Start, End: h.span.Start.Add(1)})
		_, _ = q.HeldCounts(ctx, dbsqlc.HeldCountsParams{
			Option: h.option.ID, CaseWorkerID: h.worker, DayFrom: day.Start, DayTo: day.End, Now: now, CitizenHash: f.hash, Moving: h.moving, Joins: group,
		})
		pgbatch.Into(b, &h.result.counts)
	}
	_ = q.DeleteExpiredOverlapping(ctx, dbsqlc.DeleteExpiredOverlappingParams{CaseWorkerID: h.worker, FromAt: from, ToAt: to, Now: now})
	switch {
	case group != nil:
		p := dbsqlc.HoldSeatTimeParams{
			ID: h.id, FromAt: from, ToAt: to, BookingID: h.booking, BufferBeforeMinutes: before, BufferAfterMinutes: after, GroupID: *group,
			CaseWorkerID: h.worker, Promised: h.promised, Now: now, Moving: h.moving,
		}
		if h.booking == nil {
			p.ExpiresAt, p.JobCenterCode, p.CitizenHash, p.Option, p.ContactType = h.expires, &jc, f.hash, &h.option.ID, &contact
		} else {
			p.Moving = nil // its own time is given up by now
		}
		_ = q.DeleteExpiredSeats(ctx, dbsqlc.DeleteExpiredSeatsParams{GroupID: *group, Now: now})
		_ = q.HoldSeatTime(ctx, p)
		pgbatch.Affected(b, &h.result.time)
		_ = q.TakeSeat(ctx, dbsqlc.TakeSeatParams{GroupID: *group, Option: h.option.ID, ContactType: contact, Seats: int32(rules.Seats), HeldTimeID: h.id})
		pgbatch.Affected(b, &h.result.seat)
	case h.booking == nil:
		_ = q.HoldForReservation(ctx, dbsqlc.HoldForReservationParams{
			ID: h.id, FromAt: from, ToAt: to, Moving: h.moving, ExpiresAt: h.expires, JobCenterCode: &jc, CitizenHash: f.hash,
			Option: &h.option.ID, ContactType: &contact, CaseWorkerID: h.worker, Now: now, BufferBeforeMinutes: before, BufferAfterMinutes: after,
		})
		pgbatch.Affected(b, &h.result.time)
	default:
		_ = q.HoldForBooking(ctx, dbsqlc.HoldForBookingParams{
			ID: h.id, FromAt: from, ToAt: to, BookingID: *h.booking, CaseWorkerID: h.worker, Promised: h.promised, Now: now,
			BufferBeforeMinutes: before, BufferAfterMinutes: after,
		})
		pgbatch.Affected(b, &h.result.time)
	}
	if rules.NeedsRoom(h.contact) {
		_ = q.DeleteExpiredInRooms(ctx, dbsqlc.DeleteExpiredInRoomsParams{JobCenterCode: jc, FromAt: h.span.Start, ToAt: h.span.End, Now: now})
		_ = q.HoldRoom(ctx, dbsqlc.HoldRoomParams{HeldTimeID: h.id, JobCenterCode: jc, FromAt: h.span.Start, ToAt: h.span.End})
		pgbatch.Affected(b, &h.result.room)
	}
}

// done tells whether all that is needed could be had.
func (h *hold) done(f *facts) bool {
	rules := h.option.Rules
	if !h.promised && len(h.result.counts) > 0 {
		all, own := int(h.result.counts[0].AllKinds), int(h.result.counts[0].OfOption)
		limit := f.dayLimit(h.worker)
		joins := h.option.Rules.Group() && f.joinsGroup(h.worker, h.span.Start)
		if !joins && (limit > 0 && all >= limit || rules.MaxPerDay > 0 && own >= rules.MaxPerDay) {
			return false
		}
	}
	return h.result.time == 1 && (!rules.Group() || h.result.seat == 1) && (!rules.NeedsRoom(h.contact) || h.result.room == 1)
}

// dayLimit is how many meetings the case worker may have on a day; zero: no limit, or not read because the time is promised.
func (f *facts) dayLimit(worker uuid.UUID) int {
	for _, r := range f.calendars {
		if r.ID == worker {
			return int(r.MaxPerDay)
		}
	}
	return 0
}

// joinsGroup tells whether there was a group meeting to join when the choice was made.
func (f *facts) joinsGroup(worker uuid.UUID, start time.Time) bool {
	for _, r := range f.own {
		if r.ID != worker {
			continue
		}
		for i := 0; i+2 < len(r.Groups); i += 3 {
			if r.Groups[i].Equal(start) {
				return true
			}
		}
	}
	return false
}
