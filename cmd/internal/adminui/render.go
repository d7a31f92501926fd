package adminui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"

	"kommunalplanner.example/planner"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// page is a template with the layout around it.
type page struct{ *template.Template }

// frame is what every page shows around its content.
type frame struct {
	Title, Base, User, Path string
	Jobs, DFDG              bool
	Message                 *notice
	Content                 any
}

// fetched tells when the figures were read, and turns live refresh on or off.
type fetched struct {
	Fetched moment
	Clock   string
	Toggle  string
	Still   bool
}

func newFetched(m moment, toggle string, still bool) fetched {
	return fetched{m, m.At.In(planner.Copenhagen()).Format("kl. 15.04.05"), toggle, still}
}

func loadPages(assetURL func(string) string) (map[string]*page, error) {
	funcs := template.FuncMap{"asset": assetURL, "number": number, "count": count, "fetched": newFetched}
	shared, err := template.New("layout.html").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	out := map[string]*page{}
	for _, name := range []string{"login", "calendars", "calendar", "approve", "accessibility", "message", "dfdg", "dfdgmessage", "dfdgsettle"} {
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, "templates/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("read page %s: %w", name, err)
		}
		out[name] = &page{t}
	}
	return out, nil
}

// render answers with a whole page, or with its live part alone when htmx asks. It is written only when
// it came out whole.
func (u *UI) render(w http.ResponseWriter, r *http.Request, status int, name, title string, content any) {
	f := frame{Title: title, Base: u.base, User: userOf(r), Path: r.URL.Path, Jobs: u.jobs != nil, DFDG: u.cfg.DFDG != nil, Content: content}
	part := "layout.html"
	if r.Header.Get("HX-Request") != "" && status == http.StatusOK {
		part = "live"
	} else {
		f.Message = u.takeNotice(w, r)
	}
	var b bytes.Buffer
	if err := u.pages[name].ExecuteTemplate(&b, part, f); err != nil {
		u.log.ErrorContext(r.Context(), "admin page could not be made", "page", name, "error", err)
		http.Error(w, "Siden kunne ikke vises. Prøv igen om lidt.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // who went away needs no answer
}

// messagePage is a page with a few words.
type messagePage struct{ Heading, Text string }

func (u *UI) message(w http.ResponseWriter, r *http.Request, status int, heading, text string) {
	u.render(w, r, status, "message", heading, messagePage{heading, text})
}

// asset is an embedded file; its hash is in its address, so that browsers may keep it.
type asset struct {
	body       []byte
	kind, hash string
}

func loadAssets() (map[string]asset, error) {
	out := map[string]asset{}
	files, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	for _, file := range files {
		body, err := staticFiles.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		sum := sha256.Sum256(body)
		out[path.Base(file)] = asset{body, mime.TypeByExtension(path.Ext(file)), hex.EncodeToString(sum[:6])}
	}
	return out, nil
}

func (u *UI) assetURL(name string) string {
	return u.base + "/static/" + name + "?v=" + u.assets[name].hash
}

func (u *UI) static(w http.ResponseWriter, r *http.Request) {
	a, ok := u.assets[r.PathValue("name")]
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
