package msgraph

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/sync/calendar"
)

var update = flag.Bool("update", false, "rewrite golden files")

const (
	oneEvent = `{"@odata.etag":"W/\"key==\"","id":"AAk-id_1=","type":"singleInstance","start":{"dateTime":"2026-12-01T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-12-01T09:00:00.0000000","timeZone":"UTC"},"showAs":"busy","subject":"Samtale"}`
	oneSub   = `{"id":"7f105c7d-2dc5-4530-97cd-4e7ae6534c07","resource":"users/x/events","notificationUrl":"https://planner.example/notices","expirationDateTime":"2026-11-30T08:00:00.0000000Z"}`
)

var (
	winter = calendar.Owned{
		Start: time.Date(2026, time.December, 1, 8, 0, 0, 0, time.UTC), End: time.Date(2026, time.December, 1, 8, 45, 0, 0, time.UTC),
		ShowAs: calendar.Busy, Subject: `Jobsamtale "første" – æøå`,
	}
	draft = calendar.Draft{Owned: winter, Body: "Planneren har lagt dette møde.\nHilsen <Planner> & co", Location: "Mødelokale 2", Stamp: "b1d5a7f0-0000-4000-8000-000000000001"}
)

// TestEachOperationSendsExactlyTheseRequests holds the wire to a reviewed file: what PATCH writes, and
// what each page asks for, is there to be read.
func TestEachOperationSendsExactlyTheseRequests(t *testing.T) {
	const page = `{"value":[],"@odata.nextLink":"%s/v1.0/users/x/calendarView/delta?$skiptoken=R0%%2BusmdR"}`
	october := winter
	october.Start, october.End = time.Date(2026, time.October, 25, 0, 15, 0, 0, time.UTC), time.Date(2026, time.October, 25, 1, 15, 0, 0, time.UTC)
	cases := []struct {
		name    string
		answers []string
		do      func(context.Context, *Client, string) error
	}{
		{"Changes, first page", []string{page}, func(ctx context.Context, c *Client, _ string) error {
			w := calendar.Window{Start: time.Date(2026, time.November, 22, 23, 0, 0, 0, time.UTC), End: time.Date(2027, time.June, 24, 0, 0, 0, 0, calendar.Copenhagen())}
			_, err := c.Changes(ctx, user, "", w, nil)
			return err
		}},
		{"Changes, next page", []string{page}, func(ctx context.Context, c *Client, base string) error {
			_, err := c.Changes(ctx, user, calendar.Cursor(base+"/v1.0/users/x/calendarView/delta?$skiptoken=R0%2BusmdR"), calendar.Window{}, nil)
			return err
		}},
		{"CalendarView, two pages", []string{`{"value":[],"@odata.nextLink":"%s/v1.0/users/x/calendarView?$top=1000&$skip=1000"}`, `{"value":[]}`}, func(ctx context.Context, c *Client, _ string) error {
			w := calendar.Window{Start: time.Date(2026, time.November, 22, 23, 0, 0, 0, time.UTC), End: time.Date(2027, time.June, 24, 0, 0, 0, 0, calendar.Copenhagen())}
			p, err := c.CalendarView(ctx, user, "", w, nil)
			if err == nil {
				_, err = c.CalendarView(ctx, user, p.Next, w, nil)
			}
			return err
		}},
		{"Taken", []string{`{"value":[]}`}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Taken(ctx, user, calendar.Window{Start: winter.Start, End: winter.End})
			return err
		}},
		{"GroupMembers, by mail, two pages", []string{`{"value":[{"id":"g-1"}]}`, `{"value":[],"@odata.nextLink":"%s/v1.0/groups/g-1/transitiveMembers/microsoft.graph.user?$count=true&$skiptoken=RF"}`, `{"value":[]}`}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.GroupMembers(ctx, "o'vejledere@kommune.dk")
			return err
		}},
		{"Event, a stranger's", []string{oneEvent}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Event(ctx, user, "AAk/+id_1=", false)
			return err
		}},
		{"Event, ours", []string{oneEvent}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Event(ctx, user, "AAk-id_1=", true)
			return err
		}},
		{"Create", []string{oneEvent}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Create(ctx, user, draft, "1c9a0f0e-0000-4000-8000-000000000002")
			return err
		}},
		{"Create, in the hour that autumn repeats", []string{oneEvent}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Create(ctx, user, calendar.Draft{Owned: october, Body: "x"}, "1c9a0f0e-0000-4000-8000-000000000003")
			return err
		}},
		{"Update, with etag", []string{oneEvent}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Update(ctx, user, "AAk-id_1=", winter, `W/"key=="`)
			return err
		}},
		{"Update, without etag", []string{oneEvent}, func(ctx context.Context, c *Client, _ string) error {
			o := winter
			o.ShowAs = calendar.WorkingElsewhere
			_, err := c.Update(ctx, user, "AAk-id_1=", o, "")
			return err
		}},
		{"Delete", []string{""}, func(ctx context.Context, c *Client, _ string) error { return c.Delete(ctx, user, "AAk-id_1=") }},
		{"Purge", []string{""}, func(ctx context.Context, c *Client, _ string) error { return c.Purge(ctx, user, "AAk-id_1=") }},
		{"FindStamped, two pages", []string{`{"value":[],"@odata.nextLink":"%s/v1.0/users/x/events?$skip=50"}`, `{"value":[]}`}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.FindStamped(ctx, user, "it's")
			return err
		}},
		{"Subscribe", []string{oneSub}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Subscribe(ctx, user, "https://planner.example/notices", "https://planner.example/lifecycle", "state", testNow.Add(LongestSubscription))
			return err
		}},
		{"Renew", []string{oneSub}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Renew(ctx, "7f105c7d-2dc5-4530-97cd-4e7ae6534c07", testNow.Add(LongestSubscription))
			return err
		}},
		{"Unsubscribe", []string{""}, func(ctx context.Context, c *Client, _ string) error {
			return c.Unsubscribe(ctx, "7f105c7d-2dc5-4530-97cd-4e7ae6534c07")
		}},
		{"Subscriptions, two pages", []string{`{"value":[` + oneSub + `],"@odata.nextLink":"%s/v1.0/subscriptions?$skiptoken=2"}`, `{"value":[null]}`}, func(ctx context.Context, c *Client, _ string) error {
			_, err := c.Subscriptions(ctx)
			return err
		}},
	}
	var got strings.Builder
	for _, tc := range cases {
		var answers []http.HandlerFunc
		var w *world
		for _, a := range tc.answers {
			answers = append(answers, func(rw http.ResponseWriter, r *http.Request) {
				if a == "" {
					rw.WriteHeader(http.StatusNoContent)
					return
				}
				answerWith(http.StatusOK, strings.Replace(strings.ReplaceAll(a, "%%", "%"), "%s", w.URL, 1))(rw, r)
			})
		}
		w = newWorld(t, answers...)
		if err := tc.do(t.Context(), w.client(), w.URL); err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		fmt.Fprintf(&got, "# %s\n", tc.name)
		for _, r := range w.seen() {
			got.WriteString(render(t, r, w.URL))
		}
		got.WriteString("\n")
	}
	const file = "testdata/requests.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("requests differ from %s (-want +got):\n%s", file, diff)
	}
}

func render(t *testing.T, r recorded, base string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Method, strings.ReplaceAll(r.Target, base, "BASE"))
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range r.Header[name] {
			switch name {
			case "Client-Request-Id":
				if len(v) != 36 {
					t.Errorf("client-request-id %q is no GUID", v)
				}
				v = "GUID"
			case "Content-Length":
				v = "N"
			}
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	if r.Chunked {
		b.WriteString("(chunked)\n")
	}
	if len(r.Body) > 0 {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, r.Body, "", "  "); err != nil {
			t.Fatalf("body is not JSON: %v", err)
		}
		b.WriteString(pretty.String() + "\n")
	}
	return b.String()
}

// TestARepeatedCreationSendsTheSameBytes: the same transactionId with another body is an error, and
// the answer to the first try may be lost.
func TestARepeatedCreationSendsTheSameBytes(t *testing.T) {
	w := newWorld(t, answerWith(http.StatusCreated, oneEvent))
	c, other := w.client(), w.client()
	for _, c := range []*Client{c, c, other} {
		if _, err := c.Create(t.Context(), user, draft, "tx"); err != nil {
			t.Fatal(err)
		}
	}
	seen := w.seen()
	for _, r := range seen[1:] {
		if !bytes.Equal(r.Body, seen[0].Body) {
			t.Errorf("bodies differ:\n%s\n%s", seen[0].Body, r.Body)
		}
	}
}

func TestNothingIsSentForAnIDThatIsNone(t *testing.T) {
	w := newWorld(t, answerWith(http.StatusOK, oneEvent))
	c := w.client()
	for _, id := range []calendar.EventID{"", ".", "..", "a b", "a\nb", "é", calendar.EventID(strings.Repeat("x", 2000))} {
		if err := c.Delete(t.Context(), user, id); err == nil {
			t.Errorf("Delete(%q) was sent", id)
		}
		if err := c.Delete(t.Context(), string(id), "AAk"); err == nil {
			t.Errorf("Delete for user %q was sent", id)
		}
		if err := c.Unsubscribe(t.Context(), string(id)); err == nil {
			t.Errorf("Unsubscribe(%q) was sent", id)
		}
	}
	if n := len(w.seen()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
