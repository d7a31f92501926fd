package dfdgsim

import (
	"net/http"
	"strconv"
	"time"
)

// FaultKind says what goes wrong with a call.
type FaultKind string

// Kinds of faults.
const (
	LoseRequest FaultKind = "lose-request" // the connection breaks before anything is done
	LoseAnswer  FaultKind = "lose-answer"  // it is done, then the connection breaks
	Refuse      FaultKind = "refuse"       // nothing is done; a SOAP fault with Code and Text
	HTTPStatus  FaultKind = "http"         // nothing is done; Status without envelope, with RetryAfter
	Garble      FaultKind = "garble"       // it is done; the answer is no XML
	Slow        FaultKind = "slow"         // it is done and answered, Delay later
)

// FaultRule makes calls go wrong.
type FaultRule struct {
	// Operation that it is for, such as "TerminateSequence"; every one if empty.
	Operation string    `json:"operation,omitempty"`
	Kind      FaultKind `json:"kind"`
	// Skip lets so many calls pass first; then Count of them go wrong. Count 0 is one, −1 all.
	Skip  int `json:"skip,omitempty"`
	Count int `json:"count,omitempty"`

	Code       int    `json:"code,omitempty"`
	Text       string `json:"text,omitempty"`
	Status     int    `json:"status,omitempty"`
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds
	DelayMS    int    `json:"delayMs,omitempty"`
}

// Chaos disturbs the queue, by chance from the server's seed.
type Chaos struct {
	// Duplicate is the share of messages that are queued twice, under the same MessageIdentifier.
	Duplicate float64 `json:"duplicate"`
	// Reorder swaps messages of a transfer over so many places.
	Reorder int `json:"reorder"`
	// Redeliver is the share of confirmed messages that stay in the queue all the same.
	Redeliver float64 `json:"redeliver"`
	// HideOpenSequence leaves the Identifier out of the fault that refuses a second CreateSequence.
	HideOpenSequence bool `json:"hideOpenSequence"`
}

// AddFault makes calls go wrong from now on. Of several rules the first that fits counts.
func (s *Server) AddFault(r FaultRule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Count == 0 {
		r.Count = 1
	}
	s.rules = append(s.rules, &r)
}

// ClearFaults ends all faults and chaos.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules, s.chaos = nil, Chaos{}
}

// SetChaos sets how the queue is disturbed.
func (s *Server) SetChaos(c Chaos) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chaos = c
}

// fault uses up the rule for a call of operation, if there is one. With the lock held.
func (s *Server) fault(operation string) FaultRule {
	for _, r := range s.rules {
		switch {
		case r.Operation != "" && r.Operation != operation, r.Count == 0:
		case r.Skip > 0:
			r.Skip--
			return FaultRule{}
		default:
			if r.Count > 0 {
				r.Count--
			}
			return *r
		}
	}
	return FaultRule{}
}

// CallRecord is a call that was received.
type CallRecord struct {
	At        time.Time `json:"at"`
	Operation string    `json:"operation"`
	JobCenter string    `json:"jobCenter"`
	UserType  int32     `json:"userType"`
	Fault     FaultKind `json:"fault,omitempty"`
	Code      int       `json:"code,omitempty"` // of the SOAP fault answered with
}

// mostCalls bounds the record, which long demonstrations would fill memory with.
const mostCalls = 10_000

// play carries out a call with the fault that is due, if any.
func (s *Server) play(w http.ResponseWriter, r *http.Request, operation string, do func() ([]byte, *refusal), req *request) {
	s.mu.Lock()
	f := s.fault(operation)
	record := CallRecord{At: s.cfg.Now(), Operation: operation, Fault: f.Kind}
	if req != nil {
		record.JobCenter, record.UserType = req.jobCenter, req.user.RequestUserTypeIdentifier
	}
	var out []byte
	var refused *refusal
	switch f.Kind {
	case LoseRequest, HTTPStatus:
	case Refuse:
		refused = &refusal{f.Code, f.Text}
	default:
		out, refused = do()
	}
	if refused != nil {
		record.Code = refused.code
	}
	if len(s.calls) == mostCalls {
		s.calls = append(s.calls[:0], s.calls[mostCalls/2:]...)
	}
	s.calls = append(s.calls, record)
	s.callCount[operation]++
	s.mu.Unlock()
	s.cfg.Log.Info("call", "operation", operation, "jobCenter", record.JobCenter, "fault", f.Kind, "code", record.Code)

	switch f.Kind {
	case LoseRequest, LoseAnswer:
		panic(http.ErrAbortHandler) // net/http's way to break the connection without a word
	case HTTPStatus:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		w.WriteHeader(f.Status)
		return
	case Garble:
		out, refused = []byte("<s:Envelope><<"), nil
	case Slow:
		t := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return
		}
	}
	if refused != nil {
		writeFault(w, refused)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(out)
}
