package graphtest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func reads() []Behaviour {
	return []Behaviour{
		{23, "$select and $expand of extended properties are honoured", true, selects},
		{24, "events are found by extended property, a malformed filter is 400", true, filters},
		{23, "open extensions and multi-value properties are kept beside the event", false, extensions},
		{26, "lists are ordered and counted on demand", false, ordered},
		{26, "calendarView pages by ten and expands series", true, calendarViews},
		{27, "events lists single events and masters, instances needs a window", true, listings},
		{28, "private events come in full", true, private},
		{31, "getSchedule tells busy times, and refuses too much", true, schedules},
	}
}

func expandStamp(id string) string {
	return "$expand=" + url.QueryEscape("singleValueExtendedProperties($filter=id eq '"+id+"')")
}

func selects(t *testing.T, w *World) {
	id := str(t, w.create(stamped(w.meeting(0, "valgt"), "b-1")), "id")
	a := w.get(w.event(id)+"?$select=subject,start", "Prefer", immutable).want(200)
	if a.str("id") != id || a.str("@odata.etag") == "" || a.JSON["end"] != nil || a.str("subject") != "valgt" {
		t.Fatalf("%s", a.Body)
	}
	// GUIDs are compared without case.
	for _, name := range []string{Stamp, strings.Replace(Stamp, "66f5a359", "66F5A359", 1)} {
		a = w.get(w.event(id)+"?$select=subject&"+expandStamp(name), "Prefer", immutable).want(200)
		list, _ := a.JSON["singleValueExtendedProperties"].([]any)
		if len(list) != 1 {
			t.Fatalf("%s", a.Body)
		}
		equal(t, "id", strings.ToLower(str(t, list[0].(object), "id")), strings.ToLower(Stamp))
		equal(t, "value", str(t, list[0].(object), "value"), "b-1")
	}
	a = w.get(w.event(id) + "?" + expandStamp(strings.Replace(Stamp, "BookingId", "Other", 1))).want(200)
	if _, there := a.JSON["singleValueExtendedProperties"]; there {
		t.Fatalf("%s", a.Body)
	}
}

func filters(t *testing.T, w *World) {
	value := "b-" + w.Monday.Format("20060102")
	id := str(t, w.create(stamped(w.meeting(0, "fundet"), value)), "id")
	w.create(stamped(w.meeting(1, "en anden"), "b-other"))
	find := func(filter string) *Answer {
		return w.get(w.mine("/events?$filter=")+url.QueryEscape(filter), "Prefer", immutable)
	}
	found := find("singleValueExtendedProperties/Any(ep: ep/id eq '" + Stamp + "' and ep/value eq '" + value + "')").want(200).values()
	equal(t, "events found", len(found), 1)
	equal(t, "id", str(t, found[0], "id"), id)
	for _, bad := range []string{"singleValueExtendedProperties/Any(ep: ep/id eq '" + Stamp + "' and ep/value eq '" + value, "eq eq eq", "subject", "singleValueExtendedProperties/Any(ep: subject eq 'x')", "("} {
		find(bad).wantError(400, "BadRequest", "Invalid filter clause:")
	}
	if w.Sim == nil {
		return
	}
	equal(t, "by subject", len(find("startswith(subject,'fun') or subject eq 'EN ANDEN'").want(200).values()), 2)
	equal(t, "by start", len(find("start/dateTime ge '"+w.date(1)+"T00:00:00'").want(200).values()), 1)
	equal(t, "negated", len(find("not (subject eq 'fundet') and isAllDay eq false").want(200).values()), 1)
	find("transactionId eq 'x'").want(400)
}

func (w *World) series(body object, pattern, rng object) object {
	body["recurrence"] = object{"pattern": pattern, "range": rng}
	return body
}

// weekly is a series on Mondays.
func (w *World) weekly(times int) object {
	return w.series(w.meeting(0, "hver mandag"), object{"type": "weekly", "interval": 1, "daysOfWeek": []string{"Monday"}, "firstDayOfWeek": "monday"},
		object{"type": "numbered", "startDate": w.date(0), "numberOfOccurrences": times})
}

func calendarViews(t *testing.T, w *World) {
	master := str(t, w.create(w.weekly(12)), "id")
	link := w.mine("/calendarView" + w.window(100) + "&$filter=" + url.QueryEscape("subject eq 'hver mandag'"))
	if w.Sim != nil {
		link = w.mine("/calendarView" + w.window(100))
	}
	a := w.get(link, "Prefer", immutable).want(200)
	page := a.values()
	equal(t, "items on the first page", len(page), 10)
	for _, i := range page {
		equal(t, "subject", str(t, i, "subject"), "hver mandag")
		equal(t, "type", str(t, i, "type"), "occurrence")
		equal(t, "seriesMasterId", str(t, i, "seriesMasterId"), master)
	}
	next := a.str("@odata.nextLink")
	if !strings.Contains(next, "$skip=10") && !strings.Contains(next, "%24skip=10") {
		t.Fatal(next)
	}
	a = w.get(next, "Prefer", immutable).want(200)
	equal(t, "items on the second page", len(a.values()), 2)
	if _, more := a.JSON["@odata.nextLink"]; more {
		t.Fatal("a third page")
	}
	equal(t, "with $top", len(w.get(link+"&$top=1000").want(200).values()), 12)
	w.get(link + "&$top=1001").want(400)
	w.get(w.mine("/calendarView")).want(400)
}

func listings(t *testing.T, w *World) {
	single := str(t, w.create(w.meeting(1, "enkelt")), "id")
	master := str(t, w.create(w.weekly(3)), "id")
	types := map[string]string{}
	for _, i := range w.get(w.mine("/events?$top=1000"), "Prefer", immutable).want(200).values() {
		types[str(t, i, "id")] = str(t, i, "type")
	}
	equal(t, "single", types[single], "singleInstance")
	equal(t, "master", types[master], "seriesMaster")
	equal(t, "instances", len(w.get(w.event(master)+"/instances"+w.window(30)).want(200).values()), 3)
	w.get(w.event(master)+"/instances").wantError(400, "ErrorInvalidParameter", "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
}

func private(t *testing.T, w *World) {
	body := w.meeting(0, "lægebesøg")
	body["sensitivity"] = "private"
	a := w.get(w.event(str(t, w.create(body), "id"))).want(200)
	equal(t, "subject", a.str("subject"), "lægebesøg")
	equal(t, "sensitivity", a.str("sensitivity"), "private")
}

func schedules(t *testing.T, w *World) {
	w.create(w.meeting(0, "optaget"))
	body := w.meeting(0, "kontor")
	body["showAs"], body["start"], body["end"] = "oof", w.at(0, "11:00"), w.at(0, "12:00")
	w.create(body)
	ask := func(days int, schedules ...string) *Answer {
		return w.call("POST", w.mine("/calendar/getSchedule"), object{"schedules": schedules, "startTime": w.at(0, "08:00"), "endTime": w.at(days, "13:00"), "availabilityViewInterval": 60}, "Prefer", `outlook.timezone="Romance Standard Time"`)
	}
	a := ask(0, w.UPN, "ingen@nowhere.example").want(200)
	mine := a.values()[0]
	if view := str(t, mine, "availabilityView"); view != "02030" {
		t.Fatalf("%q: %s", view, a.Body)
	}
	items, _ := mine["scheduleItems"].([]any)
	equal(t, "items", len(items), 2)
	equal(t, "start", str(t, items[0].(object), "start", "dateTime"), w.date(0)+"T09:00:00.0000000")
	hours, _ := mine["workingHours"].(object)
	if hours["daysOfWeek"] == nil || hours["startTime"] == nil {
		t.Fatalf("%s", a.Body)
	}
	equal(t, "responseCode", str(t, a.values()[1], "error", "responseCode"), "5016")
	ask(63, w.UPN).wantError(400, "ErrorTimeIntervalTooBig", "")
	var many []string
	for n := range 21 {
		many = append(many, fmt.Sprintf("a%d@x.example", n))
	}
	ask(0, many...).want(400)
	if w.Sim != nil {
		w.call("POST", w.mine("/findMeetingTimes"), object{}).want(403)
		for range 1001 {
			_, err := w.person().Create(w.meeting(0, "mængde"))
			w.must(err)
		}
		equal(t, "too many entries", str(t, ask(0, w.UPN).want(200).values()[0], "error", "responseCode"), "5006")
	}
}

func extensions(t *testing.T, w *World) {
	const many = "StringArray {66f5a359-4659-4830-9070-00040ec6ac6e} Name Tags"
	body := w.meeting(0, "udvidet")
	body["extensions"] = []object{{"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "dk.kommune.planner", "booking": "b-1"}}
	body["multiValueExtendedProperties"] = []object{{"id": many, "value": []string{"a", "b"}}}
	id := str(t, w.create(body), "id")
	a := w.get(w.event(id) + "?$expand=" + url.QueryEscape("extensions($filter=id eq 'dk.kommune.planner'),multiValueExtendedProperties($filter=id eq '"+many+"')")).want(200)
	list, _ := a.JSON["extensions"].([]any)
	if len(list) != 1 || list[0].(object)["booking"] != "b-1" {
		t.Fatalf("%s", a.Body)
	}
	multi, _ := a.JSON["multiValueExtendedProperties"].([]any)
	if len(multi) != 1 || len(multi[0].(object)["value"].([]any)) != 2 {
		t.Fatalf("%s", a.Body)
	}
	path := w.event(id) + "/extensions"
	w.call("POST", path, object{"extensionName": "dk.andet", "n": 1}).want(201)
	w.call("PATCH", path+"/dk.andet", object{"n": 2}).want(200)
	equal(t, "patched", w.get(path + "/Microsoft.OutlookServices.OpenTypeExtension.dk.andet").want(200).JSON["n"], any(2.0))
	equal(t, "extensions", len(w.get(path).want(200).values()), 2)
	w.call("DELETE", path+"/dk.andet", nil).want(204)
	w.get(path + "/dk.andet").want(404)
	w.call("POST", path, object{"n": 1}).want(400)
	equal(t, "extensions left", len(w.get(path).want(200).values()), 1)
	w.call("PATCH", w.event(id), object{"singleValueExtendedProperties": []object{{"id": "no such form", "value": "x"}}}).want(400)
	w.get(w.event(id) + "?$expand=singleValueExtendedProperties").want(400)
	w.get(w.event(id) + "?$expand=attachmentsX").want(400)
}

func ordered(t *testing.T, w *World) {
	for n, subject := range []string{"b", "c", "a"} {
		w.create(w.meeting(2-n, subject))
	}
	subjects := func(query string) (out string) {
		for _, i := range w.get(w.mine("/events?$count=true&" + query)).want(200).values() {
			out += str(t, i, "subject")
		}
		return out
	}
	equal(t, "by start", subjects("$orderby=start/dateTime"), "acb")
	equal(t, "by subject, downwards", subjects("$orderby="+url.QueryEscape("subject desc")), "cba")
	equal(t, "second page", subjects("$orderby=subject&$top=2&$skip=2"), "c")
	equal(t, "count", w.get(w.mine("/events?$count=true&$top=1")).JSON["@odata.count"], any(3.0))
	w.get(w.mine("/events?$orderby=body")).want(400)
	w.get(w.mine("/events?$top=abc")).want(400)
}
