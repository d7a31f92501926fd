package soap

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"kommunalplanner.example/soap/wire"
)

type version int

const (
	soap11 version = iota
	soap12
)

var namespaces = [...]string{"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"}

func (v version) String() string { return [...]string{"1.1", "1.2"}[v] }

// errShape is an envelope that is XML and no SOAP message.
var errShape = errors.New("not a SOAP message")

// next gives the next tag of the envelope, between which only blanks may stand.
func next(r *wire.Reader) (wire.Token, error) {
	for {
		t, err := r.Next()
		if err != nil {
			return t, err
		}
		if t.Kind != wire.Text {
			return t, nil
		}
		if len(bytes.TrimLeft(t.Text, " \t\r\n")) > 0 {
			return t, FaultInvalid.Because(errShape)
		}
	}
}

func (v version) is(t wire.Token, local string) bool {
	return t.Kind == wire.Start && t.Name.Space == namespaces[v] && t.Name.Local == local
}

// request is a message read whole and found valid.
type request struct {
	operation *wire.Operation
	message   wire.Message
}

// readEnvelope reads a whole document. Into call it writes what it learns, version first, so that a
// fault can be answered in kind.
func (s *Server) readEnvelope(src []byte, v *version, call *Call) (request, error) {
	r := wire.NewReader(src, s.config.Limits)
	t, err := next(r)
	if err != nil {
		return request{}, err
	}
	at := slices.Index(namespaces[:], t.Name.Space)
	if t.Name.Local != "Envelope" || at < 0 {
		*v = soap11 // SOAP 1.2 part 1, appendix A: to the unknown, speak 1.1
		if t.Name.Local == "Envelope" {
			return request{}, faultVersion
		}
		return request{}, FaultInvalid.Because(errShape)
	}
	*v = version(at)
	call.Version = v.String()

	if t, err = next(r); err != nil {
		return request{}, err
	}
	if v.is(t, "Header") {
		if call.Headers, err = s.readHeaders(r, *v); err != nil {
			return request{}, err
		}
		if t, err = next(r); err != nil {
			return request{}, err
		}
	}
	if o := call.Headers.Organisation; o != nil {
		call.JobCenter = o.OrganisationCode
	}
	if err := s.checkHeaders(call.Headers); err != nil {
		return request{}, err
	}
	if !v.is(t, "Body") {
		return request{}, FaultInvalid.Because(errShape)
	}
	return s.readMessage(r, call)
}

// readMessage reads the body's only child and what closes the document.
func (s *Server) readMessage(r *wire.Reader, call *Call) (request, error) {
	t, err := next(r)
	if err != nil {
		return request{}, err
	}
	if t.Kind != wire.Start {
		return request{}, FaultNoOperation
	}
	op := s.operations[t.Name]
	if op == nil {
		return request{}, FaultNoOperation
	}
	call.Operation = op.Name
	message := op.NewRequest()
	d := wire.NewDecoder(r, s.rename)
	d.Enter(t, false)
	message.DecodeContent(d)
	d.End()
	if d.Err() != nil {
		return request{}, d.Err()
	}
	for _, want := range []wire.Kind{wire.End, wire.End, wire.EOF} { // Body, Envelope, document
		if t, err = next(r); err != nil {
			return request{}, err
		}
		if t.Kind != want {
			return request{}, FaultInvalid.Because(errShape)
		}
	}
	return request{op, message}, nil
}

// contradicts tells whether a SOAPAction names another of our operations. Unknown ones, and none, do
// not matter.
func (s *Server) contradicts(action string, op *wire.Operation) bool {
	action = strings.Trim(strings.TrimSpace(action), `"`)
	named, ours := s.actions[action]
	return ours && named != op.Name
}
