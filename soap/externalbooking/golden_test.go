package externalbooking

import (
	"bytes"
	"flag"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/soap"
)

var update = flag.Bool("update", false, "write the golden files anew")

func goldenRequests(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.request.xml")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d requests, %v", len(files), err)
	}
	return files
}

// call posts a request as a SOAP client of that envelope would.
func call(h *soap.Server, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "https://planner.eksempel.dk"+Path, bytes.NewReader(body))
	if bytes.Contains(body, []byte("2003/05/soap-envelope")) {
		r.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
	} else {
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
		r.Header.Set("SOAPAction", `""`)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var tagEnds = regexp.MustCompile(`><`)

// Each case holds the request as sent, what the Planner was asked, and the answer byte for byte but for line breaks
// between tags.
func TestEveryOperationAnswersAsTheGoldenFilesTell(t *testing.T) {
	for _, file := range goldenRequests(t) {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".request.xml")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			planner := new(fake)
			var seen soap.Call
			h := New(planner, soap.Config{
				CheckAnswers: true, Logger: slog.New(slog.NewTextHandler(&log, nil)), Observe: func(c soap.Call) { seen = c },
			})
			w := call(h, body)
			compare(t, strings.TrimSuffix(file, ".request.xml")+".response.xml", tagEnds.ReplaceAllString(w.Body.String(), ">\n<")+"\n")
			compare(t, strings.TrimSuffix(file, ".request.xml")+".asked.txt", strings.Join(planner.asked, "\n")+"\n")

			if fault := strings.Contains(w.Body.String(), "soap:Fault"); (w.Code == 500) != fault || (w.Code == 200) == fault {
				t.Errorf("HTTP %d with fault=%v", w.Code, fault)
			}
			operation, _, _ := strings.Cut(name, "/")
			if seen.Operation != operation || seen.Service != "ExternalBookingService" {
				t.Errorf("observed %+v", seen)
			}
			if regexp.MustCompile(`\d{6}-?\d{4}\b`).MatchString(strings.Replace(log.String(), anna.Identifier, "", -1)) {
				t.Errorf("the log may hold a CPR: %s", log.String())
			}
		})
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestEveryOperationHasAnAnswerAndAFaultAmongTheGoldenFiles(t *testing.T) {
	answers, faults := map[string]int{}, map[string]int{}
	for _, file := range goldenRequests(t) {
		b, err := os.ReadFile(strings.TrimSuffix(file, ".request.xml") + ".response.xml")
		if err != nil {
			t.Fatal(err)
		}
		operation := filepath.Base(filepath.Dir(file))
		if bytes.Contains(b, []byte("soap:Fault")) {
			faults[operation]++
		} else {
			answers[operation]++
		}
	}
	for _, operation := range []string{"GetSelfbookInterviewOptions", "GetSelfbookCaseWorkers", "GetSelfbookTimeslots", "GetRescheduleTimeslots", "GetBookingDetails", "CreateBooking", "RescheduleBooking"} {
		if answers[operation] == 0 || faults[operation] == 0 {
			t.Errorf("%s: %d answers, %d faults", operation, answers[operation], faults[operation])
		}
	}
}

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))
