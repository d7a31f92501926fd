//go:build peers

package peers

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// TestPagesHoldInABrowser walks all pages, as the settings' administrator and as a summoner, with axe, and drives each flow. With
// PAGES_SHOTS set to a folder, what was seen is kept there.
func TestPagesHoldInABrowser(t *testing.T) {
	t.Parallel()
	node, chromium := tool(t, "node", "nodejs"), tool(t, "chromium", "chromium")
	if out, err := exec.Command(node, "-e", `require("playwright-core"); require("axe-core")`).CombinedOutput(); err != nil {
		t.Fatalf("node finds no playwright-core or axe-core: npm install them, and name their node_modules in NODE_PATH\n%s", out)
	}
	w, err := world.Start(t.Context(), world.LocalOptions{
		DatabaseURL: pgtest.URL(t), Dir: t.TempDir(), Counsellors: 6, Weeks: 2, Log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Errorf("stop the world: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.InitialSync(t.Context()); err != nil {
		t.Fatal(err)
	}
	seedShortage(t, w.Parts.Planner)
	for _, who := range []struct {
		login, password string
		flows           []string
		pages           int // at least so many are found
	}{
		{"admin", world.AdminPassword, []string{"week", "team", "whynot", "shortage", "history", "account"}, 12},
		{world.StaffLogin, world.StaffPassword, []string{"week", "team", "whynot", "shortage", "history"}, 6},
	} {
		shots := os.Getenv("PAGES_SHOTS")
		if shots != "" {
			if shots, err = filepath.Abs(shots); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), node, testdata(t, "pages/walk.js"))
		cmd.Env = append(os.Environ(), "PAGES_URL="+w.Admin, "PAGES_USER="+who.login, "PAGES_PASSWORD="+who.password, "PAGES_CHROMIUM="+chromium,
			"PAGES_SHOTS="+shots, "PAGES_FLOWS="+strings.Join(who.flows, ","))
		out, err := cmd.CombinedOutput()
		t.Logf("%s:\n%s", who.login, out)
		if err != nil {
			t.Errorf("%s: %v", who.login, err)
		}
		lines := strings.Split(string(out), "\n")
		for _, flow := range append([]string{"login"}, who.flows...) {
			if !slices.Contains(lines, "ok "+flow) {
				t.Errorf("%s: the flow %s was left out", who.login, flow)
			}
		}
		if m := regexp.MustCompile(`walked (\d+)`).FindSubmatch(out); m == nil {
			t.Errorf("%s walked no page", who.login)
		} else if n, _ := strconv.Atoi(string(m[1])); n < who.pages {
			t.Errorf("%s: walked %d pages, want %d at least", who.login, n, who.pages)
		}
	}
}

// seedShortage makes an option that nobody holds, and a citizen who must book a meeting of it.
func seedShortage(t *testing.T, store *plannerdb.Store) {
	t.Helper()
	cpr, err := planner.ParseCPR("0101901234")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.PutInterviewOption(t.Context(), world.JobCenterCode, planner.InterviewOption{
		ID: uuid.New(), InterviewType: 9, InterviewForm: 1, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 60, Title: "Møde uden vejleder",
	}, nil); err != nil {
		t.Fatal(err)
	}
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 3)
	deadline := planner.BookBy{JobCenter: world.JobCenterCode, CPR: cpr, InterviewType: 9, Book: day, Hold: day}
	if err := store.PutBookBys(t.Context(), []planner.BookBy{deadline}, planner.Bootstrap("prøve")); err != nil {
		t.Fatal(err)
	}
}
