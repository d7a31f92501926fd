package summonerui

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// Shortages tells where times are short; *plannerdb.Store has it.
type Shortages interface {
	Forecast(ctx context.Context, jc planner.JobCenterCode, weeks int) ([]plannerdb.OptionForecast, error)
	Pressing(ctx context.Context, jc planner.JobCenterCode, days int) ([]plannerdb.Pressing, error)
	CodeNames(ctx context.Context) (func(list string, code int) string, error)
}

var _ Shortages = (*plannerdb.Store)(nil)

const shortagePath = root + "mangel"

// forecastWeeks are the lengths that may be chosen; the first is what is shown unasked.
var forecastWeeks = []int{4, 8, 12, 26}

type shortagePages struct {
	*UI
	shortages Shortages
	people    People
}

func (u *UI) addShortage(shortages Shortages, people People) {
	p := shortagePages{u, shortages, people}
	u.menu(shortagePath, "Mangel på tider", planner.MaySee)
	u.site.Handle("GET", shortagePath, planner.MaySee, p.show)
}

type shortagePage struct {
	Form           *webui.Form
	Centers, Weeks []webui.Choice
	HasCenter      bool
	Heads          []weekHead
	Rows           []optionRow
	Few            int
	Citizens       []shortCitizen
	Found          int // citizens with a deadline near who find a time
	Days           int
	Full           bool // citizens are not masked
}

type weekHead struct{ Name, From string }

type optionRow struct {
	Title string
	Weeks []weekCell
}

// weekCell is one week of an option. Word and Mark repeat what Class tells by colour.
type weekCell struct {
	Capacity, Starts  int
	Word, Mark, Class string
}

// cellOf puts a week into words.
func cellOf(w planner.WeekTimes) weekCell {
	c := weekCell{Capacity: w.Capacity, Starts: w.Starts}
	switch {
	case w.Capacity == 0:
		c.Word, c.Mark, c.Class = "Ingen", "■", "person"
	case w.Short(planner.FewTimes):
		c.Word, c.Mark, c.Class = "Få", "▲", "forsinket"
	}
	return c
}

// shortCitizen is a citizen who must book soon and finds no time. Summon is what the summoning begins with; nil for who may not.
type shortCitizen struct {
	CPR, Type, Why string
	Book, Hold     time.Time
	Summon         *summonStart
}

type summonStart struct{ Booking, Option, CPR, From, To string }

func (p shortagePages) show(w http.ResponseWriter, r *http.Request) {
	ctx, who, q := r.Context(), webui.PersonOf(r), r.URL.Query()
	all, err := p.people.JobCenters(ctx)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	page := shortagePage{Few: planner.FewTimes, Days: planner.PressingDays, Full: who.May(planner.MaySeeCitizens)}
	for _, c := range all {
		if who.ActsFor(c.Code) {
			page.Centers = append(page.Centers, webui.Choice{Value: string(c.Code), Name: c.Name})
		}
	}
	weeks, _ := strconv.Atoi(q.Get("uger"))
	if !slices.Contains(forecastWeeks, weeks) {
		weeks = forecastWeeks[0]
	}
	for _, n := range forecastWeeks {
		page.Weeks = append(page.Weeks, webui.Choice{Value: strconv.Itoa(n), Name: webui.Count(n, "uge", "uger")})
	}
	center := planner.JobCenterCode(q.Get("jobcenter"))
	if center == "" && len(page.Centers) > 0 {
		center = planner.JobCenterCode(page.Centers[0].Value)
	}
	if center != "" {
		if !slices.ContainsFunc(page.Centers, func(c webui.Choice) bool { return c.Value == string(center) }) {
			p.site.NotFound(w, r)
			return
		}
		page.HasCenter = true
		if err := p.fill(ctx, &page, who, center, weeks); err != nil {
			p.site.Broken(w, r, err)
			return
		}
	}
	page.Form = webui.NewForm(map[string]string{"jobcenter": string(center), "uger": strconv.Itoa(weeks)})
	p.pages.Render(w, r, http.StatusOK, "shortage", "Mangel på tider", page)
}

// fill reads what there is of one job centre.
func (p shortagePages) fill(ctx context.Context, page *shortagePage, who planner.Staff, center planner.JobCenterCode, weeks int) error {
	now := p.site.Now().In(planner.Copenhagen())
	monday := planner.WeekOf(now).Start
	for i := range weeks {
		day := monday.In(planner.Copenhagen()).AddDate(0, 0, 7*i)
		_, week := day.ISOWeek()
		page.Heads = append(page.Heads, weekHead{"Uge " + strconv.Itoa(week), webui.Date(day, now)})
	}
	options, err := p.shortages.Forecast(ctx, center, weeks)
	if err != nil {
		return err
	}
	byType := map[int]uuid.UUID{}
	for _, o := range options {
		row := optionRow{Title: o.Option.Title}
		for _, week := range o.Weeks {
			row.Weeks = append(row.Weeks, cellOf(week))
		}
		page.Rows = append(page.Rows, row)
		if _, ok := byType[o.Option.InterviewType]; !ok {
			byType[o.Option.InterviewType] = o.Option.ID
		}
	}
	pressing, err := p.shortages.Pressing(ctx, center, planner.PressingDays)
	if err != nil {
		return err
	}
	names, err := p.shortages.CodeNames(ctx)
	if err != nil {
		return err
	}
	for _, c := range pressing {
		if !c.Earliest.IsZero() {
			page.Found++
			continue
		}
		row := shortCitizen{CPR: cprText(c.CPR, page.Full), Type: names(planner.ListInterviewType, c.InterviewType), Book: c.Book, Hold: c.Hold, Why: whyShort(c, now)}
		if row.Type == "" {
			row.Type = "Type " + strconv.Itoa(c.InterviewType)
		}
		if page.Full && who.May(planner.MaySummon) {
			row.Summon = &summonStart{uuid.NewString(), "", row.CPR, now.Format(time.DateOnly), c.Hold.Format(time.DateOnly)}
			if id, ok := byType[c.InterviewType]; ok {
				row.Summon.Option = string(center) + "/" + id.String()
			}
		}
		page.Citizens = append(page.Citizens, row)
	}
	return nil
}

// whyShort says why there is no time before the deadline.
func whyShort(p plannerdb.Pressing, now time.Time) string {
	switch {
	case !p.Offered:
		return "Jobcenteret har intet mødetilbud af den type"
	case !p.Later.IsZero():
		return "Første ledige tid er først " + webui.Clock(p.Later, now)
	default:
		return "Ingen ledige tider"
	}
}
