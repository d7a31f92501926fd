package hardcases

import (
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
)

// Over both nights in which clocks change, bookings and series keep their time by the clock on the wall, none is
// shifted, and none comes twice.
func TestHardCase17TimesStandByTheDanishClockOverBothNights(t *testing.T) {
	t.Parallel()
	for _, night := range []struct {
		name string
		day  time.Time // its Sunday
		long time.Duration
	}{
		{"spring", time.Date(2027, 3, 28, 0, 0, 0, 0, calendar.Copenhagen()), 23 * time.Hour},
		{"autumn", time.Date(2026, 10, 25, 0, 0, 0, 0, calendar.Copenhagen()), 25 * time.Hour},
	} {
		t.Run(night.name, func(t *testing.T) {
			t.Parallel()
			wall := func(days, hour, minute int) time.Time {
				return time.Date(night.day.Year(), night.day.Month(), night.day.Day()+days, hour, minute, 0, 0, calendar.Copenhagen())
			}
			if got := wall(1, 0, 0).Sub(wall(0, 0, 0)); got != night.long {
				t.Fatalf("the day has %s", got)
			}
			d := newDesk(t, pgtest.New(t), wall(-10, 8, 0).UTC(), 1)
			p := d.people[0]
			d.rounds(mostRounds)

			// Series from before the night to after it, and a whole day of it.
			d.adds(p, weekly(meeting(wall(-6, 9, 0), time.Hour, "busy"), wall(-6, 9, 0), 3))
			if night.name == "spring" { // half past two is no time of that night
				d.adds(p, weekly(meeting(wall(-7, 2, 30), time.Hour, "busy"), wall(-7, 2, 30), 3))
			}
			day := d.adds(p, meeting(wall(0, 12, 0), time.Hour, "oof"))
			d.must(p.outlook.SetAllDay(day, wall(0, 0, 0), 1))
			d.settled()
			for week := range 3 {
				if !d.blocked(p, wall(-6+7*week, 9, 0)) || !d.blocked(p, wall(-6+7*week, 9, 59)) || d.blocked(p, wall(-6+7*week, 8, 59)) || d.blocked(p, wall(-6+7*week, 10, 0)) {
					t.Errorf("the series of week %d is not from nine to ten", week)
				}
			}
			whole := d.count(`select count(*) from busy_block where starts_at = $1 and ends_at = $2`, wall(0, 0, 0), wall(1, 0, 0))
			if whole != 1 {
				t.Errorf("%d blocks take the whole day of %s, want 1", whole, night.long)
			}
			d.must(p.outlook.Delete(day))
			d.settled()

			// Bookings on the days around, and in each half hour of the night.
			var ids []planner.CreateRequest
			at := append([]time.Time{wall(-1, 13, 0), wall(1, 13, 0), wall(7, 13, 0)}, wall(0, 0, 0), wall(0, 1, 0), wall(0, 4, 30), wall(0, 23, 0))
			if night.name == "autumn" { // the hour that comes twice, both of them
				at = append(at, wall(0, 1, 0).Add(time.Hour), wall(0, 1, 0).Add(2*time.Hour))
			}
			for i, start := range at {
				r := d.request(i+1, p, start)
				if _, err := d.planner.CreateBooking(d.ctx, r); err != nil {
					t.Fatalf("book %s: %v", start, err)
				}
				ids = append(ids, r)
			}
			d.settled()
			check := func(when string) {
				t.Helper()
				for _, r := range ids {
					e := d.ours(p, r.BookingID, r.Start)
					if got, want := e.Start.In(calendar.Copenhagen()).Format("15:04"), r.Start.In(calendar.Copenhagen()).Format("15:04"); got != want || e.End.Sub(e.Start) != time.Hour {
						t.Errorf("%s: %s stands at %s for %s", when, want, got, e.End.Sub(e.Start))
					}
				}
				d.busyAsShown()
				d.bookingsStand(nil)
			}
			check("before the night")
			written := writes(d.requests(p))
			for range 12 { // into the night and out of it, hour by hour at its heart
				d.pass(22 * time.Hour)
				d.settled()
			}
			check("after the night")
			if now := writes(d.requests(p)); now != written {
				t.Errorf("%d writes because the clock was changed", now-written)
			}
			if n := d.count(`select count(*) from sync_decision where reason in ('moved-in-outlook', 'edited-in-outlook', 'appointment-changed')`); n != 0 {
				t.Errorf("%d decisions because the clock was changed", n)
			}
		})
	}
}

// A booking that the citizen moves across the night keeps no offset of the other side of it.
func TestHardCase17ABookingMovedAcrossTheNightHasTheNewDaysClock(t *testing.T) {
	t.Parallel()
	before, after := time.Date(2027, 3, 26, 10, 0, 0, 0, calendar.Copenhagen()), time.Date(2027, 3, 30, 10, 0, 0, 0, calendar.Copenhagen())
	d := newDesk(t, pgtest.New(t), before.AddDate(0, 0, -7).UTC(), 1)
	p := d.people[0]
	d.rounds(mostRounds)
	id := d.book(1, p, before)
	d.settled()
	d.must(d.move(1, id, p, after))
	d.settled()
	if e := d.ours(p, id, after); e.Start.Sub(before) != 4*24*time.Hour-time.Hour {
		t.Errorf("moved by %s", e.Start.Sub(before))
	}
	// The counsellor drags it by the clock in Outlook; it is put back by the clock.
	d.must(p.outlook.Drag(d.ours(p, id, after).ID, before, time.Time{}))
	d.settled()
	d.ours(p, id, after)
}
