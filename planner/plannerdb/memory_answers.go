package plannerdb

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// keptAnswers bounds what the answers of all views take: those not asked for lately go first.
type keptAnswers struct {
	mu    sync.Mutex
	limit int64 // of bytes
	size  int64
	order list.List // of *keptAnswer, latest first
}

// answerKey is what one view's answers differ by; see planner.Search.Starts.
type answerKey struct {
	first, last int64 // Unix microseconds
	identifier  string
}

// keptAnswer is what a view offers to a citizen who has no meetings or reservation there.
type keptAnswer struct {
	view  *view
	key   answerKey
	place *list.Element // nil when no longer kept
	size  int64         // guarded by keptAnswers, as is place

	once sync.Once
	planner.Timeslots
	err error
	// It is so from one moment when a reservation or a calendar runs out until the next; zero for no such moment.
	from, until time.Time

	all   *keptAnswers
	again sync.Once
	made  any
}

// Once implements planner.Kept.
func (k *keptAnswer) Once(make func() (made any, size int)) any {
	k.again.Do(func() {
		var size int
		k.made, size = make()
		k.all.grow(k, int64(size))
	})
	return k.made
}

// get gives a view's answer, made by make if it is not there.
func (a *keptAnswers) get(v *view, key answerKey, now time.Time, make func(*keptAnswer)) (*keptAnswer, bool) {
	for tries := 0; ; tries++ {
		a.mu.Lock()
		found := v.answers[key]
		if found == nil {
			found = &keptAnswer{view: v, key: key, all: a}
			if !v.gone {
				found.place = a.order.PushFront(found)
				v.answers[key] = found
			}
		} else {
			a.order.MoveToFront(found.place)
		}
		a.mu.Unlock()
		made := false
		found.once.Do(func() {
			found.err = errNotKept // unless it gets that far
			make(found)
			made = true
		})
		if made {
			a.grow(found, found.bytes())
		}
		if !now.Before(found.from) && (found.until.IsZero() || now.Before(found.until)) {
			return found, !made
		}
		a.forget(found)
		if tries == 3 {
			// Others ask at other moments, a moment of change between.
			own := &keptAnswer{all: a}
			make(own)
			return own, false
		}
	}
}

// bytes is about what the times take.
func (k *keptAnswer) bytes() int64 {
	size := int64(512 + 96*len(k.Slots) + 256*len(k.CaseWorkers))
	for _, s := range k.Slots {
		size += int64(len(uuid.UUID{}) * len(s.CaseWorkers))
	}
	return size
}

// grow counts what was added to an answer, and makes room.
func (a *keptAnswers) grow(k *keptAnswer, by int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k.place == nil {
		return
	}
	k.size += by
	a.size += by
	for a.size > a.limit && a.order.Len() > 0 {
		a.remove(a.order.Back().Value.(*keptAnswer))
	}
}

// remove takes one out. The lock is held.
func (a *keptAnswers) remove(k *keptAnswer) {
	if k.place == nil {
		return
	}
	a.order.Remove(k.place)
	a.size -= k.size
	k.place = nil
	if k.view.answers[k.key] == k {
		delete(k.view.answers, k.key)
	}
}

func (a *keptAnswers) forget(k *keptAnswer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(k)
}

// drop forgets all answers of a view, which gets no more.
func (a *keptAnswers) drop(v *view) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v.gone = true
	for _, k := range v.answers {
		a.remove(k)
	}
}

// timeslots answers a question from a view, from what is kept if nothing of the citizen's matters.
func (k *memory) timeslots(l *question, ask planner.TimeslotQuery, now time.Time) (planner.Timeslots, error) {
	v := l.view
	search := planner.Search{Option: v.InterviewOption, Interval: ask.Interval, Now: now, Closing: v.closing, SpreadByWeek: v.byWeek}
	first, last, _ := search.Starts()
	for _, m := range l.meetings {
		search.Citizen = append(search.Citizen, planner.Span{Start: m.StartsAt, End: m.EndsAt})
	}
	asked := planner.Span{Start: first, End: last.Add(v.Duration)}
	if v.reserved[string(l.citizen)] || slices.ContainsFunc(search.Citizen, asked.Overlaps) {
		k.counts.misses.Add(1)
		return v.timeslots(search, ask.CaseWorkerIdentifier, l.citizen)
	}
	key := answerKey{first.UnixMicro(), last.UnixMicro(), ask.CaseWorkerIdentifier}
	found, there := k.answers.get(v, key, now, func(a *keptAnswer) {
		a.Timeslots, a.err = v.timeslots(search, ask.CaseWorkerIdentifier, nil)
		a.Kept = a
		a.from, a.until = v.stands(now)
	})
	if there {
		k.counts.hits.Add(1)
	} else {
		k.counts.misses.Add(1)
	}
	return found.Timeslots, found.err
}

// timeslots answers a question, which lacks the calendars, for a citizen.
func (v *view) timeslots(search planner.Search, identifier string, citizen []byte) (planner.Timeslots, error) {
	window := readable(search.Interval, search.Now)
	var workers []planner.CaseWorker
	for _, c := range v.calendars {
		if identifier != "" && c.worker.Identifier != identifier {
			continue
		}
		w := c.worker
		w.JobCenter = v.JobCenter
		workers = append(workers, w)
		if c.known(search.Now) {
			search.Calendars = append(search.Calendars, planner.Calendar{
				CaseWorker: w.ID, Identifier: w.Identifier, Hours: w.Hours, Exceptions: c.exceptions, Contacts: c.contacts, MaxPerDay: c.maxPerDay, LastDay: c.lastDay,
				Busy: c.busyIn(window), Held: c.heldIn(weeks(window), search.Now, string(citizen)),
			})
		}
	}
	if identifier != "" && len(workers) == 0 {
		return planner.Timeslots{}, refuse(planner.CodeUnknownCaseWorker, "")
	}
	option := v.InterviewOption
	option.JobCenter = "" // as toOption leaves it
	return offered(option, search.Slots(), workers), nil
}

// stands gives the last moment up to now and the first one after it at which what is offered changes by itself.
func (v *view) stands(now time.Time) (from, until time.Time) {
	at := func(moment time.Time) {
		switch {
		case !moment.After(now):
			if moment.After(from) {
				from = moment
			}
		case until.IsZero() || moment.Before(until):
			until = moment
		}
	}
	for _, c := range v.calendars {
		for _, h := range c.held {
			if h.booking == uuid.Nil {
				at(h.expires)
			}
		}
		if c.mailbox && c.asOf != nil && c.staleAfter > 0 {
			at(c.asOf.Add(c.staleAfter + time.Microsecond))
		}
	}
	return from, until
}

// known tells whether a calendar is known well enough to offer the case worker.
func (c *keptCalendar) known(now time.Time) bool {
	if !c.mailbox {
		return true
	}
	return c.asOf != nil && (c.staleAfter == 0 || !c.asOf.Add(c.staleAfter).Before(now))
}

func (c *keptCalendar) busyIn(window planner.Span) []planner.Span {
	from, _ := slices.BinarySearchFunc(c.busy, window.Start, func(s planner.Span, at time.Time) int {
		if s.End.After(at) {
			return 1
		}
		return -1
	})
	to, _ := slices.BinarySearchFunc(c.busy, window.End, func(s planner.Span, at time.Time) int { return s.Start.Compare(at) })
	if from >= to {
		return nil
	}
	return c.busy[from:to:to]
}

// heldIn gives what is held at a moment, but for the citizen's own reservation; of a group meeting's seats one.
func (c *keptCalendar) heldIn(window planner.Span, now time.Time, citizen string) []planner.Span {
	from, _ := slices.BinarySearchFunc(c.held, window.Start.Add(-c.longest), func(h keptHeld, at time.Time) int { return h.Start.Compare(at) })
	var spans []planner.Span
	var groups []uuid.UUID
	for _, h := range c.held[from:] {
		switch {
		case !h.Start.Before(window.End):
			return spans
		case !h.End.After(window.Start),
			h.booking == uuid.Nil && (!h.expires.After(now) || h.citizen == citizen),
			h.group != uuid.Nil && slices.Contains(groups, h.group):
			continue
		case h.group != uuid.Nil:
			groups = append(groups, h.group)
		}
		spans = append(spans, h.Span)
	}
	return spans
}
