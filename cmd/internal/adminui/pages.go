package adminui

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

// shownDecisions is how many of a calendar's newest decisions its page lists.
const shownDecisions = 100

func (u *UI) calendars(w http.ResponseWriter, r *http.Request) {
	rows, err := u.store.Mailboxes(r.Context())
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("list calendars: %w", err))
		return
	}
	now := u.site.Now()
	all := make([]health, len(rows))
	for i, row := range rows {
		all[i] = healthOf(row, now)
	}
	u.pages.Render(w, r, http.StatusOK, "calendars", "Kalendere", newListPage(all, listingOf(r.URL.Query()), u.site.URL(""), now))
}

// calendarPage is one calendar.
type calendarPage struct {
	health
	FlaggedEvents []flagged
	Decisions     []decision
	Buttons       []button
	Fetched       webui.Moment
	Still         bool
	Here, Toggle  string
}

// flagged is an event that waits for a person.
type flagged struct{ When, Title, Why, Booking string }

// decision is a recorded decision in words.
type decision struct {
	At                  webui.Moment
	Kind, Verb, Why, ID string
}

// button is an action with what it does. Confirm is the page that asks first, if any.
type button struct {
	Action, Name, Does, Confirm string
	Main                        bool
}

func (u *UI) calendar(w http.ResponseWriter, r *http.Request) {
	h, ok := u.find(w, r)
	if !ok {
		return
	}
	now := u.site.Now()
	decisions, err := u.store.Decisions(r.Context(), h.ID, shownDecisions)
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("list decisions of calendar %d: %w", h.ID, err))
		return
	}
	events, err := u.store.Flagged(r.Context(), h.ID)
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("list flagged events of calendar %d: %w", h.ID, err))
		return
	}
	here := u.calendarURL(h.ID)
	p := calendarPage{health: h, Buttons: u.buttons(h), Fetched: webui.At(now, now), Still: r.URL.Query().Get("live") == "fra", Here: here, Toggle: here + "?live=fra"}
	if p.Still {
		p.Here, p.Toggle = here+"?live=fra", here
	}
	for _, e := range events {
		p.FlaggedEvents = append(p.FlaggedEvents, flaggedOf(e, now))
	}
	for _, d := range decisions {
		p.Decisions = append(p.Decisions, decisionOf(d, now))
	}
	u.pages.Render(w, r, http.StatusOK, "calendar", h.Name, p)
}

func (u *UI) calendarURL(id int64) string {
	return u.site.URL("/kalendere/") + strconv.FormatInt(id, 10)
}

// find reads the calendar that the address names, and answers the request itself when there is none.
func (u *UI) find(w http.ResponseWriter, r *http.Request) (health, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		u.site.NotFound(w, r)
		return health{}, false
	}
	rows, err := u.store.Mailboxes(r.Context())
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("look up calendar %d: %w", id, err))
		return health{}, false
	}
	i := slices.IndexFunc(rows, func(m syncdb.MailboxRow) bool { return m.ID == id })
	if i < 0 {
		u.site.NotFound(w, r)
		return health{}, false
	}
	return healthOf(rows[i], u.site.Now()), true
}

func flaggedOf(e syncdb.FlaggedRow, now time.Time) flagged {
	f := flagged{When: webui.Span(e.StartsAt, e.EndsAt, now), Title: e.Title, Booking: e.BookingID.String()}
	if e.Flagged != nil {
		f.Why = reconcile.Reason(*e.Flagged).Danish()
	}
	return f
}

// verbs are reconcile's verbs in words; one that this release does not know is shown as it is.
var verbs = map[reconcile.Verb]string{
	reconcile.Nothing:      "Intet",
	reconcile.Remember:     "Notér",
	reconcile.Forget:       "Glem",
	reconcile.CreateRemote: "Opret i Outlook",
	reconcile.UpdateRemote: "Ret i Outlook",
	reconcile.DeleteRemote: "Fjern fra Outlook",
	reconcile.CreateLocal:  "Opret i Planneren",
	reconcile.UpdateLocal:  "Ret i Planneren",
	reconcile.DeleteLocal:  "Fjern fra Planneren",
	reconcile.AcceptMove:   "Følg flytningen",
	reconcile.CancelLocal:  "Aflys bookingen",
	reconcile.Flag:         "Markér",
	reconcile.Report:       "Meld",
}

func decisionOf(d syncdb.DecisionRow, now time.Time) decision {
	out := decision{At: webui.At(d.At, now), Kind: "Optaget tid", Verb: d.Verb, Why: reconcile.Reason(d.Reason).Danish(), ID: d.ItemID}
	if d.ItemKind == "booking" {
		out.Kind = "Booking"
	}
	if v, ok := verbs[reconcile.Verb(d.Verb)]; ok {
		out.Verb = v
	}
	return out
}

// buttons are the actions that make sense now, the one that mends the calendar first.
func (u *UI) buttons(h health) []button {
	resume, resumeDoes := "Genoptag", "Læs og skriv i kalenderen igen."
	if h.Level != paused {
		resume, resumeDoes = "Prøv igen", "Brug den, når adgangen eller postkassen er bragt i orden."
	}
	all := []button{
		{Action: string(syncdb.Approve), Name: "Tag stilling til planen …", Does: "Du ser, hvad den handler om, og godkender eller afviser på næste side.", Confirm: u.calendarURL(h.ID) + "/godkend", Main: true},
		{Action: string(syncdb.Resume), Name: resume, Does: resumeDoes, Main: true},
		{Action: string(syncdb.Unflag), Name: "Prøv igen med markerede", Does: "Skriv de markerede møder i Outlook én gang til.", Main: true},
		{Action: string(syncdb.SyncNow), Name: "Synkronisér nu", Does: "Hent ændringer, og skriv det, der venter."},
		{Action: string(syncdb.RereadAll), Name: "Læs hele kalenderen igen", Does: "Sammenlign alt, som om det var første gang."},
		{Action: string(syncdb.Subscribe), Name: "Nyt abonnement", Does: "Bed Microsoft om at give besked om ændringer på ny."},
		{Action: string(syncdb.Pause), Name: "Sæt på pause", Does: "Lad kalenderen være, indtil du genoptager."},
	}
	return slices.DeleteFunc(all, func(b button) bool { return !h.Can[b.Action] })
}
