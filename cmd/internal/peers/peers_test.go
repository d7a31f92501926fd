//go:build peers

package peers

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/sync/calendar"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// peer is somebody else's SOAP client, ready to run.
type peer struct {
	// command is the program; prepared from the WSDL at the address, as often as a version is first used.
	command func(t *testing.T, version, wsdl string) *exec.Cmd
	// versions of SOAP that it speaks.
	versions []string
	// wsdl12 asks for the WSDL with both bindings where SOAP 1.2 is spoken; others read the 1.1 one and switch.
	wsdl12 bool
}

// Steps that every program must report in each mode, in order.
var steps = map[string][]string{
	"flow": {
		"wsdl", "options", "options-with-everything", "options-by-contact-group", "case-workers", "times-of-anybody", "times-of-one", "times-far-ahead",
		"reserve", "book", "book-again", "taken", "times-to-move-to", "reserve-a-move", "move", "moved", "sparse-details",
	},
	"refusals": {
		"wsdl", "malformed-cpr", "unknown-cpr", "unknown-option", "unknown-job-centre", "unknown-booking", "anothers-booking", "past", "past-interval",
		"end-before-start", "contact-type", "conflicting-repeat", "wrong-element", "malformed-xml", "too-large", "still-answering",
	},
	"refused": {"wsdl", "refused"},
}

// wished is the case worker whom the citizens ask for; the identifier needs escaping, and has letters outside ASCII.
var wished = planner.CaseWorker{GivenName: "Bjørn", MiddleName: "Sønderby Ågård", Surname: "Højgaard", Identifier: `CVR:12345678-RID:<Bjørn> & "ÆØÅ"`}

type town struct {
	*world.Local
	t       *testing.T
	certs   world.Certs
	plain   string // host:port
	secure  string
	dir     string
	rounds  int
	strange world.Certs
}

func newTown(t *testing.T) *town {
	t.Helper()
	dir := t.TempDir()
	// Reading the time twice would make certificates of the future.
	now := time.Now()
	certs, err := world.MakeCerts(filepath.Join(dir, "certs"), now)
	if err != nil {
		t.Fatal(err)
	}
	strange, err := world.MakeCerts(filepath.Join(dir, "strange"), now)
	if err != nil {
		t.Fatal(err)
	}
	env := certs.Settings()
	env["PLANNER_SOAP_TLS_ADDR"] = "127.0.0.1:0"
	w, err := world.Start(t.Context(), world.LocalOptions{
		DatabaseURL: pgtest.URL(t), Dir: dir, Counsellors: 6, Weeks: 2, Env: env,
		Log: slog.New(slog.DiscardHandler),
	})
	town := &town{Local: w, t: t, certs: certs, strange: strange, dir: dir}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Errorf("stop the world: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	// A copy of the service whose ports are known.
	addrs, err := w.Service("soap")
	town.must(err)
	town.plain, town.secure = addrs["soap"], addrs["soap-tls"]
	town.must(w.InitialSync(t.Context()))
	// The second counsellor, who holds most kinds of meeting.
	who := w.People[1].CaseWorker
	who.GivenName, who.MiddleName, who.Surname, who.Identifier = wished.GivenName, wished.MiddleName, wished.Surname, wished.Identifier
	town.must(w.Parts.Planner.PutCaseWorker(t.Context(), who))
	town.must(w.Quiet(t.Context()))
	return town
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

const path = "/3/ExternalBookingService.svc"

// environment tells a program what it needs. Every round has citizens and a booking of its own.
func (w *town) environment(version, url, wsdl string, certs world.Certs) map[string]string {
	w.rounds++
	citizens := world.Citizens(2 * w.rounds)
	options := world.Options(len(w.People))
	rich, sparse, group := options[0], options[2], options[3]
	now := time.Now().In(calendar.Copenhagen())
	day := func(n int) string {
		return time.Date(now.Year(), now.Month(), now.Day()+n, 0, 0, 0, 0, now.Location()).Format(time.RFC3339)
	}
	return map[string]string{
		"VERSION": version, "URL": url, "WSDL": wsdl, "CA": w.certs.CA, "CERT": certs.ClientCert, "KEY": certs.ClientKey, "PEM": w.certificateAndKey(certs),
		"JOB_CENTRE": string(world.JobCenterCode), "CITIZEN": citizens[2*w.rounds-2], "RIVAL": citizens[2*w.rounds-1],
		"BOOKING": uuid.NewString(), "UNKNOWN": uuid.NewString(),
		"OPTION": rich.ID.String(), "TITLE": rich.Title, "DESCRIPTION": rich.Description, "PHONE": rich.Phone, "EMAIL": rich.Email,
		"STREET": rich.Location.Address.StreetName, "DISTRICT": rich.Location.Address.District, "PLACE": rich.Location.Description,
		"SPARSE_OPTION": sparse.ID.String(), "SPARSE_PLACE": sparse.Location.Description,
		"GROUP_OPTION": group.ID.String(), "GROUP": fmt.Sprint(group.Search.ContactGroups[0]),
		"CASE_WORKER": wished.Identifier, "GIVEN": wished.GivenName, "MIDDLE": wished.MiddleName, "SURNAME": wished.Surname,
		"OTHER": w.People[0].Identifier, "OTHER_GIVEN": w.People[0].GivenName, "OTHER_SURNAME": w.People[0].Surname,
		"FROM": day(3), "TO": day(17), "FAR": day(180), "PAST": day(-7), "PAST_END": day(-2),
		"TAKEN_TEXT": soap.FaultOf(&planner.Error{Code: planner.CodeTaken}).Text,
		"USER_NAME":  "Søren Ægidius Åkjær", "NOW": now.Format(time.RFC3339Nano),
	}
}

// certificateAndKey puts both into one file, for those who want that.
func (w *town) certificateAndKey(certs world.Certs) string {
	if certs.ClientCert == "" {
		return ""
	}
	var both []byte
	for _, file := range []string{certs.ClientCert, certs.ClientKey} {
		b, err := os.ReadFile(file)
		w.must(err)
		both = append(both, b...)
	}
	file := filepath.Join(w.dir, fmt.Sprintf("both-%d.pem", w.rounds))
	w.must(os.WriteFile(file, both, 0o600))
	return file
}

// run lets the program do one mode, and demands every step.
func (p peer) run(t *testing.T, w *town, mode string, env map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	prepared := p.command(t, env["VERSION"], env["WSDL"])
	cmd := exec.CommandContext(ctx, prepared.Path, prepared.Args[1:]...)
	cmd.Dir = prepared.Dir
	cmd.Env = append(os.Environ(), prepared.Env...)
	// Proxies are for the outside, and some clients would ask them for loopback.
	cmd.Env = slices.DeleteFunc(cmd.Env, func(s string) bool { return strings.Contains(strings.ToLower(s), "_proxy=") })
	cmd.Env = append(cmd.Env, "PEER_MODE="+mode, "LC_ALL=C.UTF-8")
	for _, name := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, "PEER_"+name+"="+env[name])
	}
	start := time.Now()
	out, err := cmd.CombinedOutput()
	var done []string
	for line := range strings.Lines(string(out)) {
		if step, ok := strings.CutPrefix(strings.TrimSpace(line), "ok "); ok {
			done = append(done, step)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", mode, err, tail(string(out)))
	}
	if !slices.Equal(done, steps[mode]) {
		t.Fatalf("%s: steps done: %v\nwanted: %v\n%s", mode, done, steps[mode], tail(string(out)))
	}
	t.Logf("%s: %d steps in %s", mode, len(done), time.Since(start).Round(time.Millisecond))
}

func tail(s string) string {
	if len(s) > 6000 {
		return "…" + s[len(s)-6000:]
	}
	return s
}

// testPeer is the whole of it: over each transport and in each version the flow and the refusals, then the
// certificates.
func testPeer(t *testing.T, p peer) {
	w := newTown(t)
	query := func(version string) string {
		if version == "1.2" && p.wsdl12 {
			return "?wsdl=1.2"
		}
		return "?wsdl"
	}
	for _, version := range p.versions {
		t.Run("HTTP SOAP "+version, func(t *testing.T) {
			passing := newTee(t, w.plain)
			url := "http://" + passing.Addr().String() + path
			w.flowAndRefusals(t, p, w.environment(version, url, url+query(version), w.certs))
			checkExchanges(t, passing, version)
		})
	}
	secure := "https://" + w.secure + path
	for _, version := range p.versions {
		t.Run("mutual TLS SOAP "+version, func(t *testing.T) {
			w.flowAndRefusals(t, p, w.environment(version, secure, secure+query(version), w.certs))
		})
	}
	// The WSDL comes over plain HTTP, so that it is the call that is refused.
	for _, bad := range []struct {
		name string
		world.Certs
	}{{"no certificate", world.Certs{}}, {"a stranger's certificate", w.strange}} {
		t.Run("TLS refuses "+bad.name, func(t *testing.T) {
			before := w.quietRows(t)
			p.run(t, w, "refused", w.environment("1.1", secure, "http://"+w.plain+path+"?wsdl", bad.Certs))
			w.unchanged(t, before)
		})
	}
}

func (w *town) flowAndRefusals(t *testing.T, p peer, env map[string]string) {
	p.run(t, w, "flow", env)
	// What the headers told stands in the audit trail.
	var created, moved int
	err := w.Pool.QueryRow(t.Context(), `
		select count(*) filter (where action = 'create'), count(*) filter (where action = 'move')
		from audit_entry where booking_id = $1 and actor = 'dfdg' and on_behalf_of = $2`, env["BOOKING"], "8:"+env["JOB_CENTRE"]).Scan(&created, &moved)
	if err != nil || created != 1 || moved != 1 {
		t.Errorf("%v: the audit trail has the booking created %d times and moved %d times for the job centre in the headers, want once each", err, created, moved)
	}
	before := w.quietRows(t)
	p.run(t, w, "refusals", env)
	w.unchanged(t, before)
}

// quietRows gives the rows when bookings have reached Outlook.
func (w *town) quietRows(t *testing.T) []string {
	t.Helper()
	if err := w.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w.rows(t)
}

// rows are those that a call could write, as text: a row that is changed counts like one that is added. Of what the workers
// also write, because Outlook answers, only what a call began is taken.
func (w *town) rows(t *testing.T) []string {
	t.Helper()
	rows, err := w.Pool.Query(t.Context(), `
		select 'booking ' || b::text as row from booking b
		union all select 'held_time ' || h::text from held_time h
		union all select 'audit_entry ' || a::text from audit_entry a where actor = 'dfdg'
		union all select 'outlook_event ' || booking_id from outlook_event
		union all select 'interview_option ' || i::text from interview_option i
		union all select 'case_worker ' || c::text from case_worker c
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func (w *town) unchanged(t *testing.T, before []string) {
	t.Helper()
	after := w.rows(t)
	for _, row := range after {
		if !slices.Contains(before, row) {
			t.Errorf("a refusal wrote %s", clip([]byte(row)))
		}
	}
	if len(after) < len(before) {
		t.Errorf("a refusal removed %d rows", len(before)-len(after))
	}
}

// tool finds a program, or fails with what to install.
func tool(t *testing.T, name, debianPackage string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install %s", name, debianPackage)
	}
	return found
}

// output runs a command that prepares something.
func output(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, tail(string(out)))
	}
}

// testdata gives the absolute path of a file.
func testdata(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
