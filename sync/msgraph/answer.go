package msgraph

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// answer is what is kept of a refusal: status, codes, how long to wait. Graph's message is not, since
// it may quote what was written ("The requested user 'hans@…' is invalid.").
type answer struct {
	status int
	// code is Graph's, inner the one inside innerError, which at times is the telling one.
	code, inner string
	existing    calendar.EventID // of ErrorDuplicateTransactionId
	after       time.Duration
	concurrency bool // the message names MailboxConcurrency
}

// is tells whether Graph gave one of these codes, in whatever case (graph.md §1.4).
func (a answer) is(codes ...string) bool {
	for _, c := range codes {
		if strings.EqualFold(a.code, c) || strings.EqualFold(a.inner, c) {
			return true
		}
	}
	return false
}

// name is the code, or the status where there is none.
func (a answer) name() string {
	if a.code != "" {
		return a.code
	}
	return "http-" + strconv.Itoa(a.status)
}

// largestRefusal bounds how much of an error body is read. Graph's are below a kilobyte; gateways
// send web pages.
const largestRefusal = 64 << 10

// readAnswer reads a refusal. A body that is no JSON, or none at all, leaves status and headers.
func readAnswer(resp *http.Response, now time.Time) answer {
	a := answer{status: resp.StatusCode, after: retryAfter(resp.Header, now)}
	body, err := io.ReadAll(io.LimitReader(resp.Body, largestRefusal))
	if err != nil {
		return a
	}
	type inner struct {
		Code string `json:"code"`
	}
	var envelope struct {
		Error struct {
			Code     string `json:"code"`
			Message  string `json:"message"`
			Existing string `json:"@event.existingEventId"`
			Inner    inner  `json:"innerError"` // at times "innererror"; the decoder takes either
		} `json:"error"`
	}
	// A member of an unexpected type does not keep the others from being read.
	_ = json.Unmarshal(body, &envelope)
	e := envelope.Error
	a.code, a.inner = cleanCode(e.Code), cleanCode(e.Inner.Code)
	if validID(e.Existing) {
		a.existing = calendar.EventID(e.Existing)
	}
	// The one place where a message is looked at: 503 for too many at once carries no code of its
	// own (graph.md §3, keeper.sh), and "unavailable" would count as a failure.
	a.concurrency = strings.Contains(e.Message, "MailboxConcurrency")
	return a
}

// cleanCode lets through what can be a code, so that no sentence gets into an error by this way.
func cleanCode(s string) string {
	if s == "" || len(s) > 64 {
		return ""
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.', r == '-':
		default:
			return ""
		}
	}
	return s
}

// longestWait keeps a nonsensical Retry-After from stopping a mailbox for good. Exchange's longest
// throttling window is ten minutes (graph.md §3).
const longestWait = 24 * time.Hour

// retryAfter reads the header as seconds, whole or not, or as a date, which is taken relative to the
// answer's own Date so that a clock that is off does not matter. Zero when there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	wait := longestWait
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) { // also "NaN"
			return 0
		}
		if seconds < longestWait.Seconds() {
			wait = time.Duration(seconds * float64(time.Second))
		}
	} else if at, err := http.ParseTime(value); err == nil {
		if sent, err := http.ParseTime(h.Get("Date")); err == nil {
			now = sent
		}
		wait = at.Sub(now)
	} else {
		return 0
	}
	return min(max(wait, 0), longestWait)
}
