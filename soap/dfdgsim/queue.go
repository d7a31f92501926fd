package dfdgsim

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

// queued is a message that waits.
type queued struct {
	id   uuid.UUID
	at   time.Time
	item dfdg.Indkaldelse
	raw  string // instead of item: what stands within the response element
}

type queue struct {
	waiting []*queued
	open    *sequence
}

// sequence is a transfer that was begun.
type sequence struct {
	id       uuid.UUID
	messages []*queued
	fetched  int // highest number handed over
	touched  time.Time
}

func (s *Server) queueOf(jobCenter string) *queue {
	q := s.queues[jobCenter]
	if q == nil {
		q = &queue{}
		s.queues[jobCenter] = q
	}
	return q
}

// enqueue puts a message on the job centre's queue, or pushes it where a webhook is set. With the lock held.
func (s *Server) enqueue(jobCenter string, m *queued) {
	if url := s.webhooks[jobCenter]; url != "" {
		s.pushes = append(s.pushes, &push{jobCenter: jobCenter, url: url, message: m})
		return
	}
	q := s.queueOf(jobCenter)
	q.waiting = append(q.waiting, m)
	if s.rnd.Float64() < s.chaos.Duplicate {
		twin := *m
		q.waiting = slices.Insert(q.waiting, s.rnd.IntN(len(q.waiting)+1), &twin)
	}
}

func (s *Server) createSequence(r *request) (answer, *refusal) {
	var m dfdg.CreateSequenceRequest
	if f := r.decode(&m); f != nil {
		return answer{}, f
	}
	q := s.queueOf(r.jobCenter)
	now := s.cfg.Now()
	if q.open != nil && now.Sub(q.open.touched) < s.cfg.SequenceTimeout {
		text := "A sequence is already open; close it first"
		if !s.chaos.HideOpenSequence {
			text += ": " + q.open.id.String()
		}
		return answer{}, &refusal{1100, text}
	}
	batch := slices.Clone(q.waiting[:min(len(q.waiting), s.cfg.MaxBatch)])
	if n := s.chaos.Reorder; n > 0 {
		for i := range batch {
			j := min(i+s.rnd.IntN(n+1), len(batch)-1)
			batch[i], batch[j] = batch[j], batch[i]
		}
	}
	q.open = &sequence{id: s.newID(), messages: batch, touched: now}
	out := &dfdg.CreateSequenceResponse{Identifier: q.open.id}
	if len(batch) > 0 {
		out.Inventory = []dfdg.ServiceItem{{Name: dfdg.ServiceIndkaldelse, Endpoint: r.base + PathMessages, MessageCount: int32(len(batch))}}
	}
	return answer{content: out}, nil
}

// transfer finds the caller's open transfer.
func (s *Server) transfer(r *request, id uuid.UUID) (*queue, *refusal) {
	q := s.queueOf(r.jobCenter)
	if q.open == nil || q.open.id != id {
		return nil, &refusal{1100, "Unknown sequence"}
	}
	q.open.touched = s.cfg.Now()
	return q, nil
}

func (s *Server) closeSequence(r *request) (answer, *refusal) {
	var m dfdg.SequenceReference
	if f := r.decode(&m); f != nil {
		return answer{}, f
	}
	q, f := s.transfer(r, m.Identifier)
	if f != nil {
		return answer{}, f
	}
	q.open = nil
	return answer{content: &m}, nil
}

func (s *Server) terminateSequence(r *request) (answer, *refusal) {
	var m dfdg.SequenceReference
	if f := r.decode(&m); f != nil {
		return answer{}, f
	}
	q, f := s.transfer(r, m.Identifier)
	if f != nil {
		return answer{}, f
	}
	if q.open.fetched < len(q.open.messages) {
		return answer{}, &refusal{1100, "Not all messages of the sequence have been fetched"}
	}
	done := map[*queued]bool{}
	for _, message := range q.open.messages {
		s.deleted[message.id]++
		done[message] = s.rnd.Float64() >= s.chaos.Redeliver
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(m *queued) bool { return done[m] })
	q.open = nil
	return answer{content: &m}, nil
}

// getMessage gives message number n of the transfer; asked again for the same number it gives the same.
func (s *Server) getMessage(r *request) (answer, *refusal) {
	if f := r.decode(&dfdg.IndkaldelseRequest{}); f != nil {
		return answer{}, f
	}
	if r.sequence == nil {
		return answer{}, &refusal{1014, "The submitted message is not valid: Sequence header missing"}
	}
	q, f := s.transfer(r, r.sequence.Identifier)
	if f != nil {
		return answer{}, f
	}
	n := int(r.sequence.MessageNumber)
	if n == 0 {
		n = q.open.fetched + 1
	}
	if n < 1 || n > len(q.open.messages) || n > q.open.fetched+1 {
		return answer{}, &refusal{1100, "No message of that number"}
	}
	q.open.fetched = max(q.open.fetched, n)
	message := q.open.messages[n-1]
	s.handed[message.id]++
	out := answer{sequence: &dfdg.Sequence{Identifier: q.open.id, MessageNumber: int32(n), Last: n == len(q.open.messages)}}
	if message.raw != "" {
		out.raw = message.raw
	} else {
		out.content = &dfdg.IndkaldelseResponse{Items: []dfdg.Indkaldelse{message.item}}
	}
	return out, nil
}

// PutRaw queues what stands within a response element as it is: messages that nobody can understand. It
// gives the id under which Counts tells of it.
func (s *Server) PutRaw(jobCenter, inside string) uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &queued{id: s.newID(), at: s.tick(), raw: strings.TrimSpace(inside)}
	q := s.queueOf(jobCenter)
	q.waiting = append(q.waiting, m)
	return m.id
}

// message makes the queue's message of a register entry.
func (s *Server) message(e *Entry, system int32, by wire.RequestUserMetadata) *queued {
	id, at := s.newID(), s.tick()
	e.Message, e.Changed, e.By = id, at, system
	enqueued := wire.At(at)
	return &queued{id: id, at: at, item: dfdg.Indkaldelse{
		Metadata: &dfdg.Metadata{
			MessageIdentifier: &id, ClientSystemType: &system, Enqueued: &enqueued,
			RegisteringAuthority: &wire.ActiveOrganisation{OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: e.JobCenter},
			RegisteringUser:      &by,
		},
		Booking: e.Booking, CPR: e.CPR, Status: e.Status, OwnerType: e.Owner, SelfBooked: e.SelfBooked, Details: e.Details,
	}}
}
