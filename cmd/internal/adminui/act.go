package adminui

import (
	"fmt"
	"net/http"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/sync/syncdb"
)

// notices tell what became of an action.
var notices = map[string]webui.Notice{
	string(syncdb.SyncNow):   {Text: "Synkroniseringen er sat i gang."},
	string(syncdb.RereadAll): {Text: "Hele kalenderen læses igen nu."},
	string(syncdb.Pause):     {Text: "Kalenderen er sat på pause."},
	string(syncdb.Resume):    {Text: "Kalenderen er sat i gang igen."},
	string(syncdb.Approve):   {Text: "Planen er godkendt og udføres ved næste læsning, hvis den er den samme. Godkendelsen gælder i en time."},
	string(syncdb.Reject):    {Text: "Planen er afvist: Det, den handler om, bliver stående. Den samme plan vises først igen om et døgn."},
	string(syncdb.Subscribe): {Text: "Der bliver lavet et nyt abonnement hos Microsoft."},
	string(syncdb.Unflag):    {Text: "De markerede møder skrives i Outlook igen."},
	"andet":                  {Text: "Intet blev ændret: Kalenderens tilstand er en anden nu. Se på den igen.", Wrong: true},
	"plan":                   {Text: "Intet blev ændret: Planen er en anden nu, eller en anden har taget stilling til den. Se på den igen.", Wrong: true},
	"ukendt":                 {Text: "Den handling findes ikke. Intet blev ændret.", Wrong: true},

	"dfdg-hentes":    {Text: "Køen hentes nu."},
	"dfdg-taget":     {Text: "Meddelelsen er behandlet."},
	"dfdg-venter":    {Text: "Meddelelsen er prøvet igen, men venter stadig. Grunden står ved den.", Wrong: true},
	"dfdg-sendes":    {Text: "Indberetningen sendes igen nu."},
	"dfdg-afsluttet": {Text: "Afsluttet. Det står i revisionssporet med dit navn."},
	"dfdg-behandlet": {Text: "Intet blev ændret: Det venter ikke længere på en person.", Wrong: true},
	"dfdg-noegle":    {Text: "Meddelelsen kan ikke åbnes: Nøglen, den er forseglet med, er ikke i opsætningen (PLANNER_CPR_OLD_KEYS).", Wrong: true},
	"dfdg-ukendt":    {Text: "Den handling findes ikke. Intet blev ændret.", Wrong: true},
}

// act carries out what a button asks for, and leads back to the calendar.
func (u *UI) act(w http.ResponseWriter, r *http.Request) {
	h, ok := u.find(w, r)
	if !ok {
		return
	}
	back := func(code, to string) { u.site.Back(w, r, code, to) }
	here := u.calendarURL(h.ID)
	action, known := actions[r.PostFormValue("handling")]
	if !known {
		back("ukendt", here)
		return
	}
	if action == syncdb.Approve || action == syncdb.Reject {
		u.decidePlan(w, r, h, action, back)
		return
	}
	applied, err := u.store.Do(r.Context(), h.ID, action, webui.PersonOf(r).Actor())
	switch {
	case err != nil:
		u.site.Broken(w, r, fmt.Errorf("%s calendar %d: %w", action, h.ID, err))
	case !applied:
		back("andet", here)
	default:
		u.site.Log().InfoContext(r.Context(), "administrator acted on a calendar", "who", webui.PersonOf(r).Actor(), "action", action, "mailbox", h.ID)
		back(string(action), here)
	}
}
