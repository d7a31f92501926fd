package summonerui

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

const whyNotPath = root + "hvorfor"

func (p weekPages) addWhyNot() {
	p.menu(whyNotPath, "Hvorfor ikke?", planner.MaySee)
	p.site.Handle("GET", whyNotPath, planner.MaySee, p.whyNot)
}

// whyNotPage asks about an option and a time, and tells what keeps each case worker from being offered.
type whyNotPage struct {
	Form                      *webui.Form
	Centers, Options, Workers []webui.Choice
	Asked                     bool
	Heading                   string
	Answers                   []answer
	HasCenter                 bool
	Here                      string
	ChooseCenter              bool
}

// answer is about one case worker.
type answer struct {
	Name, Identifier string
	Why              []string
	AsOf             webui.Moment
	Calendar         string // address of their week
}

const everybody = ""

func (p weekPages) whyNot(w http.ResponseWriter, r *http.Request) {
	who, now := webui.PersonOf(r), p.site.Now()
	f := &webui.Form{Values: r.URL.Query()}
	offices, err := offices(r.Context(), p.people, who)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	page := whyNotPage{Form: f, HasCenter: len(offices) > 0, Here: p.site.URL(whyNotPath), ChooseCenter: len(offices) > 1}
	if !page.HasCenter {
		p.pages.Render(w, r, http.StatusOK, "whynot", "Hvorfor ikke?", page)
		return
	}
	if f.Get("jobcenter") == "" {
		f.Values.Set("jobcenter", string(centerOf(offices, f.Get("vejleder"))))
	}
	here := slices.IndexFunc(offices, func(o office) bool { return string(o.Code) == f.Get("jobcenter") })
	if here < 0 {
		p.site.NotFound(w, r)
		return
	}
	jc := offices[here].Code
	options, err := p.weeks.OptionTitles(r.Context(), jc)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	for _, o := range offices {
		page.Centers = append(page.Centers, webui.Choice{Value: string(o.Code), Name: o.Name})
	}
	page.Options = []webui.Choice{{Value: "", Name: "Vælg et mødetilbud"}}
	for _, o := range options {
		name := o.Title
		if !o.Active {
			name += " (trukket tilbage)"
		}
		page.Options = append(page.Options, webui.Choice{Value: o.ID.String(), Name: name})
	}
	page.Workers = []webui.Choice{{Value: everybody, Name: "Alle, der holder mødet"}}
	for _, c := range offices[here].CaseWorkers {
		page.Workers = append(page.Workers, webui.Choice{Value: c.ID.String(), Name: c.Name()})
	}
	if f.Get("dag") == "" {
		f.Values.Set("dag", now.In(planner.Copenhagen()).Format(time.DateOnly))
	}
	status := http.StatusOK
	if _, asked := f.Values["tilbud"]; asked {
		if !p.answer(w, r, f, &page, options, offices[here]) {
			return
		}
		if !f.OK() {
			status = http.StatusUnprocessableEntity
		}
	}
	p.pages.Render(w, r, status, "whynot", f.Title("Hvorfor ikke?"), page)
}

// answer fills in what keeps whom from being offered, or what is wrong with the question; false when it has answered the request.
func (p weekPages) answer(w http.ResponseWriter, r *http.Request, f *webui.Form, page *whyNotPage, options []plannerdb.OptionTitle, o office) bool {
	start, err := time.ParseInLocation("2006-01-02 15:04", f.Get("dag")+" "+f.Get("kl"), planner.Copenhagen())
	if err != nil {
		_, notDay := time.Parse(time.DateOnly, f.Get("dag"))
		f.Check(notDay == nil, "dag", "Vælg en dag.")
		f.Check(notDay != nil, "kl", "Skriv et klokkeslæt, fx 10:15.")
	}
	ask := plannerdb.WhyNotQuery{Start: start}
	if i := slices.IndexFunc(options, func(t plannerdb.OptionTitle) bool { return t.ID.String() == f.Get("tilbud") }); i >= 0 {
		ask.Option = options[i].ID
	}
	f.Check(ask.Option != uuid.Nil, "tilbud", "Vælg et mødetilbud.")
	if text := f.Get("vejleder"); text != everybody {
		i := slices.IndexFunc(o.CaseWorkers, func(c planner.CaseWorker) bool { return c.ID.String() == text })
		if i >= 0 {
			ask.CaseWorkerIdentifier = o.CaseWorkers[i].Identifier
		}
		f.Check(i >= 0, "vejleder", "Vælg en vejleder fra listen.")
	}
	if !f.OK() {
		return true
	}
	option, told, err := p.weeks.WhyNot(r.Context(), ask)
	if err != nil {
		if refused := (*planner.Error)(nil); errors.As(err, &refused) {
			p.site.NotFound(w, r)
		} else {
			p.site.Broken(w, r, err)
		}
		return false
	}
	page.Asked, page.Heading = true, option.Title+", "+planner.DanishDay(start)+" kl. "+start.Format("15.04")
	for _, e := range told {
		a := answer{Name: e.CaseWorker.Name(), Identifier: e.CaseWorker.Identifier, AsOf: webui.AtPtr(e.AsOf, p.site.Now())}
		for _, o := range e.Obstacles {
			a.Why = append(a.Why, o.Reason.Danish()+o.DanishSpan(start))
		}
		a.Calendar = p.site.URL(weekPath) + "?" + url.Values{"jobcenter": {string(o.Code)}, "vejleder": {e.CaseWorker.ID.String()}, "dag": {f.Get("dag")}}.Encode()
		page.Answers = append(page.Answers, a)
	}
	return true
}
