//go:build peers

// Tests against programs of others, on machines that have them: go test -tags peers ./soap/externalcalendar
package externalcalendar

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var bodyChild = regexp.MustCompile(`(?s)<soap:Body>\s*(<.*>)\s*</soap:Body>`)

func TestXmllintFindsEveryGoldenAnswerValid(t *testing.T) {
	files, err := filepath.Glob("testdata/*.response.xml")
	if err != nil || len(files) != 12 {
		t.Fatalf("%d answers, %v", len(files), err)
	}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(doc), "soap:Fault") {
			continue
		}
		part := filepath.Join(t.TempDir(), "doc.xml")
		if err := os.WriteFile(part, bodyChild.FindSubmatch(doc)[1], 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema", "../contract/ExternalCalendarService.xsd", part).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

// zeep gets nothing but our WSDL's address.
func TestAClientOfOthersReadsOurWSDLAndCallsUs(t *testing.T) {
	for port, wsdl := range map[string]string{"PlannerExternalCalendarService": "?wsdl", "PlannerExternalCalendarService12": "?wsdl=1.2"} {
		srv := httptest.NewServer(newServer(new(memory)))
		out, err := exec.Command("/usr/bin/python3", "testdata/peers/zeep_client.py", srv.URL+Path+wsdl, port).CombinedOutput()
		srv.Close()
		if err != nil {
			t.Errorf("%s: %v\n%s", port, err, out)
		}
	}
}
