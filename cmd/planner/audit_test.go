package main

import (
	"strings"
	"testing"
)

func TestTheAuditTrailIsVerifiedAndExportedFromTheConsole(t *testing.T) {
	pool, _ := inEnvironment(t)
	if out, err := console(t, "audit", "export", "-citizen", "010190-1234"); err != nil || !strings.Contains(out, `"action": "audit-export"`) || strings.Contains(out, "0101901234") {
		t.Errorf("%s %v", out, err)
	}
	if out, err := console(t, "audit", "export", "-citizen", "0101901234", "-format", "csv"); err != nil || strings.Count(out, "audit-export") != 2 {
		t.Errorf("%s %v", out, err)
	}
	if out, err := console(t, "audit", "verify"); err != nil || !strings.Contains(out, "links hold") || !strings.Contains(out, "head ") {
		t.Errorf("%s %v", out, err)
	}
	_, err := pool.Exec(t.Context(), `insert into audit_link (seq, entry_id, at, content, hash) values (77, 0, now(), sha256(''), sha256(''))`)
	must(t, err)
	if _, err := console(t, "audit", "verify"); err == nil || !strings.Contains(err.Error(), "broken at link 77") {
		t.Error(err)
	}
	for _, wrong := range [][]string{{}, {"destroy"}, {"verify", "-head", "1"}, {"verify", "-from", "9", "-head", "8:" + strings.Repeat("0", 64)}, {"export"}, {"export", "-citizen", "0000000000"}, {"export", "-citizen", "0101901234", "-format", "xml"}} {
		if _, err := console(t, append([]string{"audit"}, wrong...)...); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
}
