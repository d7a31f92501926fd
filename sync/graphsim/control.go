package graphsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// controlRoutes is the simulator's own API: the Go methods of Server over HTTP and JSON. It has no
// login; serve it on loopback.
func (s *Server) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/{$}", s.controlHelp)
	mux.HandleFunc("GET /control/users", reply(func(*http.Request) (any, error) { return s.Users(), nil }))
	mux.HandleFunc("POST /control/users", replyTo(func(_ *http.Request, u User) (any, error) {
		if u.UPN == "" && u.ObjectID == "" {
			return nil, fmt.Errorf("a user needs upn or objectId")
		}
		return s.AddUser(u), nil
	}))
	mux.HandleFunc("GET /control/groups", reply(func(*http.Request) (any, error) { return s.Groups(), nil }))
	mux.HandleFunc("POST /control/groups", replyTo(func(_ *http.Request, g Group) (any, error) { return s.AddGroup(g) }))
	mux.HandleFunc("GET /control/users/{user}/events", reply(s.controlEvents))
	mux.HandleFunc("GET /control/events/count", reply(func(r *http.Request) (any, error) {
		n, err := s.CountEvents(r.FormValue("user"), r.FormValue("transactionId"), r.FormValue("stamp"))
		return map[string]int{"count": n}, err
	}))
	mux.HandleFunc("POST /control/users/{user}/outlook", replyTo(s.controlOutlook))
	mux.HandleFunc("POST /control/users/{user}/migrate", replyTo(func(r *http.Request, how Migration) (any, error) {
		return done, s.Migrate(r.PathValue("user"), how)
	}))

	mux.HandleFunc("GET /control/faults/kinds", reply(func(*http.Request) (any, error) { return s.FaultKinds(), nil }))
	mux.HandleFunc("GET /control/faults", reply(func(*http.Request) (any, error) { return s.Faults(), nil }))
	mux.HandleFunc("POST /control/faults", replyTo(func(_ *http.Request, f Fault) (any, error) {
		id, err := s.SetFault(f)
		return map[string]string{"id": id}, err
	}))
	mux.HandleFunc("DELETE /control/faults", reply(func(r *http.Request) (any, error) {
		return map[string]int{"cleared": s.ClearFaults(r.FormValue("user"))}, nil
	}))
	mux.HandleFunc("DELETE /control/faults/{id}", reply(func(r *http.Request) (any, error) {
		return map[string]bool{"cleared": s.ClearFault(r.PathValue("id"))}, nil
	}))
	mux.HandleFunc("POST /control/release", reply(func(r *http.Request) (any, error) {
		s.Release(r.FormValue("fault"))
		return done, nil
	}))
	mux.HandleFunc("POST /control/held", replyTo(func(r *http.Request, in struct {
		Fault string `json:"fault"`
		Count int    `json:"count"`
	}) (any, error) {
		return done, s.WaitHeld(r.Context(), in.Fault, in.Count)
	}))
	mux.HandleFunc("POST /control/tokens/revoke", reply(func(*http.Request) (any, error) {
		s.RevokeTokens()
		return done, nil
	}))

	mux.HandleFunc("GET /control/requests", reply(s.controlRequests))
	mux.HandleFunc("DELETE /control/requests", reply(func(*http.Request) (any, error) {
		s.ResetRequests()
		s.ResetConcurrency()
		return done, nil
	}))
	mux.HandleFunc("GET /control/concurrency", reply(func(r *http.Request) (any, error) {
		return map[string]int{"max": s.MaxConcurrency(r.FormValue("user"))}, nil
	}))
	mux.HandleFunc("GET /control/mail", reply(func(r *http.Request) (any, error) { return s.Mail(r.FormValue("user")), nil }))
	mux.HandleFunc("GET /control/subscriptions", reply(func(*http.Request) (any, error) { return s.Subscriptions(), nil }))
	mux.HandleFunc("GET /control/notices", reply(func(*http.Request) (any, error) { return s.Notices(), nil }))
	mux.HandleFunc("POST /control/subscriptions/{id}/lifecycle", replyTo(func(r *http.Request, in struct {
		Event   string   `json:"event"`
		StopsIn Duration `json:"stopsIn"`
	}) (any, error) {
		return done, s.Lifecycle(r.PathValue("id"), in.Event, time.Duration(in.StopsIn))
	}))
	mux.HandleFunc("POST /control/subscriptions/{id}/forge", replyTo(func(r *http.Request, in struct {
		What string `json:"what"`
	}) (any, error) {
		status, err := s.Forge(r.Context(), r.PathValue("id"), in.What)
		return map[string]int{"status": status}, err
	}))

	mux.HandleFunc("GET /control/clock", reply(func(*http.Request) (any, error) { return map[string]time.Time{"now": s.now()}, nil }))
	mux.HandleFunc("POST /control/clock/advance", replyTo(func(_ *http.Request, in struct {
		By Duration `json:"by"`
	}) (any, error) {
		if in.By < 0 {
			return nil, fmt.Errorf("the clock does not go back")
		}
		if !s.Advance(time.Duration(in.By)) {
			return nil, fmt.Errorf("the clock is the real one; start the simulator with a virtual clock")
		}
		return map[string]time.Time{"now": s.now()}, nil
	}))
	mux.HandleFunc("POST /control/settle", reply(func(*http.Request) (any, error) {
		s.Settle()
		return done, nil
	}))
}

var done = map[string]bool{"ok": true}

// reply answers what f finds, or 400 with its error.
func reply(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		v, err := f(r)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			v = map[string]string{"error": err.Error()}
		}
		_ = json.NewEncoder(w).Encode(v)
	}
}

// replyTo is reply for calls with a JSON body. Unknown members are refused, so that a misspelt fault
// does not pass for one that is on.
func replyTo[T any](f func(*http.Request, T) (any, error)) http.HandlerFunc {
	return reply(func(r *http.Request) (any, error) {
		var in T
		dec := json.NewDecoder(io.LimitReader(r.Body, maxBody))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			return nil, fmt.Errorf("read the body: %w", err)
		}
		return f(r, in)
	})
}

func (s *Server) controlEvents(r *http.Request) (any, error) {
	all, err := s.Events(r.PathValue("user"))
	if err != nil {
		return nil, err
	}
	out := []StoredEvent{}
	for _, e := range all {
		if txn := r.FormValue("transactionId"); txn != "" && e.TransactionID != txn {
			continue
		}
		if stamp := r.FormValue("stamp"); stamp != "" && !hasValue(e.Properties, stamp) {
			continue
		}
		if state := r.FormValue("state"); state != "" && e.State != state {
			continue
		}
		out = append(out, e)
	}
	return out, nil
}

func (s *Server) controlRequests(r *http.Request) (any, error) {
	f := RequestFilter{User: r.FormValue("user"), Actor: r.FormValue("actor"), Method: r.FormValue("method"), Path: r.FormValue("path")}
	var err error
	if v := r.FormValue("status"); v != "" {
		if f.Status, err = strconv.Atoi(v); err != nil {
			return nil, fmt.Errorf("status: %w", err)
		}
	}
	if v := r.FormValue("since"); v != "" {
		if f.Since, err = time.Parse(time.RFC3339, v); err != nil {
			return nil, fmt.Errorf("since: %w", err)
		}
	}
	return s.Requests(f), nil
}

// OutlookAction is one act of a user in Outlook, as POST /control/users/{user}/outlook takes it. Do names
// a method of Outlook in camel case; the rest are its arguments.
type OutlookAction struct {
	Do       string          `json:"do"`
	Event    string          `json:"event,omitempty"`    // id, in either form
	Body     json.RawMessage `json:"body,omitempty"`     // Graph body or patch
	Start    time.Time       `json:"start,omitzero"`     // with offset
	End      time.Time       `json:"end,omitzero"`       // with offset
	Date     string          `json:"date,omitempty"`     // 2006-01-02
	Days     int             `json:"days,omitempty"`     // of setAllDay
	Calendar string          `json:"calendar,omitempty"` // id or name
	Answer   string          `json:"answer,omitempty"`   // accept, decline, tentativelyAccept
	From     string          `json:"from,omitempty"`     // organizer's address of receive
}

// OutlookActions are the values of OutlookAction.Do.
var OutlookActions = []string{"create", "edit", "drag", "copy", "delete", "deleteOccurrence", "editOccurrence", "editFollowing", "restore", "makePrivate",
	"setAllDay", "moveToCalendar", "receive", "organizerCancels", "respond"}

func (s *Server) controlOutlook(r *http.Request, a OutlookAction) (any, error) {
	id, err := s.Act(r.PathValue("user"), a)
	return map[string]string{"id": id}, err
}

// Act does what a says; it answers the immutable id of the event concerned.
func (s *Server) Act(user string, a OutlookAction) (id string, err error) {
	o, err := s.Outlook(user)
	if err != nil {
		return "", err
	}
	var date time.Time
	if a.Date != "" {
		if date, err = time.Parse(time.DateOnly, a.Date); err != nil {
			return "", fmt.Errorf("date: %w", err)
		}
	}
	body := a.Body
	if body == nil {
		body = json.RawMessage("{}")
	}
	switch a.Do {
	case "create":
		return o.Create(body)
	case "edit":
		return a.Event, o.Edit(a.Event, body)
	case "drag":
		return a.Event, o.Drag(a.Event, a.Start, a.End)
	case "copy":
		return o.Copy(a.Event, a.Start)
	case "delete":
		return a.Event, o.Delete(a.Event)
	case "deleteOccurrence":
		return a.Event, o.DeleteOccurrence(a.Event, date)
	case "editOccurrence":
		return o.EditOccurrence(a.Event, date, body)
	case "editFollowing":
		return o.EditFollowing(a.Event, date, body)
	case "restore":
		return o.Restore(a.Event)
	case "makePrivate":
		return a.Event, o.MakePrivate(a.Event)
	case "setAllDay":
		return a.Event, o.SetAllDay(a.Event, date, a.Days)
	case "moveToCalendar":
		return a.Event, o.MoveToCalendar(a.Event, a.Calendar)
	case "receive":
		return o.Receive(body, a.From, a.From)
	case "organizerCancels":
		return a.Event, o.OrganizerCancels(a.Event)
	case "respond":
		return a.Event, o.Respond(a.Event, a.Answer)
	}
	return "", fmt.Errorf("do: no action %q; there are %s", a.Do, strings.Join(OutlookActions, ", "))
}

func (s *Server) controlHelp(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, controlHelpText)
	_, _ = io.WriteString(w, "\nKinds of fault (number: behaviour in the table of sync/graphtest)\n")
	for _, k := range faultKinds {
		_, _ = fmt.Fprintf(w, "  %-22s %-8s %3d  %s\n", k.Kind, k.Scope, k.Behaviour, k.Does)
	}
}

const controlHelpText = `graphsim: a simulated Microsoft Graph calendar. Graph is under /v1.0, tokens under /{tenant}/oauth2/v2.0/token.
Bodies are JSON; durations are "1m30s" or seconds; {user} is an object id or UPN; ids of events in either form.

Users and events
  GET    /control/users                          all users
  POST   /control/users                          {"upn":…,"objectId":…,"displayName":…,"timeZone":…,"workingHours":{"days":[…],"start":"08:00","end":"17:00"}}
                                                  "givenName":…,"surname":…,"phone":…,"noMail":true,"guest":true,"disabled":true
  GET    /control/groups                         all groups
  POST   /control/groups                         {"id":…,"mail":…,"displayName":…,"members":[user or group,…]}; one of that id or mail is replaced
  GET    /control/users/{user}/events            all events as stored, deleted ones too; ?transactionId= &stamp= &state=live|trashed|purged
  GET    /control/events/count                   live events; ?user= &transactionId= &stamp=
  POST   /control/users/{user}/outlook           what a person does in Outlook: {"do":…,"event":id,…}
         create {"body"}   edit {"event","body"}   drag {"event","start","end"}   copy {"event","start"}   delete {"event"}
         deleteOccurrence {"event","date"}   editOccurrence {"event","date","body"}   editFollowing {"event","date","body"}
         restore {"event"}   makePrivate {"event"}   setAllDay {"event","date","days"}   moveToCalendar {"event","calendar"}
         receive {"body","from"}   organizerCancels {"event"}   respond {"event","answer":"accept|decline|tentativelyAccept"}
  POST   /control/users/{user}/migrate           moves the mailbox: all ids are replaced, delta links and subscriptions gone; {"lose":[id,…],"copy":[id,…]}

Faults
  GET    /control/faults/kinds                   all kinds with what they do
  GET    /control/faults                         what is on
  POST   /control/faults                         {"kind":…,"user":…,"method":…,"path":part,"actor":"app|outlook|any","count":n,"for":"30s",
                                                  "delay":…,"status":…,"code":…,"message":…,"body":…,"retryAfter":"7|0.5|date:30s|none","variant":…}
  DELETE /control/faults/{id}                    one off
  DELETE /control/faults?user=                   all off (of that user)
  POST   /control/release?fault=                 lets held requests go on
  POST   /control/held                           {"fault":id,"count":n}; answers once that many requests are held
  POST   /control/tokens/revoke                  voids all access tokens

What happened
  GET    /control/requests                       ?user= &actor=app|outlook &method= &path= &status= &since=
  DELETE /control/requests                       empties the log and the concurrency marks
  GET    /control/concurrency?user=              most requests of the app in flight at once
  GET    /control/mail?user=                     mail that was sent
  GET    /control/subscriptions                  subscriptions alive
  GET    /control/notices                        deliveries of notices
  POST   /control/subscriptions/{id}/lifecycle   {"event":"missed|subscriptionRemoved|reauthorizationRequired","stopsIn":"10m"}
  POST   /control/subscriptions/{id}/forge       {"what":"clientState|unknownSubscription|hugeBody|badJSON|scriptToken"}

Time
  GET    /control/clock
  POST   /control/clock/advance                  {"by":"3m"}; virtual clock only
  POST   /control/settle                         waits until nothing is being delivered
`
