package msgraph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// verbs are the calls by operation, so that tables can name them.
var verbs = map[operation]func(context.Context, *Client, string) error{
	opChanges: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Changes(ctx, user, "", calendar.Window{Start: testNow, End: testNow.Add(time.Hour)}, nil)
		return err
	},
	opContinue: func(ctx context.Context, c *Client, base string) error {
		_, err := c.Changes(ctx, user, calendar.Cursor(base+"/v1.0/users/x/calendarView/delta?$deltatoken=1"), calendar.Window{}, nil)
		return err
	},
	opEvent: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Event(ctx, user, "AAk", true)
		return err
	},
	opCreate: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Create(ctx, user, draft, "tx")
		return err
	},
	opUpdate: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Update(ctx, user, "AAk", winter, `W/"k"`)
		return err
	},
	opDelete: func(ctx context.Context, c *Client, _ string) error { return c.Delete(ctx, user, "AAk") },
	opPurge:  func(ctx context.Context, c *Client, _ string) error { return c.Purge(ctx, user, "AAk") },
	opCalendarView: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.CalendarView(ctx, user, "", calendar.Window{Start: testNow, End: testNow.Add(time.Hour)}, nil)
		return err
	},
	opTaken: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Taken(ctx, user, calendar.Window{Start: testNow, End: testNow.Add(time.Hour)})
		return err
	},
	opFindStamped: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.FindStamped(ctx, user, "stamp")
		return err
	},
	opSubscribe: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Subscribe(ctx, user, "https://a.example", "https://b.example", "s", testNow)
		return err
	},
	opRenew: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Renew(ctx, "sub", testNow)
		return err
	},
	opUnsubscribe: func(ctx context.Context, c *Client, _ string) error { return c.Unsubscribe(ctx, "sub") },
	opSubscriptions: func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Subscriptions(ctx)
		return err
	},
}

// told writes an error with its fields, to be compared as text.
func told(err error) string {
	var (
		throttled   *calendar.ThrottledError
		unavailable *calendar.UnavailableError
		mailbox     *calendar.MailboxError
		duplicate   *calendar.DuplicateTransactionError
		refused     *calendar.RefusedError
	)
	switch {
	case err == nil:
		return "nil"
	case errors.As(err, &throttled):
		return fmt.Sprintf("throttled %s", throttled.After)
	case errors.As(err, &unavailable):
		return fmt.Sprintf("unavailable %s %s", unavailable.Code, unavailable.After)
	case errors.As(err, &mailbox):
		return fmt.Sprintf("mailbox %s %s", mailbox.Reason, mailbox.Code)
	case errors.As(err, &duplicate):
		return fmt.Sprintf("duplicate of %s", duplicate.Existing)
	case errors.As(err, &refused):
		return fmt.Sprintf("refused %d %s", refused.Status, refused.Code)
	case errors.Is(err, calendar.ErrGone):
		return "gone"
	case errors.Is(err, calendar.ErrConflict):
		return "conflict"
	case errors.Is(err, calendar.ErrResync):
		return "resync"
	default:
		return fmt.Sprintf("%T %v", err, err)
	}
}

func TestEachRefusalOfGraphMeansOneThing(t *testing.T) {
	const html = "<html><body><h1>503 Service Unavailable</h1>" + secretText + "</body></html>"
	web := func(status int) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			rw.WriteHeader(status)
			_, _ = rw.Write([]byte(html))
		}
	}
	empty := func(status int) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }
	}
	const concurrency = `{"error":{"code":"UnknownError","message":"Application is over its MailboxConcurrency limit."}}`
	cases := []struct {
		name   string
		op     operation
		answer http.HandlerFunc
		want   string
	}{
		{"429 with seconds", opUpdate, withHeader(graphError(429, "ApplicationThrottled"), "Retry-After", "17"), "throttled 17s"},
		{"429 with a fraction", opChanges, withHeader(graphError(429, "TooManyRequests"), "Retry-After", "0.5"), "throttled 500ms"},
		{"429 with a date", opCreate, withHeader(graphError(429, "ApplicationThrottled"), "Retry-After", "Tue, 24 Nov 2026 08:02:30 GMT", "Date", "Tue, 24 Nov 2026 08:00:00 GMT"), "throttled 2m30s"},
		{"429 without a time", opEvent, graphError(429, "ApplicationThrottled"), "throttled 0s"},
		{"429 as a web page", opEvent, withHeader(web(429), "Retry-After", "3"), "throttled 3s"},
		{"503 for concurrency, by code", opUpdate, withHeader(graphError(503, "ApplicationThrottled"), "Retry-After", "2"), "throttled 2s"},
		{"503 for concurrency, by message", opUpdate, withHeader(answerWith(503, concurrency), "Retry-After", "2"), "throttled 2s"},

		{"410", opContinue, graphError(410, "SyncStateNotFound"), "resync"},
		{"410 without body", opContinue, empty(410), "resync"},
		{"404 with the code of 410, other case", opContinue, graphError(404, "syncStateNotFound"), "resync"},
		{"resyncRequired", opContinue, graphError(400, "resyncRequired"), "resync"},
		{"SyncStateInvalid", opContinue, graphError(404, "SyncStateInvalid"), "resync"},
		{"a garbled token", opContinue, graphError(400, "InvalidDeltaToken"), "resync"},
		{"a garbled token, in words unknown", opContinue, graphError(400, "BadRequest"), "resync"},
		{"the code inside innerError", opContinue, answerWith(404, `{"error":{"code":"UnknownError","innererror":{"code":"syncStateNotFound"}}}`), "resync"},
		{"a bad window is no resync", opChanges, graphError(400, "ErrorInvalidParameter"), "refused 400 ErrorInvalidParameter"},
		{"a link of a mailbox that went away is no resync", opContinue, graphError(404, "MailboxNotEnabledForRESTAPI"), "mailbox missing MailboxNotEnabledForRESTAPI"},
		{"a link while Graph is down is no resync", opContinue, web(502), "unavailable http-502 0s"},

		{"event not found", opEvent, graphError(404, "ErrorItemNotFound"), "gone"},
		{"update of nothing", opUpdate, graphError(404, "ErrorItemNotFound"), "gone"},
		{"delete of nothing", opDelete, graphError(404, "erroritemnotfound"), "gone"},
		{"id of another mailbox", opEvent, graphError(400, "ErrorInvalidIdMalformed"), "gone"},
		{"404 without Graph's word", opEvent, empty(404), "unavailable http-404 0s"},
		{"404 as a web page", opDelete, web(404), "unavailable http-404 0s"},
		{"no calendar", opChanges, graphError(404, "ErrorItemNotFound"), "mailbox missing ErrorItemNotFound"},

		{"on-premises", opChanges, graphError(404, "MailboxNotEnabledForRESTAPI"), "mailbox missing MailboxNotEnabledForRESTAPI"},
		{"not supported", opEvent, graphError(404, "MailboxNotSupportedForRESTAPI"), "mailbox missing MailboxNotSupportedForRESTAPI"},
		{"no such user", opEvent, graphError(404, "ErrorInvalidUser"), "mailbox missing ErrorInvalidUser"},
		{"no such user in the directory", opCreate, graphError(404, "Request_ResourceNotFound"), "mailbox missing Request_ResourceNotFound"},
		{"out of scope", opChanges, graphError(403, "ErrorAccessDenied"), "mailbox denied ErrorAccessDenied"},
		{"forbidden by a gateway", opChanges, web(403), "mailbox denied http-403"},

		{"another etag", opUpdate, graphError(412, "ErrorIrresolvableConflict"), "conflict"},
		{"another etag, another status", opUpdate, graphError(409, "ErrorIrresolvableConflict"), "conflict"},
		{"two saves at once", opCreate, graphError(409, "ErrorIrresolvableConflict"), "unavailable ErrorIrresolvableConflict 0s"},
		{"saved all the same", opCreate, graphError(503, "ConcurrentItemSave"), "unavailable ConcurrentItemSave 0s"},
		{"duplicate that names nothing", opCreate, graphError(400, "ErrorDuplicateTransactionId"), "refused 400 ErrorDuplicateTransactionId"},

		{"being moved", opChanges, graphError(503, "ErrorMailboxMoveInProgress"), "unavailable ErrorMailboxMoveInProgress 0s"},
		{"being moved, as 4xx", opChanges, graphError(404, "ErrorMailboxMoveInProgress"), "unavailable ErrorMailboxMoveInProgress 0s"},
		{"stale", opEvent, graphError(503, "MailboxInfoStale"), "unavailable MailboxInfoStale 0s"},
		{"busy", opEvent, withHeader(graphError(503, "ErrorServerBusy"), "Retry-After", "9"), "unavailable ErrorServerBusy 9s"},
		{"500", opChanges, graphError(500, "InternalServerError"), "unavailable InternalServerError 0s"},
		{"504", opChanges, graphError(504, "UnknownError"), "unavailable http-504 0s"},
		{"503 as a web page", opCreate, withHeader(web(503), "Retry-After", "30"), "unavailable http-503 30s"},
		{"408", opCreate, empty(408), "unavailable http-408 0s"},
		{"a redirect", opEvent, withHeader(empty(302), "Location", "https://login.example/"), "unavailable http-302 0s"},

		{"full mailbox", opCreate, graphError(507, "ErrorQuotaExceeded"), "refused 507 ErrorQuotaExceeded"},
		{"bad property", opUpdate, graphError(400, "ErrorPropertyValidationFailure"), "refused 400 ErrorPropertyValidationFailure"},
		{"too large", opCreate, empty(413), "refused 413 http-413"},
		{"a code that is a sentence", opUpdate, graphError(400, secretText+" is no code"), "refused 400 http-400"},

		{"endpoint not reached", opSubscribe, graphError(400, "ValidationError"), "refused 400 ValidationError"},
		{"subscribed before", opSubscribe, graphError(409, "Conflict"), "refused 409 Conflict"},
		{"too many subscriptions", opSubscribe, graphError(403, "ExtensionError"), "refused 403 ExtensionError"},
		{"expired subscription", opRenew, graphError(404, "ResourceNotFound"), "gone"},
		{"no subscription", opUnsubscribe, graphError(404, "ResourceNotFound"), "gone"},
		{"subscriptions denied", opSubscriptions, graphError(403, "Forbidden"), "mailbox denied Forbidden"},
		{"a list that fails", opFindStamped, graphError(400, "BadRequest"), "refused 400 BadRequest"},

		{"success as a web page", opEvent, web(200), "unavailable unreadable-answer 0s"},
		{"success without an event", opCreate, answerWith(201, `{}`), "unavailable unreadable-answer 0s"},
		{"success without a body", opUpdate, empty(200), "unavailable unreadable-answer 0s"},
		{"success without a page", opChanges, answerWith(200, `{"@odata.deltaLink":"x"}`), "unavailable unreadable-answer 0s"},
		{"a subscription without end", opRenew, answerWith(200, `{"id":"x"}`), "unavailable unreadable-answer 0s"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.answer)
			err := verbs[tc.op](t.Context(), w.client(), w.URL)
			if got := told(err); got != tc.want {
				t.Errorf("%s: got %s, want %s", tc.op, got, tc.want)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secretText) {
				t.Errorf("the error tells what Graph wrote: %#v", err)
			}
			if n := len(w.seen()); n != 1 {
				t.Errorf("%d requests, want 1: somebody retries", n)
			}
		})
	}
}

func TestADuplicateIsNamedByItsImmutableID(t *testing.T) {
	for _, status := range []int{400, 409} {
		w := newWorld(t,
			answerWith(status, `{"error":{"code":"errorDuplicateTransactionId","message":"…","@event.existingEventId":"AAMkClassic="}}`),
			answerWith(200, oneEvent))
		_, err := w.client().Create(t.Context(), user, draft, "tx")
		if got := told(err); got != "duplicate of AAk-id_1=" {
			t.Errorf("status %d: got %s", status, got)
		}
		if seen := w.seen(); len(seen) != 2 || !strings.Contains(seen[1].Target, "/events/AAMkClassic%3D?") {
			t.Errorf("asked %v", seen)
		}
	}
}

func TestADuplicateThatIsGoneKeepsTheIDGraphGave(t *testing.T) {
	w := newWorld(t,
		answerWith(400, `{"error":{"code":"ErrorDuplicateTransactionId","@event.existingEventId":"AAMkClassic="}}`),
		graphError(404, "ErrorItemNotFound"))
	_, err := w.client().Create(t.Context(), user, draft, "tx")
	if got := told(err); got != "duplicate of AAMkClassic=" {
		t.Errorf("got %s", got)
	}
}

func TestADuplicateCannotBeNamedWhileGraphIsDown(t *testing.T) {
	w := newWorld(t,
		answerWith(400, `{"error":{"code":"ErrorDuplicateTransactionId","@event.existingEventId":"AAMkClassic="}}`),
		graphError(503, "ErrorServerBusy"))
	_, err := w.client().Create(t.Context(), user, draft, "tx")
	if got := told(err); got != "unavailable ErrorServerBusy 0s" {
		t.Errorf("got %s", got)
	}
}

func TestRetryAfterIsReadAsSecondsFractionsAndDates(t *testing.T) {
	cases := []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{"120", "", 2 * time.Minute},
		{" 1.25 ", "", 1250 * time.Millisecond},
		{"-5", "", 0},
		{"NaN", "", 0},
		{"soon", "", 0},
		{"1e300", "", longestWait},
		{"Inf", "", longestWait},
		{"Tue, 24 Nov 2026 08:00:10 GMT", "", 10 * time.Second}, // our clock: testNow
		{"Tue, 24 Nov 2026 09:00:10 GMT", "Tue, 24 Nov 2026 09:00:00 GMT", 10 * time.Second},
		{"Tue, 24 Nov 2026 07:00:00 GMT", "", 0},
		{"Tuesday, 24-Nov-26 08:00:10 GMT", "", 10 * time.Second},
		{"Tue, 24 Nov 2099 08:00:00 GMT", "", longestWait},
	}
	for _, tc := range cases {
		h := http.Header{}
		h.Set("Retry-After", tc.value)
		h.Set("Date", tc.date)
		if got := retryAfter(h, testNow); got != tc.want {
			t.Errorf("Retry-After %q at %q: got %s, want %s", tc.value, tc.date, got, tc.want)
		}
	}
}
