package msgraph

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

func TestWorkingHoursAreReadAsOutlookHasThem(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	for _, c := range []struct {
		user   graphsim.User
		want   WorkingHours
		danish bool
	}{
		{graphsim.User{UPN: "a@k.example"}, WorkingHours{[]int{1, 2, 3, 4, 5}, 480, 1020, "Romance Standard Time"}, true},
		{graphsim.User{UPN: "b@k.example", TimeZone: "Europe/Copenhagen", WorkingHours: graphsim.WorkingHours{Days: []string{"friday", "monday"}, Start: "07:30", End: "00:00"}},
			WorkingHours{[]int{1, 5}, 450, 1440, "Europe/Copenhagen"}, true},
		{graphsim.User{UPN: "c@k.example", TimeZone: "GMT Standard Time"}, WorkingHours{[]int{1, 2, 3, 4, 5}, 480, 1020, "GMT Standard Time"}, false},
	} {
		u := s.sim.AddUser(c.user)
		got, err := s.WorkingHours(t.Context(), u.ObjectID)
		if d := cmp.Diff(c.want, got); d != "" || err != nil || got.Danish() != c.danish {
			t.Errorf("%s: %v, Danish %v %s", u.UPN, err, got.Danish(), d)
		}
	}
	s.fault(graphsim.Fault{Kind: graphsim.FaultDenied, User: s.user})
	_, err := s.WorkingHours(t.Context(), s.user)
	if denied, ok := errors.AsType[*calendar.MailboxError](err); !ok || denied.Reason != calendar.MailboxDenied {
		t.Errorf("denied: %v", err)
	}
}

func TestWorkingHoursThatCannotBeReadAreNone(t *testing.T) {
	const rest = `"timeZone":{"name":"Romance Standard Time"}}`
	for _, body := range []string{
		`{}`, `{"workingHours":null}`, `{"workingHours":{"daysOfWeek":["` + secretText + `"],"startTime":"08:00:00.0000000","endTime":"16:00:00.0000000",` + rest + `}`,
		`{"workingHours":{"daysOfWeek":["monday"],"startTime":"` + secretText + `","endTime":"16:00:00",` + rest + `}`,
		`{"workingHours":{"daysOfWeek":["monday"],"startTime":"22:00:00","endTime":"06:00:00",` + rest + `}`,
		`{"workingHours":{"daysOfWeek":["monday"],"startTime":"08:00:00","endTime":"16:00:00"}}`,
	} {
		got, err := newWorld(t, answerWith(200, body)).client().WorkingHours(t.Context(), user)
		if err == nil || len(got.Weekdays) > 0 {
			t.Errorf("%s: %+v", body, got)
		}
		assertNoSecret(t, "error", err)
	}
	got, err := newWorld(t, answerWith(200, `{"automaticRepliesSetting":{"internalReplyMessage":"`+secretText+`"},"workingHours":{"daysOfWeek":[],"startTime":"08:00:00.0000000","endTime":"16:00:00.0000000",`+rest+`}`)).client().WorkingHours(t.Context(), user)
	if err != nil || len(got.Weekdays) > 0 {
		t.Errorf("no days: %+v %v", got, err)
	}
	assertNoSecret(t, "hours", got)
}
