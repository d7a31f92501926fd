package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/planner/roster"
)

// importPeople imports a case worker from a file as Danish Excel writes it, twice, and once more when they have left.
func (t *tour) importPeople(ctx context.Context) error {
	yesterday := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	for i, s := range []struct {
		lastDay string
		want    roster.Verb
		shown   string
	}{{"", roster.Make, "Tilbydes"}, {"", roster.Keep, "Tilbydes"}, {yesterday, roster.Change, "Fratrådt"}} {
		file := "RID;Fornavn;Efternavn;E-mail;Arbejdstid;Sidste dag\r\nRID-9999;S\xf8ren;\xc6r\xf8;soeren@kommune.example;man-tor 8:30-12, 12:30-15;" + s.lastDay + "\r\n"
		rows, err := roster.ReadTable([]byte(file))
		if err != nil {
			return err
		}
		steps, err := t.roster.Import(ctx, rows, roster.PlanOptions{JobCenter: world.JobCenterCode}, "admin:tour", "the demo's tour", true)
		if err != nil {
			return err
		}
		if len(steps) != 1 || steps[0].Verb != s.want {
			return fmt.Errorf("import %d: %+v, want %s", i+1, steps, s.want)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(t.info.Admin.URL, "/")+"/moeder/vejledere", nil)
		if err != nil {
			return err
		}
		req.SetBasicAuth(t.info.Admin.User, t.info.Admin.Password)
		status, page, err := fetch(req)
		if err != nil {
			return err
		}
		_, row, _ := strings.Cut(page, "Søren Ærø")
		if row, _, _ = strings.Cut(row, "</tr>"); !strings.Contains(row, s.shown) || !strings.Contains(row, "man-tor 8:30-12, 12:30-15") {
			return fmt.Errorf("after import %d the page (%d) says %q", i+1, status, row)
		}
	}
	return nil
}
