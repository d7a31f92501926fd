package plannerdb

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// looks remembers, for one change, what live looks into calendars showed. The change is tried again with what they showed, so that
// no transaction is open and no lock held while another system is asked.
type looks struct {
	seen map[look][]planner.Span
}

type look struct {
	worker uuid.UUID
	start  time.Time
}

// errLook says that a case worker's calendar is to be looked into before they are taken.
type errLook struct {
	look
	span planner.Span
}

func (*errLook) Error() string { return "the case worker's calendar must be looked into" }

// looking tries a change until it needs no more looks. Each look is at another case worker, so that it ends.
func (s *Store) looking(ctx context.Context, l *looks, try func() error) error {
	for {
		err := try()
		var wanted *errLook
		if !errors.As(err, &wanted) {
			return err
		}
		busy, known := s.live.BusyNow(ctx, wanted.worker, wanted.span)
		if !known {
			busy = nil // what is stored must do
		}
		if l.seen == nil {
			l.seen = map[look][]planner.Span{}
		}
		l.seen[wanted.look] = busy
	}
}

// looked adds to the calendars what was seen at a start.
func (l *looks) looked(calendars []planner.Calendar, start time.Time) {
	for i := range calendars {
		if busy := l.seen[look{calendars[i].CaseWorker, start}]; len(busy) > 0 {
			calendars[i].Busy = append(calendars[i].Busy[:len(calendars[i].Busy):len(calendars[i].Busy)], busy...)
		}
	}
}

// need asks for a look at the case worker chosen, unless there was one. Who joins a group meeting needs none: it takes place.
func (s *Store) need(l *looks, f *facts, option planner.InterviewOption, worker uuid.UUID, start time.Time) error {
	at := look{worker, start}
	if _, seen := l.seen[at]; s.live == nil || seen || f.joinsGroup(worker, start) {
		return nil
	}
	return &errLook{at, planner.Span{Start: start.Add(-option.Rules.BufferBefore), End: start.Add(option.Duration + option.Rules.BufferAfter)}}
}
