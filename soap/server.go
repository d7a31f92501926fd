package soap

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/wire"
)

// Server serves one service. It is an http.Handler, for concurrent use.
type Server struct {
	service    contract.Service
	contract   wire.Contract
	config     Config
	rename     wire.Rename
	operations map[xml.Name]*wire.Operation // by message element, as on the wire
	actions    map[string]string            // soapAction → operation
	places     chan struct{}                // of calls at work
	large      chan struct{}                // of bodies that are not small
	clock      func() time.Time             // the real one
}

// NewServer serves the operations of c, described by service.
func NewServer(service contract.Service, c wire.Contract, config Config) *Server {
	config = config.withDefaults()
	config.Names = config.Names.Or(service.Names)
	s := &Server{
		service: service, contract: c, config: config,
		rename:     wire.Rename{Contract: c.Namespace, Wire: config.Names.Message},
		operations: map[xml.Name]*wire.Operation{},
		actions:    map[string]string{},
		places:     make(chan struct{}, config.MaxCalls),
		large:      make(chan struct{}, config.MaxLarge),
		clock:      time.Now,
	}
	for i := range c.Operations {
		op := &c.Operations[i]
		s.operations[xml.Name{Space: config.Names.Message, Local: op.Request}] = op
		s.actions[config.Names.Action+"#"+op.Name] = op.Name
	}
	return s
}

// ServeHTTP answers a call, or serves the contract.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		s.serveContract(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "Tjenesten tager imod POST.", http.StatusMethodNotAllowed)
		return
	}
	kind := parseContentType(r.Header.Get("Content-Type"))
	if !kind.isXML() {
		http.Error(w, "Tjenesten tager imod text/xml (SOAP 1.1) og application/soap+xml (SOAP 1.2).", http.StatusUnsupportedMediaType)
		return
	}
	call := &Call{Service: s.service.Name, Began: s.config.Now()}
	v := kind.version()
	call.Version = v.String()

	e := borrowEncoder()
	defer giveBack(e)
	err := s.answer(w, r, kind, &v, call, e)
	if errors.Is(err, errSlow) {
		http.Error(w, "Kaldet kom ikke frem i tide.", http.StatusRequestTimeout)
		s.tell(r.Context(), call, FaultUnreadable.Because(err))
		return
	}
	if err == nil {
		answer := e.Buf
		if r := call.Ready; r != nil && v == soap11 {
			answer = r.envelope // as it is: copying would cost a tenth of the call
		} else if r != nil {
			open(e, v)
			e.Buf = append(e.Buf, r.envelope[r.from:r.to]...)
			closing(e)
			answer = e.Buf
		}
		call.AnswerBytes = len(answer)
		send(w, v, http.StatusOK, answer)
		s.show(r.Context(), call, answer)
		s.tell(r.Context(), call, nil)
		return
	}
	fault := FaultOf(err)
	call.Offered, call.Days, call.OfferHash, call.Ready = 0, nil, nil, nil
	e.Buf = e.Buf[:0]
	appendFault(e, v, fault, s.config.PlainServerFaults)
	call.AnswerBytes = len(e.Buf)
	if fault.Number == FaultBusy.Number {
		w.Header().Set("Retry-After", "1")
	}
	send(w, v, http.StatusInternalServerError, e.Buf)
	s.show(r.Context(), call, e.Buf)
	s.tell(r.Context(), call, fault)
}

// answer writes the answer into e, or gives the error that is to be told.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, kind contentType, v *version, call *Call, e *wire.Encoder) error {
	if s.config.Authorize != nil {
		if err := s.config.Authorize(r, call); err != nil {
			unread(w)
			return err
		}
	}
	raw, n, done, err := s.readBody(w, r)
	defer done()
	call.RequestBytes = n
	if err != nil {
		unread(w)
		return err
	}
	src, err := wire.ToUTF8(raw, kind.charset)
	if err != nil {
		return err
	}
	if s.config.Envelopes != nil {
		call.message = MaskEnvelope(src)
	}
	req, err := s.readEnvelope(src, v, call)
	if err != nil {
		return err
	}
	if err := call.mayActFor(""); err != nil {
		return err
	}
	action := r.Header.Get("SOAPAction")
	if *v == soap12 {
		action = kind.action
	}
	if s.contradicts(action, req.operation) {
		return FaultActionDisagrees
	}
	ctx, cancel := context.WithTimeout(WithCall(r.Context(), call), s.config.AnswerWithin)
	defer cancel()
	if err := s.take(ctx, s.places); err != nil {
		return err
	}
	defer func() { <-s.places }()
	call.Encode = func(m wire.Message) *Ready { return s.ready(req.operation, m) }
	answer, err := invoke(ctx, req)
	if err != nil {
		return err
	}
	if r := call.Ready; r != nil {
		return s.finish(call, req.operation, r.envelope[r.from:r.to])
	}
	open(e, *v)
	from := len(e.Buf)
	s.encode(e, req.operation, answer)
	if err := s.finish(call, req.operation, e.Buf[from:]); err != nil {
		return err
	}
	closing(e)
	return nil
}

// finish checks and hashes the body element of an answer, as is set.
func (s *Server) finish(call *Call, op *wire.Operation, body []byte) error {
	if s.config.CheckAnswers {
		if err := s.check(body, op); err != nil {
			// Not FaultOf's business: the caller's message was good.
			return FaultInternal.Because(fmt.Errorf("our answer breaks the contract: %w", err))
		}
	}
	if s.config.HashAnswers && call.OfferHash == nil {
		call.OfferHash = OfferHash(body)
	}
	return nil
}

// show gives message and answer to whoever searches for faults.
func (s *Server) show(ctx context.Context, call *Call, answer []byte) {
	if s.config.Envelopes != nil {
		s.config.Envelopes(ctx, *call, call.message, MaskEnvelope(answer))
	}
}

// take waits a little for one of the places.
func (s *Server) take(ctx context.Context, places chan<- struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(s.config.WaitFor)
	defer wait.Stop()
	select {
	case places <- struct{}{}:
		return nil
	case <-wait.C:
		return FaultBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// invoke answers a panic as an internal error; the stack goes to the log only.
func invoke(ctx context.Context, r request) (answer wire.Message, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = FaultInternal.Because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return r.operation.Invoke(ctx, r.message)
}

// check reads an answer of ours as strictly as a request.
func (s *Server) check(answer []byte, op *wire.Operation) error {
	// Our own answers may be longer than what we take.
	limits := s.config.Limits
	limits.Tokens = len(answer)
	d := wire.NewDecoder(wire.NewReader(answer, limits), s.rename)
	if d.Need(s.contract.Namespace, op.Response) {
		op.NewResponse().DecodeContent(d)
		d.End()
	}
	return d.Err()
}
