package graphtest

import (
	"net/url"
	"strings"
	"testing"

	"kommunalplanner.example/sync/graphsim"
)

func feed() []Behaviour {
	return []Behaviour{
		{32, "delta needs a window of at most 1825 days, under each of its names", true, deltaWindow},
		{33, "delta takes no $expand, $filter, $orderby or $search, and ignores $select", true, deltaOptions},
		{34, "a page has one link, absolute, on the host that was asked", true, deltaLinks},
		{35, "the initial round holds what intersects the window, all-day events by UTC midnight", true, deltaInitial},
		{36, "a delta link without changes gives nothing and a new link; the old one stays good", true, deltaQuiet},
		{37, "occurrences come as stubs of seven members", true, deltaStubs},
		{38, "a changed series comes whole, without a tombstone for a deleted occurrence, on one page", true, deltaSeries},
		{40, "a deleted event is a tombstone", true, deltaTombstone},
		{41, "a change outside the window is a tombstone of something never seen", true, deltaOutside},
		{42, "an event that leaves the window is a tombstone, one that enters comes full", true, deltaMoves},
		{47, "a garbled token, or one of another feed, is 400 InvalidDeltaToken", true, deltaGarbled},
		{48, "Prefer holds for one page only", true, deltaPrefer},
		{49, "transactionId and categories are in the feed, extended properties are not", true, deltaFields},
		{50, "own writes come back", true, deltaEcho},
	}
}

func deltaWindow(_ *testing.T, w *World) {
	const needs = "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime."
	for _, name := range []string{"delta", "delta()", "microsoft.graph.delta()", "microsoft.graph.delta"} {
		path := w.mine("/calendarView/" + name)
		w.get(path).wantError(400, "ErrorInvalidParameter", needs)
		w.get(path+"?startDateTime="+w.date(0)).wantError(400, "ErrorInvalidParameter", needs)
		w.get(path + w.window(5)).want(200)
		w.get(path+w.window(1826)).wantError(400, "ErrorInvalidRequest", "Maximum number of days: 1825")
		w.get(path + w.window(1825)).want(200)
	}
	if w.Sim != nil {
		w.get(w.mine("/calendarView/delta?startDateTime=soon&endDateTime=later")).want(400)
		calendar := w.get(w.mine("/calendar")).str("id")
		w.get(w.mine("/calendars/" + url.PathEscape(calendar) + "/calendarView/delta" + w.window(5))).want(200)
	}
}

func deltaOptions(t *testing.T, w *World) {
	w.create(w.meeting(0, "valgt"))
	w.get(w.delta(5)+"&$expand=extensions").wantError(500, "InternalServerError", "Value cannot be null.")
	for _, o := range []string{"$filter=subject+eq+'x'", "$orderby=subject", "$search=x"} {
		if a := w.get(w.delta(5) + "&" + o); a.Status < 400 {
			t.Fatalf("%s: %d", o, a.Status)
		}
	}
	items, _ := w.round(w.delta(5) + "&$select=subject")
	if len(items) == 0 || items[0]["start"] == nil {
		t.Fatal(items)
	}
}

func deltaLinks(t *testing.T, w *World) {
	for n := range 3 {
		w.create(w.meeting(n, "side"))
	}
	a := w.get(w.delta(5), "Prefer", "odata.maxpagesize=2").want(200)
	if !strings.HasSuffix(a.str("@odata.context"), "$metadata#Collection(event)") {
		t.Fatalf("%s", a.Body)
	}
	next := a.str("@odata.nextLink")
	applied := a.Header.Get("Preference-Applied")
	if !strings.Contains(applied, "odata.track-changes") || !strings.Contains(applied, "odata.maxpagesize=2") {
		t.Fatal(applied)
	}
	if !strings.HasPrefix(next, w.Base+"/v1.0/users/") || !strings.Contains(next, "$skiptoken=") && !strings.Contains(next, "%24skiptoken=") || a.JSON["@odata.deltaLink"] != nil {
		t.Fatalf("%s", a.Body)
	}
	if w.Sim != nil {
		equal(t, "items on the page", len(a.values()), 2)
		a = w.get(next, "Prefer", "odata.maxpagesize=2").want(200)
		equal(t, "items on the second page", len(a.values()), 1)
	}
	_, link := w.round(next)
	if !strings.Contains(link, "$deltatoken=") && !strings.Contains(link, "%24deltatoken=") {
		t.Fatal(link)
	}
	if w.Sim != nil { // the same server under its plain address
		plain := "http" + strings.TrimPrefix(w.Base, "https")
		a = w.get(plain + "/v1.0" + w.delta(5)).want(200)
		if !strings.HasPrefix(a.str("@odata.deltaLink"), plain) {
			t.Fatalf("%s", a.Body)
		}
	}
}

func (w *World) span(startDay int, start string, endDay int, end string, more object) object {
	body := object{"subject": "spænd", "start": w.at(startDay, start), "end": w.at(endDay, end)}
	for k, v := range more {
		body[k] = v
	}
	return body
}

func deltaInitial(t *testing.T, w *World) {
	// The window is [Monday, Tuesday) in UTC; Copenhagen is an hour ahead.
	link := w.delta(1)
	cases := []struct {
		what   string
		body   object
		inside bool
	}{
		{"in the middle", w.span(0, "09:00", 0, "10:00", nil), true},
		{"straddles the start", w.span(-1, "23:00", 0, "02:00", nil), true},
		{"ends at the start", w.span(0, "00:00", 0, "01:00", nil), false},
		{"straddles the end", w.span(1, "00:30", 1, "03:00", nil), true},
		{"begins at the end", w.span(1, "01:00", 1, "02:00", nil), false},
		{"all of Monday", w.span(0, "00:00", 1, "00:00", object{"isAllDay": true}), true},
		{"all of Sunday", w.span(-1, "00:00", 0, "00:00", object{"isAllDay": true}), false},
		{"all of Tuesday", w.span(1, "00:00", 2, "00:00", object{"isAllDay": true}), false},
	}
	var made []string
	for _, c := range cases {
		made = append(made, str(t, w.create(c.body), "id"))
	}
	items, _ := w.round(link)
	for n, c := range cases {
		if got := len(find(items, made[n])) == 1; got != c.inside {
			t.Errorf("%s: in the round %v", c.what, got)
		}
	}
}

func deltaQuiet(t *testing.T, w *World) {
	id := str(t, w.create(w.meeting(0, "ro")), "id")
	if w.Sim != nil {
		w.advance(10e9)
	}
	items, first := w.round(w.delta(5))
	equal(t, "items", len(find(items, id)), 1)
	if w.Sim == nil {
		return
	}
	items, second := w.round(first)
	equal(t, "items of a quiet round", len(items), 0)
	if second == first {
		t.Fatal("the same link again")
	}
	other := str(t, w.create(w.meeting(1, "nyt")), "id")
	for _, link := range []string{first, second, first} {
		items, _ = w.round(link)
		equal(t, "items since", len(find(items, other)), 1)
	}
}

func deltaStubs(t *testing.T, w *World) {
	master := str(t, w.create(w.weekly(3)), "id")
	items, _ := w.round(w.delta(30))
	stubs := 0
	for _, i := range items {
		if i["type"] == "occurrence" && i["seriesMasterId"] == master {
			stubs++
			equal(t, "members of the stub", len(i), 7)
			for _, name := range []string{"@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"} {
				if i[name] == nil {
					t.Fatalf("no %s in %v", name, i)
				}
			}
		}
	}
	equal(t, "stubs", stubs, 3)
	m := find(items, master)
	if len(m) != 1 || m[0]["subject"] != "hver mandag" || m[0]["@odata.type"] != "#microsoft.graph.event" || m[0]["recurrence"] == nil {
		t.Fatal(m)
	}
}

// setOf tells the dates of a series in a round, "M" for the master, "E" before exceptions, "X" before tombstones.
func setOf(t *testing.T, items []object, master string) string {
	var out []string
	for _, i := range items {
		switch {
		case removed(i):
			out = append(out, "X")
		case i["id"] == master:
			out = append(out, "M")
		case i["seriesMasterId"] == master && i["type"] == "exception":
			out = append(out, "E"+str(t, i, "start", "dateTime")[8:10])
		case i["seriesMasterId"] == master:
			out = append(out, str(t, i, "start", "dateTime")[8:10])
		}
	}
	return strings.Join(out, " ")
}

func deltaSeries(t *testing.T, w *World) {
	master := str(t, w.create(w.weekly(4)), "id")
	items, link := w.round(w.delta(30))
	if w.Sim != nil {
		equal(t, "at first", setOf(t, items, master), "M 11 18 25 01")
	}
	ids := w.instancesOf(master, 40)
	w.call("DELETE", w.event(str(t, ids[1], "id")), nil).want(204)
	items, link = w.round(link)
	for _, i := range items {
		if removed(i) {
			t.Fatalf("a tombstone: %v", i)
		}
	}
	if w.Sim == nil {
		return
	}
	equal(t, "after a deletion", setOf(t, items, master), "M 11 25 01")
	w.call("PATCH", w.event(str(t, ids[2], "id")), object{"subject": "anderledes"}).want(200)
	a := w.get(link, "Prefer", immutable, "Prefer", "odata.maxpagesize=1").want(200)
	equal(t, "one page after an exception", setOf(t, a.values(), master), "M 11 E25 01")
	_, link = w.round(link)
	w.call("PATCH", w.event(master), object{"subject": "ny titel"}).want(200)
	items, _ = w.round(link)
	equal(t, "after an edit of the master", setOf(t, items, master), "M 11 E25 01")
}

func deltaTombstone(t *testing.T, w *World) {
	id := str(t, w.create(w.meeting(0, "slettes")), "id")
	_, link := w.round(w.delta(5))
	w.call("DELETE", w.event(id), nil).want(204)
	items, _ := w.round(link)
	gone := find(items, id)
	if len(gone) != 1 || str(t, gone[0], "@removed", "reason") != "deleted" || gone[0]["subject"] != nil {
		t.Fatal(items)
	}
	items, _ = w.round(w.delta(5))
	equal(t, "in a new round", len(find(items, id)), 0)
	if w.Sim == nil {
		return
	}
	equal(t, "@odata.type", gone[0]["@odata.type"], any("#microsoft.graph.event"))
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaTypeless})
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaReasonChanged})
	items, _ = w.round(link)
	if gone = find(items, id); len(gone) != 1 || gone[0]["@odata.type"] != nil || str(t, gone[0], "@removed", "reason") != "changed" {
		t.Fatal(items)
	}
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaOldTombstones})
	items, _ = w.round(w.delta(5))
	if gone = find(items, id); len(gone) != 1 || !removed(gone[0]) {
		t.Fatal(items)
	}
}

func deltaOutside(t *testing.T, w *World) {
	_, link := w.round(w.delta(5))
	id := str(t, w.create(w.meeting(20, "langt væk")), "id")
	items, link := w.round(link)
	if got := find(items, id); len(got) != 1 || !removed(got[0]) {
		t.Fatal(items)
	}
	if w.Sim == nil {
		return
	}
	// What happens in another calendar is not in this feed, until the event comes over.
	calendar := w.call("POST", w.mine("/calendars"), object{"name": "Privat"}).want(201).str("id")
	other := w.call("POST", w.mine("/calendars/"+url.PathEscape(calendar)+"/events"), w.meeting(0, "andetsteds"), "Prefer", immutable).want(201).str("id")
	items, link = w.round(link)
	equal(t, "of another calendar", len(find(items, other)), 0)
	w.must(w.person().MoveToCalendar(other, "Kalender"))
	items, link = w.round(link)
	if got := find(items, other); len(got) != 1 || removed(got[0]) {
		t.Fatal(items)
	}
	w.must(w.person().MoveToCalendar(other, "Privat"))
	items, _ = w.round(link)
	if got := find(items, other); len(got) != 1 || !removed(got[0]) {
		t.Fatal(items)
	}
	w.get(w.event(other)).want(200) // gone from the calendar, not from the mailbox
}

func deltaMoves(t *testing.T, w *World) {
	id := str(t, w.create(w.meeting(0, "flytter")), "id")
	_, link := w.round(w.delta(5))
	w.call("PATCH", w.event(id), object{"start": w.at(20, "09:00"), "end": w.at(20, "10:00")}).want(200)
	items, link := w.round(link)
	if got := find(items, id); len(got) != 1 || !removed(got[0]) {
		t.Fatal(items)
	}
	w.get(w.event(id)).want(200)
	w.call("PATCH", w.event(id), object{"start": w.at(1, "09:00"), "end": w.at(1, "10:00")}).want(200)
	items, _ = w.round(link)
	if got := find(items, id); len(got) != 1 || removed(got[0]) || got[0]["subject"] != "flytter" {
		t.Fatal(items)
	}
}

func deltaGarbled(_ *testing.T, w *World) {
	w.get(w.mine("/calendarView/delta?$deltatoken=garbled")).wantError(400, "InvalidDeltaToken", "of parameter '$deltaToken' is invalid.")
	if w.Sim == nil {
		return
	}
	_, link := w.round(w.delta(5))
	w.get(link+"x").wantError(400, "InvalidDeltaToken", "")
	other := w.Sim.AddUser(graphsim.User{UPN: "anden@kommune.example"})
	w.get(strings.Replace(link, w.User, other.ObjectID, 1)).wantError(400, "InvalidDeltaToken", "")
}

func deltaPrefer(t *testing.T, w *World) {
	for n := range 2 {
		w.create(w.meeting(n, "side"))
	}
	a := w.get(w.delta(5), "Prefer", immutable, "Prefer", "odata.maxpagesize=1", "Prefer", `outlook.timezone="Romance Standard Time"`).want(200)
	first := a.values()[0]
	equal(t, "length of the first id", len(str(t, first, "id")), 72)
	equal(t, "zone of the first page", str(t, first, "start", "timeZone"), Romance)
	second := w.get(a.str("@odata.nextLink")).want(200).values()[0]
	if len(str(t, second, "id")) < 140 {
		t.Fatal("the second page has immutable ids unasked")
	}
	equal(t, "zone of the second page", str(t, second, "start", "timeZone"), "UTC")
}

func deltaFields(t *testing.T, w *World) {
	body := stamped(w.meeting(0, "felter"), "b-1")
	body["transactionId"], body["categories"] = w.Monday.String()+w.t.Name(), []string{"Booking"}
	id := str(t, w.create(body), "id")
	items, _ := w.round(w.delta(5))
	i := find(items, id)[0]
	equal(t, "transactionId", i["transactionId"], body["transactionId"])
	equal(t, "category", i["categories"].([]any)[0], any("Booking"))
	if i["singleValueExtendedProperties"] != nil || i["extensions"] != nil {
		t.Fatal(i)
	}
}

func deltaEcho(t *testing.T, w *World) {
	_, link := w.round(w.delta(5))
	ev := w.create(w.meeting(0, "ekko"))
	items, link := w.round(link)
	equal(t, "own create", len(find(items, str(t, ev, "id"))), 1)
	if w.Sim == nil {
		return
	}
	w.advance(10e9)
	items, _ = w.round(link)
	again := find(items, str(t, ev, "id"))
	if len(again) != 1 || again[0]["@odata.etag"] == ev["@odata.etag"] {
		t.Fatal(again)
	}
}
