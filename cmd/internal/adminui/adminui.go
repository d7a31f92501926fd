package adminui

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"riverqueue.com/riverui"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/syncdb"
)

// Config is what the pages need.
type Config struct {
	Store Store
	// River shows the queue; nil leaves the job pages out.
	River *river.Client[pgx.Tx]
	// DFDG has what passes between DFDG and us; nil, where none is configured, leaves its page out. Intake takes up again what
	// waits; nil leaves that button out.
	DFDG   DFDG
	Intake Intake
}

// UI serves the pages, for whoever may administer. It is safe for concurrent use.
type UI struct {
	cfg   Config
	site  *webui.Site
	store Store
	pages *webui.Pages
	jobs  *riverui.Handler

	mu   sync.Mutex
	stop context.CancelFunc
}

//go:embed templates/*.html
var templateFiles embed.FS

// Add puts the pages on the site. If cfg.River is given, Start must be called before the job pages are asked for.
func Add(site *webui.Site, cfg Config) (*UI, error) {
	if cfg.Store == nil {
		return nil, errors.New("admin pages need a store")
	}
	u := &UI{cfg: cfg, site: site, store: cfg.Store}
	var err error
	if u.pages, err = site.Load(templateFiles, nil); err != nil {
		return nil, err
	}
	if cfg.River != nil {
		u.jobs, err = riverui.NewHandler(&riverui.HandlerOpts{
			Endpoints: riverui.NewEndpoints(cfg.River, nil), Logger: site.Log(), Prefix: site.URL(jobsPath), JobListHideArgsByDefault: true,
		})
		if err != nil {
			return nil, fmt.Errorf("make the job pages: %w", err)
		}
	}
	site.Notices(notices)
	u.routes()
	return u, nil
}

const jobsPath = "/koe"

// Start lets River UI start what it counts with; it ends with ctx or Close. Without job pages it does nothing.
func (u *UI) Start(ctx context.Context) error {
	if u.jobs == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop != nil {
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	if err := u.jobs.Start(ctx); err != nil {
		stop()
		return fmt.Errorf("start the job pages: %w", err)
	}
	u.stop = stop
	return nil
}

// Close ends what Start began.
func (u *UI) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop != nil {
		u.stop()
		u.stop = nil
	}
}

func (u *UI) routes() {
	handle := func(method, path string, h http.HandlerFunc) {
		u.site.Handle(method, path, planner.MayAdminister, h)
	}
	menu := func(path, name, aside string) {
		u.site.Menu(webui.Entry{Path: path, Name: name, Need: planner.MayAdminister, Aside: aside})
	}
	menu("/", "Kalendere", "")
	handle("GET", "/{$}", u.calendars)
	handle("GET", "/kalendere/{id}", u.calendar)
	handle("POST", "/kalendere/{id}", u.act)
	handle("GET", "/kalendere/{id}/godkend", u.showHeld)
	if u.cfg.DFDG != nil {
		menu(dfdgPath, "DFDG", "")
		handle("GET", dfdgPath, u.showDFDG)
		handle("POST", dfdgPath+"/koer/{code}", u.hurryQueue)
		handle("GET", dfdgPath+"/meddelelser/{id}", u.showMessage)
		handle("POST", dfdgPath+"/meddelelser/{id}", u.actOnMessage)
		handle("GET", dfdgPath+"/meddelelser/{id}/afslut", u.confirmMessage)
		handle("POST", dfdgPath+"/indberetninger/{id}", u.actOnReport)
		handle("GET", dfdgPath+"/indberetninger/{id}/afslut", u.confirmReport)
	}
	if u.jobs != nil {
		menu(jobsPath+"/", "Jobkø", "engelsk, ny fane")
		handle("", jobsPath+"/", u.showJobs)
	}
}

// jobsPolicy is River UI's: its widgets set styles inline. Scripts are held to the same rule as ours.
const jobsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// showJobs is River UI behind our login. It changes jobs on its own, so who did it is logged here.
func (u *UI) showJobs(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", jobsPolicy)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		u.site.Log().InfoContext(r.Context(), "job queue changed by an administrator", "who", webui.PersonOf(r).Actor(), "method", r.Method, "path", r.URL.Path)
	}
	u.jobs.ServeHTTP(w, r)
}

// actions that a button may ask for, by the word it posts.
var actions = map[string]syncdb.Action{
	string(syncdb.SyncNow): syncdb.SyncNow, string(syncdb.RereadAll): syncdb.RereadAll, string(syncdb.Pause): syncdb.Pause,
	string(syncdb.Resume): syncdb.Resume, string(syncdb.Approve): syncdb.Approve, string(syncdb.Reject): syncdb.Reject, string(syncdb.Subscribe): syncdb.Subscribe,
	string(syncdb.Unflag): syncdb.Unflag,
}
