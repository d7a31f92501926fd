package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/staffdb"
)

func TestAccountsAreMadeClosedAndGivenPasswordsFromStandardInput(t *testing.T) {
	pool := pgtest.New(t)
	t.Setenv("DATABASE_URL", pool.Config().ConnString())
	if _, err := pool.Exec(t.Context(), `insert into job_center (code, name) values ('10100', 'Prøveby')`); err != nil {
		t.Fatal(err)
	}
	run := func(in string, args ...string) (string, error) {
		var out strings.Builder
		err := staffCommand(t.Context(), args, strings.NewReader(in), &out)
		return out.String(), err
	}
	if _, err := run("kort\n", "add", "-login", "ida", "-name", "Ida", "-job-centers", "10100"); !errors.Is(err, staffdb.ErrBadPassword) {
		t.Errorf("a short password: %v", err)
	}
	if _, err := run("fire tilfældige ord\n", "add", "-login", "ida", "-name", "Ida", "-roles", "summoner,reader", "-job-centers", "10100"); err != nil {
		t.Fatal(err)
	}
	store := staffdb.New(pool, time.Now)
	if a, ok, err := store.SignIn(t.Context(), "ida", "fire tilfældige ord"); err != nil || !ok || !a.May(planner.MaySummon) || !a.ActsFor("10100") || a.ActsFor("10200") {
		t.Errorf("%+v, %v, %v", a, ok, err)
	}
	if _, err := run("en helt anden en", "reset", "-login", "ida"); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := store.SignIn(t.Context(), "ida", "en helt anden en"); !ok {
		t.Error("the new password does not open")
	}
	if _, err := run("", "disable", "-login", "ida"); err != nil {
		t.Fatal(err)
	}
	if out, err := run("", "list"); err != nil || !strings.Contains(out, "ida") || !strings.Contains(out, "summoner,reader") || !strings.Contains(out, "false") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := run("", "disable", "-login", "bo"); !errors.Is(err, staffdb.ErrUnknown) {
		t.Errorf("an unknown login: %v", err)
	}
	var actor string
	if err := pool.QueryRow(t.Context(), `select distinct actor from audit_entry`).Scan(&actor); err != nil || !strings.HasPrefix(actor, "admin:") {
		t.Errorf("actor %q, %v", actor, err)
	}
}
