package main

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

func TestTheConsoleTellsWhenAnOldKeyMayBeDropped(t *testing.T) {
	pool, _ := inEnvironment(t)
	old, err := plannerdb.NewSealer(map[byte][]byte{1: key(1)}, 1, key(2))
	must(t, err)
	cpr, err := planner.ParseCPR("0101901234")
	must(t, err)
	_, err = pool.Exec(t.Context(), `insert into citizen_deadline (job_center_code, citizen_hash, citizen_sealed, interview_type, book_by, hold_by, source, updated_at) values ('10100', $1, $2, 7, now(), now(), 'csv', now())`, old.Hash(cpr), old.Seal(cpr))
	must(t, err)
	t.Setenv("PLANNER_CPR_KEY", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	t.Setenv("PLANNER_CPR_KEY_ID", "2")
	t.Setenv("PLANNER_CPR_OLD_KEYS", "1:"+base64.StdEncoding.EncodeToString(key(1)))
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"cpr-keys"}, "key 1 is still needed: 1 rows wait"},
		{[]string{"cpr-keys", "-run"}, "1 rows were sealed anew, 0 cannot be read"},
		{[]string{"cpr-keys"}, "every other key may be dropped"},
	} {
		if out, err := console(t, step.args...); err != nil || !strings.Contains(out, step.want) {
			t.Errorf("%v: %s %v", step.args, out, err)
		}
	}
}
