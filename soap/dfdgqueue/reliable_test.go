package dfdgqueue

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire"
)

// destination is ours, over a memory.
type destination struct {
	t      *testing.T
	memory *memory
	*Reliable
}

func newDestination(t *testing.T) *destination {
	t.Helper()
	m := newMemory()
	clock := func() time.Time { return now }
	return &destination{t, m, NewReliable(ReliableConfig{
		Intake: NewIntake(IntakeConfig{Inbox: m, Now: clock}), Sequences: m, Now: clock,
		JobCenter: func(r *http.Request) (planner.JobCenterCode, bool) { return jobCenter, r.URL.Path == "/koe" },
	})}
}

func (d *destination) post(body []byte) (int, []byte) {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/koe", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
	if bytes.Contains(body, []byte(envelope11)) {
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// meaning is what an answer says, whatever its prefixes and formatting.
type meaning struct {
	Version, Body, Identifier, Fault string
	Acked                            []Range
	None, Final                      bool
}

var qname = regexp.MustCompile(`^[^:]*:`)

func readMeaning(t *testing.T, answer []byte) (m meaning) {
	t.Helper()
	r := wire.NewReader(answer, answerLimits)
	var path []string
	for {
		tok, err := r.Next()
		if err != nil {
			t.Fatalf("%v in\n%s", err, answer)
		}
		at := strings.Join(path, "/")
		switch tok.Kind {
		case wire.EOF:
			return m
		case wire.Start:
			switch {
			case len(path) == 0:
				m.Version = tok.Name.Space
			case at == "Envelope/Body":
				m.Body = tok.Name.Local
			case tok.Name.Local == "AcknowledgementRange":
				var rg Range
				for _, a := range tok.Attr {
					if _, err := fmt.Sscan(a.Value, map[string]*int64{"Lower": &rg.Lower, "Upper": &rg.Upper}[a.Name.Local]); err != nil {
						t.Fatal(err)
					}
				}
				m.Acked = append(m.Acked, rg)
			case tok.Name == xml.Name{Space: nsRM, Local: "None"}:
				m.None = true
			case tok.Name == xml.Name{Space: nsRM, Local: "Final"}:
				m.Final = true
			}
			path = append(path, tok.Name.Local)
		case wire.End:
			path = path[:len(path)-1]
		case wire.Text:
			switch {
			case strings.HasSuffix(at, "Body/CreateSequenceResponse/Identifier"):
				m.Identifier = string(tok.Text)
			case strings.HasSuffix(at, "Subcode/Value"), strings.HasSuffix(at, "SequenceFault/FaultCode"):
				m.Fault = qname.ReplaceAllString(string(tok.Text), "")
			}
		}
	}
}

func (m meaning) String() string {
	return fmt.Sprintf("%s %s fault=%q acked=%v none=%v final=%v", m.Version, m.Body, m.Fault, m.Acked, m.None, m.Final)
}

func capture(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata/captures", dir+"*", "*-request*.xml"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%d requests: %v", len(files), err)
	}
	return files
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What other sources sent, answered by us as their own destination answered.
func TestWeAnswerOtherSourcesAsTheirDestinationDid(t *testing.T) {
	t.Parallel()
	for dir, c := range map[string]struct {
		messages int
		// inOrder: their destination throws away what comes before its turn; ours keeps and acknowledges it.
		inOrder bool
	}{"03": {4, false}, "06": {5, true}, "08": {4, false}, "24": {5, false}} {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			d := newDestination(t)
			theirs, ours := "", ""
			var last meaning
			compared := 0
			for _, file := range capture(t, dir) {
				if strings.Contains(file, "LOST") {
					continue // never arrived
				}
				body := read(t, file)
				if theirs != "" {
					body = bytes.ReplaceAll(body, []byte(theirs), []byte(ours))
				}
				times := 1
				if strings.Contains(file, "DUPLICATED") {
					times = 2
				}
				var code int
				var got meaning
				for range times {
					var answer []byte
					code, answer = d.post(body)
					got = readMeaning(t, answer)
				}
				if code != http.StatusOK || got.Fault != "" {
					t.Fatalf("%s: HTTP %d, %s", file, code, got)
				}
				last = got
				number := filepath.Base(file)[:3]
				answers, err := filepath.Glob(filepath.Join(filepath.Dir(file), number+"-*response*.xml"))
				if err != nil || len(answers) == 0 {
					continue // their destination was silent
				}
				want := readMeaning(t, read(t, answers[0]))
				if got.Identifier != "" {
					theirs, ours = want.Identifier, got.Identifier
				}
				want.Identifier = got.Identifier
				if c.inOrder {
					want.Acked = got.Acked
				}
				if strings.Contains(want.Body, "CloseSequence") || strings.Contains(want.Body, "TerminateSequence") {
					want.Final = true // gSOAP leaves it out of Close; the standard asks for it (3.5)
				}
				compared++
				if got.String() != want.String() {
					t.Errorf("%s:\n got %s\nwant %s", file, got, want)
				}
			}
			if compared < 6 || fmt.Sprint(last.Acked) != fmt.Sprintf("[{1 %d}]", c.messages) || len(d.memory.order) != c.messages {
				t.Errorf("%d answers compared, at last %s, %d messages taken in", compared, last, len(d.memory.order))
			}
			for _, r := range d.memory.rows {
				if r.Service != "LeverBooking" || !bytes.HasPrefix(r.Body, []byte(`<LeverBooking xmlns="urn:example:bookingkoe:2025:1">`)) {
					t.Errorf("%s: %s", r.Service, r.Body)
				}
			}
		})
	}
}

func TestProtocolFaultsAreTheStandards(t *testing.T) {
	t.Parallel()
	want := map[string]string{ // fault, or the acknowledged numbers
		"001": "UnknownSequence", "002": "WSRMRequired", "003": "[]", "004": "[{1 1}]", "005": "[{1 1}]",
		"006": "[{1 1} {3 3}]", // a gap is kept open, not thrown away
		"007": "", "008": "MessageNumberRollover", "009": "[{1 1} {3 3}]", "010": "[{1 1} {3 3}]",
		"011": "SequenceClosed", "012": "[{1 1} {3 3}]", "013": "SequenceTerminated", "014": "UnknownSequence", "015": "CreateSequenceRefused",
	}
	for _, soap12 := range []bool{true, false} {
		t.Run(fmt.Sprintf("soap12=%v", soap12), func(t *testing.T) {
			t.Parallel()
			d := newDestination(t)
			theirs, ours := "urn:uuid:2036607a-1787-4e12-ab8b-45673200000000", ""
			seen := 0
			for _, file := range capture(t, "13") {
				body := bytes.ReplaceAll(read(t, file), []byte(theirs), []byte(ours))
				if ours == "" {
					body = read(t, file)
				}
				if !soap12 {
					body = bytes.ReplaceAll(body, []byte(envelope12), []byte(envelope11))
				}
				code, answer := d.post(body)
				got := readMeaning(t, answer)
				if got.Identifier != "" {
					ours = got.Identifier
				}
				number := filepath.Base(file)[:3]
				seen++
				w := want[number]
				fault := !strings.HasPrefix(w, "[")
				if fault && (code != http.StatusInternalServerError || got.Fault != w || got.Body != "Fault") || !fault && (code != http.StatusOK || fmt.Sprint(got.Acked) != w) {
					t.Errorf("%s: HTTP %d, %s; want %s", file, code, got, w)
				}
				if (got.Version == envelope12) != soap12 {
					t.Errorf("%s: answered in %s", file, got.Version)
				}
			}
			if seen != len(want) {
				t.Errorf("%d requests", seen)
			}
		})
	}
}

const create11 = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:r="http://docs.oasis-open.org/ws-rx/wsrm/200702"><s:Header><a:MessageID>urn:m</a:MessageID></s:Header><s:Body><r:CreateSequence><r:AcksTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></r:AcksTo></r:CreateSequence></s:Body></s:Envelope>`

func message11(sequence string, number int, body string) []byte {
	return fmt.Appendf(nil, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:r="http://docs.oasis-open.org/ws-rx/wsrm/200702"><s:Header><r:Sequence><r:Identifier>%s</r:Identifier><r:MessageNumber>%d</r:MessageNumber></r:Sequence></s:Header><s:Body>%s</s:Body></s:Envelope>`, sequence, number, body)
}

func TestANumberIsAcknowledgedOnlyWhenItsMessageIsStored(t *testing.T) {
	t.Parallel()
	d := newDestination(t)
	_, answer := d.post([]byte(create11))
	id := readMeaning(t, answer).Identifier
	d.memory.fail = errors.New("the database is away")
	if code, answer := d.post(message11(id, 1, "<x/>")); code != http.StatusServiceUnavailable || len(answer) != 0 {
		t.Errorf("HTTP %d %s", code, answer)
	}
	d.memory.fail = nil
	for range 2 {
		_, answer = d.post(message11(id, 1, "<x/>"))
		if m := readMeaning(t, answer); fmt.Sprint(m.Acked) != "[{1 1}]" {
			t.Errorf("%s", m)
		}
	}
	// The same content under another number is another message.
	_, answer = d.post(message11(id, 2, "<x/>"))
	if m := readMeaning(t, answer); fmt.Sprint(m.Acked) != "[{1 2}]" || len(d.memory.order) != 2 {
		t.Errorf("%s, %d messages", m, len(d.memory.order))
	}
}

func TestAHeaderThatMustBeUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	d := newDestination(t)
	body := strings.Replace(create11, "<s:Header>", `<s:Header><x xmlns="urn:x" s:mustUnderstand="1"/>`, 1)
	code, answer := d.post([]byte(body))
	if code != http.StatusInternalServerError || !bytes.Contains(answer, []byte("s:MustUnderstand")) {
		t.Errorf("HTTP %d %s", code, answer)
	}
}

func TestAnExpiredSequenceTakesNoMore(t *testing.T) {
	t.Parallel()
	d := newDestination(t)
	_, answer := d.post([]byte(strings.Replace(create11, "</r:AcksTo>", "</r:AcksTo><r:Expires>PT1M</r:Expires>", 1)))
	if !bytes.Contains(answer, []byte("<r:Expires>PT60S</r:Expires>")) {
		t.Errorf("%s", answer)
	}
	id := readMeaning(t, answer).Identifier
	d.cfg.Now = func() time.Time { return now.Add(2 * time.Minute) }
	_, answer = d.post(message11(id, 1, "<x/>"))
	if m := readMeaning(t, answer); m.Fault != "SequenceTerminated" {
		t.Errorf("%s", m)
	}
}

func FuzzReliable(f *testing.F) {
	files, err := filepath.Glob("testdata/captures/*/*.xml")
	if err != nil || len(files) < 40 {
		f.Fatalf("%d captures: %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := newDestination(t)
		code, answer := d.post(body)
		if code == http.StatusServiceUnavailable {
			t.Fatal("a memory is never away")
		}
		if len(answer) > 0 {
			readMeaning(t, answer) // always an envelope that is well-formed
		}
	})
}
