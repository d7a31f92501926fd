package graphsim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// busyDigits are the letters of an availabilityView, and which of two at one time is shown.
var busyDigits = map[string]byte{"free": '0', "tentative": '1', "busy": '2', "oof": '3', "workingElsewhere": '4', "unknown": '0'}

func stronger(a, b byte) byte {
	rank := func(c byte) int { return strings.IndexByte("04123", c) }
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// mostEntries is where getSchedule gives up on a mailbox.
const mostEntries = 1000

// getSchedule is POST …/calendar/getSchedule (behaviour 31).
func (s *Server) getSchedule(q *request) (*response, *apiError) {
	if q.method != http.MethodPost {
		return nil, errMethod(q.method)
	}
	var in struct {
		Schedules []string        `json:"schedules"`
		StartTime json.RawMessage `json:"startTime"`
		EndTime   json.RawMessage `json:"endTime"`
		Interval  *int            `json:"availabilityViewInterval"`
	}
	if err := json.Unmarshal(q.body, &in); err != nil {
		return nil, errBody("schedules", err)
	}
	a := s.applier(false)
	start, fail := a.moment("startTime", in.StartTime)
	if fail != nil {
		return nil, fail
	}
	end, fail := a.moment("endTime", in.EndTime)
	if fail != nil {
		return nil, fail
	}
	interval := 30
	if in.Interval != nil {
		interval = *in.Interval
	}
	long := end.at.Sub(start.at)
	switch {
	case len(in.Schedules) == 0 || len(in.Schedules) > 20:
		return nil, badRequest("ErrorInvalidRequest", "The number of schedules must be between 1 and 20.")
	case interval < 5 || interval > 1440:
		return nil, badRequest("ErrorInvalidMergedFreeBusyInterval", "The interval must be between 5 and 1440 minutes.")
	case long <= 0 || long < time.Duration(interval)*time.Minute:
		return nil, badRequest("ErrorInvalidTimeInterval", "The time interval is not valid.")
	case long > 62*24*time.Hour:
		return nil, badRequest("ErrorTimeIntervalTooBig", "The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = 62 days; the actual limit = %.0f days.", long.Hours()/24)
	}
	values := make([]object, 0, len(in.Schedules))
	for _, address := range in.Schedules {
		values = append(values, s.schedule(address, start.at, end.at, time.Duration(interval)*time.Minute, q.view))
	}
	return jsonResponse(http.StatusOK, object{q.context("Collection(microsoft.graph.scheduleInformation)"), {"value", values}}), nil
}

func scheduleError(address, code, message string) object {
	return object{{"scheduleId", address}, {"scheduleItems", []object{}}, {"availabilityView", ""}, {"error", object{{"message", message}, {"responseCode", code}}}}
}

func (s *Server) schedule(address string, from, to time.Time, step time.Duration, v view) object {
	m, _ := s.mailbox(address)
	if m == nil {
		return scheduleError(address, "5016", "Unable to resolve e-mail address "+address+" to an Active Directory object.")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	view := []byte(strings.Repeat("0", int((to.Sub(from)+step-1)/step)))
	items := []object{}
	for _, i := range m.view(m.primary().n, from, to) {
		if len(items) == mostEntries {
			return scheduleError(address, "5006", "The result set contains too many calendar entries. The allowed size = 1000; the actual size is larger.")
		}
		private := i.sensitivity == "private" || i.sensitivity == "confidential"
		item := object{{"isPrivate", private}, {"status", i.showAs}}
		if !private {
			where := ""
			if len(i.locations) > 0 {
				where = i.locations[0].name
			}
			item = append(item, member{"subject", i.subject}, member{"location", where})
		}
		// Here all-day events are what blocks the slots, so they keep to the slots' own clock.
		items = append(items, append(item, member{"isMeeting", len(i.attendees) > 0}, member{"isRecurring", i.d != noDay}, member{"isException", i.ex != nil},
			member{"isReminderSet", i.reminderOn}, member{"start", v.dateTime(i.start, i.allDay)}, member{"end", v.dateTime(i.end, i.allDay)}))
		for n := range view {
			a := from.Add(time.Duration(n) * step)
			if i.start.at.Before(a.Add(step)) && i.end.at.After(a) {
				view[n] = stronger(view[n], busyDigits[i.showAs])
			}
		}
	}
	return object{{"scheduleId", address}, {"availabilityView", string(view)}, {"scheduleItems", items}, {"workingHours", m.user.WorkingHours.object(m.user.TimeZone)}}
}
