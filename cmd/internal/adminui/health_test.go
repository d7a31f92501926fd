package adminui

import (
	"errors"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

var update = flag.Bool("update", false, "write the golden files anew")

var errSecret = errors.New("pq: password of planner is wrong")

// everyState is one calendar per state that a row can be in, named after it.
func everyState() []syncdb.MailboxRow {
	type m = syncdb.MailboxRow
	cases := []struct {
		name   string
		change func(*m)
	}{
		{"up to date", func(*m) {}},
		{"one second before it is late", func(r *m) { r.AsOf = ptr(noon.Add(time.Second - freshFor)) }},
		{"late", func(r *m) { r.AsOf = ptr(noon.Add(-freshFor)) }},
		{"held", func(r *m) { r.State, r.HeldDeletions, r.HeldBlocks = "held", ptr(int32(34)), ptr(int32(40)) }},
		{"held and approved", func(r *m) {
			r.State, r.HeldDeletions, r.HeldBlocks, r.ApprovedUntil = "held", ptr(int32(34)), ptr(int32(40)), ptr(noon.Add(50*time.Minute))
		}},
		{"held, the approval has run out", func(r *m) {
			r.State, r.HeldDeletions, r.HeldBlocks, r.ApprovedUntil = "held", ptr(int32(1234)), ptr(int32(1300)), ptr(noon)
		}},
		{"held after a move", func(r *m) {
			r.State, r.HeldDeletions, r.HeldBlocks, r.HeldLost = "held", ptr(int32(2)), ptr(int32(40)), 2
		}},
		{"rejected, not yet read again", func(r *m) {
			r.State, r.HeldDeletions, r.HeldBlocks, r.HeldPlan, r.RejectedBy, r.RejectedAt = "held", ptr(int32(34)), ptr(int32(40)), ptr("a1"), ptr("kirsten"), ptr(noon)
		}},
		{"rejected", func(r *m) {
			r.HeldDeletions, r.HeldBlocks, r.HeldPlan, r.RejectedBy, r.RejectedAt = ptr(int32(34)), ptr(int32(40)), ptr("a1"), ptr("kirsten"), ptr(noon.Add(-20*time.Hour))
		}},
		{"denied", func(r *m) { r.State, r.LastError, r.LastErrorAt = "denied", ptr("ErrorAccessDenied"), ptr(noon) }},
		{"denied by Entra", func(r *m) { r.State, r.LastError = "denied", ptr("invalid_client-AADSTS7000222") }},
		{"missing", func(r *m) { r.State, r.LastError, r.AsOf = "missing", ptr("MailboxNotEnabledForRESTAPI"), nil }},
		{"paused", func(r *m) { r.State, r.StateSince = "paused", noon.Add(-2*time.Hour) }},
		{"waiting", func(r *m) { r.State, r.AsOf, r.StateSince = "new", nil, noon.Add(-time.Minute) }},
		{"waiting too long", func(r *m) { r.State, r.AsOf, r.StateSince = "new", nil, noon.Add(-freshFor) }},
		{"throttled", func(r *m) {
			r.AsOf, r.PausedUntil, r.LastError = ptr(noon.Add(-time.Hour)), ptr(noon.Add(3*time.Minute)), ptr("throttled")
		}},
		{"in quarantine", func(r *m) {
			r.AsOf, r.QuarantinedUntil, r.LastError = ptr(noon.Add(-time.Hour)), ptr(noon.Add(40*time.Minute)), ptr("too-slow")
		}},
		{"quarantine over", func(r *m) { r.QuarantinedUntil = ptr(noon) }},
		{"read page by page", func(r *m) { r.FeedShunnedUntil = ptr(noon.Add(3 * time.Hour)) }},
		{"subscription refused", func(r *m) { r.SubscribeError = ptr("ValidationError") }},
		{"one flagged", func(r *m) { r.Flagged = 1 }},
		{"paused with two flagged", func(r *m) { r.State, r.Flagged = "paused", 2 }},
		{"late and flagged", func(r *m) { r.AsOf, r.Flagged = ptr(noon.Add(-time.Hour)), 2 }},
		{"unknown error", func(r *m) { r.LastError = ptr("ErrorOfTomorrow") }},
		{"unknown state", func(r *m) { r.State = "frozen" }},
	}
	rows := make([]syncdb.MailboxRow, len(cases))
	for i, c := range cases {
		rows[i] = row(int64(i+1), func(r *m) { r.GivenName, r.Surname = "Case", c.name; c.change(r) })
	}
	return rows
}

func TestEachStateIsToldInWordsAndShape(t *testing.T) {
	rows := everyState()
	s := newSite(t, nil, rows...)
	page := s.Get(t, "/")
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.Surname + "\n" + between(t, page, `href="/kalendere/`+strconv.FormatInt(r.ID, 10)+`">`, `</td>`) + "\n\n")
	}
	golden(t, "testdata/states.golden", b.String())
}

// golden compares with a file that people review.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got, -update writes it):\n%s", file, diff)
	}
}

func TestTheLightShowsTheWorstAndAddsUp(t *testing.T) {
	all := func(rows ...syncdb.MailboxRow) (hs []health) {
		for _, r := range rows {
			hs = append(hs, healthOf(r, noon))
		}
		return hs
	}
	good := row(1, nil)
	old := row(2, func(r *syncdb.MailboxRow) { r.AsOf = ptr(noon.Add(-time.Hour)) })
	denied := row(3, func(r *syncdb.MailboxRow) { r.State = "denied" })
	rest := row(4, func(r *syncdb.MailboxRow) { r.State = "paused" })
	for _, c := range []struct {
		all      []health
		light    level
		headline string
		withheld int
	}{
		{nil, upToDate, "Der er endnu ingen kalendere", 0},
		{all(good), upToDate, "Alle kalendere er opdateret", 0},
		{all(good, rest), upToDate, "Ingen kalendere kræver noget af dig", 1},
		{all(good, old), late, "1 kalender er forsinket", 0},
		{all(good, old, denied), needsPerson, "1 kalender kræver en person", 1},
		{all(denied, denied, old), needsPerson, "2 kalendere kræver en person", 2},
	} {
		s := summarise(c.all)
		if s.Light() != c.light || s.Headline() != c.headline || s.Withheld != c.withheld {
			t.Errorf("light %v, %q, %d withheld; want %v, %q, %d", s.Light(), s.Headline(), s.Withheld, c.light, c.headline, c.withheld)
		}
	}
	every := all(everyState()...)
	sum := 0
	for _, n := range summarise(every).Counts {
		sum += n
	}
	if sum != len(every) {
		t.Errorf("levels add up to %d of %d", sum, len(every))
	}
}

func TestEveryTroubleHasWordsAndANextStep(t *testing.T) {
	for code, a := range troubles {
		if !strings.HasSuffix(a.What, ".") || !strings.HasSuffix(a.Next, ".") || strings.Contains(a.What, code) {
			t.Errorf("%s: %+v", code, a)
		}
	}
	for code, want := range map[string]string{
		"http-503": "HTTP 503", "token-http-500": "HTTP 500", "http-404": "HTTP 404", "http-403": "HTTP 403", "http-407": "proxy",
		"invalid_client-AADSTS7000215": "hemmelighed er forkert", "invalid_client-AADSTS1": "hemmelighed eller certifikat",
		"odd-AADSTS1": "kode odd-AADSTS1.", "ErrorOfTomorrow": "kode ErrorOfTomorrow.",
	} {
		if got := trouble(code); !strings.Contains(got.What, want) {
			t.Errorf("%s: %q does not say %q", code, got.What, want)
		}
	}
}

func TestEveryVerbOfADecisionHasAWord(t *testing.T) {
	for _, v := range []reconcile.Verb{
		reconcile.Nothing, reconcile.Remember, reconcile.Forget, reconcile.CreateRemote, reconcile.UpdateRemote, reconcile.DeleteRemote,
		reconcile.CreateLocal, reconcile.UpdateLocal, reconcile.DeleteLocal, reconcile.AcceptMove, reconcile.CancelLocal, reconcile.Flag, reconcile.Report,
	} {
		d := decisionOf(syncdb.DecisionRow{At: noon, ItemKind: "booking", Verb: string(v), Reason: string(reconcile.ReasonNew)}, noon)
		if d.Verb == string(v) || d.Kind != "Booking" || d.Why != reconcile.ReasonNew.Danish() {
			t.Errorf("%s: %+v", v, d)
		}
	}
	if d := decisionOf(syncdb.DecisionRow{Verb: "dance", Reason: "music"}, noon); d.Verb != "dance" || d.Why != "music" {
		t.Errorf("an unknown decision becomes %+v", d)
	}
}
