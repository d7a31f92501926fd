package graphsim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

func (s *Server) applier(creating bool) applier {
	return applier{zones: &s.zones, strictWeek: s.faults.on(FaultWeekNeedsFirstDay, ""), creating: creating, now: s.now()}
}

// createEvent is POST …/events (behaviours 11 to 15).
func (s *Server) createEvent(q *request, f *folder) (*response, *apiError) {
	if fail := q.wantsJSON(); fail != nil {
		return nil, fail
	}
	in, fail := parseFields(q.body)
	if fail != nil {
		return nil, fail
	}
	m := q.mailbox
	var out object
	var location string
	s.inMailbox(m, func() {
		var ev *event
		if ev, fail = s.create(m, f, in); fail != nil {
			return
		}
		out = append(object{q.context(fmt.Sprintf("users('%s')/events/$entity", m.id))}, m.render(ev.itself(), q.view)...)
		location = q.base + "/users/" + m.id + "/events/" + m.idOf(itemRef{key: ev.key, day: noDay, folder: ev.folder}, q.view)
	})
	if fail != nil {
		if existing, ok := fail.extra.get("@event.existingEventId").(itemRef); ok {
			fail.extra.set("@event.existingEventId", m.idOf(existing, q.view))
		}
		return nil, fail
	}
	r := jsonResponse(http.StatusCreated, out)
	r.header.Set("Location", location)
	return r, nil
}

// create makes an event of a body. It is called with m locked, by Graph's route and by Outlook's user.
func (s *Server) create(m *mailbox, f *folder, in fields) (*event, *apiError) {
	var txnID string
	if raw, ok := in["transactionId"]; ok {
		if fail := readString("transactionId", raw, &txnID, ""); fail != nil {
			return nil, fail
		}
	}
	canonicalBody, err := json.Marshal(in)
	if err != nil {
		return nil, badRequest("BadRequest", "Unable to read JSON request payload.")
	}
	hash := sha256.Sum256(canonicalBody)
	if t, ok := m.txns[txnID]; ok && txnID != "" {
		return s.createdBefore(m, t, hash)
	}
	c := defaults()
	if _, fail := s.applier(true).apply(&c, in); fail != nil {
		return nil, fail
	}
	now := s.now()
	ev := &event{key: m.newKey(), calendar: f.n, uid: s.newUID(), created: now, txn: txnID, organizer: m.owner(), isOrganizer: true, content: c}
	m.commit(now, ev)
	if txnID != "" {
		m.txns[txnID] = txn{key: ev.key, hash: hash}
	}
	s.changed(m, "created", ev)
	s.invite(m, ev, "invitation")
	s.rotateLater(m, ev.key)
	return ev, nil
}

// createdBefore answers a transactionId that was used. A retention time is not documented; this
// server never forgets, and holds that an event that was deleted still owns its id.
func (s *Server) createdBefore(m *mailbox, t txn, hash [32]byte) (*event, *apiError) {
	ev := m.items[t.key].now()
	if t.hash == hash && ev.state == live {
		return ev, nil
	}
	status := http.StatusBadRequest
	if s.faults.on(FaultDuplicateTxn409, m.id) {
		status = http.StatusConflict
	}
	return nil, &apiError{status: status, code: "ErrorDuplicateTransactionId",
		message: "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.",
		extra:   object{{"@event.existingEventId", itemRef{key: ev.key, day: noDay, folder: ev.folder}}}}
}

// rotateLater makes the server touch the event by itself two to five seconds after its create: a
// new changeKey and an `updated` without a change (behaviour 16; compass-calendar #3665).
func (s *Server) rotateLater(m *mailbox, key uint64) {
	if s.faults.on(FaultNoETagRotation, m.id) {
		return
	}
	delay := 2*time.Second + time.Duration(s.chance(3001))*time.Millisecond
	m.pending = append(m.pending, func() {
		s.after(delay, func(context.Context) {
			s.inMailbox(m, func() {
				if it := m.items[key]; it != nil && it.now().state == live {
					ev := it.now().clone()
					m.commit(s.now(), ev)
					s.changedOnce(m, "updated", ev)
				}
			})
		})
	})
}

// matches checks If-Match (behaviours 17, 19).
func (q *request) matches(etag string) *apiError {
	told := q.header.Get("If-Match")
	if told == "" || told == "*" || told == etag {
		return nil
	}
	return errStaleETag()
}

// patchEvent is PATCH …/events/{id} (behaviours 17, 18, 29).
func (s *Server) patchEvent(q *request, id string) (*response, *apiError) {
	if fail := q.wantsJSON(); fail != nil {
		return nil, fail
	}
	in, fail := parseFields(q.body)
	if fail != nil {
		return nil, fail
	}
	m := q.mailbox
	var out object
	s.inMailbox(m, func() {
		var i instance
		if _, i, fail = m.findInstance(id); fail != nil {
			return
		}
		if fail = q.matches(m.etag(i)); fail != nil {
			return
		}
		if i, fail = s.edit(m, i, in); fail != nil {
			return
		}
		out = append(object{q.context(fmt.Sprintf("users('%s')/events/$entity", m.id))}, m.render(i, q.view)...)
	})
	if fail != nil {
		return nil, fail
	}
	return jsonResponse(http.StatusOK, out), nil
}

// edit changes an event or an occurrence by a body. It is called with m locked.
func (s *Server) edit(m *mailbox, i instance, in fields) (instance, *apiError) {
	if i.d != noDay {
		return s.editOccurrence(m, i, in)
	}
	ev := i.ev.clone()
	told, fail := s.applier(false).apply(&ev.content, in)
	if fail != nil {
		return i, fail
	}
	if len(told) == 0 {
		return i, nil // nothing was said: not even a new etag (behaviour 18)
	}
	now := s.now()
	if ev.recurrence == nil || samePattern(i.ev, ev) {
		ev.carryOver(s.applier(false), in, told, m.change+1, now)
	} else {
		ev.exceptions, ev.cancelled = nil, nil // Outlook drops them when the pattern changes
	}
	m.commit(now, ev)
	s.changed(m, "updated", ev)
	s.invite(m, ev, "update")
	s.uninvite(m, i.ev, ev)
	return ev.itself(), nil
}

// samePattern reports whether the occurrences stay where they are.
func samePattern(a, b *event) bool {
	if a.recurrence == nil || b.recurrence == nil {
		return a.recurrence == b.recurrence
	}
	return bytes.Equal(appendJSON(nil, a.recurrence.object()), appendJSON(nil, b.recurrence.object())) &&
		a.start.at.Equal(b.start.at) && a.end.at.Equal(b.end.at) && a.allDay == b.allDay
}

// carryOver passes an edit of the master on to the exceptions that did not set the property
// themselves. change is the number that the master's new version is about to get.
func (e *event) carryOver(a applier, in fields, told map[string]bool, change uint64, now time.Time) {
	for d, ex := range e.exceptions {
		inherited := fields{}
		for name := range told {
			switch name {
			case "start", "end", "isAllDay", "recurrence", "singleValueExtendedProperties", "multiValueExtendedProperties", "extensions":
				continue
			}
			if !ex.own[name] {
				inherited[name] = in[name]
			}
		}
		c := ex.content.clone()
		if _, fail := a.apply(&c, inherited); fail != nil || len(inherited) == 0 {
			continue
		}
		next := *ex
		next.content, next.change, next.modified = c, change, now
		e.exceptions[d] = &next
	}
}

// editOccurrence makes an exception of an occurrence (behaviour 29).
func (s *Server) editOccurrence(m *mailbox, i instance, in fields) (instance, *apiError) {
	if _, ok := in["recurrence"]; ok && !isNull(in["recurrence"]) {
		return i, badRequest("ErrorInvalidRequest", "Your request can't be completed. The Recurrence property cannot be set on an occurrence.")
	}
	c := i.content.clone()
	told, fail := s.applier(false).apply(&c, in)
	if fail != nil {
		return i, fail
	}
	if len(told) == 0 {
		return i, nil
	}
	if told["start"] || told["end"] || told["isAllDay"] {
		if fail := i.crossing(&c); fail != nil {
			return i, fail
		}
	}
	now := s.now()
	ev := i.ev.clone()
	ex := &exception{created: i.ev.created, own: map[string]bool{}}
	if i.ex != nil {
		*ex = *i.ex
		ex.own = maps.Clone(i.ex.own)
	}
	maps.Copy(ex.own, told)
	ex.content, ex.modified = c, now
	if ev.exceptions == nil {
		ev.exceptions = map[day]*exception{}
	}
	ev.exceptions[i.d] = ex
	m.change++
	ex.change = m.change
	m.commit(now, ev)
	s.changedOnce(m, "updated", ev) // one notice, about the master (docs #5520)
	s.invite(m, ev, "update")
	out, _ := ev.occurrence(i.d)
	return out, nil
}

// crossing refuses to move an occurrence to or past the day of its neighbour.
func (i instance) crossing(c *content) *apiError {
	loc := i.ev.seriesLoc()
	moved := dayOf(wallOf(c.start.at, loc))
	neighbour := func(d day) (day, bool) {
		if i.ev.cancelled[d] {
			return 0, false
		}
		if ex := i.ev.exceptions[d]; ex != nil {
			return dayOf(wallOf(ex.start.at, loc)), true
		}
		return d, true
	}
	before, after, hasBefore, hasAfter := i.ev.recurrence.around(i.d)
	fail := badRequest("ErrorOccurrenceCrossingBoundary", "Cannot move the occurrence to a date that is on or past the date of an adjacent occurrence.")
	if hasBefore {
		if d, ok := neighbour(before); ok && moved <= d {
			return fail
		}
	}
	if hasAfter {
		if d, ok := neighbour(after); ok && moved >= d {
			return fail
		}
	}
	return nil
}

// deleteEvent is DELETE …/events/{id} and POST …/permanentDelete (behaviour 19).
func (s *Server) deleteEvent(q *request, id string, forGood bool) (*response, *apiError) {
	m := q.mailbox
	var fail *apiError
	s.inMailbox(m, func() {
		var i instance
		if _, i, fail = m.findInstance(id); fail != nil {
			return
		}
		if fail = q.matches(m.etag(i)); fail != nil {
			return
		}
		s.remove(m, i, forGood)
	})
	if fail != nil {
		return nil, fail
	}
	return &response{status: http.StatusNoContent, header: http.Header{}}, nil
}

// remove deletes an event or an occurrence. It is called with m locked.
func (s *Server) remove(m *mailbox, i instance, forGood bool) {
	ev := i.ev.clone()
	if i.d != noDay {
		delete(ev.exceptions, i.d)
		if ev.cancelled == nil {
			ev.cancelled = map[day]bool{}
		}
		ev.cancelled[i.d] = true
		m.commit(s.now(), ev)
		s.changedOnce(m, "updated", ev)
		s.invite(m, ev, "update")
		return
	}
	ev.state = trashed
	if forGood {
		ev.state = purged
	}
	m.commit(s.now(), ev)
	s.changedOnce(m, "deleted", ev)
	s.invite(m, ev, "cancellation")
}

func (e *event) exceptionsInOrder() []instance {
	var out []instance
	for _, d := range slices.Sorted(maps.Keys(e.exceptions)) {
		if i, ok := e.occurrence(d); ok {
			out = append(out, i)
		}
	}
	return out
}
