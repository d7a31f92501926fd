package adminui

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/cmd/internal/webui"
)

// pageSize keeps a page short enough to fetch every fifteen seconds.
const pageSize = 100

// listing is what the address asks of the list of calendars.
type listing struct {
	Level string // a level's key, or ""
	Text  string
	Sort  string
	Desc  bool
	Page  int // from 1
	Still bool
}

// column is one that can be sorted by.
type column struct {
	Key, Name string
	order     func(a, b health) int
}

var columns = []column{
	{"navn", "Medarbejder", byName},
	{"tilstand", "Tilstand", func(a, b health) int { return cmp.Compare(a.Level, b.Level) }},
	{"laest", "Sidst læst", func(a, b health) int { return a.AsOf.At.Compare(b.AsOf.At) }},
	{"venter", "Venter på Outlook", func(a, b health) int { return cmp.Compare(b.Pending, a.Pending) }},
	{"markeret", "Markeret", func(a, b health) int { return cmp.Compare(b.Flagged, a.Flagged) }},
	{"optaget", "Optagne tider", func(a, b health) int { return cmp.Compare(b.Blocks, a.Blocks) }},
	{"besked", "Abonnement udløber", func(a, b health) int { return a.Subscribed.At.Compare(b.Subscribed.At) }},
	{"naeste", "Næste tjek", func(a, b health) int { return a.NextSweep.At.Compare(b.NextSweep.At) }},
}

const defaultSort = "tilstand" // what calls for somebody comes first

func listingOf(q url.Values) listing {
	l := listing{Text: strings.TrimSpace(q.Get("q")), Sort: defaultSort, Desc: q.Get("retning") == "ned", Still: q.Get("live") == "fra"}
	if slices.ContainsFunc(levels[:], func(w levelWords) bool { return w.Key == q.Get("tilstand") }) {
		l.Level = q.Get("tilstand")
	}
	if slices.ContainsFunc(columns, func(c column) bool { return c.Key == q.Get("sorter") }) {
		l.Sort = q.Get("sorter")
	}
	l.Page = webui.PageNumber(q.Get("side"))
	return l
}

// query is the listing as an address, without what is as usual.
func (l listing) query() string {
	q := url.Values{}
	set := func(key, value string, usual bool) {
		if !usual {
			q.Set(key, value)
		}
	}
	set("tilstand", l.Level, l.Level == "")
	set("q", l.Text, l.Text == "")
	set("sorter", l.Sort, l.Sort == defaultSort)
	set("retning", "ned", !l.Desc)
	set("side", strconv.Itoa(l.Page), l.Page <= 1)
	set("live", "fra", !l.Still)
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// sortedBy is the listing after a click on a column's heading.
func (l listing) sortedBy(key string) listing {
	l.Desc = l.Sort == key && !l.Desc
	l.Sort, l.Page = key, 1
	return l
}

// apply gives the calendars that fit the filter, in order.
func (l listing) apply(all []health) (rows []health) {
	words := strings.Fields(strings.ToLower(l.Text))
	for _, h := range all {
		if l.Level != "" && h.Level.Key() != l.Level {
			continue
		}
		text := strings.ToLower(strings.Join([]string{h.Name, h.Identifier, h.Email, h.JobCenter, h.State}, " "))
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		rows = append(rows, h)
	}
	order := columns[slices.IndexFunc(columns, func(c column) bool { return c.Key == l.Sort })].order
	slices.SortStableFunc(rows, func(a, b health) int {
		c := order(a, b)
		if l.Desc {
			c = -c
		}
		return cmp.Or(c, byName(a, b), cmp.Compare(a.ID, b.ID))
	})
	return rows
}

// byName sorts by surname as Danes do.
func byName(a, b health) int {
	return cmp.Or(strings.Compare(webui.DanishKey(lastWord(a.Name)), webui.DanishKey(lastWord(b.Name))), strings.Compare(webui.DanishKey(a.Name), webui.DanishKey(b.Name)))
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

// listPage is the list of calendars.
type listPage struct {
	Summary summary
	Levels  []levelCount
	Listing listing
	Columns []columnHead
	Rows    []health
	webui.Pager
	Fetched webui.Moment
	Here    string // this page's address
	Toggle  string // the same with live refresh the other way
	Clear   string // the same without filter
}

// levelCount is a level with its number, as a link that filters.
type levelCount struct {
	level
	Count   int
	Link    string
	Current bool
}

type columnHead struct {
	Key, Name, Link string
	Aria            string // aria-sort, "" when not sorted by it
}

func newListPage(all []health, l listing, base string, now time.Time) listPage {
	p := listPage{Summary: summarise(all), Fetched: webui.At(now, now)}
	link := func(l listing) string { return base + "/" + l.query() }
	rows := l.apply(all)
	var from, to int
	p.Pager, from, to = webui.Paged(l.Page, pageSize, len(rows), func(page int) string {
		to := l
		to.Page = page
		return link(to)
	})
	p.Rows, l.Page = rows[from:to], p.Page
	p.Listing = l
	p.Here = link(l)
	for lv := range level(len(levels)) {
		to := l
		to.Level, to.Page = lv.Key(), 1
		current := l.Level == lv.Key()
		if current {
			to.Level = "" // a second click shows all again
		}
		p.Levels = append(p.Levels, levelCount{lv, p.Summary.Counts[lv], link(to), current})
	}
	for _, c := range columns {
		h := columnHead{Key: c.Key, Name: c.Name, Link: link(l.sortedBy(c.Key))}
		if l.Sort == c.Key {
			h.Aria = "ascending"
			if l.Desc {
				h.Aria = "descending"
			}
		}
		p.Columns = append(p.Columns, h)
	}
	toggled, cleared := l, listing{Sort: l.Sort, Desc: l.Desc, Still: l.Still}
	toggled.Still = !l.Still
	p.Toggle, p.Clear = link(toggled), link(cleared)
	return p
}
