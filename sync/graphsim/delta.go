package graphsim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// cursor is what a $skiptoken or $deltatoken holds. The server keeps no state for a round: a page is
// found again from the mailbox's history, so old links stay good (behaviour 36) until the
// mailbox's generation moves on.
type cursor struct {
	Mailbox    uint64 `json:"m"`
	Calendar   int    `json:"c"`
	Generation int    `json:"g"`
	// Start and End are the window, frozen for ever (Unix seconds).
	Start, End int64
	// From and Upto bound the changes this round tells: those after From, as of Upto.
	From int64 `json:"f"`
	Upto int64 `json:"u"`
	// Last is the place in the round's order that was reached; Begun that the first page was given.
	Last  uint64 `json:"l,omitempty"`
	Begun bool   `json:"b,omitempty"`
	// Salt orders the round when it is shuffled.
	Salt  uint64 `json:"s,omitempty"`
	Nonce uint64 `json:"n"`
	Given int64  `json:"t"` // Unix seconds
}

func (s *Server) token(c cursor) string {
	c.Nonce = hash64(s.newGUID())
	c.Given = sinceEpoch(s.now())
	raw, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return b64(append(raw, s.sign("delta", string(raw))[:12]...))
}

func (s *Server) parseToken(text string) (c cursor, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < 13 {
		return c, false
	}
	body, tag := raw[:len(raw)-12], raw[len(raw)-12:]
	if string(s.sign("delta", string(body))[:12]) != string(tag) || json.Unmarshal(body, &c) != nil {
		return c, false
	}
	return c, true
}

// delta is GET …/calendarView/delta (behaviours 32 to 51).
func (s *Server) delta(q *request, f *folder) (*response, *apiError) {
	m := q.mailbox
	q.applied = append(q.applied, "odata.track-changes")
	if fail := q.deltaOptions(); fail != nil {
		return nil, fail
	}
	c, fail := s.cursorOf(q, f)
	if fail != nil {
		return nil, fail
	}
	size := 10
	if told := q.prefer["odata.maxpagesize"]; told != "" {
		if n, err := strconv.Atoi(told); err == nil && n > 0 {
			size = min(n, 1000)
			q.applied = append(q.applied, "odata.maxpagesize="+told)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.faults.on(FaultDeltaGatewayTimeout, m.id) && m.hasEndless() {
		return nil, &apiError{status: http.StatusGatewayTimeout, code: "UnknownError", message: ""}
	}
	if c.Upto == 0 {
		lag, _ := s.faults.find(FaultDeltaLag, m.id)
		c.Upto = max(c.From, m.visibleSeq(s.now(), time.Duration(lag.Delay)))
	}
	feed := s.feedOf(m, q.view)
	values := []object{}
	last := !feed.emptyFirst || c.Begun
	if last {
		if feed.shuffle && !c.Begun {
			c.Salt = hash64(s.newGUID()) | 1
		}
		values, c.Last, last = feed.page(c, size)
	}
	c.Begun = true
	if feed.null {
		values = append(values, nil)
	}
	if feed.endless {
		c.Last, last = 0, false
	}
	link, param := "@odata.nextLink", "$skiptoken="
	if last {
		link, param = "@odata.deltaLink", "$deltatoken="
		c.From, c.Upto, c.Last, c.Begun, c.Salt = c.Upto, 0, 0, false, 0
	}
	out := object{q.context("Collection(event)"), {link, q.base + q.path + "?" + param + s.token(c)}, {"value", values}}
	return jsonResponse(http.StatusOK, out), nil
}

// deltaOptions refuses what the function does not take (behaviour 33); $select is ignored.
func (q *request) deltaOptions() *apiError {
	if _, ok := q.query["$expand"]; ok {
		return &apiError{status: http.StatusInternalServerError, code: "InternalServerError", message: "Value cannot be null.\r\nParameter name: type"}
	}
	for _, name := range []string{"$filter", "$orderby", "$search"} {
		if _, ok := q.query[name]; ok {
			return badRequest("ErrorInvalidUrlQuery", "The following parameters are not supported with change tracking over the 'CalendarView' resource: '%s'.", name)
		}
	}
	return nil
}

// cursorOf reads the token, or starts a round.
func (s *Server) cursorOf(q *request, f *folder) (cursor, *apiError) {
	m := q.mailbox
	m.mu.Lock()
	generation, expired := m.generation, m.expired
	m.mu.Unlock()
	owner := hash64("cursor", m.id) // not the tag, which a move to another database changes
	name, text := "$skipToken", q.query["$skiptoken"]
	if text == "" {
		name, text = "$deltaToken", q.query["$deltatoken"]
	}
	_, hasDelta := q.query["$deltatoken"]
	_, hasSkip := q.query["$skiptoken"]
	if !hasDelta && !hasSkip || text == "" && q.query["startdatetime"] != "" {
		from, to, fail := q.window()
		if fail != nil {
			return cursor{}, fail
		}
		return cursor{Mailbox: owner, Calendar: f.n, Generation: generation, Start: from.Unix(), End: to.Unix()}, nil
	}
	if text == "" { // the Location of a 410, followed without a window
		return cursor{}, errWindowMissing()
	}
	c, ok := s.parseToken(text)
	if !ok || c.Mailbox != owner || c.Calendar != f.n {
		return cursor{}, badRequest("InvalidDeltaToken", "The value '%s' of parameter '%s' is invalid.", text, name)
	}
	tooOld := s.cfg.DeltaTokenLife > 0 && s.now().Sub(time.Unix(c.Given, 0)) >= s.cfg.DeltaTokenLife
	if c.Generation != generation || tooOld {
		e := &apiError{status: http.StatusGone, code: "SyncStateNotFound",
			message: "The sync state generation is not found; generation=149;[highest=157][157][155][156].",
			header:  http.Header{"Location": {q.base + q.path + "?$deltatoken="}}}
		expired.override(e)
		return cursor{}, e
	}
	return c, nil
}

func (m *mailbox) hasEndless() bool {
	for _, it := range m.items {
		if ev := it.now(); ev.state == live && ev.recurrence != nil && ev.recurrence.rangeKind == "noEnd" {
			return true
		}
	}
	return false
}

// feed is one mailbox's changes as one request sees them. It is used with the mailbox locked.
type feed struct {
	m    *mailbox
	view view

	emptyFirst, shuffle, duplicates, null, endless bool
	masterOnly, typeless, oldTombstones            bool
	reason, seriesGone                             string
}

func (s *Server) feedOf(m *mailbox, v view) feed {
	on := func(kind string) bool { _, ok := s.faults.take(kind, m.id); return ok }
	f := feed{m: m, view: v, reason: "deleted",
		emptyFirst: on(FaultDeltaEmptyFirst), shuffle: on(FaultDeltaShuffle), duplicates: on(FaultDeltaDuplicates), null: on(FaultDeltaNull),
		endless: on(FaultDeltaEndless), masterOnly: on(FaultDeltaMasterOnly), typeless: on(FaultDeltaTypeless), oldTombstones: on(FaultDeltaOldTombstones)}
	if on(FaultDeltaReasonChanged) {
		f.reason = "changed"
	}
	if g, ok := s.faults.find(FaultDeltaSeriesGone, m.id); ok {
		f.seriesGone = g.Variant
	}
	f.view.withoutOriginalStart = s.faults.on(FaultNoOriginalStart, m.id)
	return f
}

// page gives items after c.Last until size is reached; a series is never split, so a page may be
// longer. last says that the round is over.
func (f feed) page(c cursor, size int) (values []object, reached uint64, last bool) {
	place := func(key uint64) uint64 {
		if c.Salt == 0 {
			return key
		}
		return hash64(u64(c.Salt), u64(key))
	}
	type entry struct{ key, place uint64 }
	var todo []entry
	for _, key := range f.m.order {
		if p := place(key); p > c.Last || !c.Begun {
			if it := f.m.items[key]; c.From == 0 || it.changedWithin(c.From, c.Upto) {
				todo = append(todo, entry{key, p})
			}
		}
	}
	slices.SortFunc(todo, func(a, b entry) int {
		if a.place < b.place {
			return -1
		}
		return 1
	})
	values, last = []object{}, true
	var older []object
	reached = c.Last
	for _, e := range todo {
		if len(values) >= size {
			last = false
			break
		}
		reached = e.place
		it := f.m.items[e.key]
		ev := it.asOf(c.Upto)
		if ev == nil {
			continue
		}
		told := f.unit(it, ev, c)
		values = append(values, told...)
		if f.duplicates && len(told) > 0 {
			older = append(older, f.olderVersion(it, ev, c)...)
		}
	}
	return append(values, older...), reached, last
}

// unit is what a round tells of one event or series.
func (f feed) unit(it *item, ev *event, c cursor) []object {
	from, to := time.Unix(c.Start, 0).UTC(), time.Unix(c.End, 0).UTC()
	initial := c.From == 0
	var inside []instance
	if ev.state == live && ev.calendar == c.Calendar {
		inside = ev.instances(from, to)
	}
	if len(inside) == 0 {
		if initial && (!f.oldTombstones || ev.state == live) || !it.wasIn(c) {
			return nil
		}
		return f.gone(ev, from, to)
	}
	if ev.recurrence == nil {
		return []object{f.full(inside[0])}
	}
	out := []object{f.full(ev.itself())}
	if f.masterOnly && !initial {
		return out
	}
	for _, i := range inside {
		if i.ex != nil {
			out = append(out, f.full(i))
		} else {
			out = append(out, f.m.stub(i, f.view))
		}
	}
	return out
}

func (f feed) full(i instance) object {
	return f.m.renderTyped(i, f.view)
}

// gone tells that an event is deleted, or not in the window, or never was (behaviours 39 to 42).
func (f feed) gone(ev *event, from, to time.Time) []object {
	var out []object
	master := itemRef{key: ev.key, day: noDay, folder: ev.folder}
	if ev.recurrence == nil || f.seriesGone != "occurrences" {
		out = append(out, f.tombstone(master))
	}
	if ev.recurrence != nil && f.seriesGone != "master" {
		for _, i := range ev.instances(from, to) {
			out = append(out, f.tombstone(i.ref()))
		}
	}
	return out
}

func (f feed) tombstone(ref itemRef) object {
	o := object{}
	if !f.typeless {
		o = append(o, member{"@odata.type", "#microsoft.graph.event"})
	}
	return append(o, member{"id", f.m.idOf(ref, f.view)}, member{"@removed", object{{"reason", f.reason}}})
}

// olderVersion is the version before, for rounds that tell an item twice.
func (f feed) olderVersion(it *item, ev *event, c cursor) []object {
	for n := len(it.versions) - 1; n > 0; n-- {
		if old := it.versions[n-1].ev; it.versions[n].ev == ev && old.state == live && ev.recurrence == nil && old.recurrence == nil {
			if old.calendar == c.Calendar && old.intersects(time.Unix(c.Start, 0), time.Unix(c.End, 0)) {
				return []object{f.full(old.itself())}
			}
		}
	}
	return nil
}

// wasIn reports whether the item was in the cursor's calendar at its beginning or since. What
// happens in another calendar is none of this feed's business.
func (it *item) wasIn(c cursor) bool {
	if ev := it.asOf(c.From); ev != nil && ev.calendar == c.Calendar {
		return true
	}
	for _, v := range it.versions {
		if v.seq > c.From && v.seq <= c.Upto && v.ev.calendar == c.Calendar {
			return true
		}
	}
	return false
}
