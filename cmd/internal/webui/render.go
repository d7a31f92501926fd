package webui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"kommunalplanner.example/planner"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// Pages are the templates of one group of pages, each with the layout around it.
type Pages struct {
	site  *Site
	pages map[string]*template.Template
}

// Load reads templates/*.html: each file is a page of the file's name, which defines "content", and "live" if a part of it refreshes
// itself. parts.html holds what the pages share, beside what webui's own has.
func (s *Site) Load(files fs.FS, funcs template.FuncMap) (*Pages, error) {
	all := template.FuncMap{
		"asset": s.assetURL, "url": s.URL, "number": Number, "count": Count, "fetched": newFetched, "field": newField, "choices": choices,
		"day": func(t time.Time) string {
			t = t.In(planner.Copenhagen())
			return Date(t, s.Now().In(planner.Copenhagen()))
		},
	}
	maps.Copy(all, funcs)
	shared, err := template.New("layout.html").Funcs(all).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list pages: %w", err)
	}
	p := &Pages{site: s, pages: map[string]*template.Template{}}
	const parts = "templates/parts.html"
	if _, err := fs.Stat(files, parts); err == nil {
		if shared, err = shared.ParseFS(files, parts); err != nil {
			return nil, fmt.Errorf("read %s: %w", parts, err)
		}
	}
	for _, file := range names {
		if file == parts || file == "templates/layout.html" {
			continue
		}
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(files, file)
		}
		if err != nil {
			return nil, fmt.Errorf("read page %s: %w", file, err)
		}
		p.pages[strings.TrimSuffix(path.Base(file), ".html")] = t
	}
	return p, nil
}

// frame is what every page shows around its content.
type frame struct {
	Title, Base string
	Home        string
	Who         planner.Staff
	Menu, Below []link
	Path        string
	Message     *Notice
	Content     any
}

// User is who is signed in, "" for nobody.
func (f frame) User() string { return f.Who.Name }

// Render answers with a whole page, or with its live part alone when htmx asks. It is written only when
// it came out whole. Templates get content as .Content, and who is signed in as $.Who.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name, title string, content any) {
	s, who := p.site, PersonOf(r)
	f := frame{
		Title: title, Base: s.base, Home: s.home(who), Who: who, Path: r.URL.Path, Content: content,
		Menu: s.links(who, "", r.URL.Path), Below: s.sublinks(who, r.URL.Path),
	}
	part := "layout.html"
	if r.Header.Get("HX-Request") != "" && status == http.StatusOK {
		part = "live"
	} else {
		f.Message = s.takeNotice(w, r)
	}
	var b bytes.Buffer
	if err := p.pages[name].ExecuteTemplate(&b, part, f); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "page could not be made", "page", name, "error", err)
		http.Error(w, "Siden kunne ikke vises. Prøv igen om lidt.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // who went away needs no answer
}

// Fetched tells when the figures of a page were read, and turns live refresh on or off.
type Fetched struct {
	Fetched Moment
	Clock   string
	Toggle  string
	Still   bool
}

func newFetched(m Moment, toggle string, still bool) Fetched {
	return Fetched{m, m.At.In(planner.Copenhagen()).Format("kl. 15.04.05"), toggle, still}
}

// messagePage is a page with a few words.
type messagePage struct{ Heading, Text string }

// Message answers with a page of a few words.
func (s *Site) Message(w http.ResponseWriter, r *http.Request, status int, heading, text string) {
	s.own.Render(w, r, status, "message", heading, messagePage{heading, text})
}

// NotFound answers that there is no such page, or no such thing.
func (s *Site) NotFound(w http.ResponseWriter, r *http.Request) {
	s.Message(w, r, http.StatusNotFound, "Siden findes ikke", "Adressen er forkert, eller det, den viste, er fjernet.")
}

// Broken answers that the page cannot be made now; the reason is for the log.
func (s *Site) Broken(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.cfg.Log.ErrorContext(r.Context(), "page has no data", "path", r.URL.Path, "error", err)
	}
	s.Message(w, r, http.StatusServiceUnavailable, "Siden kan ikke vises lige nu", "Databasen svarer ikke. Prøv igen om lidt.")
}

// asset is an embedded file; its hash is in its address, so that browsers may keep it.
type asset struct {
	body       []byte
	kind, hash string
}

func loadAssets(from fs.FS) (map[string]asset, error) {
	out := map[string]asset{}
	files, err := fs.Glob(from, "static/*")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	for _, file := range files {
		body, err := fs.ReadFile(from, file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		out[path.Base(file)] = newAsset(file, body)
	}
	return out, nil
}

func newAsset(file string, body []byte) asset {
	sum := sha256.Sum256(body)
	return asset{body, mime.TypeByExtension(path.Ext(file)), hex.EncodeToString(sum[:6])}
}

func (s *Site) assetURL(name string) string {
	return s.base + "/static/" + name + "?v=" + s.assets[name].hash
}

func (s *Site) static(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.URL.Query().Get("v") == a.hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("Content-Type", a.kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}
