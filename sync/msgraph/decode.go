package msgraph

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// wireEvent is the part of Graph's event that may be known here. What it does not name (body,
// attendees, location, organizer and the rest) is skipped by the JSON decoder and never becomes a
// value. The subject stays undecoded until the event is known to be ours.
type wireEvent struct {
	ID             string          `json:"id"`
	ETag           string          `json:"@odata.etag"`
	ChangeKey      string          `json:"changeKey"`
	Removed        json.RawMessage `json:"@removed"`
	Type           string          `json:"type"`
	SeriesMasterID string          `json:"seriesMasterId"`
	Start          *moment         `json:"start"`
	End            *moment         `json:"end"`
	IsAllDay       bool            `json:"isAllDay"`
	IsCancelled    bool            `json:"isCancelled"`
	ShowAs         string          `json:"showAs"`
	Sensitivity    string          `json:"sensitivity"`
	ResponseStatus struct {
		Response string `json:"response"`
	} `json:"responseStatus"`
	Modified string          `json:"lastModifiedDateTime"`
	Subject  json.RawMessage `json:"subject"`
}

// eventFields are the same for $select, so that the rest is not even sent. The subject is asked for
// only of our own.
var eventFields = []string{"id", "changeKey", "type", "seriesMasterId", "start", "end", "isAllDay",
	"isCancelled", "showAs", "sensitivity", "responseStatus"}

// unreadableError is an answer that says success and cannot be understood. Its code is ours; nothing
// of the answer is in it.
type unreadableError struct{ code string }

func (e *unreadableError) Error() string { return e.code }

// Codes of what Graph sent and we could not use. Administrators see them as the mailbox's last error.
const (
	codeUnreadable    = "unreadable-answer"   // not the JSON that was expected, or cut short
	codeBadEvent      = "unreadable-event"    // an event without usable identity or time
	codeNoLink        = "page-without-link"   // neither a next link nor a delta link
	codeForeignLink   = "foreign-link"        // a link to another host
	codeEndlessPaging = "endless-paging"      // more pages than anything real has
	codeForeign       = "foreign-address"     // a request of ours was about to leave for another host
	codeNoAnswer      = "connection"          // the way to Graph failed
	codeTimeout       = "timeout"             // Graph, or the way to it, took longer than allowed
	codeCancelled     = "cancelled"           // our own caller gave up
	codeToken         = "token-not-available" // no token, for reasons that may pass
)

func (w *wireEvent) event(own bool) (calendar.Event, error) {
	e := calendar.Event{
		ID:        calendar.EventID(w.ID),
		ETag:      w.etag(),
		Kind:      kinds[strings.ToLower(w.Type)],
		AllDay:    w.IsAllDay,
		ShowAs:    showAs(w.ShowAs),
		Private:   strings.EqualFold(w.Sensitivity, "private") || strings.EqualFold(w.Sensitivity, "confidential"),
		Cancelled: w.IsCancelled,
		Declined:  strings.EqualFold(w.ResponseStatus.Response, "declined"),
	}
	if !validID(w.ID) {
		return calendar.Event{}, &unreadableError{codeBadEvent}
	}
	if e.Kind == "" {
		e.Kind = calendar.Single
	}
	if validID(w.SeriesMasterID) {
		e.SeriesID = calendar.EventID(w.SeriesMasterID)
	}
	if t, err := time.Parse(time.RFC3339Nano, w.Modified); err == nil {
		e.Modified = t.UTC()
	}
	var err error
	if e.Start, e.End, err = span(w.Start, w.End, w.IsAllDay); err != nil && e.Kind != calendar.Master {
		// Leaving it out would offer time that may be taken, and nobody would know. A run that
		// fails is seen.
		return calendar.Event{}, &unreadableError{codeBadEvent}
	}
	if own {
		e.Owned = &calendar.Owned{Start: e.Start, End: e.End, ShowAs: e.ShowAs}
		if len(w.Subject) > 0 {
			if err := json.Unmarshal(w.Subject, &e.Owned.Subject); err != nil {
				return calendar.Event{}, &unreadableError{codeBadEvent}
			}
		}
	}
	return e, nil
}

func (w *wireEvent) removed() bool { return len(w.Removed) > 0 && string(w.Removed) != "null" }

// etag falls back on the change key, which is the etag's core (graph.md §10.11).
func (w *wireEvent) etag() string {
	if plain(w.ETag, 512) {
		return w.ETag
	}
	if plain(w.ChangeKey, 256) && !strings.ContainsAny(w.ChangeKey, `"\`) {
		return `W/"` + w.ChangeKey + `"`
	}
	return ""
}

var kinds = map[string]calendar.Kind{
	"singleinstance": calendar.Single,
	"seriesmaster":   calendar.Master,
	"occurrence":     calendar.Occurrence,
	"exception":      calendar.Exception,
}

var showAsValues = map[string]calendar.ShowAs{
	"":                 "",
	"free":             calendar.Free,
	"tentative":        calendar.Tentative,
	"busy":             calendar.Busy,
	"oof":              calendar.OutOfOffice,
	"workingelsewhere": calendar.WorkingElsewhere,
	"unknown":          calendar.Unknown,
}

// showAs reads freeBusyStatus. A value that Microsoft adds one day is passed on, if it looks like
// one; it counts as busy.
func showAs(s string) calendar.ShowAs {
	if known, ok := showAsValues[strings.ToLower(s)]; ok {
		return known
	}
	if len(s) > 32 || strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		return calendar.Unknown
	}
	return calendar.ShowAs(s)
}

// validID keeps out what is no id of Graph's: it goes into paths and rows.
func validID(id string) bool { return plain(id, 1024) && id != "." && id != ".." }

// plain tells whether s is visible ASCII, no longer than that and not empty.
func plain(s string, longest int) bool {
	if s == "" || len(s) > longest {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

type wirePage struct {
	Value     *[]*wireEvent `json:"value"`
	NextLink  string        `json:"@odata.nextLink"`
	DeltaLink string        `json:"@odata.deltaLink"`
}

// decodePage reads a page of a delta round. valid tells whether a link leads where requests may go.
func decodePage(r io.Reader, own func(calendar.EventID) bool, valid func(string) bool) (calendar.Page, error) {
	var w wirePage
	if err := decodeJSON(r, &w); err != nil {
		return calendar.Page{}, err
	}
	var page filledPage
	switch {
	case w.Value == nil:
		return calendar.Page{}, &unreadableError{codeUnreadable}
	case w.NextLink != "": // also if a delta link is there: the round is not over
		page.Next = calendar.Cursor(w.NextLink)
	case w.DeltaLink != "":
		page.Next, page.Final = calendar.Cursor(w.DeltaLink), true
	default:
		return calendar.Page{}, &unreadableError{codeNoLink}
	}
	if !valid(string(page.Next)) {
		return calendar.Page{}, &unreadableError{codeForeignLink}
	}
	if err := page.fill(*w.Value, own); err != nil {
		return calendar.Page{}, err
	}
	return page.Page, nil
}

// decodePlainPage reads a page of a calendar view, of which the last has no link at all.
func decodePlainPage(r io.Reader, own func(calendar.EventID) bool, valid func(string) bool) (calendar.Page, error) {
	var w wirePage
	if err := decodeJSON(r, &w); err != nil {
		return calendar.Page{}, err
	}
	if w.Value == nil {
		return calendar.Page{}, &unreadableError{codeUnreadable}
	}
	page := filledPage{calendar.Page{Next: calendar.Cursor(w.NextLink), Final: w.NextLink == ""}}
	if !page.Final && !valid(w.NextLink) {
		return calendar.Page{}, &unreadableError{codeForeignLink}
	}
	if err := page.fill(*w.Value, own); err != nil {
		return calendar.Page{}, err
	}
	return page.Page, nil
}

type filledPage struct{ calendar.Page }

// fill takes the items into the page. Of an event that stands there twice, the version that was changed last
// counts, and of equals the last word: rounds repeat themselves, and not in order (graph.md §1.2).
func (p *filledPage) fill(items []*wireEvent, own func(calendar.EventID) bool) error {
	events, removed := make(map[calendar.EventID]int, len(items)), map[calendar.EventID]bool{}
	for _, item := range items {
		if item == nil { // null elements come (graph.md §6.3.9)
			continue
		}
		id := calendar.EventID(item.ID)
		if item.removed() {
			if !validID(item.ID) {
				return &unreadableError{codeBadEvent}
			}
			if !removed[id] {
				removed[id] = true
				p.Removed = append(p.Removed, id)
			}
			continue
		}
		e, err := item.event(own != nil && own(id))
		if err != nil {
			return err
		}
		i, twice := events[id]
		switch {
		case !twice:
			events[id] = len(p.Events)
			p.Events = append(p.Events, e)
		case !e.Modified.Before(p.Events[i].Modified):
			p.Events[i] = e
		}
	}
	return nil
}

// largestAnswer bounds what one answer may take of memory. A page of 200 appointments with long
// bodies has a few megabytes.
const largestAnswer = 64 << 20

// decodeJSON reads one JSON value. Errors of the decoder are not passed on, as they may quote what
// they could not read; those of the connection are.
func decodeJSON(r io.Reader, into any) error {
	watched := &watchedReader{r: io.LimitReader(r, largestAnswer)}
	if err := json.NewDecoder(watched).Decode(into); err != nil {
		if watched.err != nil {
			return watched.err
		}
		return &unreadableError{codeUnreadable}
	}
	return nil
}

// watchedReader remembers how reading failed, other than at the end.
type watchedReader struct {
	r   io.Reader
	err error
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
