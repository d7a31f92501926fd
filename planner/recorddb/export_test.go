package recorddb_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/recorddb"
)

// kirsten reads by a command.
var kirsten = planner.Staff{Login: "kirsten", AllJobCenters: true, From: "command"}

// Every transition of a citizen's meetings: reserved, reserved anew, booked, moved, run out, moved and deleted in Outlook.
func TestAnExportTellsOfEveryChangeWhoFromWhereWhyAndWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	citizen, other := cpr(t, "0101901234"), cpr(t, "0202904321")
	at := func(hours int) time.Time { return w.clock.Now().Add(time.Duration(hours) * time.Hour) }
	reserve := func(who planner.CPR, hours int) planner.Reservation {
		r, err := w.planner.Reserve(t.Context(), planner.ReserveRequest{JobCenter: center, CPR: who, Option: &w.option.ID, Start: at(hours), Caller: caller})
		must(t, err)
		return r
	}
	w.book(other, 30)
	reserve(citizen, 26)
	r := reserve(citizen, 27)
	id := r.ID // any
	_, err := w.planner.CreateBooking(t.Context(), planner.CreateRequest{JobCenter: center, CPR: citizen, BookingID: id, Option: w.option.ID, Start: at(27), Reservation: &r.ID, Caller: caller})
	must(t, err)
	_, err = w.planner.RescheduleBooking(t.Context(), planner.RescheduleRequest{JobCenter: center, CPR: citizen, BookingID: id, Start: at(28), Caller: caller})
	must(t, err)
	must(t, w.planner.MoveFromOutlook(t.Context(), id, planner.Span{Start: at(29), End: at(30)}))
	must(t, w.planner.CancelFromOutlook(t.Context(), id))
	reserve(citizen, 50)
	w.clock.advance(time.Hour)
	if n, err := w.planner.ExpireReservations(t.Context()); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	reserve(citizen, 50)
	w.clock.advance(time.Hour)
	w.book(other, 49) // takes the time of one that ran out
	w.whole()
	e, err := w.Export(t.Context(), citizen, kirsten)
	must(t, err)

	type row struct{ who, behalf, from, action, why string }
	var got []row
	for i, x := range e.Entries {
		got = append(got, row{x.Actor, x.OnBehalfOf, x.CameFrom, x.Action, x.Reason})
		if i < len(e.Entries)-1 && (x.Seq == 0 || len(x.Content) != 64 || len(x.Hash) != 64) {
			t.Errorf("entry %d has no link", x.ID)
		}
	}
	want := []row{
		{"dfdg", "5:101", "soap CVR:12345678", "reserve", ""}, {"dfdg", "5:101", "soap CVR:12345678", "reserve", ""},
		{"dfdg", "5:101", "soap CVR:12345678", "create", "reservation"}, {"dfdg", "5:101", "soap CVR:12345678", "move", "free time"},
		{"outlook", "", "outlook", "move", "moved in Outlook"}, {"outlook", "", "outlook", "cancel", "deleted in Outlook"},
		{"dfdg", "5:101", "soap CVR:12345678", "reserve", ""}, {"system", "", "clock", "expire", "reservation ran out"},
		{"dfdg", "5:101", "soap CVR:12345678", "reserve", ""}, {"system", "", "clock", "expire", "reservation ran out"},
		{"admin:kirsten", "", "command", "audit-export", ""},
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	start := func(raw json.RawMessage) time.Time {
		var m struct{ Start time.Time }
		if raw != nil {
			must(t, json.Unmarshal(raw, &m))
		}
		return m.Start
	}
	base := w.clock.Now().Add(-2 * time.Hour)
	for i, hours := range [][2]int{{0, 26}, {26, 27}, {0, 27}, {27, 28}, {28, 29}, {29, 0}, {0, 50}, {50, 0}} {
		for side, raw := range []json.RawMessage{e.Entries[i].Before, e.Entries[i].After} {
			if want := base.Add(time.Duration(hours[side]) * time.Hour); hours[side] == 0 && raw != nil || hours[side] > 0 && !start(raw).Equal(want) {
				t.Errorf("entry %d, side %d: %s, want %s", i, side, raw, want)
			}
		}
	}
	if len(e.Bookings) != 1 || e.Bookings[0].ID != id || e.Bookings[0].Status != "cancelled" || e.Bookings[0].CaseWorker != "RID-1" {
		t.Errorf("%+v", e.Bookings)
	}

	var asJSON, asCSV bytes.Buffer
	must(t, e.WriteJSON(&asJSON))
	must(t, e.WriteCSV(&asCSV))
	var back recorddb.Export
	must(t, json.Unmarshal(asJSON.Bytes(), &back))
	rows, err := csv.NewReader(&asCSV).ReadAll()
	must(t, err)
	if len(back.Entries) != len(want) || len(rows) != len(want)+1 || rows[3][5] != "create" || rows[3][4] != "soap CVR:12345678" {
		t.Errorf("%d entries in JSON, %q in CSV", len(back.Entries), rows)
	}
	if strings.Contains(asJSON.String()+asCSV.String(), "0101901234") {
		t.Error("the number of the citizen is told")
	}

	neighbour := planner.Staff{ID: id, Login: "nabo", JobCenters: []planner.JobCenterCode{"99999"}, From: "pages 192.0.2.7"}
	theirs, err := w.Export(t.Context(), citizen, neighbour)
	must(t, err)
	if len(theirs.Bookings) != 0 || len(theirs.Entries) != 2 || theirs.Entries[1].Actor != "staff:nabo" || theirs.Entries[1].CameFrom != "pages 192.0.2.7" {
		t.Errorf("the neighbour is told %+v", theirs)
	}
	w.whole()
}
