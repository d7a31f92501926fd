package graphsim_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

// TestManyClientsAtOnce has writers, readers, a person in Outlook, subscriptions, faults and the control
// API all at work on a few mailboxes; run with -race it is the proof of the order of locks in doc.go.
func TestManyClientsAtOnce(t *testing.T) {
	t.Parallel()
	s, c := newClient(t, graphsim.Config{Limits: graphsim.Limits{Concurrent: 100}})
	var got atomic.Int64
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			_, _ = io.WriteString(w, token)
			return
		}
		got.Add(1)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer hook.Close()
	var users []string
	for n := range 3 {
		u := s.AddUser(graphsim.User{UPN: fmt.Sprintf("v%d@kommune.example", n)})
		users = append(users, u.ObjectID)
		if status, out, _ := c.do("POST", "/subscriptions", object{"changeType": "created,updated,deleted", "notificationUrl": hook.URL, "resource": "users/" + u.ObjectID + "/events",
			"expirationDateTime": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}); status != 201 {
			t.Fatal(status, out)
		}
	}
	var wg sync.WaitGroup
	for n := range 9 {
		wg.Go(func() {
			path := "/users/" + users[n%3]
			for i := range 15 {
				body := event(fmt.Sprintf("%d-%d", n, i), "2026-12-01T09:00:00", "2026-12-01T10:00:00")
				body["attendees"] = []object{{"emailAddress": object{"address": fmt.Sprintf("v%d@kommune.example", (n+1)%3)}}}
				status, ev, _ := c.do("POST", path+"/events", body)
				if status != 201 {
					t.Errorf("create: %d %v", status, ev)
					return
				}
				id := ev["id"].(string)
				c.do("GET", path+"/calendarView/delta?startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-08T00:00:00Z", nil)
				c.do("PATCH", path+"/events/"+id, object{"subject": "x"})
				o, err := s.Outlook(users[n%3])
				if err != nil {
					t.Error(err)
					return
				}
				_ = o.MoveToCalendar(id, "Privat")
				_ = o.MakePrivate(id)
				if i%5 == 0 {
					s.AddUser(graphsim.User{ObjectID: users[n%3], UPN: fmt.Sprintf("v%d@kommune.example", n%3), DisplayName: "Nyt navn"})
					f, err := s.SetFault(graphsim.Fault{Kind: graphsim.FaultDeltaShuffle, User: users[n%3]})
					if err != nil {
						t.Error(err)
					}
					s.Requests(graphsim.RequestFilter{User: users[n%3]})
					s.Mail("")
					s.Subscriptions()
					s.ClearFault(f)
				}
				_ = o.Delete(id)
			}
		})
	}
	wg.Wait()
	s.Settle()
	if got.Load() == 0 {
		t.Fatal("no notice came")
	}
}

func TestCloseEndsWhatIsHeldAndWaiting(t *testing.T) {
	t.Parallel()
	s := graphsim.New(graphsim.Config{OutlookToken: "o"})
	u := s.AddUser(graphsim.User{UPN: "a@kommune.example"})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l, nil) }()
	id, err := s.SetFault(graphsim.Fault{Kind: graphsim.FaultHold, Actor: "any"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Outlook(u.UPN)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Create(event("venter på serverens egen ændring", "2026-12-01T09:00:00", "2026-12-01T10:00:00")); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("tcp", l.Addr().String()) // says nothing, so it is neither TLS nor plain
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	answered := make(chan int, 1)
	go func() {
		r, _ := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+"/v1.0/users/"+u.ObjectID+"/events", nil)
		r.Header.Set("Authorization", "Bearer o")
		tr := &http.Transport{}
		defer tr.CloseIdleConnections()
		answer, err := tr.RoundTrip(r)
		if err != nil {
			answered <- 0
			return
		}
		_ = answer.Body.Close()
		answered <- answer.StatusCode
	}()
	if err := s.WaitHeld(t.Context(), id, 1); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	<-answered
	cancel()
}
