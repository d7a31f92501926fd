package plannerdb_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// TestAReservationIsOnlyForWhatItWasMade holds Anna's time at ten, lets something differ, and sees what becomes of the booking.
func TestAReservationIsOnlyForWhatItWasMade(t *testing.T) {
	t.Parallel()
	eight, three := 8, 3
	tests := map[string]struct {
		prepare func(t *testing.T, w *world)
		change  func(w *world, r *planner.CreateRequest)
		code    planner.Code
		with    string // the case worker's given name
		start   string
		contact int
		left    int // reservations
	}{
		"just this":                       {with: "anna", start: "2026-12-08 10:00", contact: 1},
		"with the contact type chosen":    {change: func(_ *world, r *planner.CreateRequest) { r.ContactType = &eight }, with: "anna", start: "2026-12-08 10:00", contact: 8},
		"the same case worker wished for": {change: func(w *world, r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.anna.Identifier }, with: "anna", start: "2026-12-08 10:00", contact: 1},
		"another case worker":             {change: func(w *world, r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.bo.Identifier }, with: "bo", start: "2026-12-08 10:00", contact: 1},
		"another time":                    {change: func(_ *world, r *planner.CreateRequest) { r.Start = r.Start.Add(time.Hour) }, with: "anna", start: "2026-12-08 11:00", contact: 1},
		"bad contact type":                {change: func(_ *world, r *planner.CreateRequest) { r.ContactType = &three }, code: planner.CodeBadContactType, left: 1},
		"another job centre":              {change: func(_ *world, r *planner.CreateRequest) { r.JobCenter = "20200" }, code: planner.CodeUnknownOption, left: 1},
		"another citizen": {change: func(w *world, r *planner.CreateRequest) {
			r.CPR = w.stranger
			r.CaseWorkerIdentifier = w.anna.Identifier
		}, code: planner.CodeReservationGone, left: 1},
		"an option since withdrawn": {prepare: func(t *testing.T, w *world) { must(t, w.WithdrawInterviewOption(t.Context(), w.option.ID)) }, code: planner.CodeUnknownOption, left: 1},
		"one who has since retired": {prepare: func(t *testing.T, w *world) { must(t, w.RetireCaseWorker(t.Context(), w.anna.ID)) }, with: "bo", start: "2026-12-08 10:00", contact: 1},
		"after it expired":          {prepare: func(_ *testing.T, w *world) { w.clock.advance(10 * time.Minute) }, with: "anna", start: "2026-12-08 10:00", contact: 1},
		"after the time itself": {prepare: func(t *testing.T, w *world) {
			w.exec(t, `update held_time set expires_at = '2030-01-01'`)
			w.clock.advance(8 * 24 * time.Hour)
		}, code: planner.CodePast, left: 1},
		"with another meeting meanwhile": {prepare: func(t *testing.T, w *world) {
			w.exec(t, `insert into booking (id, job_center_code, citizen_hash, citizen_sealed, case_worker_id, starts_at, ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at)
				select $1, job_center_code, citizen_hash, '', $2, lower(during), upper(during), 1, 'Samtale', 'kss', '', $3, $3 from held_time`, uuid.New(), w.bo.ID, w.clock.Now())
		}, code: planner.CodeTaken, left: 1},
		"over the counsellor's new appointment": {prepare: func(t *testing.T, w *world) { w.block(t, w.anna.ID, "2026-12-08 09:00", "2026-12-08 12:00") }, with: "anna", start: "2026-12-08 10:00", contact: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.stranger = citizen(t, 2)
			must(t, w.PutJobCenter(t.Context(), planner.JobCenter{Code: "20200", Name: "Jobcenter Andetsteds"}))
			held, err := w.reserve(t, 1, "2026-12-08 10:00")
			must(t, err)
			if tt.prepare != nil {
				tt.prepare(t, w)
			}
			made, receipt, err := w.create(t, 1, "2026-12-08 10:00", func(r *planner.CreateRequest) {
				r.Reservation = &held.ID
				if tt.change != nil {
					tt.change(w, r)
				}
			})
			refused(t, err, tt.code)
			if n := w.count(t, `select count(*) from held_time where booking_id is null`); n != tt.left {
				t.Errorf("%d reservations are left, want %d", n, tt.left)
			}
			if tt.code != "" {
				if n := w.count(t, `select (select count(*) from booking where origin = 'self') + (select count(*) from audit_entry where action = 'create')`); n != 0 {
					t.Errorf("%d rows are left of a refused request", n)
				}
				return
			}
			b, err := w.Booking(t.Context(), made.BookingID)
			must(t, err)
			want := map[string]uuid.UUID{"anna": w.anna.ID, "bo": w.bo.ID}[tt.with]
			if b.CaseWorker != want || !b.Span.Start.Equal(at(t, tt.start)) || b.Span.End.Sub(b.Span.Start) != time.Hour || b.ContactType != tt.contact {
				t.Errorf("booking %+v", b)
			}
			again, err := w.CreateBooking(t.Context(), made)
			if err != nil || again != receipt {
				t.Errorf("repeat: %+v, %v; first %+v", again, err, receipt)
			}
			if n := w.count(t, `select count(*) from audit_entry where action = 'create' and booking_id = $1 and case_worker_id = $2 and (after->>'start')::timestamptz = $3 and actor = 'dfdg' and on_behalf_of = '5:101'`,
				made.BookingID, want, b.Span.Start); n != 1 {
				t.Errorf("%d audit rows", n)
			}
			if told := w.outbox.drain(); len(told) != 1 {
				t.Errorf("calendars were told %v", told)
			}
			w.noOverlap(t)
		})
	}
}
