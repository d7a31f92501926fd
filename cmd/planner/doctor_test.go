package main

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kommunalplanner.example/cmd/internal/doctor"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/webhook"
)

// The whole command: settings from the environment, a real database, Graph over TLS, the webhook.
func TestTheDoctorExaminesTheInstallationOfTheEnvironment(t *testing.T) {
	_, anna := inEnvironment(t)
	sim, base, _ := graphsim.NewTest(t, graphsim.Config{})
	user, other := sim.AddUser(graphsim.User{UPN: anna.Email}), sim.AddUser(graphsim.User{UPN: "borgmester@kommune.dk"})
	if _, err := sim.SetFault(graphsim.Fault{Kind: graphsim.FaultDenied, User: other.UPN}); err != nil {
		t.Fatal(err)
	}
	hook := httptest.NewTLSServer(&webhook.Handler{})
	defer hook.Close()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	must(t, os.WriteFile(roots, append(certificateOf(t, base), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hook.Certificate().Raw})...), 0o600))
	for name, value := range map[string]string{
		"PLANNER_ROLES": "soap,worker", "PLANNER_WEBHOOK_URL": hook.URL, "GRAPH_CA_FILE": roots,
		"GRAPH_BASE_URL": base + "/v1.0", "GRAPH_AUTHORITY_HOST": base, "GRAPH_TENANT_ID": graphsim.DefaultTenant,
		"GRAPH_CLIENT_ID": graphsim.DefaultClientID, "GRAPH_CLIENT_SECRET": graphsim.DefaultSecret,
	} {
		t.Setenv(name, value)
	}
	_, err := console(t, "mailbox", "add", "-case-worker", anna.ID.String(), "-user", user.ObjectID, "-email", anna.Email)
	must(t, err)

	text, err := console(t, "doctor", "-outside", other.UPN)
	if err != nil || !strings.Contains(text, " 0 failures") || !strings.Contains(text, "write "+anna.Email) {
		t.Fatalf("healthy: %v\n%s", err, text)
	}
	if strings.Contains(text, graphsim.DefaultSecret) {
		t.Error("the report holds the secret")
	}

	text, err = console(t, "doctor", "-json", "-mailbox", anna.Email, "-outside", anna.Email)
	var report struct {
		OK    bool
		Lines doctor.Report
	}
	if jerr := json.Unmarshal([]byte(text), &report); jerr != nil || err == nil || report.OK || report.Lines.Count(doctor.Fail) != 1 {
		t.Fatalf("scope too wide: %v %v\n%s", err, jerr, text)
	}

	t.Setenv("GRAPH_TENANT_ID", "")
	text, err = console(t, "doctor")
	if err == nil || !strings.Contains(text, "GRAPH_TENANT_ID") || !strings.Contains(text, "database schema") {
		t.Fatalf("not configured: %v\n%s", err, text)
	}
	if _, err = console(t, "doctor", "-nonsense"); err != errUsage {
		t.Fatalf("got %v", err)
	}
}

// certificateOf is the certificate that a server on this machine shows, as PEM.
func certificateOf(t *testing.T, address string) []byte {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // to learn what it shows
	must(t, err)
	defer func() { _ = conn.Close() }()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: conn.ConnectionState().PeerCertificates[0].Raw})
}
