package plannerdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// Summon books a citizen for a meeting on behalf of the job centre, along the path of CreateBooking: the same locks, checks,
// rooms, seats, calendars told and repeats known. Search rules do not apply; the rules on time do, but for those that the
// request breaks with a reason. When only such stand in the way, the refusal is CodeBreaksRules and names them. A reservation
// that the citizen has is given up, as when they reserve anew.
func (s *Store) Summon(ctx context.Context, r planner.SummonRequest) (planner.Receipt, error) {
	if err := checkSummons(r); err != nil {
		return planner.Receipt{}, err
	}
	o := order{staff: &r, CreateRequest: planner.CreateRequest{
		JobCenter: r.JobCenter, CPR: r.CPR, BookingID: r.BookingID, Start: r.Start, CaseWorkerIdentifier: r.CaseWorkerIdentifier, ContactType: r.ContactType,
		Caller: callerOf(r.Staff),
	}}
	if r.Own != nil {
		o.Option = ownOptionOf(r.BookingID)
	} else {
		o.Option = *r.Option
	}
	return s.create(ctx, o)
}

func checkSummons(r planner.SummonRequest) error {
	switch {
	case r.CPR.Unknown():
		return refuse(planner.CodeUnknownCPR, "")
	case r.BookingID == uuid.Nil:
		return refuse(planner.CodeUnknownBooking, "no identifier")
	case (r.Option == nil) == (r.Own == nil):
		return refuse(planner.CodeUnknownOption, "either an option or a meeting of its own")
	case r.Own != nil && r.CaseWorkerIdentifier == "":
		return refuse(planner.CodeUnknownCaseWorker, "a meeting without option needs one")
	case r.Own != nil && (len(r.Own.ContactTypes) == 0 || r.Own.Title == ""):
		return refuse(planner.CodeUnknownOption, "without title or contact type")
	case r.Own != nil && (r.Own.Duration < shortest || r.Own.Duration > longest):
		return refuse(planner.CodeBadInterval, "the length")
	case r.Staff.Login == "":
		return errors.New("a summons without the name of who makes it")
	}
	return r.Override.Check()
}

// shortest is the shortest meeting that the schema allows.
const shortest = 5 * time.Minute

// ownOptionOf names the option of a meeting that is booked without one, so that a repeat finds it.
func ownOptionOf(booking uuid.UUID) uuid.UUID { return uuid.NewSHA1(booking, []byte("own option")) }

// order is a booking to be made: asked for by the citizen, or, when staff is set, by a summoner.
type order struct {
	planner.CreateRequest
	staff *planner.SummonRequest
}

func (o order) actor() string {
	if o.staff == nil {
		return actorDFDG
	}
	return o.staff.Staff.Actor()
}

func (o order) origin() string {
	if o.staff == nil {
		return string(planner.OriginSelf)
	}
	return string(planner.OriginPlanner)
}

func (o order) override() planner.Override {
	if o.staff == nil {
		return planner.Override{}
	}
	return o.staff.Override
}

// content is the fingerprint of what is asked for. What is to be broken, why and by whom is no part of it: a colleague may
// repeat it.
func (o order) content(hash []byte) []byte {
	if o.staff == nil {
		return contentOf(o.CreateRequest, hash)
	}
	own := ""
	if k := o.staff.Own; k != nil {
		own = fmt.Sprint(k.InterviewType, k.InterviewForm, k.ContactTypes, k.Duration, k.Title, k.Description)
	}
	return fingerprint("summon", o.JobCenter, hash, o.BookingID, o.Option, o.Start.UnixMicro(), o.CaseWorkerIdentifier, o.ContactType != nil, orZero(o.ContactType), own)
}

// queueOwnOption makes the option of a meeting without one, before it is read like any other.
func (o order) queueOwnOption(ctx context.Context, q *dbsqlc.Queries) {
	if o.staff == nil || o.staff.Own == nil {
		return
	}
	k := o.staff.Own
	p := dbsqlc.InsertOwnOptionParams{
		ID: o.Option, JobCenterCode: string(o.JobCenter), BookingID: o.BookingID, Identifier: o.CaseWorkerIdentifier,
		InterviewType: int32(k.InterviewType), InterviewForm: int32(k.InterviewForm), ContactTypes: int32s(k.ContactTypes),
		DurationMinutes: wholeMinutes(k.Duration), IsCompulsory: k.IsCompulsory, Title: k.Title, Description: orNull(k.Description),
		LocationDescription: orNull(k.Location.Description), Phone: orNull(k.Phone), Email: orNull(k.Email),
	}
	if a := k.Location.Address; a != nil {
		p.StreetName, p.StreetBuilding, p.Floor, p.Suite = &a.StreetName, &a.Building, orNull(a.Floor), orNull(a.Suite)
		p.PostCode, p.DistrictName = &a.PostCode, &a.District
	}
	_ = q.InsertOwnOption(ctx, p)
}

// option is that of the meeting, less the rules that are broken.
func (o order) option(f *facts) (planner.InterviewOption, error) {
	if o.staff != nil && o.staff.Own != nil && len(f.center) > 0 && len(f.option) > 0 {
		return toOption(f.option[0]).Without(o.staff.Override), nil // withdrawn from the first
	}
	option, err := f.newOption()
	return option.Without(o.override()), err
}

// queueRest writes what only a summons has.
func (o order) queueRest(ctx context.Context, q *dbsqlc.Queries) {
	if o.staff != nil && o.staff.FundParticipates != nil {
		_ = q.SetFundParticipates(ctx, dbsqlc.SetFundParticipatesParams{ID: o.BookingID, FundParticipates: o.staff.FundParticipates})
	}
}

// breaking forgets the limits of case workers' days if they are to be broken.
func (f *facts) breaking(o planner.Override) {
	if o.Breaks(planner.ReasonDayLimit) {
		for i := range f.calendars {
			f.calendars[i].MaxPerDay = 0
		}
	}
}

// breakable turns the refusal of a time into the rules that a summoner may break to have it, where only such are in the way
// of some case worker.
func (f *facts) breakable(err error, option planner.InterviewOption, start, now time.Time) error {
	var refusal *planner.Error
	if !errors.As(err, &refusal) || refusal.Code != planner.CodeTaken {
		return err
	}
	search := f.search(option, planner.Span{Start: start, End: start.Add(option.Duration)}, now)
	var fewest []planner.Reason
	for _, c := range search.Calendars {
		var rules []planner.Reason
		for _, o := range search.Obstacles(c, start) {
			if !slices.Contains(rules, o.Reason) {
				rules = append(rules, o.Reason)
			}
		}
		soft := len(rules) > 0 && !slices.ContainsFunc(rules, func(r planner.Reason) bool { return !r.Overridable() })
		if soft && (fewest == nil || len(rules) < len(fewest)) {
			fewest = rules
		}
	}
	if fewest == nil {
		return err
	}
	return &planner.Error{Code: planner.CodeBreaksRules, Detail: joinReasons(fewest), Reasons: fewest}
}

func joinReasons(rules []planner.Reason) string {
	words := make([]string, len(rules))
	for i, r := range rules {
		words[i] = string(r)
	}
	return strings.Join(words, ",")
}

// reasonWith adds to an audit entry's reason which rules were broken, and in whose words why.
func reasonWith(reason string, o planner.Override) string {
	if len(o.Rules) == 0 {
		return reason
	}
	return reason + "; broke " + joinReasons(o.Rules) + ": " + o.Why
}

// callerOf tells from where a member of staff came.
func callerOf(s planner.Staff) planner.Caller { return planner.Caller{From: s.From} }

// Excuse records a citizen's excuse for the time that a booking has; a second replaces the first. The meeting stays. It may be
// recorded for whatever origin, until a day after the meeting's end.
func (s *Store) Excuse(ctx context.Context, jc planner.JobCenterCode, e planner.Excuse, by planner.Staff) error {
	if err := planner.CheckNote(e.Note); err != nil {
		return err
	}
	if !slices.Contains(planner.ExcuseReasons(), e.Reason) {
		return refuse(planner.CodeBadText, "unknown reason for an excuse")
	}
	return s.change(ctx, "excuse from booking "+e.BookingID.String(), func() error {
		return s.onBooking(ctx, jc, e.BookingID, planner.Span{}, func(ctx context.Context, tx pgx.Tx, f *facts, now time.Time) error {
			row := f.booking[0]
			switch {
			case row.Status == cancelled:
				return refuse(planner.CodeNotRebookable, "cancelled")
			case now.After(row.EndsAt.Add(24 * time.Hour)):
				return refuse(planner.CodePast, "over")
			}
			b, q := newBatch()
			_ = q.PutExcuse(ctx, dbsqlc.PutExcuseParams{
				BookingID: row.ID, Revision: row.Revision, ReceivedAt: e.ReceivedAt, ReceivedBy: e.ReceivedBy, Reason: string(e.Reason), Note: orNull(e.Note),
			})
			entry{
				at: now, actor: by.Actor(), action: actionExcuse, caller: callerOf(by), jc: planner.JobCenterCode(row.JobCenterCode), worker: row.CaseWorkerID,
				booking: &row.ID, hash: f.hash, reason: string(e.Reason), after: meetingOf(row),
			}.queue(ctx, q)
			if err := pgbatch.Send(ctx, tx, b); err != nil {
				return err
			}
			s.log.InfoContext(ctx, "excuse recorded", "booking", row.ID)
			return nil
		})
	})
}

// ExcuseOf gives the excuse for the time that a booking has, if there is one.
func (s *Store) ExcuseOf(ctx context.Context, booking uuid.UUID) (e planner.Excuse, found bool, err error) {
	rows, err := dbsqlc.New(s.pool).ExcuseOfBooking(ctx, booking)
	if err != nil || len(rows) == 0 {
		return planner.Excuse{}, false, err
	}
	r := rows[0]
	return planner.Excuse{BookingID: booking, ReceivedAt: r.ReceivedAt.UTC(), ReceivedBy: r.ReceivedBy, Reason: planner.ExcuseReason(r.Reason), Note: text(r.Note)}, true, nil
}
