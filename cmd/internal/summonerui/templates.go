package summonerui

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

const templatesPath = optionsPath + "/skabelon"

func (p optionPages) templateHere(id uuid.UUID) string {
	return p.site.URL(templatesPath + "/id/" + id.String())
}

// templatePage is one template, or a new one.
type templatePage struct {
	Spec          specView
	New           bool
	Heading, Here string
	Variants      string
	Remove, Use   string
}

// findTemplate gives the template of the address, a new one for "ny"; it answers itself when there is none to be seen.
func (p optionPages) findTemplate(w http.ResponseWriter, r *http.Request) (t rosterdb.Template, ok bool) {
	var err error
	if code := r.PathValue("center"); code != "" {
		t.JobCenter, t.Spec = planner.JobCenterCode(code), roster.NewSpec()
	} else {
		t, err = byID(r.Context(), r.PathValue("id"), p.options.Template)
	}
	return t, p.seen(w, r, t.JobCenter, err)
}

func filledTemplate(t rosterdb.Template) *webui.Form {
	f := &webui.Form{Values: specTexts(t.Spec)}
	f.Values.Set("name", t.Name)
	f.Values.Set("version", strconv.Itoa(t.Version))
	return f
}

func (p optionPages) editTemplate(w http.ResponseWriter, r *http.Request) {
	if t, ok := p.findTemplate(w, r); ok {
		p.showTemplate(w, r, t, filledTemplate(t))
	}
}

func (p optionPages) showTemplate(w http.ResponseWriter, r *http.Request, t rosterdb.Template, f *webui.Form) {
	fresh := p.site.URL(optionsPath + "/ny/" + string(t.JobCenter))
	page := templatePage{
		New: t.ID == uuid.Nil, Heading: t.Name, Here: p.templateHere(t.ID), Variants: webui.Count(t.Variants, "tilbud", "tilbud"),
		Remove: p.templateHere(t.ID) + "/fjern", Use: fresh + "?skabelon=" + t.ID.String(),
	}
	if page.New {
		page.Heading, page.Here = "Ny skabelon", p.site.URL(templatesPath+"/ny/"+string(t.JobCenter))
	}
	var err error
	if page.Spec, err = newSpecView(r.Context(), f, p.options, t.Spec); err != nil {
		p.site.Broken(w, r, err)
		return
	}
	p.pages.Render(w, r, formStatus(f), "template", f.Title(page.Heading), page)
}

func (p optionPages) saveTemplate(w http.ResponseWriter, r *http.Request) {
	found, ok := p.findTemplate(w, r)
	if !ok {
		return
	}
	f := webui.ReadForm(r)
	t := found.Template
	if t.ID == uuid.Nil {
		t.ID = uuid.New() // a form sent twice is refused for its name
	}
	t.Name, t.Spec = f.Get("name"), readSpec(f, t.Spec)
	version, _ := strconv.Atoi(f.Get("version")) // none is for a new one
	_, faults := t.Checked()
	wordFaults(f, faults)
	if f.OK() {
		err := p.options.PutTemplate(r.Context(), t, version, webui.PersonOf(r).Actor())
		if err == nil {
			p.site.Back(w, r, "skabelon-gemt", p.site.URL(optionsPath))
			return
		}
		if !p.refused(w, r, f, err, "skabelonen") {
			return
		}
	}
	p.showTemplate(w, r, found, f)
}

func (p optionPages) removeTemplate(w http.ResponseWriter, r *http.Request) {
	t, ok := p.findTemplate(w, r)
	if !ok {
		return
	}
	f := filledTemplate(t)
	version, _ := strconv.Atoi(webui.ReadForm(r).Get("version")) // one that is no number is none that is stored
	if err := p.options.DeleteTemplate(r.Context(), t.ID, version, webui.PersonOf(r).Actor()); err == nil {
		p.site.Back(w, r, "skabelon-fjernet", p.site.URL(optionsPath))
	} else if p.refused(w, r, f, err, "skabelonen") {
		p.showTemplate(w, r, t, f)
	}
}
