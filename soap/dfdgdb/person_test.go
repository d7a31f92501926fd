package dfdgdb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgsim"
)

func TestASummonsForAnUnknownCaseWorkerWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id, message := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0), CaseWorkerIdentifier: "RID:Z"})
	if out := w.poll(); out.ForPerson != 1 {
		t.Fatalf("%+v", out)
	}
	rows, err := w.store.InboxForPerson(t.Context(), 10)
	w.must(err)
	if len(rows) != 1 || rows[0].Message != message || rows[0].State != "waiting" || rows[0].Reason != string(dfdgqueue.ReasonNoCaseWorker) || *rows[0].Booking != id {
		t.Fatalf("%+v", rows)
	}
	in := w.intake(w.store)
	if v, err := in.Retry(t.Context(), message); err != nil || v.Verb != dfdgqueue.VerbWait {
		t.Errorf("too early: %+v %v", v, err)
	}
	w.exec(`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, '10100', 'RID:Z', 'Z', 'Prøve', 'z@kommune.example')`, uuid.New())
	if v, err := in.Retry(t.Context(), message); err != nil || v.Verb != dfdgqueue.VerbCreate {
		t.Errorf("%+v %v", v, err)
	}
	if b, ok := w.booking(id); !ok || b.Held != 1 {
		t.Errorf("%+v", b)
	}
	if _, err := in.Retry(t.Context(), message); !errors.Is(err, dfdgdb.ErrNotWaiting) {
		t.Errorf("%v", err)
	}
	if n := w.count(`select count(*) from dfdg_inbox where body_sealed is not null`); n != 0 {
		t.Errorf("%d texts are kept on", n)
	}
}

func TestAWaitingMessageThatWasOvertakenDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id, message := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0), CaseWorkerIdentifier: "RID:Z"})
	w.poll()
	w.kss(dfdgsim.Meeting{Act: dfdgsim.Moved, Booking: id, Start: w.at(2, 11, 0), CaseWorkerIdentifier: "RID:A"})
	w.poll()
	w.exec(`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, '10100', 'RID:Z', 'Z', 'Prøve', 'z@kommune.example')`, uuid.New())
	if v, err := w.intake(w.store).Retry(t.Context(), message); err != nil || v.Verb != dfdgqueue.VerbStale {
		t.Errorf("%+v %v", v, err)
	}
	if b, _ := w.booking(id); !b.Start.Equal(w.at(2, 11, 0)) {
		t.Errorf("%+v", b)
	}
}

func TestAnUnreadableMessageIsKeptSealedUntilAPersonSettlesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	w.dfdg.PutRaw(string(center), `<q:GetIndkaldelseType><q:PersonCivilRegistrationIdentifier>`+citizen+`</q:PersonCivilRegistrationIdentifier></q:GetIndkaldelseType>`)
	good, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0)})
	w.poll()
	if _, ok := w.booking(good); !ok {
		t.Error("it stopped the queue")
	}
	rows, err := w.store.InboxForPerson(t.Context(), 10)
	w.must(err)
	if len(rows) != 1 || rows[0].State != "unreadable" || !strings.Contains(rows[0].Reason, "BookingIdentifier") {
		t.Fatalf("%+v", rows)
	}
	text, err := w.store.MessageText(t.Context(), rows[0].Message, "admin:Åse")
	if err != nil || !strings.Contains(string(text), citizen) {
		t.Errorf("%s %v", text, err)
	}
	w.nothingTells(citizen)
	w.must(w.store.SettleMessage(t.Context(), rows[0].Message, "admin:Åse"))
	if _, err := w.store.MessageText(t.Context(), rows[0].Message, "admin:Åse"); !errors.Is(err, dfdgdb.ErrNotWaiting) {
		t.Errorf("%v", err)
	}
	for _, err := range []error{w.store.SettleMessage(t.Context(), rows[0].Message, "admin:Åse"), w.store.AuditRetry(t.Context(), rows[0].Message, "admin:Åse")} {
		if !errors.Is(err, dfdgdb.ErrNotWaiting) {
			t.Errorf("%v", err)
		}
	}
	// Who read it and who settled it stands in the audit trail, and nothing of what did not happen.
	for _, action := range []string{"read-message", "settle-message", "retry-message"} {
		want := 1
		if action == "retry-message" {
			want = 0
		}
		if n := w.count(`select count(*) from audit_entry where actor = 'admin:Åse' and action = '` + action + `' and after->>'message' = '` + rows[0].Message.String() + `'`); n != want {
			t.Errorf("%d rows of %s, want %d", n, action, want)
		}
	}
}

// nothingTells looks for a number in every column of every table, and in the log.
func (w *world) nothingTells(cpr string) {
	w.t.Helper()
	rows, err := w.pool.Query(w.t.Context(), `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)
	w.must(err)
	var tables []string
	for rows.Next() {
		var name string
		w.must(rows.Scan(&name))
		tables = append(tables, name)
	}
	w.must(rows.Err())
	if len(tables) < 15 {
		w.t.Errorf("only %d tables", len(tables))
	}
	for _, name := range tables {
		// Bytes print as hexadecimal digits, in which the number stands as its characters' codes.
		hex := ""
		for _, c := range cpr {
			hex += "3" + string(c)
		}
		if n := w.count(`select count(*) from "` + name + `" t where t::text like '%` + cpr + `%' or t::text like '%` + hex + `%'`); n != 0 {
			w.t.Errorf("%d rows of %s tell the number", n, name)
		}
	}
	if strings.Contains(w.log.String(), cpr) {
		w.t.Error("the log tells the number")
	}
}

func TestNoRowAndNoLogTellsACPRNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{InterviewTypes: []int32{7}})
	id, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0), Title: "Samtale om " + citizen})
	w.poll()
	w.summon(uuid.New(), w.at(3, 9, 0), &w.option.ID)
	w.report()
	if b, ok := w.booking(id); !ok || b.Origin != "kss" {
		t.Fatalf("%+v", b)
	}
	w.nothingTells(citizen)
}

func TestTheCitizenCannotMoveWhatTheCaseSystemMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0)})
	w.poll()
	cpr, err := planner.ParseCPR(citizen)
	w.must(err)
	_, err = w.planner.RescheduleBooking(t.Context(), planner.RescheduleRequest{JobCenter: center, CPR: cpr, BookingID: id, Start: w.at(2, 13, 0)})
	if !errors.Is(err, &planner.Error{Code: planner.CodeNotRebookable}) {
		t.Errorf("%v", err)
	}
	// Nor can anybody else take the time.
	other, err := planner.ParseCPR("0202801234")
	w.must(err)
	_, err = w.planner.CreateBooking(t.Context(), planner.CreateRequest{
		JobCenter: center, CPR: other, BookingID: uuid.New(), Option: w.option.ID, Start: w.at(2, 9, 0), CaseWorkerIdentifier: "RID:A"})
	if !errors.Is(err, &planner.Error{Code: planner.CodeTaken}) {
		t.Errorf("%v", err)
	}
}

func TestABrokenRuleOfTheDatabaseIsToldAsSuch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	cpr, err := planner.ParseCPR(citizen)
	w.must(err)
	s := dfdgqueue.Summons{MessageID: uuid.New(), QueuedAt: w.clock.Now(), Booking: uuid.New(), JobCenter: center, CPR: cpr, Status: dfdgqueue.Booked,
		Span: planner.Span{Start: w.at(2, 9, 0), End: w.at(2, 9, 0)}, CaseWorkerIdentifier: "RID:A"}
	_, err = w.store.Receive(t.Context(), dfdgqueue.Received{Kind: dfdgqueue.KindQueue, Summons: s}, func(k dfdgqueue.Known) dfdgqueue.Decision { return dfdgqueue.Decide(k, s) })
	var broken *dfdgqueue.Unstorable
	if !errors.As(err, &broken) || broken.Rule == "" {
		t.Errorf("%v", err)
	}
	if state, _ := w.inbox(s.MessageID); state != "absent" {
		t.Errorf("half of it is stored: %s", state)
	}
}
