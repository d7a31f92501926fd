package summonerui

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
)

// People are the job centres and who works there; *plannerdb.Store has it.
type People interface {
	JobCenters(ctx context.Context) ([]planner.JobCenter, error)
	// ActiveCaseWorkers are those of all job centres.
	ActiveCaseWorkers(ctx context.Context) ([]planner.CaseWorker, error)
}

func (u *UI) addStart(people People, weeks bool) {
	u.menu(root, "Oversigt", planner.MaySee)
	u.site.Handle("GET", root+"{$}", planner.MaySee, func(w http.ResponseWriter, r *http.Request) {
		offices, err := offices(r.Context(), people, webui.PersonOf(r))
		if err != nil {
			u.site.Broken(w, r, err)
			return
		}
		u.pages.Render(w, r, http.StatusOK, "start", "Møder", startPage{offices, weeks})
	})
}

// startPage lists job centres; Weeks tells whether there are calendars to lead to.
type startPage struct {
	Offices []office
	Weeks   bool
}

// office is a job centre with its case workers.
type office struct {
	planner.JobCenter
	CaseWorkers []planner.CaseWorker
}

// offices are the job centres that who acts for, with their case workers by name.
func offices(ctx context.Context, people People, who planner.Staff) ([]office, error) {
	centers, err := people.JobCenters(ctx)
	if err != nil {
		return nil, err
	}
	workers, err := people.ActiveCaseWorkers(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(workers, func(a, b planner.CaseWorker) int {
		return cmp.Or(strings.Compare(webui.DanishKey(a.GivenName), webui.DanishKey(b.GivenName)), strings.Compare(webui.DanishKey(a.Surname), webui.DanishKey(b.Surname)))
	})
	var out []office
	for _, c := range centers {
		if !who.ActsFor(c.Code) {
			continue
		}
		o := office{JobCenter: c}
		for _, w := range workers {
			if w.JobCenter == c.Code {
				o.CaseWorkers = append(o.CaseWorkers, w)
			}
		}
		out = append(out, o)
	}
	return out, nil
}
