package msgraph

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

func (s *simulated) group(g graphsim.Group) graphsim.Group {
	s.t.Helper()
	g, err := s.sim.AddGroup(g)
	if err != nil {
		s.t.Fatal(err)
	}
	return g
}

func TestTheUsersOfAGroupAndOfThoseWithinAreListedOnce(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	anna := s.sim.AddUser(graphsim.User{UPN: "anna@kommune.example", DisplayName: "Anna A", GivenName: "Anna", Surname: "A", Phone: "12 34 56 78"})
	guest := s.sim.AddUser(graphsim.User{UPN: "g@andre.example", DisplayName: "Gæst", Guest: true})
	closed := s.sim.AddUser(graphsim.User{UPN: "l@kommune.example", DisplayName: "Lukket", Disabled: true, NoMail: true})
	inner := s.group(graphsim.Group{Mail: "inden@kommune.example", Members: []string{closed.UPN, anna.UPN}})
	outer := s.group(graphsim.Group{Mail: "o'vejledere@kommune.example", Members: []string{anna.UPN, inner.Mail, guest.UPN}})
	inner.Members = append(inner.Members, outer.ID) // a circle
	s.group(inner)
	want := []Member{
		{ObjectID: anna.ObjectID, Name: "Anna A", GivenName: "Anna", Surname: "A", Mail: "anna@kommune.example", Phone: "12 34 56 78"},
		{ObjectID: guest.ObjectID, Name: "Gæst", Mail: "g@andre.example", Guest: true},
		{ObjectID: closed.ObjectID, Name: "Lukket", Disabled: true},
	}
	for _, name := range []string{outer.ID, outer.Mail} {
		got, err := s.GroupMembers(t.Context(), name)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
	for _, r := range s.sim.Requests(graphsim.RequestFilter{Path: "transitiveMembers"}) {
		if strings.Contains(r.Query, "mobile") || !strings.Contains(r.Query, "select") {
			t.Errorf("asked for %s", r.Query)
		}
	}

	s.fault(graphsim.Fault{Kind: graphsim.FaultBasicProfiles})
	for i := range want {
		want[i].Phone, want[i].Disabled, want[i].Basic = "", false, true // the guest is known by the principal name
	}
	got, err := s.GroupMembers(t.Context(), outer.ID)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("basic profiles: %v %s", err, d)
	}
}

func TestEveryPageOfAGroupIsReadOrNone(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	var all []string
	for i := range 1200 {
		all = append(all, s.sim.AddUser(graphsim.User{UPN: fmt.Sprintf("v%d@kommune.example", i)}).UPN)
	}
	g := s.group(graphsim.Group{Mail: "alle@kommune.example", Members: all})
	got, err := s.GroupMembers(t.Context(), g.ID)
	if err != nil || len(got) != 1200 || got[1199].Mail != "v1199@kommune.example" {
		t.Errorf("%d members: %v", len(got), err)
	}
	s.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Path: "transitiveMembers", Count: 1})
	if _, err := s.GroupMembers(t.Context(), g.ID); err == nil {
		t.Error("a list was given though Graph was away")
	}
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		answerWith(200, `{"value":[{"id":"o"}],"@odata.nextLink":"https://`+r.Host+`/v1.0/groups/x/transitiveMembers/microsoft.graph.user?$skiptoken=2"}`)(rw, r)
	}, graphError(503, "ServiceUnavailable"))
	if got, err := w.client().GroupMembers(t.Context(), "x"); err == nil && got != nil {
		t.Errorf("half a group was given: %v", got)
	}
}

func TestAGroupThatMayNotBeReadOrIsNoneIsRefused(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	g := s.group(graphsim.Group{Mail: "alle@kommune.example"})
	for name, want := range map[string]string{
		"00000000-0000-4000-8000-000000000000": "404 Request_ResourceNotFound", "ingen@kommune.example": "404 no-such-group",
		"": "0 no-such-id", "a/b": "0 no-such-id",
	} {
		_, err := s.GroupMembers(t.Context(), name)
		if refused, ok := errors.AsType[*calendar.RefusedError](err); !ok || fmt.Sprintf("%d %s", refused.Status, refused.Code) != want {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
	if got, err := s.GroupMembers(t.Context(), g.ID); err != nil || len(got) != 0 {
		t.Errorf("empty group: %v %v", got, err)
	}
	s.fault(graphsim.Fault{Kind: graphsim.FaultGroupsDenied})
	for _, name := range []string{g.ID, g.Mail} {
		_, err := s.GroupMembers(t.Context(), name)
		if refused, ok := errors.AsType[*calendar.RefusedError](err); !ok || refused.Status != 403 || refused.Code != "Authorization_RequestDenied" {
			t.Errorf("denied: %v", err)
		}
	}
}

// The directory tells far more of people than is asked for, if it were to.
func TestNothingElseOfAUserIsKept(t *testing.T) {
	w := newWorld(t, answerWith(200, `{"@odata.context":"`+secretText+`","value":[null,{"id":"o-1","displayName":"Anna A","mail":"anna@kommune.dk","jobTitle":"`+secretText+`",
		"mobilePhone":"`+secretText+`","officeLocation":"`+secretText+`","userPrincipalName":"`+secretText+`@kommune.dk","employeeId":"`+secretText+`","businessPhones":[]}]}`))
	got, err := w.client().GroupMembers(t.Context(), "o-group")
	if err != nil || len(got) != 1 || got[0].Name != "Anna A" {
		t.Fatalf("%v %v", got, err)
	}
	assertNoSecret(t, "members", got)
	for _, body := range []string{`{"value":[{"id":["` + secretText + `"]}]}`, `{"value":[{"id":"` + secretText + ` æ"}]}`, `{"value":[{"displayName":"` + secretText + `"`, `<html>` + secretText, `{"value":[{"displayName":"x"}]}`} {
		got, err := newWorld(t, answerWith(200, body)).client().GroupMembers(t.Context(), "o-group")
		if err == nil {
			t.Errorf("%s was taken", body)
		}
		assertNoSecret(t, "error", err)
		assertNoSecret(t, "members", got)
	}
}
