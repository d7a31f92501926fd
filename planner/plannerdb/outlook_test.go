package plannerdb_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

func TestACounsellorsMoveIsTakenWhenItHurtsNobody(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, to string
		prepare  func(t *testing.T, w *world, booking uuid.UUID)
		code     planner.Code
	}{
		"to another day":            {"2026-12-09 13:00", "2026-12-09 14:00", nil, ""},
		"outside hours":             {"2026-12-09 18:10", "2026-12-09 19:10", nil, ""},
		"longer within the day":     {"2026-12-08 10:00", "2026-12-08 11:50", nil, ""},
		"same length past midnight": {"2026-12-08 23:30", "2026-12-09 00:30", nil, ""},
		"over own appointment": {"2026-12-08 13:00", "2026-12-08 14:00", func(t *testing.T, w *world, _ uuid.UUID) {
			w.block(t, w.anna.ID, "2026-12-08 13:00", "2026-12-08 14:00")
		}, ""},
		"by one who retires":       {"2026-12-09 13:00", "2026-12-09 14:00", func(t *testing.T, w *world, _ uuid.UUID) { must(t, w.RetireCaseWorker(t.Context(), w.anna.ID)) }, ""},
		"where it is":              {"2026-12-08 10:00", "2026-12-08 11:00", nil, ""},
		"longer past midnight":     {"2026-12-08 23:30", "2026-12-09 01:00", nil, planner.CodeBadInterval},
		"to nothing":               {"2026-12-08 10:00", "2026-12-08 10:00", nil, planner.CodeBadInterval},
		"into the past":            {"2026-12-01 06:00", "2026-12-01 07:00", nil, planner.CodePast},
		"over another meeting":     {"2026-12-08 12:30", "2026-12-08 13:30", nil, planner.CodeTaken},
		"over the citizen's other": {"2026-12-08 14:30", "2026-12-08 15:30", nil, planner.CodeTaken},
		"after it has begun":       {"2026-12-09 13:00", "2026-12-09 14:00", func(_ *testing.T, w *world, _ uuid.UUID) { w.clock.advance(7*24*time.Hour + 3*time.Hour) }, planner.CodeNotRebookable},
		"of a cancelled meeting":   {"2026-12-09 13:00", "2026-12-09 14:00", func(t *testing.T, w *world, b uuid.UUID) { must(t, w.CancelFromOutlook(t.Context(), b)) }, planner.CodeNotRebookable},
		"of the case system's": {"2026-12-09 13:00", "2026-12-09 14:00", func(t *testing.T, w *world, b uuid.UUID) {
			w.exec(t, `update booking set origin = 'kss' where id = $1`, b)
		}, planner.CodeNotRebookable},
		"over an expired reservation":  {"2026-12-10 13:00", "2026-12-10 14:00", func(t *testing.T, w *world, _ uuid.UUID) { w.hold(t, "2026-12-10 13:00"); w.clock.advance(time.Hour) }, ""},
		"over another's reserved time": {"2026-12-10 13:00", "2026-12-10 14:00", func(t *testing.T, w *world, _ uuid.UUID) { w.hold(t, "2026-12-10 13:00") }, planner.CodeTaken},
		"over a time that may overlap": {"2026-12-10 13:00", "2026-12-10 14:00", func(t *testing.T, w *world, _ uuid.UUID) {
			w.hold(t, "2026-12-10 13:00")
			w.exec(t, `update held_time set exclusive = false where booking_id is null`)
		}, planner.CodeTaken},
		"though nothing is known of it": {"2026-12-10 13:00", "2026-12-10 14:00", func(t *testing.T, w *world, b uuid.UUID) {
			w.exec(t, `delete from held_time where booking_id = $1`, b)
			w.exec(t, `delete from booking where id = $1`, b)
		}, planner.CodeUnknownBooking},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			anna := func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.anna.Identifier }
			made, receipt, err := w.create(t, 1, "2026-12-08 10:00", anna)
			must(t, err)
			_, _, err = w.create(t, 2, "2026-12-08 12:00", anna)
			must(t, err)
			_, _, err = w.create(t, 1, "2026-12-08 15:00", func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.bo.Identifier })
			must(t, err)
			if tt.prepare != nil {
				tt.prepare(t, w, made.BookingID)
			}
			w.outbox.drain()
			to := planner.Span{Start: at(t, tt.from), End: at(t, tt.to)}
			refused(t, w.MoveFromOutlook(t.Context(), made.BookingID, to), tt.code)
			w.noOverlap(t)
			told := w.outbox.drain()
			b, err := w.Booking(t.Context(), made.BookingID)
			if tt.code != "" {
				if err == nil && (len(told) != 0 || b.Span == to) {
					t.Errorf("refused, but %v told of %+v", told, b)
				}
				return
			}
			must(t, err)
			if !b.Span.Start.Equal(to.Start) || !b.Span.End.Equal(to.End) || b.CaseWorker != w.anna.ID {
				t.Errorf("booking %+v", b)
			}
			moved := b.Revision > 1
			if (len(told) == 1) != moved || moved == (name == "where it is") {
				t.Errorf("revision %d, told %v", b.Revision, told)
			}
			again, err := w.CreateBooking(t.Context(), made)
			if moved {
				refused(t, err, planner.CodeConflictingRepeat)
			} else if err != nil || again != receipt {
				t.Errorf("repeat: %+v, %v", again, err)
			}
		})
	}
}

// hold reserves Anna's time for a third citizen.
func (w *world) hold(t *testing.T, start string) {
	t.Helper()
	_, err := w.reserve(t, 3, start, func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
}

func TestACounsellorsDeletionCancelsWhatHasNotBegun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	made, _, err := w.create(t, 1, "2026-12-08 10:00")
	must(t, err)
	kss, _, err := w.create(t, 1, "2026-12-08 12:00")
	must(t, err)
	begun, _, err := w.create(t, 1, "2026-12-01 09:00")
	must(t, err)
	w.exec(t, `update booking set origin = 'kss' where id = $1`, kss.BookingID)
	w.clock.advance(2 * time.Hour)
	w.outbox.drain()

	refused(t, w.CancelFromOutlook(ctx, uuid.New()), planner.CodeUnknownBooking)
	refused(t, w.CancelFromOutlook(ctx, kss.BookingID), planner.CodeNotRebookable)
	refused(t, w.CancelFromOutlook(ctx, begun.BookingID), planner.CodePast)
	must(t, w.CancelFromOutlook(ctx, made.BookingID))
	must(t, w.CancelFromOutlook(ctx, made.BookingID))
	if told := w.outbox.drain(); len(told) != 1 || told[0].booking != made.BookingID {
		t.Errorf("calendars were told %v", told)
	}
	b, err := w.Booking(ctx, made.BookingID)
	must(t, err)
	if !b.Cancelled || b.Revision != 2 {
		t.Errorf("booking %+v", b)
	}
	if got := w.free(t, 2, "2026-12-08 10:00"); len(got) != 2 {
		t.Errorf("the time is not free: %v", got)
	}
	if n := w.count(t, `select count(*) from audit_entry where action = 'cancel' and actor = 'outlook' and booking_id = $1`, made.BookingID); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	_, err = w.CreateBooking(ctx, made)
	refused(t, err, planner.CodeConflictingRepeat)
	_, _, err = w.move(t, 1, made.BookingID, "2026-12-09 10:00")
	refused(t, err, planner.CodeNotRebookable)
	w.noOverlap(t)
}
