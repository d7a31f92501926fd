package dfdgqueue

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
)

var (
	workerA, workerB = uuid.UUID{0xA}, uuid.UUID{0xB}
	nine             = planner.Span{Start: now.Add(25 * time.Hour), End: now.Add(26 * time.Hour)}
	ten              = planner.Span{Start: now.Add(26 * time.Hour), End: now.Add(27 * time.Hour)}
)

func TestDecisions(t *testing.T) {
	t.Parallel()
	booking := func(origin planner.Origin, change func(*planner.Booking)) *planner.Booking {
		b := &planner.Booking{ID: uuid.UUID{1}, JobCenter: jobCenter, CaseWorker: workerA, Span: nine, ContactType: 1, Origin: origin}
		if change != nil {
			change(b)
		}
		return b
	}
	cancel := func(b *planner.Booking) { b.Cancelled = true }
	earlier, later := now.Add(-time.Minute), now.Add(time.Minute)
	kss, self, ours := booking(planner.OriginKSS, nil), booking(planner.OriginSelf, nil), booking(planner.OriginPlanner, nil)
	for _, c := range []struct {
		name    string
		known   Known
		summons func(*Summons)
		verb    Verb
		reason  Reason
		newest  bool
	}{
		{"a new one", Known{}, nil, VerbCreate, ReasonNew, true},
		{"a new one with an excuse", Known{}, func(s *Summons) { s.Status = Excused }, VerbCreate, ReasonNew, true},
		{"one of another planner", Known{}, func(s *Summons) { s.Source = SourcePlanner }, VerbCreate, ReasonOtherPlanner, true},
		{"a self-booking that we never heard of", Known{}, func(s *Summons) { s.Source = SourceJobnet }, VerbCreate, ReasonUnknownSelf, true},
		{"cancelled before we knew", Known{}, func(s *Summons) { s.Status = Cancelled }, VerbRecord, ReasonNeverKnown, true},
		{"gone before we knew", Known{}, func(s *Summons) { s.Status, s.Gone = Cancelled, true }, VerbRecord, ReasonNeverKnown, true},

		{"moved in time", Known{Booking: kss}, func(s *Summons) { s.Span = ten }, VerbMove, ReasonMoved, true},
		{"moved to another form", Known{Booking: kss}, func(s *Summons) { s.ContactType = 2 }, VerbMove, ReasonMoved, true},
		{"moved and confirmed", Known{Booking: kss}, func(s *Summons) { s.Span, s.Status = ten, Confirmed }, VerbMove, ReasonMoved, true},
		{"cancelled", Known{Booking: kss}, func(s *Summons) { s.Status = Cancelled }, VerbCancel, ReasonCancelled, true},
		{"gone", Known{Booking: kss}, func(s *Summons) { s.Status, s.Gone = Cancelled, true }, VerbCancel, ReasonGone, true},
		{"cancelled twice", Known{Booking: booking(planner.OriginKSS, cancel)}, func(s *Summons) { s.Status = Cancelled }, VerbRecord, ReasonUnchanged, true},
		{"booked again", Known{Booking: booking(planner.OriginKSS, cancel)}, nil, VerbMove, ReasonRevived, true},
		{"nothing new", Known{Booking: kss}, nil, VerbRecord, ReasonUnchanged, true},
		{"confirmed", Known{Booking: kss}, func(s *Summons) { s.Status = Confirmed }, VerbRecord, ReasonConfirmed, true},
		{"excused", Known{Booking: kss}, func(s *Summons) { s.Status = Excused }, VerbRecord, ReasonExcused, true},

		{"older than known", Known{Booking: kss, NewestAt: later}, func(s *Summons) { s.Span = ten }, VerbStale, ReasonOlder, false},
		{"a cancellation older than known", Known{Booking: kss, NewestAt: later}, func(s *Summons) { s.Status = Cancelled }, VerbStale, ReasonOlder, false},
		{"as old as known, lesser id", Known{Booking: kss, NewestAt: now, NewestID: uuid.UUID{9}}, func(s *Summons) { s.Span = ten }, VerbStale, ReasonOlder, false},
		{"as old as known, greater id", Known{Booking: kss, NewestAt: now, NewestID: uuid.UUID{1}}, func(s *Summons) { s.Span = ten }, VerbMove, ReasonMoved, true},

		{"echo of a self-booking", Known{Booking: self}, func(s *Summons) { s.Source = SourceJobnet }, VerbEcho, ReasonOurs, true},
		{"late echo of a self-booking moved since", Known{Booking: self}, func(s *Summons) { s.Source, s.Span = SourceJobnet, ten }, VerbEcho, ReasonOurs, true},
		{"a self-booking confirmed at its old time", Known{Booking: self}, func(s *Summons) { s.Source, s.Span, s.Status = SourceJobnet, ten, Confirmed }, VerbRecord, ReasonConfirmed, true},
		{"a self-booking cancelled by the citizen", Known{Booking: self}, func(s *Summons) { s.Source, s.Status = SourceJobnet, Cancelled }, VerbCancel, ReasonCancelled, true},
		{"a self-booking moved by the case system", Known{Booking: self, LastOwn: &earlier}, func(s *Summons) { s.Span = ten }, VerbMove, ReasonMoved, true},
		{"that, before the citizen moved it", Known{Booking: self, LastOwn: &later}, func(s *Summons) { s.Span = ten }, VerbStale, ReasonOurChangeNewer, false},

		{"echo of a report", Known{Booking: ours, Reported: true, LastOwn: &earlier}, func(s *Summons) { s.Source = SourcePlanner }, VerbEcho, ReasonOurs, true},
		{"echo of a report that we followed up", Known{Booking: ours, Reported: true, LastOwn: &earlier}, func(s *Summons) { s.Source, s.Span = SourcePlanner, ten }, VerbEcho, ReasonOurs, true},
		{"our report, which overwrote what we took in", Known{Booking: ours, Reported: true, Elsewhere: true, LastOwn: &earlier}, func(s *Summons) { s.Source, s.Span = SourcePlanner, ten }, VerbMove, ReasonDFDGDiffers, true},
		{"a planner's version that nobody here reported", Known{Booking: ours}, func(s *Summons) { s.Source, s.Span = SourcePlanner, ten }, VerbMove, ReasonDFDGDiffers, true},
		{"a planner's version that is ours all the same", Known{Booking: ours}, func(s *Summons) { s.Source = SourcePlanner }, VerbEcho, ReasonOurs, true},
		{"anything while a report waits", Known{Booking: ours, Unreported: true}, func(s *Summons) { s.Span = ten }, VerbStale, ReasonUnreported, false},
		{"a cancellation while a report waits", Known{Booking: ours, Unreported: true}, func(s *Summons) { s.Status = Cancelled }, VerbCancel, ReasonCancelled, true},
		{"echo of our cancellation", Known{Booking: booking(planner.OriginPlanner, cancel)}, func(s *Summons) { s.Status, s.Source = Cancelled, SourcePlanner }, VerbEcho, ReasonOurs, true},

		{"another citizen's", Known{Booking: kss, OfThisCitizen: false}, func(s *Summons) { s.CPR = planner.CPR{} }, VerbWait, ReasonOtherCitizen, false},
		{"another job centre's", Known{Booking: kss}, func(s *Summons) { s.JobCenter = "20200" }, VerbWait, ReasonOtherJobCenter, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := Summons{MessageID: uuid.UUID{5}, QueuedAt: now, Booking: uuid.UUID{1}, JobCenter: jobCenter, Status: Booked, Span: nine, ContactType: 1}
			c.known.CaseWorker = &workerA
			c.known.OfThisCitizen = c.reason != ReasonOtherCitizen
			if c.summons != nil {
				c.summons(&s)
			}
			if got, want := Decide(c.known, s), (Decision{c.verb, c.reason, c.newest}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	for name, b := range map[string]*planner.Booking{"a new one": nil, "one that is known": kss} {
		t.Run("for a case worker whom nobody knows, "+name, func(t *testing.T) {
			t.Parallel()
			k := Known{Booking: b, OfThisCitizen: true}
			d := Decide(k, Summons{QueuedAt: now, JobCenter: jobCenter, Status: Booked, Span: ten})
			if d != (Decision{VerbWait, ReasonNoCaseWorker, true}) {
				t.Errorf("%+v", d)
			}
			// Taken up again it is not older than itself.
			k.CaseWorker, k.NewestAt = &workerB, now
			if d := Decide(k, Summons{QueuedAt: now, JobCenter: jobCenter, Status: Booked, Span: ten}); d.Verb != VerbCreate && d.Verb != VerbMove {
				t.Errorf("again: %+v", d)
			}
		})
	}
}

// apply is what a store does with decisions about one booking.
func apply(k Known, s Summons, worker uuid.UUID) Known {
	k.CaseWorker, k.OfThisCitizen = &worker, true
	d := Decide(k, s)
	switch d.Verb {
	case VerbCreate, VerbMove:
		k.Booking = &planner.Booking{JobCenter: s.JobCenter, CaseWorker: worker, Span: s.Span, ContactType: s.ContactType, Origin: planner.OriginKSS}
	case VerbCancel:
		b := *k.Booking
		b.Cancelled = true
		k.Booking = &b
	}
	if d.Newest {
		k.NewestAt, k.NewestID = s.QueuedAt, s.MessageID
	}
	return k
}

func TestEveryOrderOfArrivalEndsAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type message struct {
			Summons
			worker uuid.UUID
		}
		var all []message
		for i := range rapid.IntRange(1, 8).Draw(t, "messages") {
			all = append(all, message{Summons{
				MessageID: uuid.UUID{byte(i)}, QueuedAt: now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "at")) * time.Second), JobCenter: jobCenter,
				Status: Status(rapid.IntRange(1, 4).Draw(t, "status")), Span: []planner.Span{nine, ten}[rapid.IntRange(0, 1).Draw(t, "span")], ContactType: 1,
			}, []uuid.UUID{workerA, workerB}[rapid.IntRange(0, 1).Draw(t, "worker")]})
		}
		final := func(order []message) (active bool, span planner.Span, worker uuid.UUID) {
			var k Known
			for _, m := range order {
				k = apply(k, m.Summons, m.worker)
			}
			if k.Booking == nil || k.Booking.Cancelled {
				return false, planner.Span{}, uuid.Nil
			}
			return true, k.Booking.Span, k.Booking.CaseWorker
		}
		active, span, worker := final(all)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		again := append([]message(nil), all...)
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		again = append(again, all...) // and all of it once more
		if a, s, w := final(again); a != active || s != span || w != worker {
			t.Fatalf("%v %v %v, then %v %v %v", active, span, worker, a, s, w)
		}
	})
}
