package graphtest

import (
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func series() []Behaviour {
	return []Behaviour{
		{29, "a patch of an occurrence makes an exception", true, exceptions},
		{29, "a deleted occurrence is told only by cancelledOccurrences", true, cancelledOccurrences},
		{29, "an occurrence cannot pass its neighbour", true, neighbours},
		{29, "an exception may come without originalStart", false, noOriginalStart},
		{30, "a series without end comes back with year one as its end", true, noEnd},
		{30, "a weekly series without firstDayOfWeek is defaulted or refused", false, firstDayOfWeek},
		{30, "a series keeps its wall clock through summer time", true, summerTime},
		{30, "every kind of pattern falls on its days", false, patterns},
	}
}

func (w *World) instancesOf(master string, days int) []object {
	w.t.Helper()
	return w.get(w.event(master)+"/instances"+w.window(days)+"&$top=100", "Prefer", immutable).want(200).values()
}

func exceptions(t *testing.T, w *World) {
	ev := w.create(w.weekly(4))
	master := str(t, ev, "id")
	second := w.instancesOf(master, 40)[1]
	id := str(t, second, "id")
	a := w.call("PATCH", w.event(id), object{"subject": "flyttet", "start": w.at(8, "13:00"), "end": w.at(8, "14:00")}, "Prefer", immutable).want(200)
	equal(t, "type", a.str("type"), "exception")
	equal(t, "seriesMasterId", a.str("seriesMasterId"), master)
	equal(t, "originalStart", a.str("originalStart"), w.date(7)+"T08:00:00Z")
	if a.str("iCalUId") == str(t, ev, "iCalUId") || a.str("id") == master {
		t.Fatal("the exception has the master's identity")
	}
	var seen []string
	for _, i := range w.instancesOf(master, 40) {
		seen = append(seen, str(t, i, "type")+" "+str(t, i, "start", "dateTime")[:13])
	}
	want := []string{"occurrence " + w.date(0) + "T08", "exception " + w.date(8) + "T12", "occurrence " + w.date(14) + "T08", "occurrence " + w.date(21) + "T08"}
	equal(t, "instances", strings.Join(seen, ", "), strings.Join(want, ", "))
	m := w.get(w.event(master)+"?$select=subject&$expand=exceptionOccurrences", "Prefer", immutable).want(200)
	if list, _ := m.JSON["exceptionOccurrences"].([]any); len(list) != 1 || list[0].(object)["subject"] != "flyttet" {
		t.Fatalf("%s", m.Body)
	}
	if w.Sim == nil {
		return
	}
	// What the exception did not set itself follows the master.
	w.call("PATCH", w.event(master), object{"subject": "ny titel", "showAs": "free"}).want(200)
	ex := w.get(w.event(a.str("id"))).want(200)
	equal(t, "own subject", ex.str("subject"), "flyttet")
	equal(t, "inherited showAs", ex.str("showAs"), "free")
}

func cancelledOccurrences(t *testing.T, w *World) {
	if w.Sim != nil {
		w.fault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation})
	}
	ev := w.create(w.weekly(4))
	master := str(t, ev, "id")
	id := str(t, w.instancesOf(master, 40)[2], "id")
	w.call("DELETE", w.event(id), nil).want(204)
	w.get(w.event(id)).want(404)
	equal(t, "instances left", len(w.instancesOf(master, 40)), 3)
	a := w.get(w.event(master)+"?$select=subject,cancelledOccurrences", "Prefer", immutable).want(200)
	list, _ := a.JSON["cancelledOccurrences"].([]any)
	if len(list) != 1 || list[0] != "OID."+master+"."+w.date(14) {
		t.Fatalf("%s", a.Body)
	}
	whole := w.get(w.event(master), "Prefer", immutable).want(200)
	if _, there := whole.JSON["cancelledOccurrences"]; there {
		t.Fatal("cancelledOccurrences came unasked")
	}
	if whole.str("changeKey") == str(t, ev, "changeKey") {
		t.Fatal("the master's changeKey is as it was")
	}
}

func neighbours(_ *testing.T, w *World) {
	master := w.create(w.weekly(4))["id"].(string)
	id := w.instancesOf(master, 40)[1]["id"].(string)
	for _, day := range []int{0, 14, 15, -1} {
		w.call("PATCH", w.event(id), object{"start": w.at(day, "11:00"), "end": w.at(day, "12:00")}).wantError(400, "ErrorOccurrenceCrossingBoundary", "")
	}
	w.call("PATCH", w.event(id), object{"start": w.at(13, "11:00"), "end": w.at(13, "12:00")}).want(200)
}

func noOriginalStart(t *testing.T, w *World) {
	master := w.create(w.weekly(4))["id"].(string)
	id := w.instancesOf(master, 40)[1]["id"].(string)
	w.call("PATCH", w.event(id), object{"subject": "x"}).want(200)
	w.fault(graphsim.Fault{Kind: graphsim.FaultNoOriginalStart})
	if a := w.get(w.event(id)).want(200); a.JSON["originalStart"] != nil {
		t.Fatalf("%s", a.Body)
	}
	items, _ := w.round(w.delta(40))
	if ex := find(items, id); len(ex) != 1 || ex[0]["originalStart"] != nil {
		t.Fatal(ex)
	}
}

func noEnd(t *testing.T, w *World) {
	ev := w.create(w.series(w.meeting(0, "for evigt"), object{"type": "daily", "interval": 1}, object{"type": "noEnd", "startDate": w.date(0)}))
	equal(t, "endDate", str(t, ev, "recurrence", "range", "endDate"), "0001-01-01")
	rng := ev["recurrence"].(object)["range"].(object)
	equal(t, "numberOfOccurrences", rng["numberOfOccurrences"], any(0.0))
	equal(t, "instances in ten days", len(w.instancesOf(str(t, ev, "id"), 10)), 10)
}

func firstDayOfWeek(t *testing.T, w *World) {
	body := w.series(w.meeting(0, "uden første dag"), object{"type": "weekly", "interval": 2, "daysOfWeek": []string{"monday"}}, object{"type": "noEnd", "startDate": w.date(0)})
	ev := w.create(body)
	equal(t, "default", str(t, ev, "recurrence", "pattern", "firstDayOfWeek"), "sunday")
	w.fault(graphsim.Fault{Kind: graphsim.FaultWeekNeedsFirstDay})
	w.call("POST", w.mine("/events"), body).want(400)
}

func summerTime(t *testing.T, w *World) {
	// The Mondays around the last Sunday of March.
	sunday := time.Date(w.Monday.Year(), 3, 31, 0, 0, 0, 0, time.UTC)
	if w.Monday.After(sunday) {
		sunday = sunday.AddDate(1, 0, 0)
	}
	for sunday.Weekday() != time.Sunday {
		sunday = sunday.AddDate(0, 0, -1)
	}
	before := sunday.AddDate(0, 0, -6).Format(time.DateOnly)
	body := object{"subject": "kl. 9", "start": object{"dateTime": before + "T09:00:00", "timeZone": Romance}, "end": object{"dateTime": before + "T10:00:00", "timeZone": Romance}}
	w.series(body, object{"type": "weekly", "interval": 1, "daysOfWeek": []string{"monday"}, "firstDayOfWeek": "monday"}, object{"type": "numbered", "startDate": before, "numberOfOccurrences": 2})
	id := str(t, w.create(body), "id")
	window := "?startDateTime=" + before + "T00:00:00Z&endDateTime=" + sunday.AddDate(0, 0, 5).Format(time.DateOnly) + "T00:00:00Z"
	got := w.get(w.event(id) + "/instances" + window).want(200).values()
	equal(t, "instances", len(got), 2)
	equal(t, "in winter", str(t, got[0], "start", "dateTime")[11:13], "08")
	equal(t, "in summer", str(t, got[1], "start", "dateTime")[11:13], "07")
	utc := w.get(w.event(id)+"/instances"+window, "Prefer", `outlook.timezone="Romance Standard Time"`).want(200).values()
	for _, i := range utc {
		equal(t, "on the wall", str(t, i, "start", "dateTime")[11:13], "09")
	}
}

func patterns(t *testing.T, w *World) {
	rng := func(kind string) object {
		return object{"type": "numbered", "startDate": "2027-01-11", "numberOfOccurrences": 4, "kind": kind}
	}
	for _, c := range []struct {
		name    string
		pattern object
		want    string
	}{
		{"daily", object{"type": "daily", "interval": 3}, "2027-01-11 2027-01-14 2027-01-17 2027-01-20"},
		{"weekly", object{"type": "weekly", "interval": 2, "daysOfWeek": []string{"tuesday", "sunday"}, "firstDayOfWeek": "monday"}, "2027-01-12 2027-01-17 2027-01-26 2027-01-31"},
		{"weekly from Sunday", object{"type": "weekly", "interval": 2, "daysOfWeek": []string{"tuesday", "sunday"}, "firstDayOfWeek": "sunday"}, "2027-01-12 2027-01-24 2027-01-26 2027-02-07"},
		{"absoluteMonthly", object{"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}, "2027-01-31 2027-02-28 2027-03-31 2027-04-30"},
		{"relativeMonthly", object{"type": "relativeMonthly", "interval": 1, "daysOfWeek": []string{"friday"}, "index": "last"}, "2027-01-29 2027-02-26 2027-03-26 2027-04-30"},
		{"relativeMonthly of weekdays", object{"type": "relativeMonthly", "interval": 2, "daysOfWeek": []string{"monday", "tuesday", "wednesday", "thursday", "friday"}, "index": "first"}, "2027-03-01 2027-05-03 2027-07-01 2027-09-01"},
		{"absoluteYearly", object{"type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29}, "2027-02-28 2028-02-29 2029-02-28 2030-02-28"},
		{"relativeYearly", object{"type": "relativeYearly", "interval": 1, "month": 11, "daysOfWeek": []string{"thursday"}, "index": "fourth"}, "2027-11-25 2028-11-23 2029-11-22 2030-11-28"},
	} {
		r := rng(c.name)
		delete(r, "kind")
		body := w.series(object{"subject": c.name, "start": object{"dateTime": "2027-01-11T09:00:00", "timeZone": Romance}, "end": object{"dateTime": "2027-01-11T10:00:00", "timeZone": Romance}}, c.pattern, r)
		id := str(t, w.create(body), "id")
		var days []string
		for _, i := range w.get(w.event(id) + "/instances?startDateTime=2027-01-01T00:00:00Z&endDateTime=2031-12-01T00:00:00Z").want(200).values() {
			days = append(days, str(t, i, "start", "dateTime")[:10])
		}
		equal(t, c.name, strings.Join(days, " "), c.want)
	}
	bad := func(pattern, rng object) {
		t.Helper()
		w.call("POST", w.mine("/events"), w.series(w.meeting(0, "forkert"), pattern, rng)).want(400)
	}
	good := object{"type": "noEnd", "startDate": "2027-01-11"}
	bad(object{"type": "hourly", "interval": 1}, good)
	bad(object{"type": "daily", "interval": 0}, good)
	bad(object{"type": "weekly", "interval": 1, "firstDayOfWeek": "monday"}, good)
	bad(object{"type": "absoluteMonthly", "interval": 1}, good)
	bad(object{"type": "daily", "interval": 1}, object{"type": "endDate", "startDate": "2027-01-11", "endDate": "2027-01-10"})
	bad(object{"type": "daily", "interval": 1}, object{"type": "numbered", "startDate": "2027-01-11"})
	long := w.series(w.meeting(0, "for lang"), object{"type": "daily", "interval": 1}, good)
	long["end"] = w.at(2, "09:00")
	w.call("POST", w.mine("/events"), long).want(400)
}
