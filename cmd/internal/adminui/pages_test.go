package adminui

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/sync/syncdb"
)

var buttonNames = regexp.MustCompile(`(?s)id="handling-([a-z]+)"[^>]*>([^<]+)<`)

func buttonsOf(page string) map[string]string {
	out := map[string]string{}
	for _, m := range buttonNames.FindAllStringSubmatch(page, -1) {
		out[m[1]] = m[2]
	}
	return out
}

func TestACalendarShowsTheButtonsThatMakeSense(t *testing.T) {
	always := map[string]string{"sync": "Synkronisér nu", "reread": "Læs hele kalenderen igen", "subscribe": "Nyt abonnement", "pause": "Sæt på pause"}
	with := func(more map[string]string) map[string]string {
		out := map[string]string{}
		for k, v := range always {
			out[k] = v
		}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	approve := map[string]string{"approve": "Tag stilling til planen …"}
	for name, c := range map[string]struct {
		change func(*syncdb.MailboxRow)
		want   map[string]string
	}{
		"active":  {nil, always},
		"paused":  {func(r *syncdb.MailboxRow) { r.State = "paused" }, map[string]string{"resume": "Genoptag", "subscribe": "Nyt abonnement"}},
		"denied":  {func(r *syncdb.MailboxRow) { r.State = "denied" }, with(map[string]string{"resume": "Prøv igen"})},
		"missing": {func(r *syncdb.MailboxRow) { r.State = "missing" }, with(map[string]string{"resume": "Prøv igen"})},
		"held":    {func(r *syncdb.MailboxRow) { r.State, r.HeldPlan = "held", ptr("a1") }, with(approve)},
		"approved": {func(r *syncdb.MailboxRow) {
			r.State, r.HeldPlan, r.ApprovedUntil = "held", ptr("a1"), ptr(noon.Add(time.Minute))
		}, always},
		"rejected": {func(r *syncdb.MailboxRow) {
			r.HeldPlan, r.RejectedBy, r.RejectedAt = ptr("a1"), ptr("admin:admin"), ptr(noon)
		}, with(approve)},
		"flagged": {func(r *syncdb.MailboxRow) { r.Flagged = 2 }, with(map[string]string{"unflag": "Prøv igen med markerede"})},
	} {
		s := newSite(t, nil, row(7, c.change))
		if diff := cmp.Diff(c.want, buttonsOf(s.Get(t, "/kalendere/7"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEachButtonIsCarriedOutForWhoPressedItAndToldOnce(t *testing.T) {
	for action := range actions {
		s := heldSite(t)
		w := s.Ask("POST", "/kalendere/7", url.Values{"handling": {action}, "plan": {"3"}}, s.In(t), nil)
		if w.Header().Get("Location") != "/kalendere/7" {
			t.Errorf("%s leads to %q", action, w.Header().Get("Location"))
		}
		want := action + " 7 by admin:admin"
		if action == string(syncdb.Approve) || action == string(syncdb.Reject) {
			want = action + " plan 3 of 7 by admin:admin"
		}
		if diff := cmp.Diff([]string{want}, s.store.did); diff != "" {
			t.Errorf("%s (-want +got):\n%s", action, diff)
		}
		after := s.Follow(t, w)
		if told := between(t, after.Body.String(), `<p class="notice`, "</p>"); !strings.Contains(told, notices[action].Text) {
			t.Errorf("%s: told %q", action, told)
		}
		if c := after.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
			t.Errorf("%s: the notice stays for a reload: %v", action, c)
		}
		if !strings.Contains(s.Logged.String(), "action="+action) || !strings.Contains(s.Logged.String(), "who=admin") {
			t.Errorf("%s: log %s", action, &s.Logged)
		}
	}
}

func TestWhatDoesNotApplyIsSaid(t *testing.T) {
	s := newSite(t, nil, row(7, nil))
	s.store.declines = true
	page := s.Follow(t, s.Ask("POST", "/kalendere/7", url.Values{"handling": {"resume"}}, s.In(t), nil)).Body.String()
	if !strings.Contains(page, notices["andet"].Text) || !strings.Contains(page, `role="alert" tabindex="-1"`) {
		t.Errorf("not told:\n%s", page)
	}
	page = s.Follow(t, s.Ask("POST", "/kalendere/7", url.Values{"handling": {"delete"}}, s.In(t), nil)).Body.String()
	if !strings.Contains(page, notices["ukendt"].Text) {
		t.Errorf("not told:\n%s", page)
	}
	s.Ask("GET", "/kalendere/7?handling=pause", nil, s.In(t), nil)
	if len(s.store.did) != 0 {
		t.Errorf("did %v", s.store.did)
	}
}

func TestACalendarTellsItsDecisionsAndFlaggedMeetings(t *testing.T) {
	s := newSite(t, nil, row(7, func(r *syncdb.MailboxRow) { r.Flagged, r.Pending, r.PendingOldest = 1, 2, noon.Add(-90*time.Minute) }))
	booking := uuid.MustParse("0b0e7f3c-9f5b-4f9d-8a55-0c6f2f6f3d11")
	s.store.decisions = []syncdb.DecisionRow{{At: noon.Add(-time.Minute), ItemKind: "booking", ItemID: booking.String(), Verb: "update-remote", Reason: "moved-in-outlook"}}
	s.store.flagged = []syncdb.FlaggedRow{{BookingID: booking, Flagged: ptr("deleted-again"), Title: "Jobsamtale", StartsAt: noon.AddDate(0, 0, 1), EndsAt: noon.AddDate(0, 0, 1).Add(time.Hour)}}
	page := s.Get(t, "/kalendere/7")
	for _, want := range []string{
		"Mødet blev flyttet i Outlook.", "Ret i Outlook", booking.String(), "25. nov. kl. 11.00–12.00", "Mødet er slettet i Outlook igen",
		"2 ændringer", "for 1 time siden", "Intet abonnement", "CVR:29189846-RID:4711",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestARefreshGetsOnlyTheLivePart(t *testing.T) {
	s := newSite(t, nil, everyState()...)
	for _, p := range []string{"/?sorter=navn&tilstand=person", "/kalendere/4"} {
		whole := s.Get(t, p)
		if again := between(t, whole, `data-hx-get="`, `"`); html.UnescapeString(again) != p {
			t.Errorf("%s refreshes from %q", p, again)
		}
		part := s.Ask("GET", p, nil, s.In(t), func(r *http.Request) { r.Header.Set("HX-Request", "true") }).Body.String()
		if !strings.Contains(whole, strings.TrimSpace(part)) || !strings.HasPrefix(strings.TrimSpace(part), `<div id="live">`) {
			t.Errorf("%s: the part is not the page's own:\n%.200s", p, part)
		}
	}
	if still := s.Get(t, "/?live=fra"); strings.Contains(still, "data-hx-get") || !strings.Contains(still, "Slå automatisk opdatering til") {
		t.Error("live refresh cannot be turned off")
	}
}

var names = regexp.MustCompile(`id="til-[0-9]+"[^>]*>([^<]+)<`)

func namesOn(page string) (out []string) {
	for _, m := range names.FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestCalendarsAreSortedAndFilteredByTheAddress(t *testing.T) {
	person := func(id int64, given, surname string, change func(*syncdb.MailboxRow)) syncdb.MailboxRow {
		return row(id, func(r *syncdb.MailboxRow) {
			r.GivenName, r.Surname, r.Email = given, surname, strings.ToLower(given)+"@kommune.example"
			if change != nil {
				change(r)
			}
		})
	}
	s := newSite(t, nil,
		person(1, "Åse", "Aagaard", nil),
		person(2, "Bo", "Ærenlund", func(r *syncdb.MailboxRow) { r.State = "denied" }),
		person(3, "Carl", "Østergaard", func(r *syncdb.MailboxRow) { r.AsOf = ptr(noon.Add(-time.Hour)); r.Pending = 3 }),
		person(4, "Dorte", "Zahle", func(r *syncdb.MailboxRow) { r.Identifier = "RID-99" }),
		person(5, "Anna", "Zahle", nil),
	)
	for query, want := range map[string][]string{
		"":                            {"Bo Ærenlund", "Carl Østergaard", "Anna Zahle", "Dorte Zahle", "Åse Aagaard"},
		"?sorter=navn":                {"Anna Zahle", "Dorte Zahle", "Bo Ærenlund", "Carl Østergaard", "Åse Aagaard"},
		"?sorter=navn&retning=ned":    {"Åse Aagaard", "Carl Østergaard", "Bo Ærenlund", "Dorte Zahle", "Anna Zahle"},
		"?sorter=venter&side=7":       {"Carl Østergaard", "Anna Zahle", "Dorte Zahle", "Bo Ærenlund", "Åse Aagaard"},
		"?sorter=nonsense&side=-1":    {"Bo Ærenlund", "Carl Østergaard", "Anna Zahle", "Dorte Zahle", "Åse Aagaard"},
		"?tilstand=forsinket":         {"Carl Østergaard"},
		"?tilstand=pause":             nil,
		"?q=rid-99":                   {"Dorte Zahle"},
		"?q=ZAHLE+anna":               {"Anna Zahle"},
		"?q=ingen+adgang":             {"Bo Ærenlund"},
		"?q=zahle&tilstand=forsinket": nil,
	} {
		if diff := cmp.Diff(want, namesOn(s.Get(t, "/"+query))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	page := s.Get(t, "/?sorter=navn&q=zahle")
	if head := between(t, page, `aria-sort="ascending"`, "</th>"); !strings.Contains(head, `href="/?q=zahle&amp;retning=ned&amp;sorter=navn"`) {
		t.Errorf("a second click does not turn the order and keep the filter: %s", head)
	}
}

func TestPagesTogetherShowEachCalendarOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3*pageSize).Draw(t, "calendars")
		all := make([]health, n)
		for i := range all {
			all[i] = health{ID: int64(i), Name: "A B" + strconv.Itoa(i%7), Level: level(rapid.IntRange(0, len(levels)-1).Draw(t, "level"))}
		}
		q := url.Values{"sorter": {rapid.SampledFrom(columns).Draw(t, "column").Key}}
		if rapid.Bool().Draw(t, "down") {
			q.Set("retning", "ned")
		}
		if l := rapid.IntRange(-1, len(levels)-1).Draw(t, "filter"); l >= 0 {
			q.Set("tilstand", level(l).Key())
		}
		want := 0
		for _, h := range all {
			if q.Get("tilstand") == "" || h.Level.Key() == q.Get("tilstand") {
				want++
			}
		}
		seen := map[int64]bool{}
		address := "/?" + q.Encode()
		for pages := 0; address != ""; pages++ {
			to, err := url.Parse(address)
			if err != nil || pages > 4 {
				t.Fatalf("page %d at %q: %v", pages, address, err)
			}
			p := newListPage(all, listingOf(to.Query()), "", noon)
			if len(p.Rows) > pageSize || p.Total != want || p.Last-p.First+min(1, len(p.Rows)) != len(p.Rows) {
				t.Fatalf("%q: %d rows, %d–%d of %d, want %d", address, len(p.Rows), p.First, p.Last, p.Total, want)
			}
			for _, h := range p.Rows {
				if seen[h.ID] {
					t.Fatalf("calendar %d twice", h.ID)
				}
				seen[h.ID] = true
			}
			address = p.Next
		}
		if len(seen) != want {
			t.Fatalf("%d of %d shown", len(seen), want)
		}
	})
}
