package summonerui

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// Roster is who holds meetings, and when; *rosterdb.Store has it.
type Roster interface {
	Workers(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Worker, error)
	Worker(ctx context.Context, id uuid.UUID) (rosterdb.Worker, error)
	PutWorker(ctx context.Context, w roster.Worker, version int, by string) ([]rosterdb.Meeting, error)
	ToMove(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Meeting, error)
	Teams(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Versioned[roster.Team], error)
}

var _ Roster = (*rosterdb.Store)(nil)

const caseWorkersPath = root + "vejledere"

type caseWorkerPages struct {
	*UI
	roster Roster
	people People
}

func (u *UI) addCaseWorkers(needs Roster, people People) {
	p := caseWorkerPages{u, needs, people}
	u.menu(caseWorkersPath, "Vejledere", planner.MayPlan)
	u.site.Handle("GET", caseWorkersPath, planner.MayPlan, p.list)
	for _, path := range []string{caseWorkersPath + "/ny/{center}", caseWorkersPath + "/id/{id}"} {
		u.site.Handle("GET", path, planner.MayPlan, p.edit)
		u.site.Handle("POST", path, planner.MayPlan, p.save)
	}
	u.site.Notices(map[string]webui.Notice{
		"vejleder-gemt": {Text: "Vejlederen er gemt. Møder, der er aftalt, er ikke ændret."},
		"vejleder-flyt": {Text: "Vejlederen er gemt. Møder efter sidste dag skal flyttes: De står øverst på siden.", Wrong: true},
	})
}

// workerRow is a case worker in the list.
type workerRow struct {
	rosterdb.Worker
	State, Here string
}

type moveRow struct{ When, Worker, Title, Here string }

// workersOf is one job centre in the list.
type workersOf struct {
	planner.JobCenter
	New    string
	People []workerRow
	ToMove []moveRow
	Count  string
}

func (p caseWorkerPages) list(w http.ResponseWriter, r *http.Request) {
	centers, err := p.ownCenters(r, p.people)
	var page []workersOf
	for _, c := range centers {
		if err == nil {
			var one workersOf
			one, err = p.center(r, c)
			page = append(page, one)
		}
	}
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	p.pages.Render(w, r, http.StatusOK, "caseworkers", "Vejledere", page)
}

func (p caseWorkerPages) center(r *http.Request, c planner.JobCenter) (workersOf, error) {
	one := workersOf{JobCenter: c, New: p.site.URL(caseWorkersPath + "/ny/" + string(c.Code))}
	workers, err := p.roster.Workers(r.Context(), c.Code)
	if err != nil {
		return one, err
	}
	for _, w := range workers {
		row := workerRow{Worker: w, State: "Tilbydes", Here: p.here(w.ID)}
		switch {
		case !w.Active:
			row.State = "Fratrådt"
		case w.LastDay != nil:
			row.State = "Sidste dag " + danish(*w.LastDay)
		case len(w.Hours)+len(w.Exceptions) == 0:
			row.State = "Uden arbejdstid"
		}
		one.People = append(one.People, row)
	}
	toMove, err := p.roster.ToMove(r.Context(), c.Code)
	for _, m := range toMove {
		one.ToMove = append(one.ToMove, moveRow{webui.Span(m.Span.Start, m.Span.End, p.site.Now()), m.CaseWorkerName, m.Title, p.here(m.CaseWorker)})
	}
	one.Count = webui.Count(len(toMove), "møde", "møder")
	return one, err
}

func (p caseWorkerPages) here(id uuid.UUID) string {
	return p.site.URL(caseWorkersPath + "/id/" + id.String())
}

func danish(d planner.Date) string { return fmt.Sprintf("%d.%d.%d", d.Day, int(d.Month), d.Year) }

// workerPage is one case worker, or a new one.
type workerPage struct {
	Form    *webui.Form
	Heading string
	Here    string
	Days    []webui.Choice
	Teams   []webui.Choice
}

// dayFields are the fields of the hours of each weekday.
var dayFields = []webui.Choice{
	{Value: "dag1", Name: "Mandag"}, {Value: "dag2", Name: "Tirsdag"}, {Value: "dag3", Name: "Onsdag"}, {Value: "dag4", Name: "Torsdag"},
	{Value: "dag5", Name: "Fredag"}, {Value: "dag6", Name: "Lørdag"}, {Value: "dag7", Name: "Søndag"},
}

// find gives the case worker of the address, an empty one for "ny"; it answers itself when there is none to be seen.
func (p caseWorkerPages) find(w http.ResponseWriter, r *http.Request) (found rosterdb.Worker, ok bool) {
	var err error
	if code := r.PathValue("center"); code != "" {
		found.JobCenter, found.Active = planner.JobCenterCode(code), true
	} else {
		found, err = byID(r.Context(), r.PathValue("id"), p.roster.Worker)
	}
	return found, p.seen(w, r, found.JobCenter, err)
}

func (p caseWorkerPages) edit(w http.ResponseWriter, r *http.Request) {
	found, ok := p.find(w, r)
	if !ok {
		return
	}
	f := webui.NewForm(map[string]string{
		"identifier": found.Identifier, "givenName": found.GivenName, "middleName": found.MiddleName, "surname": found.Surname, "email": found.Email,
		"phone": found.Phone, "competences": strings.Join(found.Competences, ", "), "exceptions": found.Exceptions.String(),
		"version": strconv.Itoa(found.Version),
	})
	f.Values["teams"] = idTexts(found.Teams)
	for day := range dayFields {
		f.Values.Set(dayFields[day].Value, found.Hours.OnDay(day+1))
	}
	if found.MaxPerDay > 0 {
		f.Values.Set("maxPerDay", strconv.Itoa(found.MaxPerDay))
	}
	if found.LastDay != nil {
		f.Values.Set("lastDay", found.LastDay.String())
	}
	p.show(w, r, found, f)
}

func (p caseWorkerPages) show(w http.ResponseWriter, r *http.Request, found rosterdb.Worker, f *webui.Form) {
	page := workerPage{Form: f, Heading: found.Name(), Here: r.URL.Path, Days: dayFields}
	if found.ID == uuid.Nil {
		page.Heading = "Ny vejleder"
	}
	teams, err := p.roster.Teams(r.Context(), found.JobCenter)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	page.Teams = teamChoices(teams)
	p.pages.Render(w, r, formStatus(f), "caseworker", f.Title(page.Heading), page)
}

func (p caseWorkerPages) save(w http.ResponseWriter, r *http.Request) {
	found, ok := p.find(w, r)
	if !ok {
		return
	}
	f := webui.ReadForm(r)
	changed := readWorker(f, found.Worker)
	if changed.ID == uuid.Nil {
		changed.ID = uuid.New()
	}
	version, _ := strconv.Atoi(f.Get("version")) // none is for who is new
	_, faults := changed.Checked()
	wordFaults(f, faults)
	if !f.OK() {
		p.show(w, r, found, f)
		return
	}
	toMove, err := p.roster.PutWorker(r.Context(), changed, version, webui.PersonOf(r).Actor())
	switch {
	case err != nil:
		if p.refused(w, r, f, err, "vejlederen") {
			p.show(w, r, found, f)
		}
	case len(toMove) > 0:
		p.site.Back(w, r, "vejleder-flyt", p.site.URL(caseWorkersPath))
	default:
		p.site.Back(w, r, "vejleder-gemt", p.site.URL(caseWorkersPath))
	}
}

// readWorker is the case worker with what the form says; what it cannot be is noted at the field.
func readWorker(f *webui.Form, w roster.Worker) roster.Worker {
	w.Identifier, w.GivenName, w.MiddleName, w.Surname = f.Get("identifier"), f.Get("givenName"), f.Get("middleName"), f.Get("surname")
	w.Email, w.Phone, w.Competences = f.Get("email"), f.Get("phone"), strings.Split(f.Get("competences"), ",")
	w.Hours, w.Teams = nil, readIDs(f, "teams")
	for _, d := range dayFields {
		text := f.Get(d.Value)
		if text == "" {
			continue
		}
		hours, err := roster.ParseWeek(strings.ToLower(d.Name) + " " + text)
		f.Check(err == nil && !slices.ContainsFunc(hours, func(h planner.WorkingHours) bool { return "dag"+strconv.Itoa(h.Weekday) != d.Value }),
			d.Value, d.Name+": Skriv tider som 8:30-12, 12:30-15. De må ikke overlappe.")
		w.Hours = append(w.Hours, hours...)
	}
	days, err := roster.ParseDays(f.Get("exceptions"))
	f.Check(err == nil, "exceptions", "Skriv en dato pr. linje som 2026-12-24 fri eller 2026-12-28 9-12.")
	w.Exceptions = days
	w.MaxPerDay = 0
	if n := f.Get("maxPerDay"); n != "" {
		w.MaxPerDay, err = strconv.Atoi(n)
		f.Check(err == nil, "maxPerDay", "Skriv et helt tal, eller lad feltet stå tomt.")
	}
	w.LastDay, w.Active = nil, true
	if last := f.Get("lastDay"); last != "" {
		d, err := planner.ParseDate(last)
		f.Check(err == nil, "lastDay", "Skriv sidste dag som 2026-12-31, eller lad feltet stå tomt.")
		w.LastDay = &d
	}
	return w
}

// faultWords are the codes in words; a detail fills the blank.
var faultWords = map[roster.Code]string{
	roster.Missing: "skal udfyldes", roster.TooLong: "må højst have %s tegn", roster.BadForm: "er ikke skrevet rigtigt", roster.BadRange: "skal være %s",
	roster.Overlap: "overlapper", roster.Backwards: "slutter, før det begynder", roster.Repeated: "står to gange", roster.Taken: "er en andens",
	roster.Unknown: "findes ikke", roster.Fixed: "kan ikke ændres", roster.NotListed: "har en kode, der ikke er på listen i dag: %s",
}

var fieldNames = map[string]string{
	"identifier": "RID eller GUID", "givenName": "Fornavn", "middleName": "Mellemnavn", "surname": "Efternavn", "email": "E-mail", "phone": "Telefon",
	"competences": "Kompetencer", "exceptions": "Andre tider", "maxPerDay": "Møder om dagen", "lastDay": "Sidste dag", "jobCenter": "Jobcenter",
	"code": "Koden", "name": "Navn", "closingDays": "En lukkedag", "reservationMinutes": "Tallet", "staleAfterMinutes": "Tallet",
	"outlookMove": "Valget", "outlookDelete": "Valget",
	"title": "Titel", "description": "Beskrivelse", "interviewType": "Samtaletype", "interviewForm": "Mødets form", "contactTypes": "Samtaleform",
	"durationMinutes": "Længde", "slotStepMinutes": "Tid mellem starttider", "noticeMinutes": "Varsel", "horizonDays": "Dage frem",
	"isCompulsory": "Pligtigt", "location": "Mødested", "streetName": "Vejnavn", "streetBuilding": "Husnummer", "floor": "Etage", "suite": "Dør",
	"postCode": "Postnummer", "district": "By", "rebookingDeadlineMinutes": "Frist for flytning", "cancellationDeadlineMinutes": "Frist for afbud",
	"contactGroups": "Kontaktgrupper", "personCategories": "Personkategorier", "personGroupProjects": "Personmærker",
	"bufferBeforeMinutes": "Pause før", "bufferAfterMinutes": "Pause efter", "seats": "Pladser", "roomFor": "Lokale til samtaleform",
	"caseWorkers": "Vejledere eller hold", "teams": "Hold",
}

// wordFaults notes faults at their fields, one for each that has none yet.
func wordFaults(f *webui.Form, faults roster.Faults) {
	for _, fault := range faults {
		words := faultWords[fault.Code]
		if strings.Contains(words, "%s") {
			detail := fault.Detail
			if fault.Code == roster.BadRange && strings.HasSuffix(fault.Field, "Minutes") {
				detail += " minutter"
			}
			words = fmt.Sprintf(words, detail)
		}
		field, name := fault.Field, fieldNames[fault.Field]
		if name == "" || field == "jobCenter" {
			field = "" // no field of this page
		}
		if field == "" || f.Error(field) == "" {
			f.Wrong(field, strings.TrimSpace(name+" "+words)+".")
		}
	}
}
