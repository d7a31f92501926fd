package booking

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/soap/wire"
)

// message reads the body's only child of an envelope; nil when it is a fault.
func message(t *testing.T, doc []byte) (wire.Operation, bool, wire.Message) {
	t.Helper()
	r := wire.NewReader(doc, wire.DefaultLimits)
	inBody := false
	for {
		tok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if tok.Kind != wire.Start {
			continue
		}
		if !inBody {
			inBody = tok.Name.Local == "Body"
			continue
		}
		for _, op := range Contract(nil).Operations {
			var m wire.Message
			switch tok.Name.Local {
			case op.Request:
				m = op.NewRequest()
			case op.Response:
				m = op.NewResponse()
			default:
				continue
			}
			d := wire.NewDecoder(r, wire.Rename{})
			d.Enter(tok, false)
			m.DecodeContent(d)
			d.End()
			if d.Err() != nil {
				return op, false, nil
			}
			return op, tok.Name.Local == op.Response, m
		}
		return wire.Operation{}, false, nil
	}
}

func decode(t *testing.T, element string, m wire.Message, doc []byte) {
	t.Helper()
	d := wire.NewDecoder(wire.NewReader(doc, wire.DefaultLimits), wire.Rename{})
	if d.Need(Namespace, element) {
		m.DecodeContent(d)
		d.End()
	}
	if d.Err() != nil {
		t.Fatalf("%v\n%s", d.Err(), doc)
	}
}

func TestEveryGoldenMessageSurvivesReadingAndWriting(t *testing.T) {
	files, err := filepath.Glob("../../externalbooking/testdata/*/*.re*.xml")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		op, response, m := message(t, doc)
		if m == nil {
			continue // a fault, or a request that is meant to be invalid
		}
		read++
		element, back := op.Request, op.NewRequest()
		if response {
			element, back = op.Response, op.NewResponse()
		}
		var e wire.Encoder
		e.Root(Namespace, Contract(nil).Prefixes, element, m)
		decode(t, element, back, e.Buf)
		if diff := cmp.Diff(m, back); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		if response {
			want := string(doc)
			want = want[strings.Index(want, "<"+element):strings.Index(want, "\n</soap:Body>")]
			if got := strings.ReplaceAll(string(e.Buf), "><", ">\n<"); got != want {
				t.Errorf("%s is written otherwise: %s", file, cmp.Diff(want, got))
			}
		}
	}
	if read < 40 {
		t.Errorf("only %d messages", read)
	}
}
