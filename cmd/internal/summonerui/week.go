package summonerui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// Weeks is what the calendars are drawn from; *plannerdb.Store has it.
type Weeks interface {
	Week(ctx context.Context, jc planner.JobCenterCode, caseWorkers []uuid.UUID, in planner.Span) ([]planner.Week, error)
	Teams(ctx context.Context, jc planner.JobCenterCode) ([]plannerdb.Team, error)
	OptionTitles(ctx context.Context, jc planner.JobCenterCode) ([]plannerdb.OptionTitle, error)
	WhyNot(ctx context.Context, ask plannerdb.WhyNotQuery) (planner.InterviewOption, []plannerdb.Explanation, error)
}

var _ Weeks = (*plannerdb.Store)(nil)

const (
	weekPath = root + "uge"
	// mostTogether is how many calendars are drawn side by side.
	mostTogether = 12
	quarter      = 15 * time.Minute
	// mostQuarters are those of the longest day.
	mostQuarters = 25 * 4
)

type weekPages struct {
	*UI
	weeks  Weeks
	people People
}

func (u *UI) addWeek(weeks Weeks, people People) {
	p := weekPages{u, weeks, people}
	u.menu(weekPath, "Ugekalender", planner.MaySee)
	u.site.Handle("GET", weekPath, planner.MaySee, p.week)
	p.addWhyNot()
	u.site.AddAsset("week.css", weekSheet())
}

// weekSheet places a stretch by quarters of an hour: f<n> begins in row n, s<n> is n rows long. The policy allows no style in a page.
func weekSheet() []byte {
	var b strings.Builder
	for n := 1; n <= mostQuarters; n++ {
		fmt.Fprintf(&b, ".f%d{grid-row-start:%d}.s%d{grid-row-end:span %d}.rows%d{grid-template-rows:repeat(%d,var(--quarter))}\n", n, n, n, n, n, n)
	}
	return []byte(b.String())
}

// uses are the occupancies in words. Each has a word, and a class whose pattern repeats it; no colour stands alone.
var uses = map[planner.Occupancy]struct{ Word, Class string }{
	planner.OccupancyFree:     {"Ledig", "free"},
	planner.OccupancyBusy:     {"Optaget", "busy"},
	planner.OccupancyPrivate:  {"Optaget (Privat)", "busy"},
	planner.OccupancyMeeting:  {"Møde", "meeting"},
	planner.OccupancyReserved: {"Reserveret", "reserved"},
	planner.OccupancyBuffer:   {"Luft om møde", "buffer"},
	planner.OccupancyClosed:   {"Lukkedag", "outside"},
	planner.OccupancyOutside:  {"Uden for arbejdstid", "outside"},
	planner.OccupancyWithheld: {"Tilbageholdt", "withheld"},
}

// stretchView is a stretch as it is drawn.
type stretchView struct {
	Word, Class string
	From, To    string // clock
	Row, Rows   int    // 1 is the first quarter shown
	Detail      string // of a meeting
	Flag        string // what a person must look at
	Why         string // address of "why not?"
}

// column is one case worker's day.
type dayColumn struct {
	Heading, Sub, Key string
	Current           bool // today
	Stretches         []stretchView
	Note              string // of a day whose clocks change
	Withheld          string
}

// board is columns that share their hours.
type board struct {
	Heading string
	Key     string
	Hours   []hourMark
	Rows    int
	Columns []dayColumn
}

type hourMark struct {
	Row  int
	Text string
}

type person struct {
	planner.CaseWorker
	Chosen bool
}

// weekPage is the calendars of a week.
type weekPage struct {
	Centers             []planner.JobCenter
	Center              planner.JobCenterCode
	Teams               []plannerdb.Team
	Team                string
	People              []person
	Week                int
	Heading             string
	Monday              string // value of the date field
	Previous, Next, Now string
	Table, Drawn        string // addresses of the other views
	AsTable             bool
	Boards              []board
	Legend              []stretchView
	TooMany             int
	Nobody              bool
	Clock               string
	ChosenNames         string
	HasCenter           bool
}

// weekAsk is what the address asks for.
type weekAsk struct {
	center  planner.JobCenterCode
	workers []uuid.UUID
	team    uuid.UUID
	in      planner.Span
	table   bool
}

func (a weekAsk) query(in planner.Span, table bool) string {
	q := url.Values{"jobcenter": {string(a.center)}, "dag": {in.Start.In(planner.Copenhagen()).Format(time.DateOnly)}}
	for _, w := range a.workers {
		q.Add("vejleder", w.String())
	}
	if a.team != uuid.Nil {
		q.Set("team", a.team.String())
	}
	if table {
		q.Set("vis", "tabel")
	}
	return "?" + q.Encode()
}

func (p weekPages) week(w http.ResponseWriter, r *http.Request) {
	who, q, now := webui.PersonOf(r), r.URL.Query(), p.site.Now()
	offices, err := offices(r.Context(), p.people, who)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	ask := weekAsk{center: planner.JobCenterCode(q.Get("jobcenter")), in: planner.WeekOf(now), table: q.Get("vis") == "tabel"}
	if day, err := time.ParseInLocation(time.DateOnly, q.Get("dag"), planner.Copenhagen()); err == nil && day.Year() > 2000 && day.Year() < 2200 {
		ask.in = planner.WeekOf(day.Add(12 * time.Hour))
	}
	if ask.center == "" {
		ask.center = centerOf(offices, q.Get("vejleder"))
	}
	here := slices.IndexFunc(offices, func(o office) bool { return o.Code == ask.center })
	if here < 0 {
		if len(offices) == 0 {
			p.pages.Render(w, r, http.StatusOK, "week", "Ugekalender", weekPage{})
			return
		}
		p.site.NotFound(w, r)
		return
	}
	teams, err := p.weeks.Teams(r.Context(), ask.center)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	for _, text := range q["vejleder"] {
		if id, err := uuid.Parse(text); err == nil && slices.ContainsFunc(offices[here].CaseWorkers, func(c planner.CaseWorker) bool { return c.ID == id }) && !slices.Contains(ask.workers, id) {
			ask.workers = append(ask.workers, id)
		}
	}
	shown := slices.Clone(ask.workers)
	for _, t := range teams {
		if t.ID.String() == q.Get("team") {
			ask.team = t.ID
			for _, m := range t.Members {
				if !slices.Contains(shown, m) {
					shown = append(shown, m)
				}
			}
		}
	}
	page := weekPage{HasCenter: true, Center: ask.center, Teams: teams, Team: q.Get("team"), AsTable: ask.table, Clock: now.In(planner.Copenhagen()).Format("15.04")}
	for _, o := range offices {
		page.Centers = append(page.Centers, o.JobCenter)
	}
	for _, c := range offices[here].CaseWorkers {
		page.People = append(page.People, person{c, slices.Contains(ask.workers, c.ID)})
	}
	page.TooMany = max(0, len(shown)-mostTogether)
	shown = shown[:min(len(shown), mostTogether)]
	page.Nobody = len(shown) == 0
	monday := ask.in.Start.In(planner.Copenhagen())
	_, page.Week = monday.ISOWeek()
	page.Monday = monday.Format(time.DateOnly)
	page.Heading = fmt.Sprintf("Uge %d", page.Week)
	address := p.site.URL(weekPath)
	week := func(days int) planner.Span { return planner.WeekOf(monday.AddDate(0, 0, days).Add(12 * time.Hour)) }
	page.Previous, page.Next = address+ask.query(week(-7), ask.table), address+ask.query(week(7), ask.table)
	page.Now = address + ask.query(planner.WeekOf(now), ask.table)
	page.Table, page.Drawn = address+ask.query(ask.in, true), address+ask.query(ask.in, false)
	if !page.Nobody {
		weeks, err := p.weeks.Week(r.Context(), ask.center, shown, ask.in)
		if err != nil {
			p.site.Broken(w, r, err)
			return
		}
		page.Boards = p.boards(weeks, ask.in, now)
		var names []string
		for _, one := range weeks {
			names = append(names, one.CaseWorker.Name())
		}
		page.ChosenNames = strings.Join(names, ", ")
	}
	for _, o := range []planner.Occupancy{planner.OccupancyFree, planner.OccupancyMeeting, planner.OccupancyReserved, planner.OccupancyBusy, planner.OccupancyBuffer, planner.OccupancyWithheld, planner.OccupancyOutside} {
		page.Legend = append(page.Legend, stretchView{Word: uses[o].Word, Class: uses[o].Class})
	}
	title := page.Heading
	if page.ChosenNames != "" {
		title += ", " + page.ChosenNames
	}
	p.pages.Render(w, r, http.StatusOK, "week", title, page)
}

// centerOf is the job centre of a case worker, else the first.
func centerOf(offices []office, worker string) planner.JobCenterCode {
	for _, o := range offices {
		if slices.ContainsFunc(o.CaseWorkers, func(c planner.CaseWorker) bool { return c.ID.String() == worker }) {
			return o.Code
		}
	}
	if len(offices) == 0 {
		return ""
	}
	return offices[0].Code
}

// boards draws one case worker's week with a column per day, several ones' with a board per day and a column each.
func (p weekPages) boards(weeks []planner.Week, in planner.Span, now time.Time) []board {
	days := planner.DanishDays(in)
	cut := make([][]planner.WeekStretch, len(weeks))
	first, last := 8*4, 16*4 // quarters of the day that are always shown
	weekend := false
	for i, w := range weeks {
		cut[i] = w.Stretches(in)
		for _, s := range cut[i] {
			if s.Occupancy == planner.OccupancyOutside || s.Occupancy == planner.OccupancyClosed {
				continue
			}
			d := dayOf(days, s.Start)
			first = min(first, int(s.Start.Sub(days[d].Start)/quarter)/4*4)
			last = max(last, (int((s.End.Sub(days[d].Start)+quarter-1)/quarter)+3)/4*4)
			weekend = weekend || d >= 5
		}
	}
	if !weekend {
		days = days[:5]
	}
	column := func(i, d int) dayColumn {
		c := dayColumn{Current: !now.Before(days[d].Start) && now.Before(days[d].End), Key: fmt.Sprintf("k%d-%d", i, d)}
		if weeks[i].Withheld != planner.ReasonNone {
			c.Withheld = weeks[i].Withheld.Danish()
		}
		switch hours := days[d].End.Sub(days[d].Start).Hours(); {
		case hours > 24:
			c.Note = "Sommertid slutter: Timen 02–03 kommer to gange."
		case hours < 24:
			c.Note = "Sommertid begynder: Timen 02–03 er der ikke."
		}
		for _, s := range cut[i] {
			if dayOf(days, s.Start) == d && days[d].Contains(s.Span) {
				if v, shown := p.draw(weeks[i], s, days[d], first, last); shown {
					if open := s.Occupancy == planner.OccupancyFree || s.Occupancy == planner.OccupancyWithheld; open && !s.End.After(now) {
						v.Word, v.Class = "Passeret", uses[planner.OccupancyOutside].Class
					}
					c.Stretches = append(c.Stretches, v)
				}
			}
		}
		return c
	}
	rows := last - first
	var hours []hourMark
	for h := first / 4; h < last/4; h++ {
		hours = append(hours, hourMark{h*4 - first + 1, fmt.Sprintf("%02d", h)})
	}
	var out []board
	if len(weeks) == 1 {
		b := board{Heading: weeks[0].CaseWorker.Name(), Key: "b0", Hours: hours, Rows: rows}
		for d := range days {
			c := column(0, d)
			c.Heading, c.Sub = dayNames[d], webui.Date(days[d].Start.In(planner.Copenhagen()), now)
			b.Columns = append(b.Columns, c)
		}
		return []board{b}
	}
	for d := range days {
		start := days[d].Start.In(planner.Copenhagen())
		b := board{Heading: dayNames[d] + " " + webui.Date(start, now), Key: fmt.Sprintf("b%d", d), Hours: hours, Rows: rows}
		for i, w := range weeks {
			c := column(i, d)
			c.Heading = w.CaseWorker.Name()
			b.Columns = append(b.Columns, c)
		}
		out = append(out, b)
	}
	return out
}

var dayNames = [...]string{"Mandag", "Tirsdag", "Onsdag", "Torsdag", "Fredag", "Lørdag", "Søndag"}

func dayOf(days []planner.Span, at time.Time) int {
	for i, d := range days {
		if at.Before(d.End) {
			return i
		}
	}
	return len(days)
}

// draw places a stretch in the quarters [first, last) of its day; false when nothing of it is there.
func (p weekPages) draw(w planner.Week, s planner.WeekStretch, day planner.Span, first, last int) (stretchView, bool) {
	from := max(first, int(s.Start.Sub(day.Start)/quarter))
	to := min(last, int((s.End.Sub(day.Start)+quarter-1)/quarter))
	if from >= to {
		return stretchView{}, false
	}
	use, clock := uses[s.Occupancy], func(t time.Time) string { return t.In(planner.Copenhagen()).Format("15.04") }
	v := stretchView{
		Word: use.Word, Class: use.Class, From: clock(s.Start), To: clock(s.End), Row: from - first + 1, Rows: to - from,
	}
	if s.End.Equal(day.End) {
		v.To = "24.00"
	}
	var titles []string
	for _, m := range s.Meetings {
		title := m.Title
		if m.ContactName != "" {
			title += ", " + m.ContactName
		}
		if !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		if m.Overlapping {
			v.Flag = "Overlapper: se på det"
		}
	}
	v.Detail = strings.Join(titles, " + ")
	if len(s.Meetings) > 1 {
		v.Word = webui.Count(len(s.Meetings), "borger", "borgere")
	}
	start := s.Start
	if shown := day.Start.Add(time.Duration(from) * quarter); shown.After(start) {
		start = shown
	}
	v.Why = p.site.URL(whyNotPath) + "?" + url.Values{
		"jobcenter": {string(w.CaseWorker.JobCenter)}, "vejleder": {w.CaseWorker.ID.String()}, "dag": {start.In(planner.Copenhagen()).Format(time.DateOnly)}, "kl": {start.In(planner.Copenhagen()).Format("15:04")},
	}.Encode()
	return v, true
}
