package summonerui

import (
	"embed"
	"errors"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
)

// Config is what the groups of pages need; a group whose needs are nil is left out.
type Config struct {
	People   People   // the start page; required
	Weeks    Weeks    // calendars, and why a time is not offered
	Roster   Roster   // case workers and their hours
	Options  Options  // what citizens are offered, and templates of it
	Groups   Groups   // teams and rooms
	Centers  Centers  // job centres' settings and closing days
	Accounts Accounts // employees' accounts, and one's own
	// Summoning is single meetings, Batches mass summonses; both or none.
	Summoning Summoning
	Batches   Batches
	// Shortages tells where times are short.
	Shortages Shortages
	// Records is the audit trail of citizens' meetings.
	Records Records
}

// root is where the staff pages lie, below the site's prefix.
const root = "/moeder/"

// UI has the staff pages. It is safe for concurrent use.
type UI struct {
	site  *webui.Site
	pages *webui.Pages
}

//go:embed templates/*.html
var templateFiles embed.FS

// Add puts the staff pages on the site. The order of groups here is the order of their menu.
func Add(site *webui.Site, cfg Config) error {
	if cfg.People == nil {
		return errors.New("staff pages need the people")
	}
	u := &UI{site: site}
	var err error
	if u.pages, err = site.Load(templateFiles, nil); err != nil {
		return err
	}
	site.Menu(webui.Entry{Path: root, Name: "Møder", Need: planner.MaySee})
	u.addStart(cfg.People, cfg.Weeks != nil)
	if cfg.Weeks != nil {
		u.addWeek(cfg.Weeks, cfg.People)
	}
	if cfg.Roster != nil {
		u.addCaseWorkers(cfg.Roster, cfg.People)
	}
	if cfg.Options != nil {
		u.addOptions(cfg.Options, cfg.People)
	}
	if cfg.Groups != nil {
		u.addGroups(cfg.Groups, cfg.People)
	}
	if cfg.Centers != nil {
		u.addCenters(cfg.Centers)
	}
	if cfg.Summoning != nil && cfg.Batches != nil {
		u.addSummon(cfg.Summoning, cfg.People)
		u.addBooking(cfg.Summoning)
		u.addBatches(cfg.Batches, cfg.People, cfg.Summoning)
		u.addAPI(cfg.Summoning, cfg.Batches)
	}
	if cfg.Shortages != nil {
		u.addShortage(cfg.Shortages, cfg.People)
	}
	if cfg.Records != nil {
		u.addRecords(cfg.Records)
	}
	if cfg.Accounts != nil {
		u.addAccounts(cfg.Accounts, cfg.People)
	}
	return nil
}

// menu adds a group's entry below "Møder".
func (u *UI) menu(path, name string, need planner.Permission) {
	u.site.Menu(webui.Entry{Path: path, Name: name, Need: need, Under: root})
}
