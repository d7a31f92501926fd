package dfdgsim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
)

const help = `Control API of the DFDG simulator. Bodies and answers are JSON.

GET  /control/queue?jobCenter=10100   messages that wait, open sequence
GET  /control/register                bookings, with counts of writes and repeats
GET  /control/calls                   SOAP calls received, oldest first
GET  /control/counts                  figures that exactly-once is judged by
POST /control/messages                {"act":"created|moved|cancelled|confirmed|excused","booking":…,"jobCenter":…,"cpr":…,"start":…,"end":…,
                                       "caseWorkerIdentifier":…,"title":…}, one or a list; answers with booking and message ids
POST /control/raw                     {"jobCenter":…,"xml":…}: a message that nobody understands
GET  /control/faults                  faults that are set
POST /control/faults                  {"operation":"TerminateSequence","kind":"lose-request|lose-answer|refuse|http|garble|slow",
                                       "skip":0,"count":1,"code":4783,"text":…,"status":503,"retryAfter":7,"delayMs":500}
DELETE /control/faults                ends faults and chaos
PUT  /control/chaos                   {"duplicate":0.05,"reorder":20,"redeliver":0.01,"hideOpenSequence":false}
PUT  /control/persons                 {"cpr":…,"unknown":true,"dead":true,"notEnrolled":true,"deadlineTypes":[7]}
PUT  /control/planner                 {"url":…}: the planner that Jobnet's citizens are sent to
POST /control/jobnet                  {"jobCenter":…,"cpr":…,"booking":…,"option":…,"nth":0,"from":…,"to":…}: a citizen books, or moves "booking"
PUT  /control/webhook                 {"jobCenter":…,"url":…}: push messages instead of queueing them
POST /control/push                    delivers what waits for a webhook
POST /control/reset                   forgets everything
`

func (s *Server) controlRoutes() {
	get := func(path string, f func(*http.Request) any) {
		s.mux.HandleFunc("GET /control/"+path, func(w http.ResponseWriter, r *http.Request) { respond(w, http.StatusOK, f(r)) })
	}
	s.mux.HandleFunc("GET /control/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, help) })
	get("queue", func(r *http.Request) any { return s.Queue(r.FormValue("jobCenter")) })
	get("register", func(*http.Request) any {
		rows := []registerRow{}
		for _, e := range s.Register() {
			rows = append(rows, rowOf(e))
		}
		return rows
	})
	get("calls", func(*http.Request) any { return append([]CallRecord{}, s.Calls()...) })
	get("counts", func(*http.Request) any { return s.Counts() })
	get("faults", func(*http.Request) any {
		s.mu.Lock()
		defer s.mu.Unlock()
		rules := []FaultRule{}
		for _, r := range s.rules {
			if r.Count != 0 {
				rules = append(rules, *r)
			}
		}
		return map[string]any{"faults": rules, "chaos": s.chaos}
	})
	s.mux.HandleFunc("POST /control/messages", s.putMessages)
	control(s, "POST", "raw", func(_ *http.Request, in struct{ JobCenter, XML string }) (any, error) {
		return map[string]any{"message": s.PutRaw(in.JobCenter, in.XML)}, nil
	})
	control(s, "POST", "faults", func(_ *http.Request, in FaultRule) (any, error) {
		switch in.Kind {
		case LoseRequest, LoseAnswer, Refuse, HTTPStatus, Garble, Slow:
			if in.Kind == HTTPStatus && (in.Status < 400 || in.Status > 599) {
				return nil, errors.New("kind http needs a status from 400 to 599")
			}
			s.AddFault(in)
			return in, nil
		}
		return nil, errors.New("kind is none of lose-request, lose-answer, refuse, http, garble, slow")
	})
	s.mux.HandleFunc("DELETE /control/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	control(s, "PUT", "chaos", func(_ *http.Request, in Chaos) (any, error) { s.SetChaos(in); return in, nil })
	control(s, "PUT", "persons", func(_ *http.Request, in struct {
		CPR string `json:"cpr"`
		Person
	}) (any, error) {
		s.SetPerson(in.CPR, in.Person)
		return in.Person, nil
	})
	control(s, "PUT", "planner", func(_ *http.Request, in struct{ URL string }) (any, error) {
		s.SetPlanner(NewCaller(CallerConfig{URL: in.URL, HTTP: s.cfg.Push, Now: s.cfg.Now}))
		return in, nil
	})
	control(s, "POST", "jobnet", func(r *http.Request, in Errand) (any, error) { return s.Jobnet(r.Context(), in) })
	control(s, "PUT", "webhook", func(_ *http.Request, in struct{ JobCenter, URL string }) (any, error) {
		s.SetWebhook(in.JobCenter, in.URL)
		return in, nil
	})
	control(s, "POST", "push", func(r *http.Request, _ struct{}) (any, error) {
		n, err := s.Push(r.Context())
		return map[string]int{"taken": n}, err
	})
	control(s, "POST", "reset", func(*http.Request, struct{}) (any, error) { s.Reset(); return struct{}{}, nil })
}

// control adds a route whose body is JSON, none meaning the zero value.
func control[In any](s *Server, method, path string, f func(*http.Request, In) (any, error)) {
	s.mux.HandleFunc(method+" /control/"+path, func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil && !errors.Is(err, io.EOF) {
			respond(w, http.StatusBadRequest, problem{Error: err.Error()})
			return
		}
		out, err := f(r, in)
		if err != nil {
			p := problem{Error: err.Error()}
			var fault *Fault
			if errors.As(err, &fault) {
				p.Code = fault.Code
			}
			respond(w, http.StatusUnprocessableEntity, p)
			return
		}
		respond(w, http.StatusOK, out)
	})
}

type problem struct {
	Error string `json:"error"`
	Code  int    `json:"code,omitempty"` // of the planner's fault
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// putMessages takes one meeting or a list of them.
func (s *Server) putMessages(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		respond(w, http.StatusBadRequest, problem{Error: err.Error()})
		return
	}
	var list []Meeting
	if err := json.Unmarshal(raw, &list); err != nil {
		list = make([]Meeting, 1)
		if err := json.Unmarshal(raw, &list[0]); err != nil {
			respond(w, http.StatusBadRequest, problem{Error: err.Error()})
			return
		}
	}
	type ids struct {
		Booking uuid.UUID `json:"booking"`
		Message uuid.UUID `json:"message"`
	}
	out := []ids{}
	for _, m := range list {
		b, message, err := s.KSS(m)
		if err != nil {
			respond(w, http.StatusUnprocessableEntity, problem{Error: err.Error()})
			return
		}
		out = append(out, ids{b, message})
	}
	_, _ = s.Push(r.Context()) // what a webhook does not take waits
	respond(w, http.StatusOK, out)
}

type registerRow struct {
	Booking              uuid.UUID `json:"booking"`
	JobCenter            string    `json:"jobCenter"`
	CPR                  string    `json:"cpr"`
	Status               int32     `json:"status"`
	SelfBooked           bool      `json:"selfBooked"`
	System               int32     `json:"system"`
	Start                time.Time `json:"start"`
	End                  time.Time `json:"end"`
	CaseWorkerIdentifier string    `json:"caseWorkerIdentifier"`
	Title                string    `json:"title"`
	Changed              time.Time `json:"changed"`
	Creates              int       `json:"creates"`
	Updates              int       `json:"updates"`
	Deletes              int       `json:"deletes"`
	Repeats              int       `json:"repeats"`
}

func rowOf(e Entry) registerRow {
	return registerRow{
		Booking: e.Booking, JobCenter: e.JobCenter, CPR: e.CPR, Status: e.Status, SelfBooked: e.SelfBooked, System: e.System,
		Start: e.Details.BookingStartTime.Time, End: e.Details.BookingEndTime.Time,
		CaseWorkerIdentifier: string(e.Details.Supervisor.CaseWorkerIdentifier), Title: string(e.Details.MeetingTitle),
		Changed: e.Changed, Creates: e.Creates, Updates: e.Updates, Deletes: e.Deletes, Repeats: e.Repeats,
	}
}
