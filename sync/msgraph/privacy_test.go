package msgraph

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"context"
	"sync"

	"kommunalplanner.example/sync/calendar"
)

// assertNoSecret looks through all that can be reached from v, and all that it prints.
func assertNoSecret(t *testing.T, what string, v any) {
	t.Helper()
	text := fmt.Sprintf("%v|%+v|%#v", v, v, v)
	for err, ok := v.(error); ok && err != nil; err = errors.Unwrap(err) {
		text += fmt.Sprintf("|%v|%+v|%#v", err, err, err)
	}
	var dig func(v reflect.Value, depth int)
	dig = func(v reflect.Value, depth int) {
		if depth > 12 || !v.IsValid() {
			return
		}
		switch v.Kind() {
		case reflect.String:
			text += "|" + v.String()
		case reflect.Pointer, reflect.Interface:
			dig(v.Elem(), depth+1)
		case reflect.Struct:
			for i := range v.NumField() {
				dig(v.Field(i), depth+1)
			}
		case reflect.Slice, reflect.Array:
			for i := range min(v.Len(), 10_000) {
				dig(v.Index(i), depth+1)
			}
		case reflect.Map:
			for _, k := range v.MapKeys() {
				dig(k, depth+1)
				dig(v.MapIndex(k), depth+1)
			}
		}
	}
	dig(reflect.ValueOf(v), 0)
	if i := strings.Index(text, secretText); i >= 0 {
		t.Errorf("%s holds private text: …%s…", what, text[max(0, i-80):min(len(text), i+80)])
	}
}

// fullEvent is an event as Graph sends it, the private parts marked.
const fullEvent = `{"@odata.type":"#microsoft.graph.event","@odata.etag":"W/\"k\"","id":"%s","createdDateTime":"2026-12-01T07:00:50Z",
"lastModifiedDateTime":"2026-12-01T07:00:51Z","changeKey":"k","categories":["` + secretText + `"],"transactionId":"` + secretText + `",
"originalStartTimeZone":"Romance Standard Time","iCalUId":"` + secretText + `","reminderMinutesBeforeStart":15,"hasAttachments":true,
"subject":"` + secretText + `","bodyPreview":"` + secretText + `","importance":"normal","sensitivity":"private","isAllDay":false,"isCancelled":false,
"isOrganizer":true,"seriesMasterId":null,"showAs":"oof","type":"singleInstance","webLink":"https://outlook.office365.com/` + secretText + `",
"onlineMeetingUrl":"` + secretText + `","recurrence":null,"responseStatus":{"response":"organizer","time":"0001-01-01T00:00:00Z"},
"body":{"contentType":"text","content":"` + secretText + `"},"start":{"dateTime":"2026-12-01T08:00:00.0000000","timeZone":"UTC"},
"end":{"dateTime":"2026-12-01T09:00:00.0000000","timeZone":"UTC"},"location":{"displayName":"` + secretText + `"},
"locations":[{"displayName":"` + secretText + `"}],"attendees":[{"emailAddress":{"name":"` + secretText + `","address":"x@` + secretText + `"}}],
"organizer":{"emailAddress":{"name":"` + secretText + `","address":"x@` + secretText + `"}},"` + secretText + `":"` + secretText + `",
"singleValueExtendedProperties":[{"id":"String {x} Name y","value":"` + secretText + `"}]}`

// traces collects all that is put into spans, where the SDK writes the errors that it meets.
type traces struct {
	noop.TracerProvider
	mu   sync.Mutex
	text strings.Builder
}

func (p *traces) Tracer(string, ...trace.TracerOption) trace.Tracer { return &tracer{p: p} }

type tracer struct {
	noop.Tracer
	p *traces
}

func (t *tracer) Start(ctx context.Context, name string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	t.p.write(name)
	s := &recordingSpan{p: t.p}
	return trace.ContextWithSpan(ctx, s), s
}

func (p *traces) write(v any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintf(&p.text, "|%v", v)
}

type recordingSpan struct {
	noop.Span
	p *traces
}

func (s *recordingSpan) RecordError(err error, _ ...trace.EventOption) { s.p.write(err) }
func (s *recordingSpan) AddEvent(name string, _ ...trace.EventOption)  { s.p.write(name) }
func (s *recordingSpan) SetAttributes(kv ...attribute.KeyValue)        { s.p.write(kv) }
func (s *recordingSpan) SetName(name string)                           { s.p.write(name) }
func (s *recordingSpan) SetStatus(_ codes.Code, description string)    { s.p.write(description) }

// TestPrivateTextLeavesByNoWay sends private text in every place that Graph has for it, and in places
// that it has not, and looks for it in all that comes out: values, errors, traces, metrics.
func TestPrivateTextLeavesByNoWay(t *testing.T) {
	collected := &traces{}
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(collected)
	defer otel.SetTracerProvider(before)

	event := fmt.Sprintf(fullEvent, "AAk1")
	page := func(w *world) string {
		return `{"@odata.context":"` + secretText + `","value":[` + event + `,null,` + fmt.Sprintf(fullEvent, "AAk2") +
			`,{"id":"AAk3","@removed":{"reason":"deleted","` + secretText + `":1},"subject":"` + secretText + `"}],"@odata.deltaLink":"` + w.URL + `/v1.0/users/x/calendarView/delta?$deltatoken=1"}`
	}
	bodies := map[string]func(*world) string{
		"events":      func(w *world) string { return event },
		"pages":       page,
		"cut":         func(w *world) string { return page(w)[:900] },
		"wrong types": func(*world) string { return `{"value":[{"id":["` + secretText + `"],"start":"` + secretText + `"}]}` },
		"bad number":  func(*world) string { return `{"value":[{"id":"AAk1","isAllDay":` + secretText + `}]}` },
		"bad date":    func(*world) string { return strings.ReplaceAll(event, "2026-12-01T08:00:00.0000000", secretText) },
		"bad enum":    func(*world) string { return strings.ReplaceAll(event, `"oof"`, `"`+secretText+` "`) },
		"bad zone":    func(*world) string { return strings.ReplaceAll(event, `"UTC"`, `"`+secretText+`"`) },
		"bad series": func(*world) string {
			return strings.Replace(event, `"seriesMasterId":null`, `"seriesMasterId":"`+secretText+` æ"`, 1)
		},
		"subscription": func(*world) string { return oneSub[:len(oneSub)-1] + `,"clientState":"` + secretText + `"}` },
		"web page":     func(*world) string { return "<html>" + secretText },
		"error":        func(*world) string { return `{"error":{"code":"` + secretText + ` x","message":"` + secretText + `"}}` },
	}
	statuses := []int{200, 201, 302, 400, 401, 403, 404, 409, 410, 412, 429, 500, 503, 504}
	for name, body := range bodies {
		for _, status := range statuses {
			var w *world
			w = newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Location", "https://"+secretText+"/")
				answerWith(status, body(w))(rw, nil)
			})
			c := w.client()
			for op, do := range verbs {
				assertNoSecret(t, fmt.Sprintf("error of %s, %s, %d", op, name, status), do(t.Context(), c, w.URL))
			}
			p, _ := c.Changes(t.Context(), user, "", calendar.Window{}, nil)
			assertNoSecret(t, "page "+name, p)
			p, _ = c.CalendarView(t.Context(), user, "", calendar.Window{}, nil)
			assertNoSecret(t, "plain page "+name, p)
			e, _ := c.Event(t.Context(), user, "AAk1", false)
			assertNoSecret(t, "event "+name, e)
			found, _ := c.FindStamped(t.Context(), user, "s")
			assertNoSecret(t, "stamped "+name, found)
			written, _ := c.Create(t.Context(), user, draft, "tx")
			assertNoSecret(t, "written "+name, written)
			sub, _ := c.Subscribe(t.Context(), user, "https://a.example", "", "s", testNow)
			assertNoSecret(t, "subscription "+name, sub)
			assertNoSecret(t, "metrics", w.calls)
			c.CloseIdleConnections()
			w.Close()
		}
	}
	text := collected.text.String()
	if !strings.Contains(text, "calendarView") {
		t.Error("no traces were collected, so this test proves nothing of them")
	}
	assertNoSecret(t, "traces", text)
	if strings.Contains(text, user) {
		t.Error("traces hold the mailbox")
	}
}

func TestTheSubjectIsReadOfOurOwnEventsOnly(t *testing.T) {
	var w *world
	w = newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		answerWith(200, `{"value":[`+fmt.Sprintf(fullEvent, "AAk1")+`,`+fmt.Sprintf(fullEvent, "AAk2")+`],"@odata.deltaLink":"`+w.URL+`/v1.0/d?$deltatoken=1"}`)(rw, r)
	})
	p, err := w.client().Changes(t.Context(), user, "", calendar.Window{}, func(id calendar.EventID) bool { return id == "AAk2" })
	if err != nil {
		t.Fatal(err)
	}
	if p.Events[0].Owned != nil || p.Events[1].Owned == nil || p.Events[1].Owned.Subject != secretText {
		t.Errorf("owned: %+v, %+v", p.Events[0].Owned, p.Events[1].Owned)
	}
}
