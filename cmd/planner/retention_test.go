package main

import (
	"regexp"
	"testing"
)

func TestRetentionIsTriedAndRunFromTheConsole(t *testing.T) {
	pool, _ := inEnvironment(t)
	t.Setenv("PLANNER_RETENTION", "evidence=99")
	_, err := pool.Exec(t.Context(), `insert into soap_call (at, service, operation, offered, answer_bytes, duration_us, fault, fault_code) values (now() - interval '100 days', 's', 'o', 0, 0, 0, 0, '')`)
	must(t, err)
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"retention"}, `(?m)^evidence +99 .* 1 +20\d\d-\d\d-\d\d +-$`},
		{[]string{"retention", "-run"}, `(?m)^evidence +99 .* 1 +20\d\d-\d\d-\d\d +1$`},
		{[]string{"retention"}, `(?m)^evidence +99 .* 0 +- +-$`},
	} {
		if out, err := console(t, step.args...); err != nil || !regexp.MustCompile(step.want).MatchString(out) {
			t.Errorf("%v: %s %v", step.args, out, err)
		}
	}
	t.Setenv("PLANNER_RETENTION", "evidence=9")
	if _, err := console(t, "retention"); err == nil {
		t.Error("a period that is too short was taken")
	}
}
