package plannerdb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// longest is the longest meeting that the schema allows.
const longest = 12 * time.Hour

// around is the span of which rows are read to decide about one start: the whole days, for the fair order.
func around(start time.Time) planner.Span {
	return withBuffers(planner.Span{Start: start, End: start.Add(longest)})
}

// citizenLock makes the advisory lock's key of a citizen's hash.
func citizenLock(hash []byte) int64 { return int64(binary.BigEndian.Uint64(hash)) }

// lockOf names the case workers to be locked: the one who gets the meeting, the one who has it (the same when none has),
// and the one whose time the citizen's reservation holds, since that is given up.
func (f *facts) lockOf(gets, has uuid.UUID) dbsqlc.LockCaseWorkersParams {
	p := dbsqlc.LockCaseWorkersParams{A: gets, B: has, C: gets}
	if len(f.reservation) > 0 {
		p.C = f.reservation[0].CaseWorkerID
	}
	return p
}

// promised is the citizen's live reservation when it is for just this: the meeting to be moved (nil: a new
// one of the option), the start, and the case worker if one is wished.
func (f *facts) promised(option uuid.UUID, moving *uuid.UUID, start time.Time, identifier string, now time.Time) (dbsqlc.CitizenReservationRow, bool) {
	if len(f.reservation) == 0 {
		return dbsqlc.CitizenReservationRow{}, false
	}
	r := f.reservation[0]
	same := func(a, b *uuid.UUID) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	ok := r.ExpiresAt != nil && r.ExpiresAt.After(now) && r.Active &&
		r.StartsAt.Equal(start) && same(r.InterviewOptionID, &option) && same(r.MovesBookingID, moving) &&
		(identifier == "" || identifier == r.CaseWorkerIdentifier)
	return r, ok
}

// fingerprint identifies what a request asks for, so that its repeat is known.
func fingerprint(parts ...any) []byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%v\x00", p)
	}
	return h.Sum(nil)
}

func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// receipt is built from the booking's identity and state alone, so that a repeat gets the same.
func receipt(booking uuid.UUID, revision int32, at time.Time) planner.Receipt {
	return planner.Receipt{BookingID: booking, At: at.UTC(), MessageID: uuid.NewSHA1(booking, fmt.Appendf(nil, "revision %d", revision))}
}

// tell calls the outbox.
func (s *Store) tell(ctx context.Context, tx pgx.Tx, booking uuid.UUID, workers ...uuid.UUID) error {
	if s.changes == nil {
		return nil
	}
	if err := s.changes.BookingChangedTx(ctx, tx, booking, eachOnce(workers)); err != nil {
		return fmt.Errorf("queue the change of booking %s: %w", booking, err)
	}
	return nil
}

func eachOnce(ids []uuid.UUID) []uuid.UUID {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// Actions in the audit trail.
const (
	actionReserve = "reserve"
	actionCreate  = "create"
	actionMove    = "move"
	actionCancel  = "cancel"
	actionExcuse  = "excuse"
)

// Actors in the audit trail.
const (
	actorDFDG    = "dfdg"
	actorOutlook = "outlook"
)

// meeting is what the audit trail keeps of one: nothing that tells about the citizen.
type meeting struct {
	Start       time.Time  `json:"start"`
	End         time.Time  `json:"end"`
	CaseWorker  uuid.UUID  `json:"caseWorker"`
	ContactType int        `json:"contactType"`
	Expires     *time.Time `json:"expires,omitempty"`
}

func meetingOf(b dbsqlc.BookingByIDRow) *meeting {
	return &meeting{Start: b.StartsAt.UTC(), End: b.EndsAt.UTC(), CaseWorker: b.CaseWorkerID, ContactType: int(b.ContactType)}
}

// entry is one row of the audit trail.
type entry struct {
	at            time.Time
	actor, action string
	caller        planner.Caller
	jc            planner.JobCenterCode
	worker        uuid.UUID
	booking       *uuid.UUID
	hash          []byte
	reason        string
	before, after *meeting
}

func (e entry) queue(ctx context.Context, q *dbsqlc.Queries) {
	_ = q.Audit(ctx, dbsqlc.AuditParams{
		At: e.at, Actor: e.actor, OnBehalfOf: onBehalfOf(e.caller), CameFrom: e.caller.From, Action: e.action, JobCenterCode: code(e.jc),
		CaseWorkerID: orNil(e.worker), BookingID: e.booking, CitizenHash: e.hash, Reason: e.reason,
		Before: e.before.json(), After: e.after.json(),
	})
}

func (m *meeting) json() []byte {
	if m == nil {
		return nil
	}
	j, _ := json.Marshal(m) // times of this century, numbers and ids always marshal
	return j
}

// onBehalfOf names the caller's organisation as its header does: type and code.
func onBehalfOf(c planner.Caller) string {
	if c.OrganisationType == 0 && c.OrganisationCode == "" {
		return ""
	}
	return fmt.Sprintf("%d:%s", c.OrganisationType, c.OrganisationCode)
}
