package graphsim

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Mail is a message that the server would have sent (behaviour 21).
type Mail struct {
	At   time.Time `json:"at"`
	From string    `json:"from"`
	To   string    `json:"to"`
	// Kind is invitation, update, cancellation or response.
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
}

// Mail lists what was sent from a mailbox; with "", from all.
func (s *Server) Mail(user string) []Mail {
	out := []Mail{}
	for _, m := range s.mailboxes() {
		m.mu.Lock()
		if user == "" || strings.EqualFold(user, m.id) || m.isOwner(user) {
			out = append(out, m.mail...)
		}
		m.mu.Unlock()
	}
	slices.SortStableFunc(out, func(a, b Mail) int { return a.At.Compare(b.At) })
	return out
}

// invite mails the attendees of a meeting that the mailbox organises, and keeps the copies in the
// attendees' own mailboxes. Nobody is mailed about an appointment. It is called with m locked.
func (s *Server) invite(m *mailbox, ev *event, kind string) {
	s.tell(m, ev, ev.attendees, kind)
}

// uninvite calls the meeting off for those whom an edit took out of it.
func (s *Server) uninvite(m *mailbox, old, ev *event) {
	out := slices.DeleteFunc(slices.Clone(old.attendees), func(a attendee) bool {
		return slices.ContainsFunc(ev.attendees, func(b attendee) bool { return strings.EqualFold(a.address, b.address) })
	})
	s.tell(m, ev, out, "cancellation")
}

func (s *Server) tell(m *mailbox, ev *event, whom []attendee, kind string) {
	if !ev.isOrganizer {
		return
	}
	for _, a := range whom {
		m.mail = append(m.mail, Mail{At: s.now(), From: m.user.UPN, To: a.address, Kind: kind, Subject: ev.subject})
		other, _ := s.mailbox(a.address)
		if other == nil || other == m {
			continue
		}
		m.pending = append(m.pending, func() {
			s.inMailbox(other, func() { s.receive(other, ev, kind) })
		})
	}
}

// receive puts an organizer's meeting into an attendee's calendar.
func (s *Server) receive(m *mailbox, from *event, kind string) {
	now := s.now()
	var have *event
	for _, it := range m.items {
		if e := it.now(); e.uid == from.uid && e.state == live {
			have = e
		}
	}
	if kind == "cancellation" {
		if have != nil && !have.isCancelled {
			ev := have.clone()
			ev.isCancelled, ev.showAs, ev.subject = true, "free", "Aflyst: "+ev.subject
			m.commit(now, ev)
			s.changed(m, "updated", ev)
		}
		return
	}
	ev := from.clone()
	ev.calendar, ev.isOrganizer, ev.response, ev.responseAt = m.primary().n, false, "notResponded", time.Time{}
	ev.txn, ev.props, ev.multiProps, ev.extensions, ev.folder, ev.state = "", nil, nil, nil, 0, live
	if ev.showAs == "busy" {
		ev.showAs = "tentative"
	}
	what := "created"
	if have == nil {
		ev.key, ev.created = m.newKey(), now
	} else {
		what = "updated"
		ev.key, ev.created, ev.folder, ev.calendar = have.key, have.created, have.folder, have.calendar
		ev.response, ev.responseAt, ev.showAs = have.response, have.responseAt, have.showAs
	}
	m.commit(now, ev)
	s.changed(m, what, ev)
}

// cancelEvent is POST …/cancel (behaviour 20).
func (s *Server) cancelEvent(q *request, id string) (*response, *apiError) {
	m := q.mailbox
	var fail *apiError
	s.inMailbox(m, func() {
		var i instance
		if _, i, fail = m.findInstance(id); fail != nil {
			return
		}
		if !i.ev.isOrganizer {
			fail = badRequest("ErrorInvalidRequest", "Your request can't be completed. You need to be an organizer to cancel a meeting.")
			return
		}
		s.remove(m, i, false)
	})
	if fail != nil {
		return nil, fail
	}
	return &response{status: http.StatusAccepted, header: http.Header{}}, nil
}

// respond is POST …/accept, …/decline and …/tentativelyAccept.
func (s *Server) respond(q *request, id, action string) (*response, *apiError) {
	m := q.mailbox
	var fail *apiError
	s.inMailbox(m, func() {
		var i instance
		if _, i, fail = m.findInstance(id); fail == nil {
			fail = s.answerMeeting(m, i.ev, action)
		}
	})
	if fail != nil {
		return nil, fail
	}
	return &response{status: http.StatusAccepted, header: http.Header{}}, nil
}

// answerMeeting is called with m locked.
func (s *Server) answerMeeting(m *mailbox, have *event, action string) *apiError {
	if have.isOrganizer {
		return badRequest("ErrorInvalidRequest", "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.")
	}
	now := s.now()
	ev := have.clone()
	ev.response = map[string]string{"accept": "accepted", "decline": "declined", "tentativelyaccept": "tentativelyAccepted"}[action]
	ev.responseAt = now
	kind := "updated"
	switch action {
	case "accept":
		ev.showAs = "busy"
	case "tentativelyaccept":
		ev.showAs = "tentative"
	case "decline":
		ev.showAs = "free"
		if !s.faults.on(FaultDeclinedStay, m.id) {
			ev.state, kind = trashed, "deleted"
		}
	}
	m.commit(now, ev)
	s.changed(m, kind, ev)
	m.mail = append(m.mail, Mail{At: now, From: m.user.UPN, To: ev.organizer.address, Kind: "response", Subject: ev.subject})
	organizer, _ := s.mailbox(ev.organizer.address)
	if organizer == nil {
		return nil
	}
	me := m.user.UPN
	m.pending = append(m.pending, func() {
		s.spawn(func(context.Context) { s.inMailbox(organizer, func() { s.noteAnswer(organizer, ev, me) }) })
	})
	return nil
}

// noteAnswer writes an attendee's answer into the organizer's event.
func (s *Server) noteAnswer(m *mailbox, from *event, attendee string) {
	for _, it := range m.items {
		have := it.now()
		if have.uid != from.uid || have.state != live {
			continue
		}
		ev := have.clone()
		for n := range ev.attendees {
			if strings.EqualFold(ev.attendees[n].address, attendee) {
				ev.attendees[n].response, ev.attendees[n].at = from.response, from.responseAt
			}
		}
		m.commit(s.now(), ev)
		s.changedOnce(m, "updated", ev)
	}
}
