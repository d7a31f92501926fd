package msgraph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

func anyLink(string) bool { return true }

func pageOf(items ...string) string {
	return `{"value":[` + strings.Join(items, ",") + `],"@odata.deltaLink":"L"}`
}

func TestAPageHoldsWhatTheItemsSay(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	const span = `"start":{"dateTime":"2026-12-01T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-12-01T09:00:00.0000000","timeZone":"UTC"}`
	base := calendar.Event{ID: "A", ETag: `W/"e"`, Kind: calendar.Single, Start: at("2026-12-01T08:00:00Z"), End: at("2026-12-01T09:00:00Z")}
	with := func(change func(*calendar.Event)) calendar.Page {
		e := base
		change(&e)
		return calendar.Page{Events: []calendar.Event{e}, Next: "L", Final: true}
	}
	item := func(rest string) string { return `{"id":"A","@odata.etag":"W/\"e\"",` + span + rest + `}` }
	both := with(func(*calendar.Event) {})
	both.Removed = []calendar.EventID{"A"}
	cases := []struct {
		name, json string
		want       calendar.Page
	}{
		{"single", pageOf(item(`,"type":"singleInstance","showAs":"busy"`)), with(func(e *calendar.Event) { e.ShowAs = calendar.Busy })},
		{"enums in other case", pageOf(item(`,"type":"SingleInstance","showAs":"WorkingElsewhere","sensitivity":"Private"`)), with(func(e *calendar.Event) { e.ShowAs, e.Private = calendar.WorkingElsewhere, true })},
		{"confidential", pageOf(item(`,"sensitivity":"confidential"`)), with(func(e *calendar.Event) { e.Private = true })},
		{"personal is not private", pageOf(item(`,"sensitivity":"personal"`)), with(func(*calendar.Event) {})},
		{"a showAs of tomorrow", pageOf(item(`,"showAs":"focusing"`)), with(func(e *calendar.Event) { e.ShowAs = "focusing" })},
		{"a showAs that is none", pageOf(item(`,"showAs":"away until Monday"`)), with(func(e *calendar.Event) { e.ShowAs = calendar.Unknown })},
		{"cancelled", pageOf(item(`,"isCancelled":true`)), with(func(e *calendar.Event) { e.Cancelled = true })},
		{"declined", pageOf(item(`,"responseStatus":{"response":"declined","time":"0001-01-01T00:00:00Z"}`)), with(func(e *calendar.Event) { e.Declined = true })},
		{"accepted", pageOf(item(`,"responseStatus":{"response":"accepted"}`)), with(func(*calendar.Event) {})},
		{"nulls", pageOf(item(`,"type":null,"showAs":null,"seriesMasterId":null,"isAllDay":null,"responseStatus":null,"sensitivity":null,"@removed":null`)), with(func(*calendar.Event) {})},
		{"exception", pageOf(item(`,"type":"exception","seriesMasterId":"M"`)), with(func(e *calendar.Event) { e.Kind, e.SeriesID = calendar.Exception, "M" })},
		{"the seven keys of an occurrence", pageOf(`{"@odata.type":"#microsoft.graph.event","@odata.etag":"W/\"e\"","id":"A","seriesMasterId":"M","type":"occurrence",` + span + `}`),
			with(func(e *calendar.Event) { e.Kind, e.SeriesID = calendar.Occurrence, "M" })},
		{"master", pageOf(item(`,"type":"seriesMaster","showAs":"busy"`)), with(func(e *calendar.Event) { e.Kind, e.ShowAs = calendar.Master, calendar.Busy })},
		{"a master's times do not matter", pageOf(`{"id":"A","@odata.etag":"W/\"e\"","type":"seriesMaster","start":null}`), with(func(e *calendar.Event) { e.Kind, e.Start, e.End = calendar.Master, time.Time{}, time.Time{} })},
		{"whole day in winter", pageOf(`{"id":"A","@odata.etag":"W/\"e\"","isAllDay":true,"start":{"dateTime":"2026-12-01T00:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-12-02T00:00:00.0000000","timeZone":"UTC"}}`),
			with(func(e *calendar.Event) {
				e.AllDay, e.Start, e.End = true, at("2026-11-30T23:00:00Z"), at("2026-12-01T23:00:00Z")
			})},
		{"no etag but a change key", pageOf(`{"id":"A","changeKey":"ck==",` + span + `}`), with(func(e *calendar.Event) { e.ETag = `W/"ck=="` })},
		{"an etag that would break a header", pageOf(`{"id":"A","@odata.etag":"W/\"a\r\nX-Evil: 1\"",` + span + `}`), with(func(e *calendar.Event) { e.ETag = "" })},
		{"null elements", pageOf("null", item(""), "null"), with(func(*calendar.Event) {})},
		{"the last word counts", pageOf(item(`,"showAs":"free"`), item(`,"showAs":"oof"`)), with(func(e *calendar.Event) { e.ShowAs = calendar.OutOfOffice })},
		{"the version changed last counts", pageOf(item(`,"showAs":"oof","lastModifiedDateTime":"2026-12-01T07:00:02.5Z"`), item(`,"showAs":"free","lastModifiedDateTime":"2026-12-01T07:00:02.25Z"`)),
			with(func(e *calendar.Event) { e.ShowAs, e.Modified = calendar.OutOfOffice, at("2026-12-01T07:00:02.5Z") })},
		{"removed, then back: both are told", pageOf(`{"id":"A","@removed":{"reason":"changed"}}`, item("")), both},
		{"there, then removed: both are told", pageOf(item(""), `{"id":"A","@removed":{"reason":"deleted"}}`), both},
		{"tombstones", pageOf(`{"@odata.type":"#microsoft.graph.event","id":"A","@removed":{"reason":"deleted"}}`, `{"id":"B","@removed":{}}`), calendar.Page{Removed: []calendar.EventID{"A", "B"}, Next: "L", Final: true}},
		{"empty and not final", `{"@odata.context":"c","@odata.nextLink":"N","value":[]}`, calendar.Page{Next: "N"}},
		{"both links: not final", `{"@odata.nextLink":"N","@odata.deltaLink":"D","value":[]}`, calendar.Page{Next: "N"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got, err := decodePage(strings.NewReader(tc.json), nil, anyLink)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAPageThatCannotBeTrustedIsAnError: half a page must not look like an empty calendar.
func TestAPageThatCannotBeTrustedIsAnError(t *testing.T) {
	const span = `"start":{"dateTime":"2026-12-01T08:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-12-01T09:00:00","timeZone":"UTC"}`
	for name, tc := range map[string]struct{ json, code string }{
		"nothing":           {``, codeUnreadable},
		"null":              {`null`, codeUnreadable},
		"no value":          {`{"@odata.deltaLink":"L"}`, codeUnreadable},
		"value null":        {`{"value":null,"@odata.deltaLink":"L"}`, codeUnreadable},
		"cut":               {`{"@odata.deltaLink":"L","value":[{"id":"A",` + span + `}`, codeUnreadable},
		"no link":           {`{"value":[]}`, codeNoLink},
		"not a list":        {`{"value":{},"@odata.deltaLink":"L"}`, codeUnreadable},
		"not objects":       {pageOf(`"x"`), codeUnreadable},
		"no id":             {pageOf(`{` + span + `}`), codeBadEvent},
		"id of other stuff": {pageOf(`{"id":"a\u0000b",` + span + `}`), codeBadEvent},
		"tombstone of none": {pageOf(`{"@removed":{}}`), codeBadEvent},
		"no start":          {pageOf(`{"id":"A"}`), codeBadEvent},
		"no end":            {pageOf(`{"id":"A","start":{"dateTime":"2026-12-01T08:00:00","timeZone":"UTC"},"end":null}`), codeBadEvent},
		"no date":           {pageOf(`{"id":"A","start":{"dateTime":"tomorrow"},"end":{"dateTime":"2026-12-01T08:00:00"}}`), codeBadEvent},
	} {
		_, err := decodePage(strings.NewReader(tc.json), nil, anyLink)
		if err == nil || err.Error() != tc.code {
			t.Errorf("%s: got %v, want %s", name, err, tc.code)
		}
	}
}

func TestOurOwnEventComesWithTheFieldsWeOwn(t *testing.T) {
	const item = `{"id":"A","subject":"Møde \u2013 \"nu\"","showAs":"tentative","start":{"dateTime":"2026-07-01T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-07-01T09:00:00.0000000","timeZone":"UTC"}}`
	p, err := decodePage(strings.NewReader(pageOf(item)), func(id calendar.EventID) bool { return id == "A" }, anyLink)
	if err != nil {
		t.Fatal(err)
	}
	want := &calendar.Owned{Start: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC), End: time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC), ShowAs: calendar.Tentative, Subject: `Møde – "nu"`}
	if diff := cmp.Diff(want, p.Events[0].Owned); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// null, as Graph writes an empty subject
	p, err = decodePage(strings.NewReader(pageOf(strings.Replace(item, `"Møde \u2013 \"nu\""`, "null", 1))), func(calendar.EventID) bool { return true }, anyLink)
	if err != nil || p.Events[0].Owned.Subject != "" {
		t.Errorf("null subject: %+v, %v", p.Events[0].Owned, err)
	}
}

// FuzzPage: whatever comes, the decoder returns, and what it returns keeps its promises.
func FuzzPage(f *testing.F) {
	f.Add(pageOf(fmt.Sprintf(fullEvent, "A"), "null", `{"id":"B","@removed":{"reason":"deleted"}}`))
	f.Add(pageOf(`{"id":"A","type":"occurrence","seriesMasterId":"M","start":{"dateTime":"2026-10-25T02:30:00","timeZone":"Romance Standard Time"},"end":{"dateTime":"2026-10-25T02:30:00","timeZone":"tzone://Microsoft/Custom"}}`))
	f.Add(pageOf(`{"id":"A","isAllDay":true,"start":{"dateTime":"0001-01-01T00:00:00","timeZone":"UTC"},"end":{"dateTime":"9999-12-31T23:59:59.9999999","timeZone":""}}`))
	f.Add(`{"value":[{"id":1}]}`)
	f.Add(`{"value":[[[[[[]]]]]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := decodePage(strings.NewReader(text), func(calendar.EventID) bool { return true }, anyLink)
		if err != nil {
			if diff := cmp.Diff(calendar.Page{}, p); diff != "" {
				t.Fatalf("an error came with a page: %s", diff)
			}
			return
		}
		if p.Next == "" {
			t.Fatal("a page without continuation")
		}
		seen := map[calendar.EventID]bool{}
		for _, id := range p.Removed {
			if !validID(string(id)) || seen[id] {
				t.Fatalf("removed %q", id)
			}
			seen[id] = true
		}
		for _, e := range p.Events {
			if !validID(string(e.ID)) || seen[e.ID] {
				t.Fatalf("event %q", e.ID)
			}
			seen[e.ID] = true
			if e.Kind == calendar.Master && e.Start.IsZero() {
				continue
			}
			if e.End.Before(e.Start) || e.Start.Location() != time.UTC || e.End.Location() != time.UTC {
				t.Fatalf("span %s to %s", e.Start, e.End)
			}
			if e.AllDay && e.End.Sub(e.Start) < 23*time.Hour {
				t.Fatalf("whole day of %s", e.End.Sub(e.Start))
			}
			if _, err := json.Marshal(e); err != nil {
				t.Fatal(err)
			}
			if e.Owned == nil || !utf8.ValidString(e.Owned.Subject) {
				t.Fatalf("owned %+v", e.Owned)
			}
		}
	})
}

func bigPage() string {
	items := make([]string, 200)
	for i := range items {
		items[i] = fmt.Sprintf(fullEvent, fmt.Sprint("AAk", i))
	}
	return pageOf(items...)
}

// The floor beside it is the SDK's decoding of the same page.
func BenchmarkPage(b *testing.B) {
	page := bigPage()
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if p, err := decodePage(strings.NewReader(page), nil, anyLink); err != nil || len(p.Events) != 200 {
			b.Fatal(err)
		}
	}
}

func BenchmarkPageBySDK(b *testing.B) {
	page := []byte(bigPage())
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		node, err := kjson.NewJsonParseNodeFactory().GetRootParseNode("application/json", page)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := node.GetObjectValue(users.CreateItemCalendarViewDeltaGetResponseFromDiscriminatorValue); err != nil {
			b.Fatal(err)
		}
	}
}
