package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// summoner looks at the week of the case worker who holds the citizen's meeting, as a browser would.
func (t *tour) summoner(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	site := strings.TrimSuffix(t.info.Admin.URL, "/")
	ask := func(method, path string, form url.Values) (string, error) {
		req, err := http.NewRequestWithContext(ctx, method, site+path, strings.NewReader(form.Encode()))
		if err != nil {
			return "", err
		}
		req.Header.Set("Accept", "text/html")
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		status, page, err := fetchWith(&http.Client{Jar: jar}, req)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%s %s: %d", method, path, status)
		}
		return page, err
	}
	start, err := ask(http.MethodPost, "/login", url.Values{"bruger": {t.info.Staff.User}, "adgangskode": {t.info.Staff.Password}, "next": {"/moeder/"}})
	if err != nil {
		return err
	}
	if !strings.Contains(start, t.people[0].Name()) {
		return errors.New("the start page does not list the case workers")
	}
	var who, option uuid.UUID
	var at time.Time
	var title string
	err = t.pool.QueryRow(ctx, `select case_worker_id, interview_option_id, starts_at, title from booking
		where status = 'booked' and interview_option_id is not null order by starts_at limit 1`).Scan(&who, &option, &at, &title)
	if err != nil {
		return fmt.Errorf("look up a meeting: %w", err)
	}
	local := at.In(planner.Copenhagen())
	day := local.Format(time.DateOnly)
	week, err := ask(http.MethodGet, "/moeder/uge?vejleder="+who.String()+"&dag="+day, nil)
	if err != nil {
		return err
	}
	if !strings.Contains(week, title) || !strings.Contains(week, local.Format("15.04")) || !strings.Contains(week, "Optaget") {
		return errors.New("the week does not show the meeting and what is taken")
	}
	why, err := ask(http.MethodGet, "/moeder/hvorfor?"+url.Values{"vejleder": {who.String()}, "tilbud": {option.String()}, "dag": {day}, "kl": {local.Format("15:04")}}.Encode(), nil)
	if err == nil && !strings.Contains(why, planner.ReasonHeld.Danish()) {
		err = errors.New("the page does not tell that the time is given away")
	}
	return err
}
