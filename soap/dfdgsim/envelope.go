package dfdgsim

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

const nsEnvelope = "http://schemas.xmlsoap.org/soap/envelope/"

// refusal becomes a SOAP fault.
type refusal struct {
	code int
	text string
}

// request is a call as it was read.
type request struct {
	jobCenter string
	user      wire.RequestUserMetadata
	sequence  *dfdg.Sequence
	base      string // scheme and host that the client used
	body      *wire.Decoder
}

// decode reads the body's content; a breach of the contract is 1014.
func (r *request) decode(m wire.Message) *refusal {
	m.DecodeContent(r.body)
	r.body.End()
	if err := r.body.Err(); err != nil {
		return &refusal{1014, "The submitted message is not valid: " + err.Error()}
	}
	return nil
}

// answer is what an operation answers with.
type answer struct {
	content  wire.Message
	sequence *dfdg.Sequence
	raw      string // instead of content: the inside of the response element
}

// operation answers a request. It is called with the server locked.
type operation struct {
	namespace string
	do        func(*request) (answer, *refusal)
}

// soap serves a service: it reads the envelope, checks the headers, plays the faults, and answers.
func (s *Server) soap(operations map[string]operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		name, req, refused := parse(raw)
		if refused == nil && req != nil && operations[name].do == nil {
			refused = &refusal{1014, "The submitted message is not valid: no such operation"}
		}
		if req != nil {
			req.base = s.cfg.BaseURL
			if req.base == "" {
				req.base = "http://" + r.Host
				if r.TLS != nil {
					req.base = "https://" + r.Host
				}
			}
		}
		action := strings.Trim(r.Header.Get("SOAPAction"), `"`)
		if refused == nil && !strings.HasSuffix(action, "#"+name) {
			refused = &refusal{1014, "The submitted message is not valid: SOAPAction does not name the operation"}
		}
		s.play(w, r, name, func() ([]byte, *refusal) {
			if refused != nil {
				return nil, refused
			}
			a, refused := operations[name].do(req)
			if refused != nil {
				return nil, refused
			}
			return envelope(operations[name].namespace, name, a), nil
		}, req)
	}
}

// parse reads an envelope up to the start of the body's content.
func parse(raw []byte) (name string, req *request, refused *refusal) {
	invalid := &refusal{1014, "The submitted message is not valid"}
	text, err := wire.ToUTF8(raw, "")
	if err != nil {
		return "", nil, invalid
	}
	r := wire.NewReader(text, wire.DefaultLimits)
	d := wire.NewDecoder(r, wire.Rename{})
	if !d.Need(nsEnvelope, "Envelope") {
		return "", nil, invalid
	}
	req = &request{body: d}
	var org wire.ActiveOrganisation
	var haveOrg, haveUser bool
	if d.Begin(nsEnvelope, "Header") {
		for {
			switch {
			case d.Begin(wire.ActiveOrganisationName.Space, wire.ActiveOrganisationName.Local):
				org.DecodeContent(d)
				if haveOrg = true; d.Err() != nil {
					return "", req, &refusal{8234, "Could not deserialize the Soap header: ActiveOrganisationHeader"}
				}
				d.End()
				continue
			case d.Begin(wire.RequestUserMetadataName.Space, wire.RequestUserMetadataName.Local):
				req.user.DecodeContent(d)
				if haveUser = true; d.Err() != nil {
					return "", req, &refusal{8235, "Could not deserialize the Soap header: RequestUserMetadataHeader"}
				}
				d.End()
				continue
			case d.Begin(dfdg.NamespaceWSRM, "Sequence"):
				req.sequence = new(dfdg.Sequence)
				req.sequence.DecodeContent(d)
				d.End()
				continue
			}
			break
		}
		d.End()
	}
	if !d.Need(nsEnvelope, "Body") {
		return "", req, invalid
	}
	t, err := r.Next()
	for err == nil && t.Kind == wire.Text {
		t, err = r.Next()
	}
	if err != nil || t.Kind != wire.Start {
		return "", req, invalid
	}
	d.Enter(t, false)
	name, ok := strings.CutSuffix(t.Name.Local, "Request")
	switch {
	case !ok:
		return name, req, invalid
	case !haveOrg:
		return name, req, &refusal{8232, "The Soap request message is missing its required Soap header: ActiveOrganisationHeader"}
	case !haveUser:
		return name, req, &refusal{8233, "The Soap request message is missing its required Soap header: RequestUserMetadataHeader"}
	case org.OrganisationTypeIdentifier != organisationJobCenter:
		return name, req, &refusal{4413, "The authoritytype of the requestheader is invalid"}
	case req.user.OrganisationTypeIdentifier != organisationJobCenter:
		return name, req, &refusal{8173, "OrganisationType is invalid according to its code list"}
	case req.user.RequestUserTypeIdentifier < 1 || req.user.RequestUserTypeIdentifier > 4:
		return name, req, &refusal{8174, "UserType is invalid according to its code list"}
	}
	req.jobCenter = org.OrganisationCode
	return name, req, nil
}

func envelope(ns, name string, a answer) []byte {
	var e wire.Encoder
	e.Raw(`<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="` + nsEnvelope + `">`)
	if a.sequence != nil {
		e.Raw("<s:Header>")
		wire.AppendHeader(&e, xml.Name{Space: dfdg.NamespaceWSRM, Local: "Sequence"}, a.sequence)
		e.Raw("</s:Header>")
	}
	e.Raw("<s:Body>")
	if a.raw != "" {
		e.Raw("<" + name + `Response xmlns="` + ns + `"` + dfdg.Prefixes(ns) + ">" + a.raw + "</" + name + "Response>")
	} else {
		e.Root(ns, dfdg.Prefixes(ns), name+"Response", a.content)
	}
	e.Raw("</s:Body></s:Envelope>")
	return e.Buf
}

func writeFault(w http.ResponseWriter, f *refusal) {
	var e wire.Encoder
	e.Raw(`<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="` + nsEnvelope + `"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>`)
	e.Text(f.text)
	e.Raw("</faultstring><detail>")
	e.Root(wire.FaultDetailsName.Space, "", wire.FaultDetailsName.Local, &wire.FaultDetails{ErrorCode: int32(f.code), Message: f.text})
	e.Raw("</detail></s:Fault></s:Body></s:Envelope>")
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(e.Buf)
}
