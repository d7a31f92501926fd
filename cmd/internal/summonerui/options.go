package summonerui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// Options are what citizens are offered, and the templates to make it from; *rosterdb.Store has it.
type Options interface {
	codeNamer
	Options(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Versioned[roster.Option], error)
	Option(ctx context.Context, id uuid.UUID) (rosterdb.Versioned[roster.Option], error)
	PutOption(ctx context.Context, o roster.Option, version int, by string) error
	Preview(ctx context.Context, o roster.Option, version int) (int, error)
	Templates(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Template, error)
	Template(ctx context.Context, id uuid.UUID) (rosterdb.Template, error)
	PutTemplate(ctx context.Context, t roster.Template, version int, by string) error
	DeleteTemplate(ctx context.Context, id uuid.UUID, version int, by string) error
	Workers(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Worker, error)
	Teams(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Versioned[roster.Team], error)
}

var _ Options = (*rosterdb.Store)(nil)

const optionsPath = root + "tilbud"

type optionPages struct {
	*UI
	options Options
	people  People
}

func (u *UI) addOptions(needs Options, people People) {
	p := optionPages{u, needs, people}
	u.menu(optionsPath, "Mødetilbud", planner.MayPlan)
	u.site.Handle("GET", optionsPath, planner.MayPlan, p.list)
	for _, path := range []string{optionsPath + "/ny/{center}", optionsPath + "/id/{id}"} {
		u.site.Handle("GET", path, planner.MayPlan, p.edit)
		u.site.Handle("POST", path, planner.MayPlan, p.save)
	}
	u.site.Handle("POST", optionsPath+"/id/{id}/tilbydes", planner.MayPlan, p.offer)
	u.site.Handle("POST", optionsPath+"/id/{id}/foelg", planner.MayPlan, p.follow)
	for _, path := range []string{templatesPath + "/ny/{center}", templatesPath + "/id/{id}"} {
		u.site.Handle("GET", path, planner.MayPlan, p.editTemplate)
		u.site.Handle("POST", path, planner.MayPlan, p.saveTemplate)
	}
	u.site.Handle("POST", templatesPath+"/id/{id}/fjern", planner.MayPlan, p.removeTemplate)
	u.site.Notices(map[string]webui.Notice{
		"tilbud-gemt":       {Text: "Mødetilbuddet er gemt. Møder, der er aftalt, er ikke ændret."},
		"tilbud-trukket":    {Text: "Mødetilbuddet er trukket tilbage. Møder, der er aftalt, er ikke ændret."},
		"tilbud-genoptaget": {Text: "Mødetilbuddet tilbydes igen."},
		"skabelon-gemt":     {Text: "Skabelonen er gemt. Dens tilbud følger den, hvor de var som den."},
		"skabelon-fjernet":  {Text: "Skabelonen er fjernet. Dens tilbud består som de er."},
	})
}

type offerRow struct {
	roster.Option
	Kind, Length, Holders, State, Here, After string
}

type templateRow struct {
	rosterdb.Template
	Variants, Here, New string
}

// optionsOf is one job centre in the list.
type optionsOf struct {
	planner.JobCenter
	New, NewTemplate string
	Options          []offerRow
	Templates        []templateRow
}

func (p optionPages) list(w http.ResponseWriter, r *http.Request) {
	centers, err := p.ownCenters(r, p.people)
	var page []optionsOf
	for _, c := range centers {
		if err == nil {
			var one optionsOf
			one, err = p.center(r.Context(), c)
			page = append(page, one)
		}
	}
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	p.pages.Render(w, r, http.StatusOK, "options", "Mødetilbud", page)
}

func (p optionPages) center(ctx context.Context, c planner.JobCenter) (optionsOf, error) {
	one := optionsOf{
		JobCenter: c, New: p.site.URL(optionsPath + "/ny/" + string(c.Code)), NewTemplate: p.site.URL(templatesPath + "/ny/" + string(c.Code)),
	}
	templates, err := p.options.Templates(ctx, c.Code)
	if err != nil {
		return one, err
	}
	names := map[uuid.UUID]string{}
	for _, t := range templates {
		names[t.ID] = t.Name
		one.Templates = append(one.Templates, templateRow{
			t, webui.Count(t.Variants, "tilbud", "tilbud"), p.templateHere(t.ID), one.New + "?skabelon=" + t.ID.String(),
		})
	}
	options, err := p.options.Options(ctx, c.Code)
	if err != nil {
		return one, err
	}
	teams, workers, err := p.holders(ctx, c.Code, roster.Option{})
	if err != nil {
		return one, err
	}
	codes, err := p.options.CodeNames(ctx)
	for _, o := range options {
		o := o.Value
		row := offerRow{
			Option: o, Kind: "Type " + strconv.Itoa(o.InterviewType), Length: minutesText(o.DurationMinutes), State: "Tilbydes",
			Here: p.here(o.ID), Holders: holderText(o, teams, workers),
		}
		for _, c := range codes[planner.ListInterviewType] {
			if c.Code == o.InterviewType {
				row.Kind = c.Name
			}
		}
		if !o.Active {
			row.State = "Trukket tilbage"
		}
		if o.Template != nil {
			row.After = names[*o.Template]
		}
		one.Options = append(one.Options, row)
	}
	return one, err
}

// holderText names who holds an option's meetings; many case workers are counted.
func holderText(o roster.Option, teams, workers []webui.Choice) string {
	var names []string
	for _, id := range o.Teams {
		names = append(names, nameOf(teams, id))
	}
	if n := len(o.CaseWorkers); n > 3 {
		return strings.Join(append(names, webui.Count(n, "vejleder", "vejledere")), ", ")
	}
	for _, id := range o.CaseWorkers {
		names = append(names, nameOf(workers, id))
	}
	if len(names) == 0 {
		return "Ingen"
	}
	return strings.Join(names, ", ")
}

func nameOf(choices []webui.Choice, id uuid.UUID) string {
	for _, c := range choices {
		if c.Value == id.String() {
			return c.Name
		}
	}
	return "En fratrådt"
}

// holders are the job centre's teams, and its case workers, those who have left only where the option has them already.
func (p optionPages) holders(ctx context.Context, jc planner.JobCenterCode, o roster.Option) (teams, workers []webui.Choice, err error) {
	allTeams, err := p.options.Teams(ctx, jc)
	if err != nil {
		return nil, nil, err
	}
	all, err := p.options.Workers(ctx, jc)
	return teamChoices(allTeams), workerChoices(all, o.CaseWorkers), err
}

func teamChoices(teams []rosterdb.Versioned[roster.Team]) (out []webui.Choice) {
	for _, t := range teams {
		out = append(out, webui.Choice{Value: t.Value.ID.String(), Name: t.Value.Name})
	}
	return out
}

// workerChoices are the case workers to choose among; who has left only if chosen already.
func workerChoices(all []rosterdb.Worker, chosen []uuid.UUID) (out []webui.Choice) {
	for _, w := range all {
		switch {
		case w.Active:
			out = append(out, webui.Choice{Value: w.ID.String(), Name: w.Name()})
		case slices.Contains(chosen, w.ID):
			out = append(out, webui.Choice{Value: w.ID.String(), Name: w.Name() + " (fratrådt)"})
		}
	}
	return out
}

func (p optionPages) here(id uuid.UUID) string { return p.site.URL(optionsPath + "/id/" + id.String()) }

// optionPage is one option, or a new one.
type optionPage struct {
	Spec             specView
	New, Active      bool
	Heading, Here    string
	Teams, Workers   []webui.Choice
	Times            string // what the preview told
	Template         string // the name of what it is a variant of
	TemplateHere     string
	Own              []difference
	Fields           []webui.Choice // those to follow the template in
	Offering, Follow string
}

// find gives the option of the address, a new one for "ny"; it answers itself when there is none to be seen.
func (p optionPages) find(w http.ResponseWriter, r *http.Request) (found rosterdb.Versioned[roster.Option], ok bool) {
	var err error
	if code := r.PathValue("center"); code != "" {
		found.Value = roster.Option{JobCenter: planner.JobCenterCode(code), Spec: roster.NewSpec(), Active: true}
		if text := r.URL.Query().Get("skabelon"); text != "" {
			var t rosterdb.Template
			if t, err = byID(r.Context(), text, p.options.Template); err == nil && t.JobCenter != found.Value.JobCenter {
				err = rosterdb.ErrUnknown
			}
			found.Value.Spec, found.Value.Template = t.Spec, &t.ID
		}
	} else {
		found, err = byID(r.Context(), r.PathValue("id"), p.options.Option)
	}
	return found, p.seen(w, r, found.Value.JobCenter, err)
}

// filled is the form with the option in it.
func filledOption(found rosterdb.Versioned[roster.Option]) *webui.Form {
	f := &webui.Form{Values: specTexts(found.Value.Spec)}
	f.Values.Set("version", strconv.Itoa(found.Version))
	if found.Value.ID == uuid.Nil {
		f.Values.Set("id", uuid.NewString()) // so that a form sent twice makes one
	}
	f.Values["teams"], f.Values["caseWorkers"] = idTexts(found.Value.Teams), idTexts(found.Value.CaseWorkers)
	return f
}

func idTexts(ids []uuid.UUID) (out []string) {
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out
}

// readIDs are the ids that were ticked; what is none is left out.
func readIDs(f *webui.Form, field string) (ids []uuid.UUID) {
	for _, text := range f.All(field) {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func (p optionPages) edit(w http.ResponseWriter, r *http.Request) {
	if found, ok := p.find(w, r); ok {
		p.show(w, r, found.Value, filledOption(found), "")
	}
}

func (p optionPages) show(w http.ResponseWriter, r *http.Request, o roster.Option, f *webui.Form, times string) {
	page := optionPage{
		New: o.ID == uuid.Nil, Active: o.Active, Heading: o.Title, Here: p.here(o.ID), Times: times,
		Offering: p.here(o.ID) + "/tilbydes", Follow: p.here(o.ID) + "/foelg",
	}
	var err error
	if page.Spec, err = newSpecView(r.Context(), f, p.options, o.Spec); err == nil {
		page.Teams, page.Workers, err = p.holders(r.Context(), o.JobCenter, o)
	}
	if o.Template != nil && err == nil {
		var t rosterdb.Template
		if t, err = p.options.Template(r.Context(), *o.Template); err == nil {
			page.Template, page.TemplateHere, page.Own = t.Name, p.templateHere(t.ID), page.Spec.differences(o.Spec, t.Spec)
		}
	}
	if err != nil {
		p.missing(w, r, err)
		return
	}
	for _, d := range page.Own {
		page.Fields = append(page.Fields, webui.Choice{Value: d.Field, Name: d.Name})
	}
	if page.New {
		page.Heading, page.Here = "Nyt mødetilbud", p.site.URL(optionsPath+"/ny/"+string(o.JobCenter))
		if o.Template != nil {
			page.Here += "?" + url.Values{"skabelon": {o.Template.String()}}.Encode()
		}
	}
	p.pages.Render(w, r, formStatus(f), "option", f.Title(page.Heading), page)
}

func (p optionPages) save(w http.ResponseWriter, r *http.Request) {
	found, ok := p.find(w, r)
	if !ok {
		return
	}
	f := webui.ReadForm(r)
	o := found.Value
	if o.ID == uuid.Nil {
		if id, err := uuid.Parse(f.Get("id")); err == nil && id != uuid.Nil {
			o.ID = id
		} else {
			o.ID = uuid.New()
		}
	}
	o.Spec, o.Teams, o.CaseWorkers = readSpec(f, o.Spec), readIDs(f, "teams"), readIDs(f, "caseWorkers")
	version, _ := strconv.Atoi(f.Get("version")) // none is for a new one
	_, faults := o.Checked()
	wordFaults(f, faults)
	times := ""
	if f.OK() {
		var err error
		if f.Get("act") == "preview" {
			times, err = p.preview(r.Context(), found, o, version)
		} else if err = p.options.PutOption(r.Context(), o, version, webui.PersonOf(r).Actor()); err == nil {
			p.site.Back(w, r, "tilbud-gemt", p.site.URL(optionsPath))
			return
		}
		if err != nil && !p.refused(w, r, f, err, "tilbuddet") {
			return
		}
	}
	p.show(w, r, found.Value, f, times)
}

// preview tells in words how many times the option has now, and would have. One that is withdrawn is counted as if it were not.
func (p optionPages) preview(ctx context.Context, found rosterdb.Versioned[roster.Option], o roster.Option, version int) (string, error) {
	before, after, words := 0, 0, "Så mange tider de næste 4 uger: "
	if !o.Active {
		words = "Så mange tider de næste 4 uger, hvis tilbuddet genoptages: "
	}
	o.Active = true
	after, err := p.options.Preview(ctx, o, version)
	if err == nil && found.Version > 0 {
		before, err = p.options.Preview(ctx, found.Value, found.Version)
	}
	return words + "før " + webui.Number(before) + ", efter " + webui.Number(after) + ".", err
}

// offer withdraws the option, or takes it back.
func (p optionPages) offer(w http.ResponseWriter, r *http.Request) {
	p.change(w, r, func(sent, _ *webui.Form, o *roster.Option) (string, error) {
		if o.Active = sent.Get("active") == "ja"; o.Active {
			return "tilbud-genoptaget", nil
		}
		return "tilbud-trukket", nil
	})
}

// follow takes the chosen fields over from the template.
func (p optionPages) follow(w http.ResponseWriter, r *http.Request) {
	p.change(w, r, func(sent, f *webui.Form, o *roster.Option) (string, error) {
		if o.Template == nil {
			return "", rosterdb.ErrUnknown
		}
		f.Check(len(sent.All("felt")) > 0, "felt", "Vælg mindst ét felt.")
		t, err := p.options.Template(r.Context(), *o.Template)
		o.Spec = roster.TakeFields(o.Spec, t.Spec, sent.All("felt"))
		return "tilbud-gemt", err
	})
}

// change makes one change of an option that a button of its page asks for, and gives the notice of it.
func (p optionPages) change(w http.ResponseWriter, r *http.Request, change func(sent, f *webui.Form, o *roster.Option) (string, error)) {
	found, ok := p.find(w, r)
	if !ok {
		return
	}
	sent, f, o := webui.ReadForm(r), filledOption(found), found.Value
	notice, err := change(sent, f, &o)
	if err == nil && f.OK() {
		version, _ := strconv.Atoi(sent.Get("version")) // one that is no number is none that is stored
		if err = p.options.PutOption(r.Context(), o, version, webui.PersonOf(r).Actor()); err == nil {
			p.site.Back(w, r, notice, p.here(o.ID))
			return
		}
	}
	if err == nil || p.refused(w, r, f, err, "tilbuddet") {
		p.show(w, r, found.Value, f, "")
	}
}
