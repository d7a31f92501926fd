package graphsim

import (
	"fmt"
	"strings"
	"time"
)

// StoredEvent is an event as the mailbox keeps it, whatever calendar it is in, deleted or not.
type StoredEvent struct {
	ID        string `json:"id"` // immutable
	ClassicID string `json:"classicId"`
	// State is live, trashed (in Deleted Items) or purged.
	State         string            `json:"state"`
	Calendar      string            `json:"calendar"` // name
	Type          string            `json:"type"`
	Subject       string            `json:"subject"`
	BodyText      string            `json:"bodyText"`
	Start         time.Time         `json:"start"` // UTC; of an all-day event midnight UTC of the date
	End           time.Time         `json:"end"`
	AllDay        bool              `json:"isAllDay"`
	ShowAs        string            `json:"showAs"`
	Sensitivity   string            `json:"sensitivity"`
	Cancelled     bool              `json:"isCancelled"`
	Attendees     []string          `json:"attendees"`
	Categories    []string          `json:"categories"`
	TransactionID string            `json:"transactionId,omitempty"`
	Properties    map[string]string `json:"properties,omitempty"` // single-value extended properties
	ICalUID       string            `json:"iCalUId"`
	ETag          string            `json:"etag"`
	Created       time.Time         `json:"created"`
	Modified      time.Time         `json:"modified"`
	// Versions counts the writes, the server's own included, as far as the history goes back.
	Versions int `json:"versions"`
}

// Events lists all events of a mailbox as stored: single events and masters, by age.
func (s *Server) Events(user string) ([]StoredEvent, error) {
	m, _ := s.mailbox(user)
	if m == nil {
		return nil, fmt.Errorf("list events: no user %q", user)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []StoredEvent{}
	for _, key := range m.order {
		it := m.items[key]
		ev := it.now()
		i := ev.itself()
		e := StoredEvent{ID: immutableID(m.tag, i.ref()), ClassicID: classicID(m.tag, i.ref()), State: []string{"live", "trashed", "purged"}[ev.state],
			Type: i.kind(), Subject: ev.subject, BodyText: ev.text, Start: ev.start.at, End: ev.end.at, AllDay: ev.allDay, ShowAs: ev.showAs,
			Sensitivity: ev.sensitivity, Cancelled: ev.isCancelled, Categories: append([]string{}, ev.categories...), TransactionID: ev.txn,
			ICalUID: iCalUID(ev.uid, noDay), ETag: m.etag(i), Created: ev.created, Modified: ev.modified, Versions: len(it.versions), Attendees: []string{}}
		e.Calendar = m.calendars[ev.calendar].name
		for _, a := range ev.attendees {
			e.Attendees = append(e.Attendees, a.address)
		}
		if len(ev.props) > 0 {
			e.Properties = map[string]string{}
			for k, v := range ev.props {
				e.Properties[k] = v
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// CountEvents counts the live events of a mailbox ("" is all mailboxes) that have the transactionId, or an
// extended property of the value; empty arguments match all.
func (s *Server) CountEvents(user, transactionID, stamp string) (int, error) {
	var users []string
	if user != "" {
		users = []string{user}
	} else {
		for _, u := range s.Users() {
			users = append(users, u.ObjectID)
		}
	}
	n := 0
	for _, u := range users {
		events, err := s.Events(u)
		if err != nil {
			return 0, err
		}
		for _, e := range events {
			if e.State == "live" && (transactionID == "" || e.TransactionID == transactionID) && (stamp == "" || hasValue(e.Properties, stamp)) {
				n++
			}
		}
	}
	return n, nil
}

func hasValue(props map[string]string, value string) bool {
	for _, v := range props {
		if strings.EqualFold(v, value) {
			return true
		}
	}
	return false
}
