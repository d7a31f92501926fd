package soapclient

import (
	"encoding/xml"
	"errors"
	"net/http"
	"strings"

	"kommunalplanner.example/soap/wire"
)

// reading walks through an envelope.
type reading struct {
	r      *wire.Reader
	rename wire.Rename
	err    error // a *wire.SyntaxError: not well-formed
}

// next gives the next tag, having passed over text.
func (d *reading) next() wire.Token {
	for d.err == nil {
		t, err := d.r.Next()
		if err != nil {
			d.err = err
			break
		}
		if t.Kind != wire.Text {
			return t
		}
	}
	return wire.Token{Kind: wire.EOF}
}

// skip passes over the rest of the element whose start was read.
func (d *reading) skip() {
	for depth := 1; depth > 0 && d.err == nil; {
		switch d.next().Kind {
		case wire.Start:
			depth++
		case wire.End:
			depth--
		case wire.EOF:
			return
		}
	}
}

// content reads the element whose start t was read, and its end.
func (d *reading) content(t wire.Token, m wire.Message) error {
	dec := wire.NewDecoder(d.r, d.rename)
	dec.Enter(t, false)
	m.DecodeContent(dec)
	dec.End()
	if err := dec.Err(); err != nil {
		var syntax *wire.SyntaxError
		if errors.As(err, &syntax) {
			d.err = err
		}
		return err
	}
	return nil
}

func (c Call) onWire(n xml.Name) xml.Name {
	if c.Rename.Wire != "" && n.Space == c.Rename.Contract {
		n.Space = c.Rename.Wire
	}
	return n
}

func decode(call Call, status int, text []byte) (*Answer, error) {
	limits := call.Limits
	if limits == (wire.Limits{}) {
		limits = wire.DefaultLimits
	}
	d := &reading{r: wire.NewReader(text, limits), rename: call.Rename}
	bad := func(reason string) error {
		if d.err != nil {
			reason = d.err.Error()
		}
		return &BadAnswer{HTTPStatus: status, Reason: reason, Raw: text, WellFormed: d.err == nil}
	}
	if t := d.next(); d.err != nil || t.Name != (xml.Name{Space: nsEnvelope, Local: "Envelope"}) {
		return nil, bad("no SOAP 1.1 envelope")
	}
	answer := &Answer{Raw: text, Headers: make([]bool, len(call.AnswerHeader))}
	t := d.next()
	if t.Kind == wire.Start && t.Name == (xml.Name{Space: nsEnvelope, Local: "Header"}) {
		for t = d.next(); t.Kind == wire.Start; t = d.next() {
			if err := d.header(call, answer, t); err != nil {
				return nil, bad("header " + err.Error())
			}
		}
		t = d.next()
	}
	if d.err != nil || t.Kind != wire.Start || t.Name != (xml.Name{Space: nsEnvelope, Local: "Body"}) {
		return nil, bad("no body")
	}
	before := d.r.Offset()
	t = d.next()
	if d.err != nil || t.Kind != wire.Start {
		return nil, bad("empty body")
	}
	if t.Name == (xml.Name{Space: nsEnvelope, Local: "Fault"}) {
		fault := &Fault{HTTPStatus: status}
		d.fault(fault)
		if d.err != nil {
			return nil, bad("")
		}
		return nil, fault
	}
	switch {
	case status != http.StatusOK:
		return nil, bad("neither HTTP 200 nor a fault")
	case call.Answer.Content == nil:
		d.skip()
	case t.Name != call.onWire(call.Answer.Name):
		return nil, bad("another element than " + call.Answer.Name.Local)
	default:
		if err := d.content(t, call.Answer.Content); err != nil {
			return nil, bad(err.Error())
		}
	}
	if d.err == nil {
		answer.Body = text[before:d.r.Offset()]
	}
	// To the end, so that nothing stands behind.
	for range 2 {
		if t := d.next(); t.Kind != wire.End {
			return nil, bad("more than one element in the body")
		}
	}
	if d.next().Kind != wire.EOF || d.err != nil {
		return nil, bad("more than an envelope")
	}
	return answer, nil
}

func (d *reading) header(call Call, answer *Answer, t wire.Token) error {
	for i, h := range call.AnswerHeader {
		if t.Name == call.onWire(h.Name) && !answer.Headers[i] {
			answer.Headers[i] = true
			t.Attr = nil // mustUnderstand and its like are the envelope's
			return d.content(t, h.Content)
		}
	}
	d.skip()
	return d.err
}

// fault reads leniently: a fault in a poor form is still one.
func (d *reading) fault(f *Fault) {
	for t := d.next(); t.Kind == wire.Start; t = d.next() {
		switch t.Name.Local {
		case "faultcode":
			code := d.text()
			f.FaultCode = code[strings.LastIndexByte(code, ':')+1:]
		case "faultstring":
			if text := Redact(d.text()); f.Text == "" {
				f.Text = text
			}
		case "detail":
			for t := d.next(); t.Kind == wire.Start; t = d.next() {
				if t.Name != wire.FaultDetailsName {
					d.skip()
					continue
				}
				t.Attr = nil
				var details wire.FaultDetails
				if d.content(t, &details) != nil {
					return
				}
				f.Code = int(details.ErrorCode)
				if details.Message != "" {
					f.Text = Redact(details.Message)
				}
			}
		default:
			d.skip()
		}
	}
}

// text reads the text of the element whose start was read, and its end.
func (d *reading) text() string {
	var b strings.Builder
	for d.err == nil {
		t, err := d.r.Next()
		switch {
		case err != nil:
			d.err = err
		case t.Kind == wire.Text:
			b.Write(t.Text)
		case t.Kind == wire.Start:
			d.skip()
		default:
			return strings.TrimSpace(b.String())
		}
	}
	return ""
}
