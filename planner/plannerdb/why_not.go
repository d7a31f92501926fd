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

// WhyNotQuery asks why case workers are not offered at a start, to a citizen who has no other meetings.
type WhyNotQuery struct {
	Option uuid.UUID
	Start  time.Time
	// One case worker, the members of a team, or, when neither is given, all who hold the option's meetings.
	CaseWorkerIdentifier string
	Team                 uuid.UUID
}

// Explanation lists all that keeps one case worker from being offered; nothing when they are offered.
type Explanation struct {
	CaseWorker planner.CaseWorker // names and identifiers only
	Obstacles  []planner.Obstacle
	// AsOf is when the case worker's calendar was last known; nil without a mailbox, or never.
	AsOf *time.Time
}

// WhyNot explains, by identifier. Of what is in a calendar it tells the span, which is all that is known here. The
// interval of a question is no rule here.
func (s *Store) WhyNot(ctx context.Context, ask WhyNotQuery) (planner.InterviewOption, []Explanation, error) {
	now, start := s.now(), ask.Start.UTC()
	doing := fmt.Sprintf("explain option %s", ask.Option)
	read := dbsqlc.New(s.pool)
	options, err := read.OptionByID(ctx, ask.Option)
	if err != nil {
		return planner.InterviewOption{}, nil, fmt.Errorf("%s: %w", doing, err)
	}
	if len(options) == 0 {
		return planner.InterviewOption{}, nil, refuse(planner.CodeUnknownOption, "")
	}
	option := toOption(options[0])
	f := facts{jc: planner.JobCenterCode(options[0].JobCenterCode)}
	var candidates []dbsqlc.CandidatesRow
	calendars := calendarsOf(around(start), now, []byte{})
	calendars.Option, calendars.Identifier = &ask.Option, ask.CaseWorkerIdentifier
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	f.queueOption(ctx, b, q, &ask.Option, nil)
	f.queueCalendars(ctx, b, q, calendars)
	_, _ = q.Candidates(ctx, dbsqlc.CandidatesParams{Option: ask.Option, Identifier: ask.CaseWorkerIdentifier, Team: orNil(ask.Team)})
	pgbatch.Into(b, &candidates)
	if err := s.read(ctx, b, &f); err != nil {
		return option, nil, fmt.Errorf("%s: %w", doing, err)
	}
	if ask.CaseWorkerIdentifier != "" && len(candidates) == 0 {
		return option, nil, refuse(planner.CodeUnknownCaseWorker, "")
	}
	search := f.search(option, planner.Span{Start: start, End: start.Add(option.Duration)}, now)
	known := map[uuid.UUID]planner.Calendar{}
	for _, c := range f.known(true) {
		known[c.CaseWorker] = c
	}
	var told []Explanation
	for _, c := range candidates {
		e := Explanation{
			CaseWorker: planner.CaseWorker{
				ID: c.ID, JobCenter: f.jc, Identifier: c.Identifier, GivenName: c.GivenName, MiddleName: text(c.MiddleName), Surname: c.Surname,
			},
			Obstacles: standing(c, f.option[0].Active, now), AsOf: c.AsOf,
		}
		if calendar, holds := known[c.ID]; holds {
			e.Obstacles = append(e.Obstacles, search.Obstacles(calendar, start)...)
		}
		told = append(told, e)
	}
	return option, told, nil
}

// standing lists what keeps a case worker out of all answers about the option.
func standing(c dbsqlc.CandidatesRow, offered bool, now time.Time) (found []planner.Obstacle) {
	rule := func(broken bool, r planner.Reason) {
		if broken {
			found = append(found, planner.Obstacle{Reason: r})
		}
	}
	rule(!offered, planner.ReasonWithdrawn)
	rule(!c.Named, planner.ReasonNotHolder)
	rule(!c.Competent, planner.ReasonCompetence)
	rule(!c.Active, planner.ReasonInactive)
	unknown, stale := calendarTrouble(c.MailboxState, c.AsOf, c.Kommuneklient, c.StaleAfterMinutes, now)
	rule(unknown, planner.ReasonUnknown)
	rule(stale, planner.ReasonStale)
	return found
}
