package plannerdb_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// TestOfEightRivalsOneGetsEachTime lets eight callers go through the same times at once. Half of them reserve first;
// half of all wish for Anna, who alone holds these meetings in the first case.
func TestOfEightRivalsOneGetsEachTime(t *testing.T) {
	t.Parallel()
	for name, both := range map[string]bool{"one case worker": false, "any of two": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rivals = 8
			times := 500
			if testing.Short() {
				times = 60
			}
			w := newWorld(t)
			var log lockedBuffer
			w.Store = plannerdb.New(w.pool, plannerdb.Options{
				Now: w.clock.Now, Sealer: sealer(t), Changes: w.outbox, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
			})
			w.anna.Hours, w.bo.Hours = daily(0, 24), daily(0, 24)
			must(t, w.PutCaseWorker(t.Context(), w.anna))
			must(t, w.PutCaseWorker(t.Context(), w.bo))
			workers := []uuid.UUID{w.anna.ID}
			if both {
				workers = append(workers, w.bo.ID)
			}
			w.option.Duration = 30 * time.Minute
			must(t, w.PutInterviewOption(t.Context(), center, w.option, workers))

			var group sync.WaitGroup
			var won, slowest [rivals]int64
			begun := time.Now()
			for rival := range rivals {
				group.Go(func() {
					for i := range times {
						start := at(t, "2026-12-02 00:00").Add(time.Duration(i) * 30 * time.Minute)
						asked := time.Now()
						err := w.compete(t, rival, start)
						slowest[rival] = max(slowest[rival], int64(time.Since(asked)))
						switch {
						case err == nil:
							won[rival]++
						case !errors.Is(err, &planner.Error{Code: planner.CodeTaken}):
							t.Errorf("rival %d at %v: %v", rival, start, err)
							return
						}
					}
				})
			}
			group.Wait()
			all, worst := int64(0), int64(0)
			for rival := range rivals {
				all, worst = all+won[rival], max(worst, slowest[rival])
			}
			t.Logf("%d attempts in %v, slowest %v, won %v", rivals*times, time.Since(begun), time.Duration(worst), won)
			want := times * len(workers)
			if got := w.count(t, `select count(*) from booking where status = 'booked'`); got != want || all != int64(want) {
				t.Errorf("%d bookings, %d times won, want %d", got, all, want)
			}
			if got := w.count(t, `select count(distinct (case_worker_id, starts_at)) from booking`); got != want {
				t.Errorf("%d different times, want %d", got, want)
			}
			if n := w.count(t, `select count(*) from held_time where booking_id is null`); n != 0 {
				t.Errorf("%d reservations are left over", n)
			}
			// Who lost a race had told them too, in a transaction that was rolled back, and perhaps again of the same booking.
			var told []uuid.UUID
			for _, c := range w.outbox.drain() {
				told = append(told, c.booking)
			}
			if n := w.count(t, `select count(*) from booking where id = any($1::uuid[])`, told); n != want {
				t.Errorf("calendars were told of %d bookings", n)
			}
			w.noOverlap(t)
			if warned := log.String(); warned != "" {
				t.Errorf("Postgres had to end transactions:\n%s", warned)
			}
		})
	}
}

// compete tries for one time as a citizen of its own for each try.
func (w *world) compete(t *testing.T, rival int, start time.Time) error {
	n := rival*1000 + int(start.Sub(w.clock.Now())/(30*time.Minute))
	create := planner.CreateRequest{JobCenter: center, CPR: citizen(t, n), BookingID: uuid.New(), Option: w.option.ID, Start: start}
	if rival%4 < 2 {
		create.CaseWorkerIdentifier = w.anna.Identifier
	}
	if rival%2 == 0 {
		held, err := w.Reserve(t.Context(), planner.ReserveRequest{JobCenter: center, CPR: create.CPR, Option: &w.option.ID, Start: start, CaseWorkerIdentifier: create.CaseWorkerIdentifier})
		if err != nil {
			return err
		}
		create.Reservation = &held.ID
	}
	_, err := w.CreateBooking(t.Context(), create)
	return err
}

// lockedBuffer is a buffer that several goroutines may write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestCitizensWhoMoveCrosswiseDoNotDeadlock lets citizens reserve, book and move to and fro between the two case workers
// at once, on few times, with short reservations that run out meanwhile, while expiry and the counsellors interfere.
func TestCitizensWhoMoveCrosswiseDoNotDeadlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log lockedBuffer
	w.Store = plannerdb.New(w.pool, plannerdb.Options{
		Now: w.clock.Now, Sealer: sealer(t), Changes: w.outbox, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	ids := []string{w.anna.Identifier, w.bo.Identifier}
	var moved, other lockedCount
	count := func(err error) {
		var refusal *planner.Error
		switch {
		case err == nil:
			moved.add()
		case errors.As(err, &refusal) && (refusal.Code == planner.CodeTaken || refusal.Code == planner.CodeReservationGone):
			other.add()
		default:
			t.Errorf("%v", err)
		}
	}
	var group sync.WaitGroup
	for who := range 8 {
		group.Go(func() {
			cpr, booking := citizen(t, who), uuid.New()
			own := at(t, "2026-12-10 08:00").AddDate(0, 0, who/4).Add(time.Duration(who%4) * 2 * time.Hour)
			if _, err := w.CreateBooking(t.Context(), planner.CreateRequest{JobCenter: center, CPR: cpr, BookingID: booking, Option: w.option.ID, Start: own}); err != nil {
				t.Errorf("citizen %d: %v", who, err)
				return
			}
			for i := range rounds {
				start := at(t, "2026-12-08 08:00").Add(time.Duration((who+i)%5) * 30 * time.Minute)
				held, err := w.Reserve(t.Context(), planner.ReserveRequest{JobCenter: center, CPR: cpr, Booking: &booking, Start: start, CaseWorkerIdentifier: ids[(who+i)%2]})
				count(err)
				if i%3 == 0 {
					w.clock.advance(6 * time.Minute)
				}
				if i%2 == 0 && err == nil {
					_, err = w.RescheduleBooking(t.Context(), planner.RescheduleRequest{JobCenter: center, CPR: cpr, BookingID: booking, Reservation: &held.ID, Start: start})
					count(err)
				}
				if i%5 == 0 {
					_, err := w.ExpireReservations(t.Context())
					must2(t, err)
				}
				if i%7 == 0 {
					count(w.MoveFromOutlook(t.Context(), booking, planner.Span{Start: own, End: own.Add(time.Hour)}))
				}
			}
		})
	}
	group.Wait()
	t.Logf("%d succeeded, %d found their time taken", moved.n, other.n)
	if moved.n == 0 || other.n == 0 {
		t.Error("nothing was contended")
	}
	w.noOverlap(t)
	if warned := log.String(); warned != "" {
		t.Errorf("Postgres had to end transactions:\n%s", warned)
	}
}

type lockedCount struct {
	mu sync.Mutex
	n  int
}

func (c *lockedCount) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

// must2 is must for goroutines other than the test's.
func must2(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// TestTwoCitizensUsingOneBookingIdentifierAtOnceGetOneBooking needs both to look before either writes.
func TestTwoCitizensUsingOneBookingIdentifierAtOnceGetOneBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 20 {
		id := uuid.New()
		errs := make([]error, 4)
		var group sync.WaitGroup
		for who := range errs {
			group.Go(func() {
				_, errs[who] = w.CreateBooking(t.Context(), planner.CreateRequest{
					JobCenter: center, CPR: citizen(t, who), BookingID: id, Option: w.option.ID, Start: at(t, "2026-12-08 08:00").Add(time.Duration(who) * time.Hour),
				})
			})
		}
		group.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
			} else {
				refused(t, err, planner.CodeConflictingRepeat)
			}
		}
		if made != 1 {
			t.Fatalf("%d bookings under one identifier", made)
		}
		w.exec(t, `delete from held_time`)
		w.exec(t, `delete from booking`)
	}
}

// TestOneCitizenBookingTwiceAtOnceGetsOneMeeting: the case workers are different, so only the citizen's lock keeps them apart.
func TestOneCitizenBookingTwiceAtOnceGetsOneMeeting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 20 {
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i, wish := range []string{w.anna.Identifier, w.bo.Identifier} {
			group.Go(func() {
				_, errs[i] = w.CreateBooking(t.Context(), planner.CreateRequest{
					JobCenter: center, CPR: citizen(t, 1), BookingID: uuid.New(), Option: w.option.ID, Start: at(t, "2026-12-08 08:00"), CaseWorkerIdentifier: wish,
				})
			})
		}
		group.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("errors %v", errs)
		}
		refused(t, errors.Join(errs...).(interface{ Unwrap() []error }).Unwrap()[0], planner.CodeTaken)
		w.exec(t, `delete from held_time`)
		w.exec(t, `delete from booking`)
	}
}

func TestTheLogAndTheAuditTrailTellNoCPRNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log lockedBuffer
	w.Store = plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t), Changes: w.outbox, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	_, err := w.reserve(t, 1, "2026-12-08 10:00")
	must(t, err)
	made, _, err := w.create(t, 1, "2026-12-08 10:00")
	must(t, err)
	_, _, err = w.move(t, 1, made.BookingID, "2026-12-08 12:00")
	must(t, err)
	must(t, w.CancelFromOutlook(t.Context(), made.BookingID))
	digits := citizen(t, 1).Reveal()
	if n := strings.Count(log.String(), "\n"); n != 4 || strings.Contains(log.String(), digits) {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
	for _, table := range []string{"booking", "held_time", "audit_entry"} {
		if n := w.count(t, `select count(*) from `+table+` x where x::text like '%' || $1 || '%'`, digits); n != 0 {
			t.Errorf("%s tells the number", table)
		}
	}
}
