package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// Outlook plays counsellors in Outlook, on Graph's ordinary routes.
type Outlook struct {
	URL   string // Graph, without version
	Token string
	HTTP  *http.Client
}

// Event is an event as Graph tells it, as much as the world looks at.
type Event struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	ShowAs  string `json:"showAs"`
	Start   stamp  `json:"start"`
	End     stamp  `json:"end"`
	Body    struct {
		Content string `json:"content"`
	} `json:"body"`
}

// stamp is Graph's dateTimeTimeZone in UTC.
type stamp struct {
	DateTime string `json:"dateTime"`
}

// Time is the instant; zero when it cannot be read.
func (s stamp) Time() time.Time {
	t, _ := time.Parse("2006-01-02T15:04:05.9999999", s.DateTime)
	return t
}

func (o Outlook) call(ctx context.Context, method, path string, body, answer any) error {
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, o.URL+path, r)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+o.Token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", `IdType="ImmutableId"`)
	resp, err := o.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, raw)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// Put makes an event.
func (o Outlook) Put(ctx context.Context, user string, e map[string]any) (Event, error) {
	var out Event
	err := o.call(ctx, http.MethodPost, "/v1.0/users/"+url.PathEscape(user)+"/events", e, &out)
	return out, err
}

// Block makes an appointment that takes the time.
func (o Outlook) Block(ctx context.Context, user, subject string, start time.Time, length time.Duration) (Event, error) {
	return o.Put(ctx, user, meeting(subject, start, length, "busy"))
}

// Drag moves an event.
func (o Outlook) Drag(ctx context.Context, user, id string, start time.Time, length time.Duration) error {
	return o.call(ctx, http.MethodPatch, "/v1.0/users/"+url.PathEscape(user)+"/events/"+url.PathEscape(id), map[string]any{"start": at(start), "end": at(start.Add(length))}, nil)
}

// Delete deletes an event.
func (o Outlook) Delete(ctx context.Context, user, id string) error {
	return o.call(ctx, http.MethodDelete, "/v1.0/users/"+url.PathEscape(user)+"/events/"+url.PathEscape(id), nil, nil)
}

// Look lists the events that lie in the span, occurrences among them.
func (o Outlook) Look(ctx context.Context, user string, w calendar.Window) ([]Event, error) {
	var page struct {
		Value []Event `json:"value"`
	}
	q := url.Values{"startDateTime": {w.Start.UTC().Format(time.RFC3339)}, "endDateTime": {w.End.UTC().Format(time.RFC3339)}, "$top": {"500"}}
	err := o.call(ctx, http.MethodGet, "/v1.0/users/"+url.PathEscape(user)+"/calendarView?"+q.Encode(), nil, &page)
	return page.Value, err
}

// Control calls the simulator's control API.
func (o Outlook) Control(ctx context.Context, method, path string, body, answer any) error {
	return o.call(ctx, method, "/control"+path, body, answer)
}
