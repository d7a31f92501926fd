package dfdgcodes_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap/dfdgcodes"
	"kommunalplanner.example/soap/dfdgdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var now = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

const lists = `[{"list":"InterviewType","code":4,"name":"Opfølgning"},{"list":"InterviewType","code":7,"name":"Jobsamtale","valid_to":"2026-11-30"},
	{"list":"InterviewFormType","code":1,"name":"Individuel"},{"list":"InterviewContactType","code":1,"name":"Fremmøde"}]`

// site serves the lists, which tests change.
type site struct {
	*httptest.Server
	text  atomic.Value
	asked atomic.Int32
}

func newSite(t *testing.T) *site {
	s := &site{}
	s.text.Store(lists)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		text := s.text.Load().(string)
		if text == "" {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	return s
}

func stores(t *testing.T, pool *pgxpool.Pool) (*plannerdb.Store, *dfdgdb.Store) {
	t.Helper()
	key := func(b byte) []byte { return []byte(strings.Repeat(string(b), 32)) }
	keys := map[byte][]byte{1: key('a')}
	sealer, err := plannerdb.NewSealer(keys, 1, key('b'))
	if err != nil {
		t.Fatal(err)
	}
	vault, err := dfdgdb.NewVault(keys, 1)
	if err != nil {
		t.Fatal(err)
	}
	return plannerdb.New(pool, plannerdb.Options{Sealer: sealer, Now: func() time.Time { return now }}), dfdgdb.New(pool, dfdgdb.Options{Sealer: sealer, Vault: vault})
}

func TestListsAreFetchedOnceADayAndTheLastGoodOnesStay(t *testing.T) {
	t.Parallel()
	pool, source := pgtest.New(t), newSite(t)
	planned, schedule := stores(t, pool)
	fetcher := func() *dfdgcodes.Fetcher {
		return dfdgcodes.New(dfdgcodes.Config{Source: dfdgcodes.At{Address: source.URL}, Lists: planned, Schedule: schedule})
	}
	fetch := func(after time.Duration) {
		t.Helper()
		for range 3 { // three processes at the same tick
			if err := fetcher().FetchDue(t.Context(), now.Add(after)); err != nil {
				t.Fatal(err)
			}
		}
	}
	wants := func(asked int32, known int) {
		t.Helper()
		var n int
		if err := pool.QueryRow(t.Context(), `select count(*) from code_list_entry`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if got := source.asked.Load(); got != asked || n != known {
			t.Errorf("asked %d times, want %d; %d codes are known, want %d", got, asked, n, known)
		}
	}
	fetch(0)
	wants(1, 4)
	fetch(23 * time.Hour)
	wants(1, 4)
	day := 24 * time.Hour
	asked := int32(1)
	for name, bad := range map[string]string{"away": "", "empty": "[]", "cut": lists[:60], "shrunk": `[{"list":"InterviewType","code":4}]`, "a web page": "<html>"} {
		source.text.Store(bad)
		asked++
		fetch(day)
		t.Log(name)
		wants(asked, 4)
		day += 15 * time.Minute // what failed is tried again soon
	}
	// An expired code is known as such, and one that is good is not.
	wrong, err := planned.InvalidCodes(t.Context(), planner.InterviewOption{InterviewType: 7, InterviewForm: 1, ContactTypes: []int{1}})
	if err != nil || len(wrong) != 1 || wrong[0].Code != 7 || wrong[0].List != planner.ListInterviewType {
		t.Errorf("%+v %v", wrong, err)
	}
	source.text.Store("list;code;name;valid_from;valid_to\nInterviewType;4;Opfølgning;;\nInterviewType;7;Jobsamtale;;\nInterviewType;8;Henvisning;;\n")
	fetch(day)
	wants(asked+1, 5) // one list anew, the two that did not come as they were
	if wrong, err = planned.InvalidCodes(t.Context(), planner.InterviewOption{InterviewType: 7, InterviewForm: 1}); err != nil || len(wrong) != 0 {
		t.Errorf("%+v %v", wrong, err)
	}
}

func TestListsAreReadFromAFileAsWell(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "lister.json")
	if err := os.WriteFile(file, []byte(lists), 0o644); err != nil {
		t.Fatal(err)
	}
	codes, err := dfdgcodes.At{Address: file}.Codes(t.Context())
	if err != nil || len(codes) != 4 || codes[1].ValidTo == (planner.Date{}) {
		t.Errorf("%+v %v", codes, err)
	}
	if _, err := (dfdgcodes.At{Address: file + "x"}).Codes(t.Context()); err == nil {
		t.Error("a file that is not there was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(lists))
	f.Add([]byte("list;code;name;valid_from;valid_to\nInterviewType;4;Opfølgning;2020-01-01;\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		codes, err := dfdgcodes.Parse(text)
		if err != nil {
			return
		}
		seen := map[[2]any]bool{}
		for _, c := range codes {
			if k := [2]any{c.List, c.Code}; c.List == "" || seen[k] {
				t.Fatalf("%+v", c)
			} else {
				seen[k] = true
			}
		}
	})
}
