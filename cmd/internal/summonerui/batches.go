package summonerui

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/summons"
	"kommunalplanner.example/planner/summonsdb"
)

// Batches are the mass summonses; *summonsdb.Store has it.
type Batches interface {
	Make(ctx context.Context, n summonsdb.NewBatch) (summonsdb.Batch, error)
	Plan(ctx context.Context, id uuid.UUID) error
	Approve(ctx context.Context, id uuid.UUID, by planner.Staff) error
	Pause(ctx context.Context, id uuid.UUID, by planner.Staff) error
	Resume(ctx context.Context, id uuid.UUID, by planner.Staff) error
	Cancel(ctx context.Context, id uuid.UUID, by planner.Staff) error
	Batch(ctx context.Context, id uuid.UUID) (summonsdb.Batch, error)
	Batches(ctx context.Context, of []planner.JobCenterCode, most int) ([]summonsdb.Summary, error)
	Lines(ctx context.Context, batch uuid.UUID) ([]summonsdb.Line, error)
}

const (
	batchesPath = root + "masse"
	mostBatches = 100
	linesOnPage = 200
)

func (u *UI) addBatches(batches Batches, people People, summoning Summoning) {
	u.menu(batchesPath, "Masseindkaldelse", planner.MaySummon)
	u.site.Notices(map[string]webui.Notice{
		"batch-godkend": {Text: "Planen er godkendt. Indkaldelserne oprettes nu i baggrunden."}, "batch-pause": {Text: "Masseindkaldelsen er sat på pause."},
		"batch-fortsaet": {Text: "Masseindkaldelsen fortsætter."}, "batch-annuller": {Text: "Resten er annulleret. Møder, der er oprettet, består."},
		"batch-plan": {Text: "Der er lavet en ny plan med de tider, der er ledige nu."}, "batch-tilstand": {Text: "Masseindkaldelsen er i en anden tilstand nu. Se nedenfor.", Wrong: true},
	})
	b := batchPages{u, batches, people, summoning}
	u.site.Handle("GET", batchesPath, planner.MaySummon, b.list)
	u.site.Handle("GET", batchesPath+"/ny", planner.MaySummon, b.form)
	u.site.Handle("POST", batchesPath+"/ny", planner.MaySummon, b.make)
	u.site.Handle("GET", batchesPath+"/{id}", planner.MaySummon, b.show)
	u.site.Handle("POST", batchesPath+"/{id}", planner.MaySummon, b.act)
	u.site.Handle("GET", batchesPath+"/{id}/liste.csv", planner.MaySummon, b.download)
}

type batchPages struct {
	*UI
	batches   Batches
	people    People
	summoning Summoning
}

type batchRow struct {
	summonsdb.Summary
	StateWord string
	Made      webui.Moment
	URL       string
}

func (b *batchPages) list(w http.ResponseWriter, r *http.Request) {
	offices, err := offices(r.Context(), b.people, webui.PersonOf(r))
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	var of []planner.JobCenterCode
	for _, o := range offices {
		of = append(of, o.Code)
	}
	list, err := b.batches.Batches(r.Context(), of, mostBatches)
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	rows := make([]batchRow, len(list))
	for i, s := range list {
		rows[i] = batchRow{s, stateWords[s.State], webui.At(s.MadeAt, b.site.Now()), b.site.URL(batchesPath + "/" + s.ID.String())}
	}
	b.pages.Render(w, r, http.StatusOK, "batches", "Masseindkaldelse", rows)
}

// newBatchPage is the form for a list.
type newBatchPage struct {
	Form    *webui.Form
	ID      string
	Options []webui.Choice
	Workers []webui.Choice
}

func (b *batchPages) form(w http.ResponseWriter, r *http.Request) {
	today := b.site.Now().In(planner.Copenhagen())
	f := webui.NewForm(map[string]string{
		"id": uuid.NewString(), "fra": today.AddDate(0, 0, 14).Format(time.DateOnly), "til": today.AddDate(0, 0, 28).Format(time.DateOnly),
	})
	b.showForm(w, r, http.StatusOK, f)
}

func (b *batchPages) showForm(w http.ResponseWriter, r *http.Request, status int, f *webui.Form) {
	page := newBatchPage{Form: f, ID: f.Get("id")}
	options, err := optionChoices(r.Context(), b.people, b.summoning, webui.PersonOf(r))
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	offices, err := offices(r.Context(), b.people, webui.PersonOf(r))
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	for _, o := range offices {
		for _, c := range o.CaseWorkers {
			page.Workers = append(page.Workers, webui.Choice{Value: c.Identifier, Name: c.Name()})
		}
	}
	page.Options = options
	b.pages.Render(w, r, status, "batch_new", f.Title("Ny masseindkaldelse"), page)
}

// posted reads the form with its file.
func posted(r *http.Request) (*webui.Form, []byte) {
	f := &webui.Form{}
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		f.Wrong("liste", "Listen kunne ikke læses. Den må højst fylde 1 MB.")
		return f, nil
	}
	f.Values = r.PostForm
	if file, _, err := r.FormFile("fil"); err == nil {
		defer file.Close()
		if raw, err := io.ReadAll(file); err == nil && len(raw) > 0 {
			return f, raw
		}
	}
	return f, []byte(f.Values.Get("liste"))
}

func (b *batchPages) make(w http.ResponseWriter, r *http.Request) {
	f, list := posted(r)
	who := webui.PersonOf(r)
	n := summonsdb.NewBatch{CaseWorkers: f.All("vejledere"), SpreadOverDays: f.Get("fordeling") == "dage", List: list, By: who}
	var err error
	if n.ID, err = uuid.Parse(f.Get("id")); err != nil {
		n.ID = uuid.New()
	}
	n.JobCenter, n.Option, err = chosenOption(f.Get("tilbud"))
	f.Check(err == nil && who.ActsFor(n.JobCenter), "tilbud", "Vælg et mødetilbud.")
	from, errFrom := planner.ParseDate(f.Get("fra"))
	to, errTo := planner.ParseDate(f.Get("til"))
	f.Check(errFrom == nil, "fra", "Skriv den første dag.")
	f.Check(errTo == nil, "til", "Skriv den sidste dag.")
	if f.OK() {
		n.Interval = planner.Span{Start: from.Midnight(), End: to.Midnight().AddDate(0, 0, 1)}
		f.Check(!n.Interval.Empty(), "til", "Den sidste dag skal være den første eller senere.")
	}
	if !f.OK() {
		b.showForm(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	made, err := b.batches.Make(r.Context(), n)
	switch {
	case errors.Is(err, summons.ErrEmpty):
		f.Wrong("liste", "Indsæt mindst ét CPR-nummer, eller vælg en fil.")
	case errors.Is(err, summons.ErrTooLong):
		f.Wrong("liste", fmt.Sprintf("Listen er for lang. Den må højst have %s linjer.", webui.Number(summons.MostLines)))
	case refusal(err) != "":
		f.Wrong("", refusal(err))
	case err != nil:
		b.site.Broken(w, r, err)
		return
	default:
		http.Redirect(w, r, b.site.URL(batchesPath+"/"+made.ID.String()), http.StatusSeeOther)
		return
	}
	b.showForm(w, r, http.StatusUnprocessableEntity, f)
}

// batchPage is one mass summons as it stands.
type batchPage struct {
	summonsdb.Batch
	StateWord          string
	Here, Download     string
	Period             string
	Made               webui.Moment
	Count              map[string]int
	Total, Tried, Good int
	Live               bool
	Rows               []lineRow
	Pager              webui.Pager
	Loads              []load
	Full               bool
}

type lineRow struct {
	Number                              int
	CPR, State, Why, When, Who, Booking string
	Wrong                               bool
}

// load is how many meetings a case worker gets.
type load struct {
	Name string
	N    int
}

// batch reads the one that the address names, if who asks may see it.
func (b *batchPages) batch(w http.ResponseWriter, r *http.Request) (summonsdb.Batch, bool) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		b.site.NotFound(w, r)
		return summonsdb.Batch{}, false
	}
	found, err := b.batches.Batch(r.Context(), id)
	switch {
	case errors.Is(err, summonsdb.ErrUnknownBatch) || err == nil && !webui.PersonOf(r).ActsFor(found.JobCenter):
		b.site.NotFound(w, r)
	case err != nil:
		b.site.Broken(w, r, err)
	default:
		return found, true
	}
	return summonsdb.Batch{}, false
}

// names are those of active case workers.
func (b *batchPages) names(ctx context.Context) (map[uuid.UUID]string, error) {
	workers, err := b.people.ActiveCaseWorkers(ctx)
	names := map[uuid.UUID]string{}
	for _, w := range workers {
		names[w.ID] = w.Name()
	}
	return names, err
}

func (b *batchPages) show(w http.ResponseWriter, r *http.Request) {
	found, ok := b.batch(w, r)
	if !ok {
		return
	}
	lines, err := b.batches.Lines(r.Context(), found.ID)
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	names, err := b.names(r.Context())
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	full := webui.PersonOf(r).May(planner.MaySeeCitizens)
	here := b.site.URL(batchesPath + "/" + found.ID.String())
	p := batchPage{
		Batch: found, StateWord: stateWords[found.State], Here: here, Download: here + "/liste.csv", Made: webui.At(found.MadeAt, b.site.Now()),
		Period: planner.DanishDay(found.Interval.Start) + " til " + planner.DanishDay(found.Interval.End.Add(-time.Minute)),
		Count:  map[string]int{}, Total: len(lines), Live: found.State == summonsdb.Running, Full: full,
	}
	given := map[uuid.UUID]int{}
	for _, l := range lines {
		p.Count[string(l.State)]++
		if l.CaseWorker != nil && (l.State == summonsdb.Planned || l.State == summonsdb.Booked) {
			given[*l.CaseWorker]++
		}
	}
	p.Good = p.Total - p.Count[string(summonsdb.Refused)] - p.Count[string(summonsdb.Unplaced)]
	p.Tried = p.Good - p.Count[string(summonsdb.Planned)]
	for _, id := range found.CaseWorkers {
		p.Loads = append(p.Loads, load{names[id], given[id]})
	}
	pager, from, to := webui.Paged(webui.PageNumber(r.URL.Query().Get("side")), linesOnPage, len(lines), func(page int) string { return here + "?side=" + strconv.Itoa(page) })
	p.Pager = pager
	for _, l := range lines[from:to] {
		p.Rows = append(p.Rows, rowOf(l, names, full, b.site.Now()))
	}
	if r.Header.Get("HX-Request") != "" && !p.Live {
		w.Header().Set("HX-Refresh", "true") // at its end the page stops asking
	}
	b.pages.Render(w, r, http.StatusOK, "batch", "Masseindkaldelse: "+found.Title, p)
}

func rowOf(l summonsdb.Line, names map[uuid.UUID]string, full bool, now time.Time) lineRow {
	row := lineRow{
		Number: l.Number, CPR: cprText(l.CPR, full), State: lineStateWords[l.State], Why: why(l),
		Wrong: l.State == summonsdb.Refused || l.State == summonsdb.Unplaced || l.State == summonsdb.Failed,
	}
	if l.CaseWorker != nil && l.Start != nil {
		row.Who, row.When = names[*l.CaseWorker], webui.Clock(*l.Start, now)
	}
	if l.State == summonsdb.Booked {
		row.Booking = l.Booking.String()
	}
	return row
}

func (b *batchPages) act(w http.ResponseWriter, r *http.Request) {
	found, ok := b.batch(w, r)
	if !ok {
		return
	}
	ctx, who, what := r.Context(), webui.PersonOf(r), r.PostFormValue("handling")
	var err error
	switch what {
	case "godkend":
		err = b.batches.Approve(ctx, found.ID, who)
	case "plan":
		err = b.batches.Plan(ctx, found.ID)
	case "pause":
		err = b.batches.Pause(ctx, found.ID, who)
	case "fortsaet":
		err = b.batches.Resume(ctx, found.ID, who)
	case "annuller":
		err = b.batches.Cancel(ctx, found.ID, who)
	default:
		b.site.NotFound(w, r)
		return
	}
	here := b.site.URL(batchesPath + "/" + found.ID.String())
	switch {
	case errors.Is(err, summonsdb.ErrState):
		b.site.Back(w, r, "batch-tilstand", here)
	case refusal(err) != "":
		b.site.Message(w, r, http.StatusUnprocessableEntity, "Det kan ikke lade sig gøre", refusal(err))
	case err != nil:
		b.site.Broken(w, r, err)
	default:
		b.site.Back(w, r, "batch-"+what, here)
	}
}

// download gives the outcome of every line, for Danish spreadsheets. It is personal data: pages are not stored by browsers (no-store), and
// numbers are whole only for who may see citizens.
func (b *batchPages) download(w http.ResponseWriter, r *http.Request) {
	found, ok := b.batch(w, r)
	if !ok {
		return
	}
	lines, err := b.batches.Lines(r.Context(), found.ID)
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	names, err := b.names(r.Context())
	if err != nil {
		b.site.Broken(w, r, err)
		return
	}
	who := webui.PersonOf(r)
	b.site.Log().InfoContext(r.Context(), "outcome of a mass summons downloaded", "batch", found.ID, "who", who.Actor())
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="masseindkaldelse-`+found.ID.String()+`.csv"`)
	_, _ = io.WriteString(w, "\ufeff") // Excel takes it for the encoding
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	_ = c.Write([]string{"Linje", "CPR", "Status", "Årsag", "Dato", "Start", "Vejleder", "Booking"})
	for _, l := range lines {
		row := []string{strconv.Itoa(l.Number), cprText(l.CPR, who.May(planner.MaySeeCitizens)), lineStateWords[l.State], why(l), "", "", "", ""}
		if l.CaseWorker != nil && l.Start != nil {
			at := l.Start.In(planner.Copenhagen())
			row[4], row[5], row[6] = at.Format(time.DateOnly), at.Format("15:04"), unformula(names[*l.CaseWorker])
		}
		if l.State == summonsdb.Booked {
			row[7] = l.Booking.String()
		}
		_ = c.Write(row)
	}
	c.Flush() // who went away needs no answer
}

// unformula keeps a spreadsheet from calculating with a name.
func unformula(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@') {
		return "'" + s
	}
	return s
}
