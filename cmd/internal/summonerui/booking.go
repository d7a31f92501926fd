package summonerui

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

const bookingPath = root + "moede/"

func (u *UI) addBooking(summoning Summoning) {
	u.site.Notices(map[string]webui.Notice{
		"moede-flyt": {Text: "Mødet er flyttet."}, "moede-aflys": {Text: "Mødet er aflyst."}, "moede-afbud": {Text: "Afbuddet er noteret. Mødet består, til det flyttes eller aflyses."},
	})
	b := bookingPages{u, summoning}
	u.site.Handle("GET", bookingPath+"{id}", planner.MaySee, b.show)
	u.site.Handle("POST", bookingPath+"{id}", planner.MaySummon, b.act)
}

type bookingPages struct {
	*UI
	summoning Summoning
}

type bookingView struct {
	plannerdb.BookingDetails
	Here         string
	State        string
	MadeBy       string
	Citizen      string
	Items        []planner.SummonsItem
	ExcuseWord   string
	ExcuseAt     webui.Moment
	Transitions  []transition
	MayChange    bool // who looks, and the meeting
	MayExcuse    bool
	CaseSystem   bool
	Move, Cancel *webui.Form
	Afbud        *webui.Form
	Workers      []webui.Choice
	Excuses      []webui.Choice
	Rules        []brokenRule
	Form         *webui.Form // the one with the rules
	Errors       []webui.FieldError
}

type transition struct {
	At                      webui.Moment
	Who, What, Reason, When string
}

// details reads the booking that the address names, if who asks may see it.
func (b *bookingPages) details(w http.ResponseWriter, r *http.Request) (plannerdb.BookingDetails, bool) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		b.site.NotFound(w, r)
		return plannerdb.BookingDetails{}, false
	}
	d, err := b.summoning.BookingDetails(r.Context(), id)
	switch {
	case refusal(err) != "" || err == nil && !webui.PersonOf(r).ActsFor(d.JobCenter):
		b.site.NotFound(w, r)
	case err != nil:
		b.site.Broken(w, r, err)
	default:
		return d, true
	}
	return d, false
}

func (b *bookingPages) show(w http.ResponseWriter, r *http.Request) {
	if d, ok := b.details(w, r); ok {
		empty := webui.NewForm(nil)
		b.render(w, r, http.StatusOK, bookingView{BookingDetails: d, Move: empty, Cancel: empty, Afbud: b.newExcuse(r)})
	}
}

func (b *bookingPages) newExcuse(r *http.Request) *webui.Form {
	now := b.site.Now().In(planner.Copenhagen())
	return webui.NewForm(map[string]string{"modtaget-dag": now.Format(time.DateOnly), "modtaget-kl": now.Format("15:04"), "modtaget-af": webui.PersonOf(r).Name})
}

func (b *bookingPages) render(w http.ResponseWriter, r *http.Request, status int, v bookingView) {
	d, who, now := v.BookingDetails, webui.PersonOf(r), b.site.Now()
	names, err := b.summoning.CodeNames(r.Context())
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	v.Here = b.site.URL(bookingPath + d.ID.String())
	v.Citizen = cprText(d.CPR, who.May(planner.MaySeeCitizens))
	v.MadeBy = originWords[d.Origin]
	v.State = "Aftalt"
	if d.Cancelled {
		v.State = "Aflyst"
	}
	v.CaseSystem = d.Origin == planner.OriginKSS
	v.MayChange = who.May(planner.MaySummon) && d.StaffMovable(now) == nil
	v.MayExcuse = who.May(planner.MaySummon) && !d.Cancelled && now.Before(d.Span.End.Add(24*time.Hour))
	v.Items = planner.Summons(planner.Letter{
		Booking: d.Booking, Option: d.Option, CaseWorker: d.CaseWorker, Citizen: v.Citizen, FundParticipates: d.FundParticipates, NameOf: names,
	})
	if d.Excuse != nil {
		v.ExcuseWord, v.ExcuseAt = excuseWords[d.Excuse.Reason], webui.At(d.Excuse.ReceivedAt, now)
	}
	for _, h := range d.History {
		t := transition{At: webui.At(h.At, now), Who: h.Actor, What: actionWords[h.Action], Reason: h.Reason}
		if t.What == "" {
			t.What = h.Action
		}
		if words := excuseWords[planner.ExcuseReason(h.Reason)]; h.Action == "excuse" {
			t.Reason = words
		}
		if !h.After.Empty() && h.Action != "excuse" {
			t.When = webui.Span(h.After.Start, h.After.End, now)
		}
		v.Transitions = append(v.Transitions, t)
	}
	v.Workers = []webui.Choice{{Name: "Samme vejleder, hvis ledig"}}
	if d.Option != nil {
		workers, err := b.summoning.CaseWorkers(r.Context(), d.JobCenter, planner.CPR{}, d.Option.ID)
		if err != nil && refusal(err) == "" {
			b.site.Broken(w, r, err)
			return
		}
		for _, c := range workers {
			v.Workers = append(v.Workers, webui.Choice{Value: c.Identifier, Name: c.Name()})
		}
	}
	for _, e := range planner.ExcuseReasons() {
		v.Excuses = append(v.Excuses, webui.Choice{Value: string(e), Name: excuseWords[e]})
	}
	v.Form = v.Move
	title := "Møde: " + d.Title
	if len(v.Errors) > 0 {
		title = "Fejl: " + title
	}
	b.pages.Render(w, r, status, "booking", title, v)
}

func (b *bookingPages) act(w http.ResponseWriter, r *http.Request) {
	d, ok := b.details(w, r)
	if !ok {
		return
	}
	f, who := webui.ReadForm(r), webui.PersonOf(r)
	v := bookingView{BookingDetails: d, Move: webui.NewForm(nil), Cancel: webui.NewForm(nil), Afbud: b.newExcuse(r)}
	var err error
	what := f.Get("handling")
	field := "" // that a refusal is about
	switch what {
	case "flyt":
		v.Move, field = f, "dag"
		start, wrong := time.ParseInLocation("2006-01-02 15:04", f.Get("dag")+" "+f.Get("kl"), planner.Copenhagen())
		f.Check(wrong == nil, "dag", "Skriv den nye dag og det nye klokkeslæt.")
		f.Check(f.Get("flyt-hvorfor") != "", "flyt-hvorfor", "Skriv, hvorfor mødet flyttes.")
		if f.OK() {
			_, err = b.summoning.MoveBooking(r.Context(), planner.MoveRequest{
				JobCenter: d.JobCenter, BookingID: d.ID, Start: start, CaseWorkerIdentifier: f.Get("vejleder"), Staff: who, Why: f.Get("flyt-hvorfor"), Override: overrideOf(f),
			})
		}
	case "aflys":
		v.Cancel, field = f, "aflys-hvorfor"
		f.Check(f.Get("aflys-hvorfor") != "", "aflys-hvorfor", "Skriv, hvorfor mødet aflyses.")
		if f.OK() {
			err = b.summoning.CancelBooking(r.Context(), planner.CancelRequest{JobCenter: d.JobCenter, BookingID: d.ID, Staff: who, Why: f.Get("aflys-hvorfor")})
		}
	case "afbud":
		v.Afbud, field = f, "aarsag"
		at, wrong := time.ParseInLocation("2006-01-02 15:04", f.Get("modtaget-dag")+" "+f.Get("modtaget-kl"), planner.Copenhagen())
		f.Check(wrong == nil && !at.After(b.site.Now()), "modtaget-dag", "Skriv, hvornår afbuddet blev modtaget.")
		f.Check(f.Get("modtaget-af") != "" && len(f.Get("modtaget-af")) <= 200, "modtaget-af", "Skriv, hvem der modtog afbuddet.")
		if f.OK() {
			err = b.summoning.Excuse(r.Context(), d.JobCenter, planner.Excuse{
				BookingID: d.ID, ReceivedAt: at, ReceivedBy: f.Get("modtaget-af"), Reason: planner.ExcuseReason(f.Get("aarsag")), Note: f.Get("note"),
			}, who)
		}
	default:
		b.site.NotFound(w, r)
		return
	}
	var refused *planner.Error
	switch {
	case errors.As(err, &refused) && (refused.Code == planner.CodeBreaksRules || refused.Code == planner.CodeBadOverride):
		f.Wrong("hvorfor", refusalWords[refused.Code])
		reasons := refused.Reasons
		if len(reasons) == 0 {
			reasons = overrideOf(f).Rules
		}
		for _, rule := range reasons {
			v.Rules = append(v.Rules, brokenRule{string(rule), rule.Danish()})
		}
	case errors.As(err, &refused):
		f.Wrong(field, refusal(err))
	case err != nil:
		b.site.Broken(w, r, err)
		return
	}
	if f.OK() {
		b.site.Back(w, r, "moede-"+what, b.site.URL(bookingPath+strings.ToLower(d.ID.String())))
		return
	}
	v.Errors = f.Errors
	b.render(w, r, http.StatusUnprocessableEntity, v)
}
