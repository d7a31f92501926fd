package webui

import (
	"strings"

	"kommunalplanner.example/planner"
)

// Entry is a link of the menu, for whoever has the permission.
type Entry struct {
	Path, Name string
	Need       planner.Permission
	// Under is the path of the entry below which this one stands; "" for the main menu. It is shown on the pages below Under.
	Under string
	// Aside is said after the name, for a link that leaves our pages.
	Aside string
}

// Menu adds an entry behind those there are.
func (s *Site) Menu(e Entry) { s.menu = append(s.menu, e) }

// link is an entry as a page shows it.
type link struct {
	URL, Name, Aside string
	// Current is aria-current: "page", "true" for one that the page lies below, or "".
	Current string
}

// links are the entries below under that who may see; at is the page's own path.
func (s *Site) links(who planner.Staff, under, at string) (out []link) {
	for _, e := range s.menu {
		if e.Under != under || !who.May(e.Need) {
			continue
		}
		l := link{URL: s.base + e.Path, Name: e.Name, Aside: e.Aside}
		switch {
		case at == l.URL:
			l.Current = "page"
		case e.Path != "/" && e.Path != under && strings.HasPrefix(at, strings.TrimSuffix(l.URL, "/")+"/"):
			l.Current = "true"
		}
		out = append(out, l)
	}
	return out
}

// sublinks are the entries below the main entry that the page at lies in.
func (s *Site) sublinks(who planner.Staff, at string) []link {
	for _, e := range s.menu {
		if e.Under == "" && e.Path != "/" && strings.HasPrefix(at, s.base+e.Path) {
			if below := s.links(who, e.Path, at); len(below) > 0 {
				return below
			}
		}
	}
	return nil
}

// home is the first page of the main menu that who may see.
func (s *Site) home(who planner.Staff) string {
	if main := s.links(who, "", ""); len(main) > 0 {
		return main[0].URL
	}
	return s.base + "/"
}
