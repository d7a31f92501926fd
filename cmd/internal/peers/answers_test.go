//go:build peers

package peers

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/sync/calendar"
)

const contractDir = "../../../soap/contract/"

var (
	envelopes    = map[string]string{"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
	contentTypes = map[string]string{"1.1": "text/xml", "1.2": "application/soap+xml"}

	dateTime = regexp.MustCompile(`>(\d{4}-\d\d-\d\dT[^<]*)<`)
	// internals must never reach a caller.
	internals = regexp.MustCompile(`(?i)panic|goroutine|\.go\b|pgx|sqlstate|postgres|select |insert |InnerException|StackTrace|<Source|127\.0\.0\.1`)
)

// part is a piece of a message with the names of what stands in it.
type part struct {
	name xml.Name
	raw  []byte
}

// message is a SOAP envelope taken apart by encoding/xml, which shares no code with our reader.
type message struct {
	version string
	headers []xml.Name
	body    part
	detail  part // of a fault
}

func parseMessage(doc []byte) (m message, err error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	var path []xml.Name
	var from int64
	var taking *part
	for {
		at := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name)
			switch {
			case len(path) == 1:
				for version, space := range envelopes {
					if token.Name == (xml.Name{Space: space, Local: "Envelope"}) {
						m.version = version
					}
				}
			case len(path) == 3 && path[1].Local == "Header":
				m.headers = append(m.headers, token.Name)
			case len(path) == 3 && path[1].Local == "Body":
				m.body.name, from, taking = token.Name, at, &m.body
			case len(path) == 5 && path[2].Local == "Fault" && strings.EqualFold(path[3].Local, "detail"):
				m.detail.name, from, taking = token.Name, at, &m.detail
			}
		case xml.EndElement:
			// A fault's detail lies within the body's child, whose own text is not needed.
			if taking == &m.body && len(path) == 3 || taking == &m.detail && len(path) == 5 {
				taking.raw, taking = doc[from:d.InputOffset()], nil
			}
			path = path[:len(path)-1]
		}
	}
	if m.version == "" || m.body.name.Local == "" {
		return m, errors.New("no SOAP message")
	}
	return m, nil
}

// checkExchanges looks at everything that passed the tee.
func checkExchanges(t *testing.T, passed *tee, version string) {
	t.Helper()
	all, err := passed.exchanges()
	if err != nil {
		t.Fatal(err)
	}
	answers := documents{dir: t.TempDir(), schema: contractDir + contract.ExternalBooking.Name + ".xsd"}
	faults := documents{dir: t.TempDir(), schema: contractDir + "common/FaultDetails20110112.xsd"}
	operations := map[string]bool{}
	offsets := map[string]bool{}
	contracts := 0
	for _, x := range all {
		if x.request.Method == "GET" {
			contracts++
			continue
		}
		m, err := checkAnswer(x, version)
		if err != nil {
			t.Errorf("%v\nasked: %s\nanswered %s: %s", err, clip(x.asked), x.response.Status, clip(x.answered))
			continue
		}
		if m.body.name.Local == "Fault" {
			faults.add(t, m.detail.raw)
			continue
		}
		answers.add(t, m.body.raw)
		operations[m.body.name.Local] = true
		for _, at := range dateTime.FindAllSubmatch(x.answered, -1) {
			offsets[string(at[1][len(at[1])-6:])] = true
		}
	}
	if contracts == 0 {
		t.Error("the client never asked for the contract")
	}
	for _, operation := range []string{
		"GetSelfbookInterviewOptions", "GetSelfbookCaseWorkers", "GetSelfbookTimeslots", "GetRescheduleTimeslots", "GetBookingDetails", "CreateBooking", "RescheduleBooking",
	} {
		if !operations[operation+"Response"] {
			t.Errorf("%s was never answered", operation)
		}
	}
	// Half a year mostly has a change of clocks in it.
	for n := 5; n < 175; n++ {
		if offset := time.Now().AddDate(0, 0, n).In(calendar.Copenhagen()).Format("-07:00"); !offsets[offset] {
			t.Fatalf("no time with %s, as there are %d days ahead", offset, n)
		}
	}
	answers.validate(t, 12)
	faults.validate(t, 14)
}

// checkAnswer checks what holds for every answer.
func checkAnswer(x exchange, version string) (message, error) {
	m, err := parseMessage(x.answered)
	if err != nil {
		return m, fmt.Errorf("the answer: %w", err)
	}
	kind, _, _ := strings.Cut(x.response.Header.Get("Content-Type"), ";")
	switch {
	case m.version != version:
		return m, fmt.Errorf("answered in SOAP %s", m.version)
	case kind != contentTypes[version]:
		return m, fmt.Errorf("answered as %s", kind)
	case len(m.headers) > 0:
		return m, fmt.Errorf("answered with headers %v", m.headers)
	}
	for _, at := range dateTime.FindAllSubmatch(x.answered, -1) {
		text := string(at[1])
		instant, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return m, err
		}
		if danish := instant.In(calendar.Copenhagen()).Format("-07:00"); !strings.HasSuffix(text, danish) {
			return m, fmt.Errorf("%s is not Danish time, which has %s then", text, danish)
		}
	}
	if m.body.name == (xml.Name{Space: envelopes[version], Local: "Fault"}) {
		switch {
		case x.response.StatusCode != 500:
			return m, errors.New("a fault that is not HTTP 500")
		case m.detail.name != wire.FaultDetailsName:
			return m, fmt.Errorf("the fault's detail is %v", m.detail.name)
		case internals.Match(x.answered):
			return m, errors.New("a fault tells of the inside")
		}
		return m, nil
	}
	asked, err := parseMessage(x.asked)
	switch {
	case err != nil:
		return m, fmt.Errorf("the request, which was answered: %w", err)
	case x.response.StatusCode != 200:
		return m, errors.New("an answer that is not HTTP 200")
	case m.body.name != (xml.Name{Space: contract.ExternalBooking.Message, Local: strings.TrimSuffix(asked.body.name.Local, "Request") + "Response"}):
		return m, fmt.Errorf("%v answered with %v", asked.body.name, m.body.name)
	}
	for _, header := range []xml.Name{wire.ActiveOrganisationName, wire.RequestUserMetadataName} {
		if !slices.Contains(asked.headers, header) {
			return m, fmt.Errorf("the client did not send %s", header.Local)
		}
	}
	return m, nil
}

func clip(b []byte) string { return string(b[:min(len(b), 1500)]) }

// documents are validated together: a process for each would take longer than all else.
type documents struct {
	dir, schema string
	files       []string
}

func (d *documents) add(t *testing.T, doc []byte) {
	t.Helper()
	file := filepath.Join(d.dir, fmt.Sprintf("%03d.xml", len(d.files)))
	if err := os.WriteFile(file, doc, 0o644); err != nil {
		t.Fatal(err)
	}
	d.files = append(d.files, file)
}

func (d *documents) validate(t *testing.T, least int) {
	t.Helper()
	if len(d.files) < least {
		t.Errorf("only %d documents for %s", len(d.files), d.schema)
		return
	}
	out, err := exec.Command(tool(t, "xmllint", "libxml2-utils"), append([]string{"--noout", "--nonet", "--schema", d.schema}, d.files...)...).CombinedOutput()
	if valid := strings.Count(string(out), " validates\n"); err != nil || valid != len(d.files) {
		t.Errorf("xmllint: %v: %d of %d valid\n%s", err, valid, len(d.files), tail(string(out)))
		return
	}
	t.Logf("xmllint found all %d valid against %s", len(d.files), filepath.Base(d.schema))
}
