package summonerui

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// Centers are the job centres with what their municipality sets; *rosterdb.Store has it.
type Centers interface {
	Centers(ctx context.Context) ([]rosterdb.Versioned[roster.Center], error)
	Center(ctx context.Context, code planner.JobCenterCode) (rosterdb.Versioned[roster.Center], error)
	PutCenter(ctx context.Context, c roster.Center, version int, by string) error
}

var _ Centers = (*rosterdb.Store)(nil)

const centersPath = root + "jobcentre"

type centerPages struct {
	*UI
	centers Centers
}

func (u *UI) addCenters(needs Centers) {
	p := centerPages{u, needs}
	u.menu(centersPath, "Jobcentre", planner.MayAdminister)
	u.site.Handle("GET", centersPath, planner.MayAdminister, p.list)
	for _, path := range []string{centersPath + "/ny", centersPath + "/kode/{code}"} {
		u.site.Handle("GET", path, planner.MayAdminister, p.edit)
		u.site.Handle("POST", path, planner.MayAdminister, p.save)
	}
	u.site.Notices(map[string]webui.Notice{"jobcenter-gemt": {Text: "Jobcenteret er gemt. Møder, der er aftalt, er ikke ændret."}})
}

// centersPage lists job centres; New leads to a new one, for who may act for all.
type centersPage struct {
	New  string
	Rows []centerRow
}

type centerRow struct {
	roster.Center
	Here, Closed string
}

func (p centerPages) list(w http.ResponseWriter, r *http.Request) {
	all, err := p.centers.Centers(r.Context())
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	who := webui.PersonOf(r)
	var page centersPage
	if who.AllJobCenters {
		page.New = p.site.URL(centersPath + "/ny")
	}
	for _, c := range all {
		if who.ActsFor(c.Value.Code) {
			page.Rows = append(page.Rows, centerRow{c.Value, p.site.URL(centersPath + "/kode/" + string(c.Value.Code)), webui.Count(len(c.Value.ClosingDays), "lukkedag", "lukkedage")})
		}
	}
	p.pages.Render(w, r, http.StatusOK, "centers", "Jobcentre", page)
}

// find gives the job centre of the address, a new one for "ny"; it answers itself when there is none to be seen.
func (p centerPages) find(w http.ResponseWriter, r *http.Request) (c rosterdb.Versioned[roster.Center], ok bool) {
	code, who := planner.JobCenterCode(r.PathValue("code")), webui.PersonOf(r)
	if code == "" && who.AllJobCenters {
		return rosterdb.Versioned[roster.Center]{Value: roster.NewCenter("")}, true
	}
	if code == "" || !who.ActsFor(code) {
		p.site.NotFound(w, r)
		return c, false
	}
	c, err := p.centers.Center(r.Context(), code)
	return c, p.seen(w, r, code, err)
}

// ticks are the choices of a job centre that are on or off.
var ticks = []struct {
	webui.Choice
	of func(*roster.Center) *bool
}{
	{webui.Choice{Value: "helligdage", Name: "Lukket på helligdage"}, func(c *roster.Center) *bool { return &c.PublicHolidays }},
	{webui.Choice{Value: "maj", Name: "Lukket 1. maj"}, func(c *roster.Center) *bool { return &c.LabourDay }},
	{webui.Choice{Value: "grundlov", Name: "Lukket grundlovsdag, 5. juni"}, func(c *roster.Center) *bool { return &c.ConstitutionDay }},
	{webui.Choice{Value: "juleaften", Name: "Lukket juleaften"}, func(c *roster.Center) *bool { return &c.ChristmasEve }},
	{webui.Choice{Value: "nytaar", Name: "Lukket nytårsaften"}, func(c *roster.Center) *bool { return &c.NewYearsEve }},
	{webui.Choice{Value: "andetsted", Name: "“Arbejder et andet sted” i Outlook optager tid"}, func(c *roster.Center) *bool { return &c.WorkingElsewhereBlocks }},
	{webui.Choice{Value: "navn", Name: "Borgerens navn må stå i vejlederens kalender"}, func(c *roster.Center) *bool { return &c.CitizenNameInOutlook }},
	{webui.Choice{Value: "uge", Name: "Fordel møder jævnt over ugen, ikke kun dagen"}, func(c *roster.Center) *bool { return &c.SpreadByWeek }},
}

// centerPage is one job centre, or a new one.
type centerPage struct {
	Form                *webui.Form
	New                 bool
	Heading, Here       string
	Ticks, Move, Delete []webui.Choice
}

func (p centerPages) edit(w http.ResponseWriter, r *http.Request) {
	found, ok := p.find(w, r)
	if !ok {
		return
	}
	c := found.Value
	f := webui.NewForm(map[string]string{
		"name": c.Name, "reservationMinutes": strconv.Itoa(c.ReservationMinutes), "outlookMove": c.OutlookMove, "outlookDelete": c.OutlookDelete,
		"version": strconv.Itoa(found.Version),
	})
	if c.StaleAfterMinutes > 0 {
		f.Values.Set("staleAfterMinutes", strconv.Itoa(c.StaleAfterMinutes))
	}
	var days []string
	for _, d := range c.ClosingDays {
		days = append(days, strings.TrimSpace(d.Date+" "+d.Note))
	}
	f.Values.Set("closingDays", strings.Join(days, "\n"))
	for _, t := range ticks {
		if *t.of(&c) {
			f.Values.Add("valg", t.Value)
		}
	}
	p.show(w, r, c, f)
}

func (p centerPages) show(w http.ResponseWriter, r *http.Request, c roster.Center, f *webui.Form) {
	page := centerPage{
		Form: f, New: c.Code == "", Heading: c.Name, Here: r.URL.Path,
		Move:   []webui.Choice{{Value: "restore", Name: "Sættes tilbage"}, {Value: "accept", Name: "Flytter mødet, hvis tiden er lovlig"}},
		Delete: []webui.Choice{{Value: "restore", Name: "Laves igen én gang"}, {Value: "cancel", Name: "Aflyser mødet"}},
	}
	if page.New {
		page.Heading = "Nyt jobcenter"
	}
	for _, t := range ticks {
		page.Ticks = append(page.Ticks, t.Choice)
	}
	p.pages.Render(w, r, formStatus(f), "center", f.Title(page.Heading), page)
}

func (p centerPages) save(w http.ResponseWriter, r *http.Request) {
	found, ok := p.find(w, r)
	if !ok {
		return
	}
	f := webui.ReadForm(r)
	c := found.Value
	if c.Code == "" {
		c.Code = planner.JobCenterCode(f.Get("code"))
	}
	readCenter(f, &c)
	_, faults := c.Checked()
	wordFaults(f, faults)
	if !f.OK() {
		p.show(w, r, found.Value, f)
		return
	}
	version, _ := strconv.Atoi(f.Get("version")) // none is for a new one
	err := p.centers.PutCenter(r.Context(), c, version, webui.PersonOf(r).Actor())
	switch {
	case err != nil:
		if p.refused(w, r, f, err, "jobcenteret") {
			p.show(w, r, found.Value, f)
		}
	default:
		p.site.Back(w, r, "jobcenter-gemt", p.site.URL(centersPath))
	}
}

// readCenter takes over what the form says; what cannot be read is noted at the field.
func readCenter(f *webui.Form, c *roster.Center) {
	c.Name, c.OutlookMove, c.OutlookDelete = f.Get("name"), f.Get("outlookMove"), f.Get("outlookDelete")
	number := func(field string, to *int) {
		*to = 0
		if text := f.Get(field); text != "" {
			n, err := strconv.Atoi(text)
			f.Check(err == nil, field, "Skriv et helt tal.")
			*to = n
		}
	}
	number("reservationMinutes", &c.ReservationMinutes)
	number("staleAfterMinutes", &c.StaleAfterMinutes)
	for _, t := range ticks {
		*t.of(c) = f.Has("valg", t.Value)
	}
	c.ClosingDays = nil
	for line := range strings.SplitSeq(f.Get("closingDays"), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			date, note, _ := strings.Cut(line, " ")
			c.ClosingDays = append(c.ClosingDays, roster.ClosingDay{Date: date, Note: strings.TrimSpace(note)})
		}
	}
}
