package dfdgsim

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire/dfdg"
)

// Waiting is a message on a queue, as the control API tells of it.
type Waiting struct {
	Message uuid.UUID `json:"message"`
	Booking uuid.UUID `json:"booking"`
	Status  int32     `json:"status"`
	At      time.Time `json:"at"`
	Handed  int       `json:"handedOver"`
}

// QueueState is a job centre's queue.
type QueueState struct {
	Waiting      []Waiting  `json:"waiting"`
	OpenSequence *uuid.UUID `json:"openSequence"`
	OpenMessages int        `json:"openMessages"`
	OpenFetched  int        `json:"openFetched"`
}

// Queue shows a job centre's queue.
func (s *Server) Queue(jobCenter string) QueueState {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queueOf(jobCenter)
	out := QueueState{Waiting: []Waiting{}}
	for _, m := range q.waiting {
		out.Waiting = append(out.Waiting, Waiting{m.id, m.item.Booking, m.item.Status, m.at, s.handed[m.id]})
	}
	if q.open != nil {
		id := q.open.id
		out.OpenSequence, out.OpenMessages, out.OpenFetched = &id, len(q.open.messages), q.open.fetched
	}
	return out
}

// Register gives a copy of the register, in order of the last change.
func (s *Server) Register() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Entry, 0, len(s.register))
	for _, e := range s.register {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b Entry) int { return a.Changed.Compare(b.Changed) })
	return out
}

// Entry gives a copy of one booking.
func (s *Server) Entry(id uuid.UUID) (Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.register[id]; e != nil {
		return *e, true
	}
	return Entry{}, false
}

// Calls gives the calls received, oldest first; long runs keep the newest.
func (s *Server) Calls() []CallRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Counts are the figures that exactly-once is judged by.
type Counts struct {
	Calls map[string]int `json:"calls"`
	// HandedOver and Confirmed count messages: how often in all, and how many different ones.
	HandedOver         int `json:"handedOver"`
	HandedOverDistinct int `json:"handedOverDistinct"`
	Confirmed          int `json:"confirmed"`
	ConfirmedDistinct  int `json:"confirmedDistinct"`
	Waiting            int `json:"waiting"`
	// Bookings in the register, and how many of them are cancelled.
	Bookings  int `json:"bookings"`
	Cancelled int `json:"cancelled"`
	// Writes to it by planners and others, and writes that repeated what a planner had written last.
	Creates int `json:"creates"`
	Updates int `json:"updates"`
	Deletes int `json:"deletes"`
	Repeats int `json:"repeats"`
}

// Counts tells the figures.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counts{Calls: map[string]int{}, HandedOverDistinct: len(s.handed), ConfirmedDistinct: len(s.deleted), Bookings: len(s.register)}
	for name, n := range s.callCount {
		c.Calls[name] = n
	}
	for _, n := range s.handed {
		c.HandedOver += n
	}
	for _, n := range s.deleted {
		c.Confirmed += n
	}
	for _, q := range s.queues {
		c.Waiting += len(q.waiting)
	}
	for _, p := range s.pushes {
		if !p.done {
			c.Waiting++
		}
	}
	for _, e := range s.register {
		c.Creates, c.Updates, c.Deletes, c.Repeats = c.Creates+e.Creates, c.Updates+e.Updates, c.Deletes+e.Deletes, c.Repeats+e.Repeats
		if e.Status == dfdg.StatusCancelled {
			c.Cancelled++
		}
	}
	return c
}
