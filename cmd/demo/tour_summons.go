package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
)

// summonTwenty calls twenty citizens in through the JSON API, as a list that is planned, approved and carried out in the background.
func (t *tour) summonTwenty(ctx context.Context) error {
	from, to := span(21)
	list := map[string]any{
		"jobCenter": t.info.JobCenterCode, "option": t.option, "from": from.Format(time.RFC3339), "to": to.Format(time.RFC3339), "spreadOverDays": true,
	}
	var citizens []map[string]string
	for i := range 20 {
		citizens = append(citizens, map[string]string{"cpr": fmt.Sprintf("150675%04d", i)})
	}
	list["citizens"] = citizens
	batch := uuid.NewString()
	var made summoned
	if err := t.api(ctx, "POST", "summonses", batch, list, &made); err != nil {
		return err
	}
	if n := made.in("planned"); n != 20 {
		return fmt.Errorf("%d of 20 citizens have a time in the plan: %v", n, made.Lines)
	}
	if err := t.api(ctx, "POST", "summonses/"+batch+"/approve", "", nil, &made); err != nil {
		return err
	}
	err := world.Eventually(ctx, 30*time.Second, "twenty citizens summoned", func(ctx context.Context) (bool, error) {
		err := t.api(ctx, "GET", "summonses/"+batch, "", nil, &made)
		return made.State == "done", err
	})
	if err != nil {
		return err
	}
	if n := made.in("booked"); n != 20 {
		return fmt.Errorf("%d of 20 citizens were summoned: %v", n, made.Lines)
	}
	return world.Eventually(ctx, 30*time.Second, "twenty meetings in Outlook", func(ctx context.Context) (bool, error) {
		var there int
		err := t.pool.QueryRow(ctx, `select count(*) from summons_line l join outlook_event o on o.booking_id = l.booking_id
			where l.batch_id = $1 and o.event_id is not null and o.pending_since is null`, batch).Scan(&there)
		return there == 20, err
	})
}

// summoned is what the API tells of a mass summons.
type summoned struct {
	State string `json:"state"`
	Lines []struct {
		State, Reason string
	} `json:"lines"`
}

func (s summoned) in(state string) (n int) {
	for _, l := range s.Lines {
		if l.State == state {
			n++
		}
	}
	return n
}

// api asks the staff's JSON API as the settings' administrator.
func (t *tour) api(ctx context.Context, method, path, key string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(t.info.Admin.URL, "/")+"/api/v1/"+path, body)
	if err != nil {
		return err
	}
	req.SetBasicAuth(t.info.Admin.User, t.info.Admin.Password)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, raw)
	}
	return json.Unmarshal(raw, out)
}
