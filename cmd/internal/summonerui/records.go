package summonerui

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/recorddb"
)

// Records tells what is written down of a citizen; *recorddb.Store has it. That it was read is itself written down.
type Records interface {
	Export(ctx context.Context, citizen planner.CPR, by planner.Staff) (recorddb.Export, error)
}

var _ Records = (*recorddb.Store)(nil)

const recordsPath = root + "historik"

type recordPages struct {
	*UI
	records Records
}

func (u *UI) addRecords(records Records) {
	p := recordPages{u, records}
	u.menu(recordsPath, "Historik", planner.MaySeeCitizens)
	u.site.Handle("GET", recordsPath, planner.MaySeeCitizens, func(w http.ResponseWriter, r *http.Request) {
		p.render(w, r, http.StatusOK, recordsPage{Form: webui.NewForm(nil)})
	})
	u.site.Handle("POST", recordsPath, planner.MaySeeCitizens, p.read)
}

// recordsPage is the question, and the answer when there is one.
type recordsPage struct {
	Form    *webui.Form
	Found   bool
	Citizen string
	Entries []entryRow
	Scoped  bool // only some job centres are told of
}

type entryRow struct {
	At                             webui.Moment
	What, When                     string
	Who, Behalf, From, Why, Center string
	Booking                        string // address of its page
}

func (p recordPages) render(w http.ResponseWriter, r *http.Request, status int, page recordsPage) {
	p.pages.Render(w, r, status, "records", page.Form.Title("Borgers historik"), page)
}

// read answers with the page, or the file that was asked for. The number comes in a form, since addresses are logged.
func (p recordPages) read(w http.ResponseWriter, r *http.Request) {
	f, who := webui.ReadForm(r), webui.PersonOf(r)
	cpr, err := citizenOf(f)
	if err != nil {
		p.render(w, r, http.StatusUnprocessableEntity, recordsPage{Form: f})
		return
	}
	e, err := p.records.Export(r.Context(), cpr, who)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	p.site.Log().InfoContext(r.Context(), "audit trail of a citizen read", "who", who.Actor(), "entries", len(e.Entries))
	switch f.Get("vis") {
	case "json":
		p.download(w, r, "application/json", "historik.json", e.WriteJSON)
	case "csv":
		p.download(w, r, "text/csv; charset=utf-8", "historik.csv", e.WriteCSV)
	default:
		page := recordsPage{Form: f, Found: true, Citizen: cprText(cpr, true), Scoped: !who.AllJobCenters}
		for _, x := range e.Entries {
			page.Entries = append(page.Entries, p.row(x))
		}
		p.render(w, r, http.StatusOK, page)
	}
}

// download sends a file that was written whole.
func (p recordPages) download(w http.ResponseWriter, r *http.Request, kind, name string, write func(io.Writer) error) {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		p.site.Broken(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = b.WriteTo(w) // who went away needs no answer
}

func (p recordPages) row(x recorddb.ExportEntry) entryRow {
	now := p.site.Now()
	row := entryRow{
		At: webui.At(x.At, now), What: actionWords[x.Action], Who: x.Actor, Behalf: x.OnBehalfOf, From: x.CameFrom, Why: x.Reason, Center: x.JobCenter,
	}
	switch {
	case x.Action == "reserve" && x.Booking == nil:
		row.What = "Tid reserveret"
	case row.What == "":
		row.What = x.Action
	}
	if words := excuseWords[planner.ExcuseReason(x.Reason)]; x.Action == "excuse" && words != "" {
		row.Why = words
	}
	var meeting struct{ Start, End time.Time }
	if json.Unmarshal(x.After, &meeting) == nil && !meeting.Start.IsZero() && x.Action != "excuse" {
		row.When = webui.Span(meeting.Start, meeting.End, now)
	}
	if x.Booking != nil {
		row.Booking = p.site.URL(bookingPath + x.Booking.String())
	}
	return row
}

// citizenOf reads the field cpr, and notes what is wrong with it.
func citizenOf(f *webui.Form) (planner.CPR, error) {
	cpr, err := planner.ParseCPR(strings.NewReplacer("-", "", " ", "").Replace(f.Get("cpr")))
	if err == nil && cpr.Unknown() {
		err = &planner.Error{Code: planner.CodeUnknownCPR}
	}
	f.Check(err == nil, "cpr", "Skriv borgerens CPR-nummer med ti cifre.")
	return cpr, err
}
