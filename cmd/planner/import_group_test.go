package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kommunalplanner.example/sync/graphsim"
)

func TestCaseWorkersAreImportedFromAGroupTwiceWithTheSameResult(t *testing.T) {
	pool, anna := inEnvironment(t)
	sim, base, _ := graphsim.NewTest(t, graphsim.Config{})
	roots := filepath.Join(t.TempDir(), "roots.pem")
	must(t, os.WriteFile(roots, certificateOf(t, base), 0o600))
	for name, value := range map[string]string{
		"GRAPH_CA_FILE": roots, "GRAPH_BASE_URL": base + "/v1.0", "GRAPH_AUTHORITY_HOST": base, "GRAPH_TENANT_ID": graphsim.DefaultTenant,
		"GRAPH_CLIENT_ID": graphsim.DefaultClientID, "GRAPH_CLIENT_SECRET": graphsim.DefaultSecret,
	} {
		t.Setenv(name, value)
	}
	known := sim.AddUser(graphsim.User{UPN: anna.Email, DisplayName: "Anna A", GivenName: "Anna", Surname: "A"})
	bo := sim.AddUser(graphsim.User{UPN: "bo@kommune.dk", DisplayName: "Bo B", GivenName: "Bo", Surname: "B", Phone: "+45 12 34 56 78"})
	guest := sim.AddUser(graphsim.User{UPN: "g@andre.dk", DisplayName: "Gæst G", Guest: true})
	mailless := sim.AddUser(graphsim.User{UPN: "u@kommune.dk", DisplayName: "Uden U", NoMail: true})
	group := graphsim.Group{Mail: "vejledere@kommune.dk", Members: []string{known.UPN, bo.UPN, guest.UPN, mailless.UPN}}
	_, err := sim.AddGroup(group)
	must(t, err)

	from := func(more ...string) []string {
		return append([]string{"import", "group", group.Mail, "-job-center", "10100"}, more...)
	}
	leftOut := "member 3   left out  Gæst G: account guest\nmember 4   left out  " + mailless.ObjectID + " Uden U: email missing\n"
	tryEach(t, []step{
		{from(), "member 1   changed   RID-1 Anna A: objectId\nmember 2   made      " + bo.ObjectID + " Bo B\n" + leftOut + "1 made, 1 changed, 2 left out\nNothing was changed: -apply does it\n"},
		{from("-apply"), "1 made, 1 changed, 2 left out\n"},
		{from("-apply"), "2 as before, 2 left out\n"},
		{[]string{"import", "group", group.Mail}, "usage"},
		{[]string{"import", "group", "nope@kommune.dk", "-job-center", "10100"}, `there is no group "nope@kommune.dk"`},
	})
	abroad := sim.AddUser(graphsim.User{UPN: "ude@kommune.dk", DisplayName: "Ude U", TimeZone: "GMT Standard Time"})
	group.Members = append(group.Members, abroad.UPN)
	_, err = sim.AddGroup(group)
	must(t, err)
	denied, err := sim.SetFault(graphsim.Fault{Kind: graphsim.FaultDenied, User: bo.UPN})
	must(t, err)
	const atHome = "hours of Ude U stay: Outlook has them in \"GMT Standard Time\", not in Danish time\n"
	tryEach(t, []step{
		{from(), "2 as before"}, // hours come when they are wished only
		{from("-hours"), "hours of Bo B stay: the app needs MailboxSettings.Read for the mailbox (ErrorAccessDenied)\n" + atHome + "member 1   changed   RID-1 Anna A: hours\n"},
	})
	sim.ClearFault(denied)
	tryEach(t, []step{
		{from("-hours", "-apply"), atHome + "member 1   changed   RID-1 Anna A: hours\nmember 2   changed   " + bo.ObjectID + " Bo B: hours\n"},
		{from("-hours", "-apply"), "3 as before"},
		{[]string{"import", "case-workers", "x.csv", "-hours"}, "usage"},
	})
	var stretches, strangers int
	must(t, pool.QueryRow(t.Context(), `select count(*) filter (where h.start_minute = 480 and h.end_minute = 1020), count(*) filter (where w.email = 'ude@kommune.dk')
		from working_hours h join case_worker w on w.id = h.case_worker_id`).Scan(&stretches, &strangers))
	if stretches != 10 || strangers != 0 {
		t.Errorf("%d stretches of hours, %d of who is in another zone", stretches, strangers)
	}

	group.Members = group.Members[1:]
	_, err = sim.AddGroup(group)
	must(t, err)
	tryEach(t, []step{
		{from("-leavers"), "not in the group left      RID-1 Anna A\n"},
		{from("-leavers", "-apply"), "0 meetings must be moved"},
	})
	var boxes, jobs, audits, texts int
	var identifier, phone string
	var active bool
	must(t, pool.QueryRow(t.Context(), `select
		(select count(*) from mailbox where (graph_user_id, email) in (($2, $3), ($4, 'bo@kommune.dk'))),
		(select count(*) from river_job where kind = 'sync_mailbox'),
		(select count(*) from audit_entry where action = 'roster:case-worker' and actor like 'admin:%' and reason = 'imported from a group'),
		(select count(*) from audit_entry a where a::text like '%g@andre.dk%' or a::text like '%Uden%'),
		(select active from case_worker where id = $1),
		w.identifier, w.phone from case_worker w where w.email = 'bo@kommune.dk'`, anna.ID, known.ObjectID, anna.Email, bo.ObjectID).Scan(&boxes, &jobs, &audits, &texts, &active, &identifier, &phone))
	if boxes != 2 || jobs != 3 || audits != 5 || texts != 0 || active || identifier != bo.ObjectID || phone != "+4512345678" {
		t.Errorf("%d mailboxes, %d jobs, %d audit rows, %d of those left out, Anna active: %v, Bo: %s %s", boxes, jobs, audits, texts, active, identifier, phone)
	}

	for _, f := range []struct{ kind, want string }{
		{graphsim.FaultBasicProfiles, "User.Read.All would tell"}, {graphsim.FaultGroupsDenied, "consent GroupMember.Read.All and User.ReadBasic.All"},
	} {
		_, err := sim.SetFault(graphsim.Fault{Kind: f.kind})
		must(t, err)
		out, err := console(t, from()...)
		if err != nil {
			out += err.Error()
		}
		if !strings.Contains(out, f.want) {
			t.Errorf("%s: %s", f.kind, out)
		}
	}
}
