package dfdgqueue

import (
	"encoding/xml"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/soap/wire"
)

// Namespaces of the standard. 1.1 and 1.2 share one.
const (
	nsRM         = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
	nsAddressing = "http://www.w3.org/2005/08/addressing"
	anonymous    = nsAddressing + "/anonymous"
)

// rmEnvelope is what matters of a message that came in.
type rmEnvelope struct {
	version      string // namespace of the envelope
	messageID    string
	sequence     string // header Sequence
	number       int64
	ackRequested string
	do           string // name of the body's element; "" = empty body
	identifier   string // of the sequence that the body speaks of
	acksTo       string
	expires      time.Duration
	body         []byte // the body's element standing alone, of an application message
}

var errEnvelope = errors.New("not an envelope that is read here")

type rmReader struct {
	r   *wire.Reader
	err error
}

// next gives the next tag.
func (r *rmReader) next() wire.Token {
	for r.err == nil {
		t, err := r.r.Next()
		if err != nil {
			r.err = err
			break
		}
		if t.Kind != wire.Text {
			return t
		}
	}
	return wire.Token{Kind: wire.EOF}
}

// leaves reads the texts below the element whose start was read, by local name, the nearest to the top first.
func (r *rmReader) leaves(top string) map[string]string {
	out := map[string]string{}
	path := []string{top}
	var text strings.Builder
	for r.err == nil && len(path) > 0 {
		t, err := r.r.Next()
		switch {
		case err != nil:
			r.err = err
		case t.Kind == wire.Text:
			text.Write(t.Text)
		case t.Kind == wire.Start:
			path = append(path, t.Name.Local)
			text.Reset()
		case t.Kind == wire.End:
			// A path without its top: "AcksTo/Address".
			key := strings.Join(path[1:], "/")
			if _, taken := out[key]; !taken {
				out[key] = strings.TrimSpace(text.String())
			}
			text.Reset()
			path = path[:len(path)-1]
		}
	}
	return out
}

func readRM(text []byte) (rmEnvelope, error) {
	var in rmEnvelope
	r := &rmReader{r: wire.NewReader(text, answerLimits)}
	t := r.next()
	if r.err != nil || t.Name.Local != "Envelope" || t.Name.Space != envelope11 && t.Name.Space != envelope12 {
		return in, errEnvelope
	}
	in.version = t.Name.Space
	t = r.next()
	if t.Kind == wire.Start && t.Name == (xml.Name{Space: in.version, Local: "Header"}) {
		for t = r.next(); t.Kind == wire.Start; t = r.next() {
			if err := in.header(r, t); err != nil {
				return in, err
			}
		}
		t = r.next()
	}
	if r.err != nil || t.Kind != wire.Start || t.Name != (xml.Name{Space: in.version, Local: "Body"}) {
		return in, errEnvelope
	}
	t = r.next()
	switch {
	case r.err != nil:
		return in, errEnvelope
	case t.Kind == wire.End: // no more than headers
	case t.Name.Space == nsRM:
		in.do = t.Name.Local
		v := r.leaves(t.Name.Local)
		in.identifier, in.acksTo = v["Identifier"], v["AcksTo/Address"]
		in.expires = duration(v["Expires"])
	default:
		in.do = t.Name.Local
		var err error
		if in.body, err = standing(r.r, t); err != nil {
			return in, errEnvelope
		}
	}
	for r.err == nil && r.next().Kind != wire.EOF {
	}
	if r.err != nil {
		return in, errEnvelope
	}
	return in, nil
}

func (in *rmEnvelope) header(r *rmReader, t wire.Token) error {
	v := r.leaves(t.Name.Local)
	switch t.Name {
	case xml.Name{Space: nsAddressing, Local: "MessageID"}:
		in.messageID = v[""]
	case xml.Name{Space: nsRM, Local: "Sequence"}:
		in.sequence = v["Identifier"]
		n, err := strconv.ParseInt(v["MessageNumber"], 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			n = 0
		}
		in.number = n
	case xml.Name{Space: nsRM, Local: "AckRequested"}:
		in.ackRequested = v["Identifier"]
	}
	known := t.Name.Space == nsAddressing || t.Name.Space == nsRM ||
		t.Name == wire.ActiveOrganisationName || t.Name == wire.RequestUserMetadataName
	for _, a := range t.Attr {
		if !known && a.Name.Space == in.version && a.Name.Local == "mustUnderstand" && (a.Value == "1" || a.Value == "true") {
			return faultUnderstand
		}
	}
	return nil
}

var isoDuration = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?$`)

// duration reads the part of xs:duration that lengths of sequences are told in; 0 is anything else, and PT0S, which
// means that it never expires.
func duration(s string) time.Duration {
	m := isoDuration.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(m[i+1]) // digits or nothing
		d += time.Duration(n) * unit
	}
	return d
}
