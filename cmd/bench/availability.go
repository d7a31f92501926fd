package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

const (
	availabilityWorkers = 50
	availabilityDays    = 30
	availabilityRounds  = 15
	availabilityCenter  = planner.JobCenterCode("10500")
)

// availability measures the answer for a team and a month under all rules, from question to slots, beside one range query that
// fetches the appointments and the times held; and beside asking the database once per possible start and case worker, as
// calendars do that keep no rules of their own.
func availability(ctx context.Context, db, _ string) ([]result, error) {
	pool, err := ownDatabase(ctx, db, "bench_availability")
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	a := &team{pool: pool, now: time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)}
	a.interval = planner.Span{
		Start: time.Date(2026, 12, 1, 0, 0, 0, 0, planner.Copenhagen()),
		End:   time.Date(2026, 12, 1+availabilityDays, 0, 0, 0, 0, planner.Copenhagen()),
	}
	a.store = plannerdb.New(pool, plannerdb.Options{Now: func() time.Time { return a.now }, Sealer: benchSealer()})
	if err := a.fill(ctx); err != nil {
		return nil, err
	}
	sides := []func(context.Context) (int, error){a.answer, a.rangeQuery, a.perSlot}
	took := make([][]float64, len(sides))
	for round := range availabilityRounds + 1 {
		for i, side := range sides {
			if i == 2 && round > 2 {
				continue // the slow one: two rounds tell enough
			}
			began := time.Now()
			n, err := side(ctx)
			if err != nil {
				return nil, err
			}
			if n == 0 {
				return nil, errNoTimes
			}
			if round > 0 { // the first one warms up
				took[i] = append(took[i], float64(time.Since(began).Microseconds())/1000)
			}
		}
	}
	return []result{
		atMost("50 case workers × 30 days", "one range query", "ms", median(took[0]), median(took[1]), 2, availabilityRounds),
		atLeast("the same, one query per slot", "the answer", "ms", took[2], took[0][:len(took[2])], 30),
	}, nil
}

// team is a job centre in which every rule is in use.
type team struct {
	pool     *pgxpool.Pool
	store    *plannerdb.Store
	now      time.Time
	interval planner.Span
	option   planner.InterviewOption
}

func (a *team) fill(ctx context.Context) error {
	a.option = planner.InterviewOption{
		ID: uuid.New(), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1, 2, 8}, Duration: 45 * time.Minute, SlotStep: 15 * time.Minute,
		Notice: 2 * time.Hour, HorizonDays: 100, Title: "Måling", Rules: planner.OptionRules{
			BufferBefore: 5 * time.Minute, BufferAfter: 10 * time.Minute, MaxPerDay: 5, RoomFor: []int{1}, Competences: []string{"job"},
		},
	}
	if err := a.store.PutJobCenter(ctx, planner.JobCenter{Code: availabilityCenter, Name: "Måling"}); err != nil {
		return err
	}
	if err := a.store.SetCenterRules(ctx, availabilityCenter, planner.CenterRules{
		Closing:    planner.ClosingDays{PublicHolidays: true, ChristmasEve: true, Local: []planner.Date{{Year: 2026, Month: 12, Day: 23}}},
		StaleAfter: 30 * time.Minute, SpreadByWeek: true,
	}); err != nil {
		return err
	}
	var ids []uuid.UUID
	for i := range availabilityWorkers {
		w := planner.CaseWorker{ID: uuid.New(), JobCenter: availabilityCenter, Identifier: fmt.Sprint("RID-hold-", i), GivenName: "Anna", Surname: "Østergård", Email: uuid.NewString() + "@example.dk"}
		for day := 1; day <= 5; day++ {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: day, StartMinute: 8 * 60, EndMinute: 12 * 60}, planner.WorkingHours{Weekday: day, StartMinute: 12*60 + 30, EndMinute: 16 * 60})
		}
		if err := a.store.PutCaseWorker(ctx, w); err != nil {
			return err
		}
		rules := planner.CaseWorkerRules{MaxPerDay: 6, Competences: []string{"job"}}
		rules.Exceptions = []planner.DateHours{{Date: planner.Date{Year: 2026, Month: 12, Day: 1 + i%28}}}
		if i%5 == 0 {
			rules.Contacts = []planner.ContactRule{{Weekday: 1 + i%5, ContactType: 8}}
		}
		if err := a.store.SetCaseWorkerRules(ctx, w.ID, rules); err != nil {
			return err
		}
		ids = append(ids, w.ID)
	}
	if err := a.store.PutInterviewOption(ctx, availabilityCenter, a.option, nil); err != nil {
		return err
	}
	hold := uuid.New()
	if err := a.store.PutTeam(ctx, availabilityCenter, hold, "Hold", ids); err != nil {
		return err
	}
	if err := a.store.SetOptionTeams(ctx, a.option.ID, []uuid.UUID{hold}); err != nil {
		return err
	}
	for i := range 10 {
		if err := a.store.PutRoom(ctx, availabilityCenter, uuid.New(), fmt.Sprint("Lokale ", i)); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		`insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at, as_of)
		select id, id::text, email, 'active', $1, $1, $1, $1::timestamptz - interval '1 minute' from case_worker`,
		// Half a year of four appointments a day, and one meeting of the option a day.
		`insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as)
		select m.case_worker_id, 'graph', d || '-' || k, s, s + interval '40 minutes', 'busy'
		from (select case_worker_id, row_number() over (order by case_worker_id) as n from mailbox) m, generate_series(0, 180) d, generate_series(0, 3) k,
			lateral (select date_trunc('day', $1::timestamptz, 'Europe/Copenhagen') + d * interval '1 day' + interval '8 hours' + k * interval '2 hours'
				+ (m.n * 7 + d * 11) % 60 * interval '1 minute') t(s)`,
		`insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at, ends_at,
			contact_type, title, origin, request_fingerprint, created_at, updated_at)
		select gen_random_uuid(), o.job_center_code, '\x00', '\x00', o.id, m.case_worker_id, s, s + interval '45 minutes', 2, o.title, 'self', '\x00', $1, $1
		from (select case_worker_id, row_number() over (order by case_worker_id) as n from mailbox) m, interview_option o, generate_series(0, 90) d,
			lateral (select date_trunc('day', $1::timestamptz, 'Europe/Copenhagen') + d * interval '1 day' + interval '9 hours'
				+ (m.n * 5 + d * 3) % 240 * interval '1 minute') t(s)`,
		`insert into held_time (id, case_worker_id, during, booking_id, buffer_before_minutes, buffer_after_minutes)
		select gen_random_uuid(), case_worker_id, tstzrange(starts_at - interval '5 minutes', ends_at + interval '10 minutes'), id, 5, 10
		from booking where $1::timestamptz is not null`,
	} {
		if _, err := a.pool.Exec(ctx, sql, a.now); err != nil {
			return err
		}
	}
	_, err := a.pool.Exec(ctx, `vacuum analyze`)
	return err
}

// answer is the product's.
func (a *team) answer(ctx context.Context) (int, error) {
	found, err := a.store.Timeslots(ctx, planner.TimeslotQuery{JobCenter: availabilityCenter, CPR: benchCitizen(1), Option: a.option.ID, Interval: a.interval})
	return len(found.Slots), err
}

const fetchRows = `
select b.case_worker_id, b.starts_at, b.ends_at from busy_block b where b.case_worker_id = any($1) and b.ends_at > $2 and b.starts_at < $3
union all
select h.case_worker_id, lower(h.during), upper(h.during) from held_time h where h.case_worker_id = any($1) and h.exclusive and h.during && tstzrange($2, $3)`

// rangeQuery fetches the rows, and does nothing with them.
func (a *team) rangeQuery(ctx context.Context) (int, error) {
	ids, err := a.holders(ctx)
	if err != nil {
		return 0, err
	}
	rows, err := a.pool.Query(ctx, fetchRows, ids, a.interval.Start, a.interval.End)
	if err != nil {
		return 0, err
	}
	type row struct {
		Worker   uuid.UUID
		From, To time.Time
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	return len(all), err
}

func (a *team) holders(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := a.pool.Query(ctx, `select case_worker_id from interview_option_holder where interview_option_id = $1`, a.option.ID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// perSlot asks once for each start in the working hours of each case worker whether it is free.
func (a *team) perSlot(ctx context.Context) (free int, err error) {
	ids, err := a.holders(ctx)
	if err != nil {
		return 0, err
	}
	for day := a.interval.Start; day.Before(a.interval.End); day = day.AddDate(0, 0, 1) {
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		for start := day.Add(8 * time.Hour); !start.Add(a.option.Duration).After(day.Add(16 * time.Hour)); start = start.Add(a.option.SlotStep) {
			for _, id := range ids {
				taken := false
				err := a.pool.QueryRow(ctx, `select exists (`+fetchRows+`)`, []uuid.UUID{id}, start, start.Add(a.option.Duration)).Scan(&taken)
				if err != nil {
					return 0, err
				}
				if !taken {
					free++
				}
			}
		}
	}
	return free, nil
}
