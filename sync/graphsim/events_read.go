package graphsim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"
)

// getEvent is GET …/events/{id} (behaviours 10, 23).
func (s *Server) getEvent(q *request, id string) (*response, *apiError) {
	sh, fail := q.shaper()
	if fail != nil {
		return nil, fail
	}
	m := q.mailbox
	q.view.withoutOriginalStart = s.faults.on(FaultNoOriginalStart, m.id)
	m.mu.Lock()
	defer m.mu.Unlock()
	_, i, fail := m.findInstance(id)
	if fail != nil {
		return nil, fail
	}
	out := object{q.context(fmt.Sprintf("users('%s')/events/$entity", m.id))}
	return jsonResponse(http.StatusOK, append(out, m.shape(i, q.view, sh)...)), nil
}

// listEvents is GET …/events: single events and masters (behaviours 24, 27).
func (s *Server) listEvents(q *request, f *folder) (*response, *apiError) {
	m := q.mailbox
	return s.list(q, fmt.Sprintf("users('%s')/events", m.id), func() []instance {
		var all []instance
		for _, key := range m.order {
			if ev := m.items[key].now(); ev.state == live && ev.calendar == f.n {
				all = append(all, ev.itself())
			}
		}
		return all
	})
}

// calendarView is GET …/calendarView: what lies in the window, masters expanded (behaviour 26).
func (s *Server) calendarView(q *request, f *folder) (*response, *apiError) {
	from, to, fail := q.window()
	if fail != nil {
		return nil, fail
	}
	m := q.mailbox
	return s.list(q, fmt.Sprintf("users('%s')/calendarView", m.id), func() []instance { return m.view(f.n, from, to) })
}

// view lists the instances of a calendar in [from, to), by start. It is called with m locked.
func (m *mailbox) view(calendar int, from, to time.Time) []instance {
	var all []instance
	for _, key := range m.order {
		if ev := m.items[key].now(); ev.state == live && ev.calendar == calendar {
			all = append(all, ev.instances(from, to)...)
		}
	}
	slices.SortStableFunc(all, func(a, b instance) int { return a.start.at.Compare(b.start.at) })
	return all
}

// instances is GET …/events/{master}/instances.
func (s *Server) instances(q *request, id string) (*response, *apiError) {
	from, to, fail := q.window()
	if fail != nil {
		return nil, fail
	}
	m := q.mailbox
	m.mu.Lock()
	it, ref, fail := m.find(id)
	if fail == nil && (ref.day != noDay || it.now().recurrence == nil) {
		fail = badRequest("ErrorInvalidRequest", "Your request can't be completed. Only a series master has instances.")
	}
	m.mu.Unlock()
	if fail != nil {
		return nil, fail
	}
	return s.list(q, fmt.Sprintf("users('%s')/events('%s')/instances", m.id, id), func() []instance {
		if ev := it.now(); ev.state == live {
			return ev.instances(from, to)
		}
		return nil
	})
}

// list answers a page of what all finds: filtered, ordered, and cut by $top and $skip.
func (s *Server) list(q *request, context string, all func() []instance) (*response, *apiError) {
	top, fail := q.query.int("$top", 10, 1000)
	if fail == nil && top == 0 {
		fail = badRequest("ErrorInvalidUrlQueryFilter", "The value '0' of query option '$top' is not valid.")
	}
	if fail != nil {
		return nil, fail
	}
	skip, fail := q.query.int("$skip", 0, 1<<30)
	if fail != nil {
		return nil, fail
	}
	var filter filterExpr
	if text, ok := q.query["$filter"]; ok {
		if filter, fail = parseFilter(text); fail != nil {
			return nil, fail
		}
	}
	sh, fail := q.shaper()
	if fail != nil {
		return nil, fail
	}
	m := q.mailbox
	q.view.withoutOriginalStart = s.faults.on(FaultNoOriginalStart, m.id)
	m.mu.Lock()
	defer m.mu.Unlock()
	found := all()
	if filter != nil {
		found = slices.DeleteFunc(found, func(i instance) bool { return !filter(m.rowOf(i)) })
	}
	if fail := order(found, q.query["$orderby"]); fail != nil {
		return nil, fail
	}
	page := found[min(skip, len(found)):min(skip+top, len(found))]
	out := object{q.context(context)}
	if strings.EqualFold(q.query["$count"], "true") {
		out = append(out, member{"@odata.count", len(found)})
	}
	values := make([]object, 0, len(page))
	for _, i := range page {
		values = append(values, m.shape(i, q.view, sh))
	}
	out = append(out, member{"value", values})
	if skip+top < len(found) {
		out = append(out, member{"@odata.nextLink", q.nextPage(skip + top)})
	}
	return jsonResponse(http.StatusOK, out), nil
}

// order sorts by one of the properties that clients sort by.
func order(found []instance, by string) *apiError {
	if by == "" {
		return nil
	}
	name, direction, _ := strings.Cut(strings.ToLower(strings.TrimSpace(by)), " ")
	less := map[string]func(a, b instance) int{
		"start/datetime":       func(a, b instance) int { return a.start.at.Compare(b.start.at) },
		"end/datetime":         func(a, b instance) int { return a.end.at.Compare(b.end.at) },
		"createddatetime":      func(a, b instance) int { return a.ev.created.Compare(b.ev.created) },
		"lastmodifieddatetime": func(a, b instance) int { return a.ev.modified.Compare(b.ev.modified) },
		"subject":              func(a, b instance) int { return strings.Compare(a.subject, b.subject) },
	}[name]
	if less == nil || direction != "" && direction != "asc" && direction != "desc" {
		return badRequest("ErrorInvalidUrlQuery", "The query option $orderby '%s' is not supported.", by)
	}
	slices.SortStableFunc(found, func(a, b instance) int {
		if direction == "desc" {
			return less(b, a)
		}
		return less(a, b)
	})
	return nil
}

// nextPage is the same request with another $skip.
func (q *request) nextPage(skip int) string {
	names := make([]string, 0, len(q.query))
	for n := range q.query {
		if n != "$skip" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	link := q.base + q.path + "?"
	for _, n := range names {
		link += strings.ReplaceAll(url.QueryEscape(n), "%24", "$") + "=" + url.QueryEscape(q.query[n]) + "&"
	}
	return link + fmt.Sprintf("$skip=%d", skip)
}
