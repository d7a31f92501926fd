package soap

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"

	"kommunalplanner.example/soap/wire"
)

const xmlDeclaration = `<?xml version="1.0" encoding="utf-8"?>`

// encoders are kept for their memory. Very long answers are not, or a few would stay for good.
var encoders = sync.Pool{New: func() any { return new(wire.Encoder) }}

func borrowEncoder() *wire.Encoder {
	e := encoders.Get().(*wire.Encoder)
	e.Buf = e.Buf[:0]
	return e
}

func giveBack(e *wire.Encoder) {
	if cap(e.Buf) <= 1<<20 {
		encoders.Put(e)
	}
}

func open(e *wire.Encoder, v version) {
	e.Raw(xmlDeclaration)
	e.Raw(`<soap:Envelope xmlns:soap="`)
	e.Raw(namespaces[v])
	e.Raw(`"><soap:Body>`)
}

func closing(e *wire.Encoder) { e.Raw(`</soap:Body></soap:Envelope>`) }

// Ready is an answer that is written down. It is not changed any more.
type Ready struct {
	envelope []byte // of SOAP 1.1
	from, to int    // the body element in it
}

// Size is how many bytes it takes.
func (r *Ready) Size() int { return cap(r.envelope) }

// encode writes the body element of an answer.
func (s *Server) encode(e *wire.Encoder, op *wire.Operation, answer wire.Message) {
	e.Rename = s.rename
	e.Root(s.contract.Namespace, s.contract.Prefixes, op.Response, answer)
}

func (s *Server) ready(op *wire.Operation, answer wire.Message) *Ready {
	e := borrowEncoder()
	defer giveBack(e)
	open(e, soap11)
	r := &Ready{from: len(e.Buf)}
	s.encode(e, op, answer)
	r.to = len(e.Buf)
	closing(e)
	r.envelope = bytes.Clone(e.Buf)
	return r
}

// appendFault writes the envelope of a fault.
func appendFault(e *wire.Encoder, v version, f *Fault, plain bool) {
	open(e, v)
	detail := func(tag string) {
		// SOAP 1.1 § 4.4: a fault about headers or the envelope must have no detail.
		if f.Number == 0 || plain && f.Blame == BlameServer {
			return
		}
		e.Open(tag)
		e.Root(wire.FaultDetailsName.Space, "", wire.FaultDetailsName.Local, &wire.FaultDetails{ErrorCode: int32(f.Number), Message: f.Text})
		e.Close(tag)
	}
	e.Raw(`<soap:Fault>`)
	if v == soap11 {
		e.Raw(`<faultcode>soap:`)
		e.Raw(f.Blame.code(v))
		e.Raw(`</faultcode><faultstring>`)
		e.Text(f.Text)
		e.Raw(`</faultstring>`)
		detail("detail")
	} else {
		e.Raw(`<soap:Code><soap:Value>soap:`)
		e.Raw(f.Blame.code(v))
		e.Raw(`</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="da">`)
		e.Text(f.Text)
		e.Raw(`</soap:Text></soap:Reason>`)
		detail("soap:Detail")
	}
	e.Raw(`</soap:Fault>`)
	closing(e)
}

func send(w http.ResponseWriter, v version, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", [...]string{"text/xml; charset=utf-8", "application/soap+xml; charset=utf-8"}[v])
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who has gone is told nothing
}
