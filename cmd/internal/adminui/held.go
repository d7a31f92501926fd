package adminui

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

// heldPage shows what a held plan is about, before a person decides on it.
type heldPage struct {
	health
	Here   string
	Number int32
	// Vanish and Meetings count the times that would be free, and the meetings that would be cancelled or made again.
	Vanish, Meetings int
	Of               int
	Days             []heldDay
	// Rejected: by whom and when, when it was; the plan is then only kept from being asked about.
	Rejected string
	Approved string
}

// heldDay is a Danish day with its appointments.
type heldDay struct {
	Name  string
	Items []heldItem
}

// heldItem is one appointment: times, how it is shown, and why. There is no text to show.
type heldItem struct {
	Span, Kind, Shown, Why string
	Private                bool
}

// shown is showAs in words; what this release does not know counts as busy, and is shown so.
var shown = map[calendar.ShowAs]string{
	calendar.Tentative: "Foreløbig", calendar.OutOfOffice: "Ikke til stede", calendar.WorkingElsewhere: "Arbejder et andet sted",
}

func heldPageOf(h health, here string, rows []syncdb.HeldRow, now time.Time) heldPage {
	p := heldPage{health: h, Here: here, Number: rows[0].HeldNumber, Of: int(rows[0].HeldBlocks)}
	if r := rows[0]; r.RejectedBy != nil && r.RejectedAt != nil {
		p.Rejected = rejection(*r.RejectedBy, *r.RejectedAt, now)
	}
	if r := rows[0]; r.ApprovedBy != nil && r.ApprovedUntil != nil && r.ApprovedUntil.After(now) {
		p.Approved = nameOf(*r.ApprovedBy)
	}
	for _, r := range rows {
		start := r.StartsAt.In(planner.Copenhagen())
		name := weekdays[start.Weekday()] + " den " + webui.Date(start, now.In(planner.Copenhagen()))
		if len(p.Days) == 0 || p.Days[len(p.Days)-1].Name != name {
			p.Days = append(p.Days, heldDay{Name: name})
		}
		it := heldItem{Span: hours(r.StartsAt, r.EndsAt, now), Kind: "Aftale i Outlook", Shown: "Optaget", Private: r.Private, Why: reconcile.Reason(r.Reason).Danish()}
		if s, ok := shown[calendar.ShowAs(r.ShowAs)]; ok {
			it.Shown = s
		}
		if r.ItemKind == "booking" {
			it.Kind = "Møde med en borger"
			p.Meetings++
		} else {
			p.Vanish++
		}
		day := &p.Days[len(p.Days)-1]
		day.Items = append(day.Items, it)
	}
	return p
}

var weekdays = [...]string{"Søndag", "Mandag", "Tirsdag", "Onsdag", "Torsdag", "Fredag", "Lørdag"}

// hours is the span without its first day.
func hours(start, end, now time.Time) string {
	_, clock, _ := strings.Cut(webui.Span(start, end, now), " kl. ")
	return clock
}

func rejection(who string, when, now time.Time) string {
	return nameOf(who) + " " + webui.Clock(when, now)
}

// nameOf is the login in an actor of the audit trail.
func nameOf(actor string) string {
	if _, login, found := strings.Cut(actor, ":"); found {
		return login
	}
	return actor
}

func (u *UI) showHeld(w http.ResponseWriter, r *http.Request) {
	h, ok := u.find(w, r)
	if !ok {
		return
	}
	rows, err := u.store.HeldPlan(r.Context(), h.ID)
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("read the held plan of calendar %d: %w", h.ID, err))
		return
	}
	if len(rows) == 0 {
		u.site.Back(w, r, "andet", u.calendarURL(h.ID))
		return
	}
	u.pages.Render(w, r, http.StatusOK, "held", "Tag stilling til planen for "+h.Name, heldPageOf(h, u.calendarURL(h.ID), rows, u.site.Now()))
}

// decidePlan carries a decision on just the plan that the page showed.
func (u *UI) decidePlan(w http.ResponseWriter, r *http.Request, h health, a syncdb.Action, back func(code, to string)) {
	number, err := strconv.Atoi(r.PostFormValue("plan"))
	applied := false
	if err == nil {
		applied, err = u.store.DecidePlan(r.Context(), h.ID, a, number, webui.PersonOf(r).Actor())
		if err != nil {
			u.site.Broken(w, r, fmt.Errorf("%s the plan of calendar %d: %w", a, h.ID, err))
			return
		}
	}
	if !applied {
		back("plan", u.calendarURL(h.ID)+"/godkend")
		return
	}
	u.site.Log().InfoContext(r.Context(), "administrator decided on a held plan", "who", webui.PersonOf(r).Actor(), "action", a, "mailbox", h.ID, "plan", number)
	back(string(a), u.calendarURL(h.ID))
}
