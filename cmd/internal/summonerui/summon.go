package summonerui

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// Summoning is what is done with single meetings; *plannerdb.Store has it.
type Summoning interface {
	ActiveOptions(ctx context.Context, jc planner.JobCenterCode) ([]planner.InterviewOption, error)
	CaseWorkers(ctx context.Context, jc planner.JobCenterCode, citizen planner.CPR, option uuid.UUID) ([]planner.CaseWorker, error)
	Timeslots(ctx context.Context, ask planner.TimeslotQuery) (planner.Timeslots, error)
	Summon(ctx context.Context, r planner.SummonRequest) (planner.Receipt, error)
	MoveBooking(ctx context.Context, r planner.MoveRequest) (planner.Receipt, error)
	CancelBooking(ctx context.Context, r planner.CancelRequest) error
	Excuse(ctx context.Context, jc planner.JobCenterCode, e planner.Excuse, by planner.Staff) error
	BookingDetails(ctx context.Context, id uuid.UUID) (plannerdb.BookingDetails, error)
	CodeNames(ctx context.Context) (func(list string, code int) string, error)
}

const summonPath = root + "indkald"

func (u *UI) addSummon(summoning Summoning, people People) {
	u.menu(summonPath, "Indkald", planner.MaySummon)
	u.site.Notices(map[string]webui.Notice{"indkaldt": {Text: "Borgeren er indkaldt. Mødet meldes nu til kalenderen og DFDG."}})
	s := summonPages{u, summoning, people}
	u.site.Handle("GET", summonPath, planner.MaySummon, s.form)
	u.site.Handle("POST", summonPath, planner.MaySummon, s.step)
}

type summonPages struct {
	*UI
	summoning Summoning
	people    People
}

// summonPage is the form, and below it what the steps so far gave.
type summonPage struct {
	Form    *webui.Form
	Options []webui.Choice
	// Of the choice of a time.
	Choosing bool
	Days     []slotDay
	Workers  []webui.Choice
	// Of the last step.
	Confirming bool
	Items      []planner.SummonsItem
	Rules      []brokenRule
}

type slotDay struct {
	Name  string
	Times []slotTime
}

type slotTime struct{ Value, Clock, Who string }

// brokenRule is a rule that may be broken.
type brokenRule struct{ Value, Words string }

// optionChoices are the options of the job centres that who acts for.
func optionChoices(ctx context.Context, people People, summoning Summoning, who planner.Staff) ([]webui.Choice, error) {
	centers, err := people.JobCenters(ctx)
	if err != nil {
		return nil, err
	}
	choices := []webui.Choice{{Name: "Vælg"}}
	for _, c := range centers {
		if !who.ActsFor(c.Code) {
			continue
		}
		options, err := summoning.ActiveOptions(ctx, c.Code)
		if err != nil {
			return nil, err
		}
		for _, o := range options {
			choices = append(choices, webui.Choice{Value: string(c.Code) + "/" + o.ID.String(), Name: o.Title + " (" + c.Name + ")"})
		}
	}
	return choices, nil
}

// chosenOption reads the value of such a choice.
func chosenOption(value string) (planner.JobCenterCode, uuid.UUID, error) {
	jc, id, _ := strings.Cut(value, "/")
	option, err := uuid.Parse(id)
	return planner.JobCenterCode(jc), option, err
}

func (s *summonPages) form(w http.ResponseWriter, r *http.Request) {
	today := s.site.Now().In(planner.Copenhagen())
	f := webui.NewForm(map[string]string{
		"booking": uuid.NewString(), "fra": today.Format(time.DateOnly), "til": today.AddDate(0, 0, 21).Format(time.DateOnly),
	})
	s.render(w, r, http.StatusOK, summonPage{Form: f})
}

func (s *summonPages) render(w http.ResponseWriter, r *http.Request, status int, p summonPage) {
	var err error
	if p.Options, err = optionChoices(r.Context(), s.people, s.summoning, webui.PersonOf(r)); err != nil {
		s.site.Broken(w, r, err)
		return
	}
	s.pages.Render(w, r, status, "summon", p.Form.Title("Indkald en borger"), p)
}

// asked is what all steps have: whom to call in, and for what.
type asked struct {
	jc     planner.JobCenterCode
	option uuid.UUID
	cpr    planner.CPR
}

func read(f *webui.Form, who planner.Staff) asked {
	var a asked
	var err error
	a.jc, a.option, err = chosenOption(f.Get("tilbud"))
	f.Check(err == nil && who.ActsFor(a.jc), "tilbud", "Vælg et mødetilbud.")
	a.cpr, _ = citizenOf(f)
	return a
}

func (s *summonPages) step(w http.ResponseWriter, r *http.Request) {
	f := webui.ReadForm(r)
	if f.Get("trin") == "begynd" { // another page gives what it knows; a number stands in no address
		s.render(w, r, http.StatusOK, summonPage{Form: f})
		return
	}
	a := read(f, webui.PersonOf(r))
	if !f.OK() {
		s.render(w, r, http.StatusUnprocessableEntity, summonPage{Form: f})
		return
	}
	switch f.Get("trin") {
	case "bekraeft":
		s.confirm(w, r, f, a, http.StatusOK, nil)
	case "book":
		s.book(w, r, f, a)
	default:
		s.times(w, r, f, a, http.StatusOK)
	}
}

// times shows when the option's meetings can be booked.
func (s *summonPages) times(w http.ResponseWriter, r *http.Request, f *webui.Form, a asked, status int) {
	from, errFrom := planner.ParseDate(f.Get("fra"))
	to, errTo := planner.ParseDate(f.Get("til"))
	f.Check(errFrom == nil, "fra", "Skriv den første dag.")
	f.Check(errTo == nil, "til", "Skriv den sidste dag.")
	if errFrom != nil || errTo != nil {
		s.render(w, r, http.StatusUnprocessableEntity, summonPage{Form: f})
		return
	}
	p := summonPage{Form: f, Choosing: true}
	slots, err := s.summoning.Timeslots(r.Context(), planner.TimeslotQuery{
		JobCenter: a.jc, CPR: a.cpr, Option: a.option, Interval: planner.Span{Start: from.Midnight(), End: to.Midnight().AddDate(0, 0, 1)},
		CaseWorkerIdentifier: f.Get("vejleder"),
	})
	if words := refusal(err); words != "" {
		f.Wrong("", words)
		s.render(w, r, http.StatusUnprocessableEntity, summonPage{Form: f})
		return
	}
	if err != nil {
		s.site.Broken(w, r, err)
		return
	}
	if p.Workers, err = s.workers(r.Context(), a); err != nil {
		s.site.Broken(w, r, err)
		return
	}
	names := map[uuid.UUID]string{}
	for _, c := range slots.CaseWorkers {
		names[c.ID] = c.Name()
	}
	for _, slot := range slots.Slots {
		day := planner.DanishDay(slot.Start)
		if n := len(p.Days); n == 0 || p.Days[n-1].Name != day {
			p.Days = append(p.Days, slotDay{Name: day})
		}
		times := &p.Days[len(p.Days)-1].Times
		value := slot.Start.UTC().Format(time.RFC3339)
		if n := len(*times); n > 0 && (*times)[n-1].Value == value {
			continue // another way to meet at the same start
		}
		*times = append(*times, slotTime{value, slot.Start.In(planner.Copenhagen()).Format("15.04"), webui.Count(len(slot.CaseWorkers), "vejleder", "vejledere")})
	}
	s.render(w, r, status, p)
}

// workers are the choices among those who hold the option's meetings.
func (s *summonPages) workers(ctx context.Context, a asked) ([]webui.Choice, error) {
	list, err := s.summoning.CaseWorkers(ctx, a.jc, a.cpr, a.option)
	choices := []webui.Choice{{Name: "Den, der har færrest møder"}}
	for _, c := range list {
		choices = append(choices, webui.Choice{Value: c.Identifier, Name: c.Name()})
	}
	return choices, err
}

// startOf is the start that was chosen: one that is offered, or one written by hand.
func startOf(f *webui.Form) (time.Time, error) {
	if day, clock := f.Get("dag"), f.Get("kl"); day != "" || clock != "" {
		return time.ParseInLocation("2006-01-02 15:04", day+" "+clock, planner.Copenhagen())
	}
	return time.Parse(time.RFC3339, f.Get("start"))
}

// confirm shows what the letter will say. Without a wish it names the case worker who comes first at that time, and keeps them.
func (s *summonPages) confirm(w http.ResponseWriter, r *http.Request, f *webui.Form, a asked, status int, rules []planner.Reason) {
	ctx := r.Context()
	start, err := startOf(f)
	if err != nil {
		f.Wrong("start", "Vælg en tid, eller skriv dag og klokkeslæt.")
		s.times(w, r, f, a, http.StatusUnprocessableEntity)
		return
	}
	options, err := s.summoning.ActiveOptions(ctx, a.jc)
	if err != nil {
		s.site.Broken(w, r, err)
		return
	}
	i := slices.IndexFunc(options, func(o planner.InterviewOption) bool { return o.ID == a.option })
	if i < 0 {
		f.Wrong("tilbud", refusalWords[planner.CodeUnknownOption])
		s.render(w, r, http.StatusUnprocessableEntity, summonPage{Form: f})
		return
	}
	option := options[i]
	meeting := planner.Span{Start: start, End: start.Add(option.Duration)}
	workers, err := s.summoning.CaseWorkers(ctx, a.jc, a.cpr, a.option)
	if err != nil {
		s.site.Broken(w, r, err)
		return
	}
	contact := option.ContactTypes[0]
	slots, err := s.summoning.Timeslots(ctx, planner.TimeslotQuery{JobCenter: a.jc, CPR: a.cpr, Option: a.option, Interval: meeting, CaseWorkerIdentifier: f.Get("vejleder")})
	if err != nil && refusal(err) == "" {
		s.site.Broken(w, r, err)
		return
	}
	var chosen planner.CaseWorker
	if n := slices.IndexFunc(workers, func(c planner.CaseWorker) bool { return c.Identifier == f.Get("vejleder") }); n >= 0 {
		chosen = workers[n]
	}
	if len(slots.Slots) > 0 {
		first := slots.Slots[0]
		if n := slices.IndexFunc(slots.CaseWorkers, func(c planner.CaseWorker) bool { return c.ID == first.CaseWorkers[0] }); n >= 0 {
			chosen = slots.CaseWorkers[n]
		}
		if first.ContactTypes != nil {
			contact = first.ContactTypes[0]
		}
	}
	names, err := s.summoning.CodeNames(ctx)
	if err != nil {
		s.site.Broken(w, r, err)
		return
	}
	f.Values.Set("start", start.UTC().Format(time.RFC3339))
	f.Values.Del("dag")
	f.Values.Del("kl")
	f.Values.Set("vejleder", chosen.Identifier)
	p := summonPage{Form: f, Confirming: true, Items: planner.Summons(planner.Letter{
		Booking: planner.Booking{Span: meeting, ContactType: contact, Title: option.Title, Origin: planner.OriginPlanner},
		Option:  &option, CaseWorker: chosen, Citizen: cprText(a.cpr, webui.PersonOf(r).May(planner.MaySeeCitizens)), NameOf: names,
	})}
	for _, rule := range rules {
		p.Rules = append(p.Rules, brokenRule{string(rule), rule.Danish()})
	}
	s.render(w, r, status, p)
}

func (s *summonPages) book(w http.ResponseWriter, r *http.Request, f *webui.Form, a asked) {
	start, err := startOf(f)
	booking, errID := uuid.Parse(f.Get("booking"))
	if err != nil || errID != nil {
		s.times(w, r, f, a, http.StatusUnprocessableEntity)
		return
	}
	request := planner.SummonRequest{
		JobCenter: a.jc, CPR: a.cpr, BookingID: booking, Option: &a.option, Start: start, CaseWorkerIdentifier: f.Get("vejleder"), Staff: webui.PersonOf(r),
		Override: overrideOf(f),
	}
	_, err = s.summoning.Summon(r.Context(), request)
	var refused *planner.Error
	switch {
	case err == nil:
		s.site.Back(w, r, "indkaldt", s.site.URL(bookingPath+booking.String()))
	case !errors.As(err, &refused):
		s.site.Broken(w, r, err)
	case refused.Code == planner.CodeBreaksRules:
		f.Wrong("hvorfor", refusalWords[refused.Code])
		s.confirm(w, r, f, a, http.StatusUnprocessableEntity, refused.Reasons)
	case refused.Code == planner.CodeBadOverride || refused.Code == planner.CodeBadText:
		f.Wrong("hvorfor", refusalWords[refused.Code])
		s.confirm(w, r, f, a, http.StatusUnprocessableEntity, request.Override.Rules)
	default:
		f.Wrong("start", refusal(err))
		s.times(w, r, f, a, http.StatusUnprocessableEntity)
	}
}

// overrideOf is what the form says is to be broken, and why.
func overrideOf(f *webui.Form) planner.Override {
	o := planner.Override{Why: f.Get("hvorfor")}
	for _, rule := range f.All("regel") {
		o.Rules = append(o.Rules, planner.Reason(rule))
	}
	return o
}
