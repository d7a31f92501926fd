//go:build peers

// Tests against programs of others, on machines that have them: go test -tags peers ./soap/dfdgqueue
package dfdgqueue

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kommunalplanner.example/soap/wire/dfdg"
)

var bodyChild = regexp.MustCompile(`(?s)<s:Body>\s*(<.*>)\s*</s:Body>`)

func xmllint(t *testing.T, schema string, doc []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "doc.xml")
	if err := os.WriteFile(file, doc, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema", "../contract/"+schema, file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, doc)
	}
}

// answers keeps what DFDG answered.
type answers struct {
	next http.RoundTripper
	all  []string
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	a.all = append(a.all, string(body))
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	return resp, nil
}

// What we send, what the simulator sends, and what our tests take for a message, keep to the contract's schemas.
func TestXmllintFindsTheQueuesMessagesValid(t *testing.T) {
	w := newWorld(t)
	a := &answers{next: w.sent.next}
	w.sent.next = a
	w.create()
	if _, err := w.poller().Poll(t.Context(), jobCenter); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, envelope := range append(w.sent.sent, a.all...) {
		m := bodyChild.FindStringSubmatch(envelope)
		if m == nil {
			t.Fatalf("no body in %s", envelope)
		}
		schema := "Wsrm200602.xsd"
		if strings.Contains(m[1], dfdg.NamespaceIndkaldelse) {
			schema = "BookingQueue.xsd"
		}
		seen[schema]++
		xmllint(t, schema, []byte(m[1]))
	}
	if seen["Wsrm200602.xsd"] != 4 || seen["BookingQueue.xsd"] != 2 {
		t.Errorf("%v", seen)
	}
	// As an item of a response, which is what the schema has an element for.
	whole := strings.Replace(string(summonsOf(nil)), "<q:GetIndkaldelseType", "<q:GetIndkaldelseVersion1Response"+dfdg.Prefixes(dfdg.NamespaceIndkaldelse)+"><q:GetIndkaldelseType", 1) + "</q:GetIndkaldelseVersion1Response>"
	xmllint(t, "BookingQueue.xsd", []byte(whole))
}
