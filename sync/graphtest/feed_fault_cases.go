package graphtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func feedFaults() []Behaviour {
	return []Behaviour{
		{38, "a changed series may come as its master alone", false, masterOnly},
		{39, "a deleted series is told in one of three ways", false, seriesGone},
		{43, "pages may be empty, doubled, shuffled, or hold null", false, oddPages},
		{44, "a change may show late, and is never lost", false, lag},
		{45, "paging may never end", false, endless},
		{46, "tokens expire with 410, also in the middle of a round", false, expired},
		{51, "delta is 504 for a mailbox with a series without end", false, gatewayTimeout},
	}
}

func masterOnly(t *testing.T, w *World) {
	master := str(t, w.create(w.weekly(4)), "id")
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaMasterOnly})
	items, link := w.round(w.delta(30))
	equal(t, "an initial round", setOf(t, items, master), "M 11 18 25 01")
	w.call("DELETE", w.event(str(t, w.instancesOf(master, 40)[1], "id")), nil).want(204)
	items, _ = w.round(link)
	equal(t, "an incremental round", setOf(t, items, master), "M")
}

func seriesGone(t *testing.T, w *World) {
	master := str(t, w.create(w.weekly(3)), "id")
	items, link := w.round(w.delta(30))
	known := map[any]bool{}
	for _, i := range items {
		known[i["id"]] = true
	}
	w.call("DELETE", w.event(master), nil).want(204)
	for variant, want := range map[string]int{"": 4, "master": 1, "occurrences": 3} {
		w.Sim.ClearFaults("")
		if variant != "" {
			w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaSeriesGone, Variant: variant})
		}
		items, _ = w.round(link)
		equal(t, "tombstones, variant "+variant, len(items), want)
		for _, i := range items {
			if !removed(i) || !known[i["id"]] {
				t.Fatal(i)
			}
		}
		equal(t, "of the master, variant "+variant, len(find(items, master)), map[string]int{"": 1, "master": 1, "occurrences": 0}[variant])
	}
}

func oddPages(t *testing.T, w *World) {
	var made []string
	for n := range 8 {
		made = append(made, str(t, w.create(w.meeting(n%5, fmt.Sprint(n))), "id"))
	}
	w.call("PATCH", w.event(made[3]), object{"subject": "nyere"}).want(200)
	order := func() (ids []string) {
		items, _ := w.round(w.delta(7), "Prefer", immutable, "Prefer", "odata.maxpagesize=3")
		for _, i := range items {
			ids = append(ids, fmt.Sprint(i["id"]))
		}
		return ids
	}
	plain := order()
	equal(t, "items", len(plain), 8)

	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaEmptyFirst})
	a := w.get(w.delta(7)).want(200)
	equal(t, "items on the first page", len(a.values()), 0)
	a.str("@odata.nextLink")
	equal(t, "items of the round", len(order()), 8)
	w.Sim.ClearFaults("")

	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaShuffle})
	shuffled := order()
	if slices.Equal(shuffled, plain) {
		t.Fatal("not shuffled")
	}
	slices.Sort(shuffled)
	slices.Sort(plain)
	if !slices.Equal(shuffled, plain) {
		t.Fatalf("%v\n%v", shuffled, plain)
	}
	w.Sim.ClearFaults("")

	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaDuplicates})
	items, _ := w.round(w.delta(7))
	twice := find(items, made[3])
	if len(twice) != 2 || twice[0]["subject"] != "nyere" || twice[1]["subject"] != "3" || str(t, twice[0], "lastModifiedDateTime") < str(t, twice[1], "lastModifiedDateTime") {
		t.Fatal(twice)
	}
	w.Sim.ClearFaults("")

	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaNull, Count: 1})
	items, _ = w.round(w.delta(7))
	nulls := 0
	for _, i := range items {
		if i == nil {
			nulls++
		}
	}
	equal(t, "null elements", nulls, 1)
}

func lag(t *testing.T, w *World) {
	w.fault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation})
	old := str(t, w.create(w.meeting(0, "gammel")), "id")
	w.advance(time.Minute)
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaLag, Delay: graphsim.Duration(30 * time.Second)})
	items, link := w.round(w.delta(5))
	equal(t, "items before", len(items), 1)
	fresh := str(t, w.create(w.meeting(1, "ny")), "id")
	w.call("PATCH", w.event(old), object{"subject": "rettet"}).want(200)
	items, link = w.round(link)
	equal(t, "items within the lag", len(items), 0)
	items, _ = w.round(w.delta(5)) // a full round shows the calendar as it was
	if len(items) != 1 || items[0]["subject"] != "gammel" {
		t.Fatal(items)
	}
	w.advance(30 * time.Second)
	items, _ = w.round(link)
	if len(items) != 2 || len(find(items, fresh)) != 1 || find(items, old)[0]["subject"] != "rettet" {
		t.Fatal(items)
	}
}

func endless(t *testing.T, w *World) {
	id := str(t, w.create(w.meeting(0, "uden ende")), "id")
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaEndless})
	link, seen := w.delta(5), map[string]bool{}
	for range 30 {
		a := w.get(link, "Prefer", immutable).want(200)
		equal(t, "items", len(find(a.values(), id)), 1)
		link = a.str("@odata.nextLink")
		if seen[link] {
			t.Fatal("the same link again")
		}
		seen[link] = true
	}
	w.Sim.ClearFaults("")
	w.round(link)
}

func expired(t *testing.T, w *World) {
	for n := range 3 {
		w.create(w.meeting(n, "udløber"))
	}
	_, link := w.round(w.delta(5))
	next := w.get(w.delta(5), "Prefer", "odata.maxpagesize=1").str("@odata.nextLink")
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaExpired, User: w.User})
	for _, l := range []string{link, next} {
		a := w.get(l)
		a.wantError(410, "SyncStateNotFound", "The sync state generation is not found; generation=149;[highest=157][157][155][156].")
		where := a.Header.Get("Location")
		if !strings.HasSuffix(where, "/calendarView/delta?$deltatoken=") {
			t.Fatal(where)
		}
		w.get(where).want(400) // the place to start again, which needs a window
	}
	_, link = w.round(w.delta(5))
	w.round(link)
	for _, v := range []graphsim.Fault{{Code: "syncStateNotFound", Status: 404}, {Code: "resyncRequired"}, {Code: "SyncStateInvalid", Status: 400}} {
		v.Kind = graphsim.FaultDeltaExpired
		w.fault(v)
		status := v.Status
		if status == 0 {
			status = 410
		}
		w.get(link).wantError(status, v.Code, "")
		_, link = w.round(w.delta(5))
	}
	aged := simulator(t, graphsim.Config{DeltaTokenLife: 7 * 24 * time.Hour})
	_, link = aged.round(aged.delta(5))
	aged.advance(6 * 24 * time.Hour)
	aged.get(link).want(200)
	aged.advance(24 * time.Hour)
	aged.get(link).want(410)
}

func gatewayTimeout(_ *testing.T, w *World) {
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaGatewayTimeout})
	w.get(w.delta(5)).want(200)
	w.create(w.series(w.meeting(0, "for evigt"), object{"type": "daily", "interval": 1}, object{"type": "noEnd", "startDate": w.date(0)}))
	w.get(w.delta(5)).wantError(504, "UnknownError", "")
	w.get(w.mine("/calendarView" + w.window(5))).want(200)
}
