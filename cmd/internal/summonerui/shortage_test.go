package summonerui

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/planner"
)

// newShortDesk is a desk with an option of type 9 that nobody holds and one of type 8 that Anna holds from next week on, where four
// citizens must book by Thursday: one of each type, and one of type 4, of which there is no option.
func newShortDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	never, late := d.option, d.option
	never.ID, never.InterviewType, never.Title = uuid.UUID{15: 98}, 9, "Møde uden vejleder"
	late.ID, late.InterviewType, late.Title, late.Notice = uuid.UUID{15: 97}, 8, "Møde med varsel", 5*24*time.Hour
	thursday := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	var deadlines []planner.BookBy
	for i, number := range []string{"0101901234", "0202901234", "0303901234", "0404901234"} {
		cpr, err := planner.ParseCPR(number)
		if err != nil {
			t.Fatal(err)
		}
		deadlines = append(deadlines, planner.BookBy{JobCenter: "10100", CPR: cpr, InterviewType: []int{7, 8, 9, 4}[i], Book: thursday, Hold: thursday})
	}
	for _, err := range []error{
		d.planner.PutInterviewOption(t.Context(), "10100", never, nil),
		d.planner.PutInterviewOption(t.Context(), "10100", late, []uuid.UUID{{15: 10}}),
		d.planner.PutBookBys(t.Context(), deadlines, planner.Bootstrap("kirsten")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d.site = newSite(t, Config{People: d.planner, Summoning: d.planner, Batches: d.batches, Shortages: d.planner})
	return d
}

// tableRow is the text of the table's row that begins with a heading.
func tableRow(page, heading string) string {
	_, rest, _ := strings.Cut(page, `<th scope="row">`+heading+"</th>")
	row, _, _ := strings.Cut(rest, "</tr>")
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(row, " ")), " ")
}

func TestTheShortageListTellsWeeksWithFewTimesAndWhoFindsNone(t *testing.T) {
	t.Parallel()
	d := newShortDesk(t)
	text := d.Get(t, "/moeder/mangel?jobcenter=10100")
	webtest.Proper(t, "shortage", text)
	for heading, want := range map[string]string{
		"Jobsamtale &lt;nu&gt;": "20 30 30 30", // of this week's five days the first is nearly over
		"Møde uden vejleder":    "■ Ingen ■ Ingen ■ Ingen ■ Ingen",
		"Møde med varsel":       "■ Ingen 15 15 15",
		"020290-1234":           "26. nov. 26. nov. Type 8 Første ledige tid er først 30. nov. kl. 09.00 Indkald",
		"030390-1234":           "26. nov. 26. nov. Type 9 Ingen ledige tider Indkald",
		"040490-1234":           "26. nov. 26. nov. Type 4 Jobcenteret har intet mødetilbud af den type Indkald",
		"010190-1234":           "", // finds a time
	} {
		if got := tableRow(text, heading); got != want {
			t.Errorf("%s: %q, want %q", heading, got, want)
		}
	}
	if !strings.Contains(text, "1 anden borger") || !strings.Contains(text, "Uge 48") || strings.Contains(text, "Uge 52") {
		t.Errorf("the page\n%s", text)
	}
	if longer := d.Get(t, "/moeder/mangel?jobcenter=10100&uger=8"); !strings.Contains(longer, "Uge 2<") || !strings.Contains(longer, `<option value="8" selected>`) {
		t.Errorf("eight weeks\n%s", longer)
	}
	if other := d.Get(t, "/moeder/mangel?jobcenter=10200&uger=999"); !strings.Contains(other, "ingen mødetilbud") || strings.Contains(other, "Uge 1<") {
		t.Errorf("the neighbour's\n%s", other)
	}
}

func TestTheShortageListMasksCitizensAndKeepsToOnesOwnJobCentre(t *testing.T) {
	t.Parallel()
	d := newShortDesk(t)
	for role, full := range map[planner.Role]bool{planner.RoleReader: false, planner.RoleAdministrator: false, planner.RoleSummoner: true} {
		text := d.As(t, role, "/moeder/mangel").Body.String()
		if strings.Contains(text, "020290") != full || strings.Contains(text, ">Indkald</button>") != full || !strings.Contains(text, "Type 8") {
			t.Errorf("%s sees\n%s", role, text)
		}
		if strings.Contains(text, "Naboby") {
			t.Errorf("%s may choose another's job centre", role)
		}
		if code := d.As(t, role, "/moeder/mangel?jobcenter=10200").Code; code != 404 {
			t.Errorf("%s asks for the neighbour: %d", role, code)
		}
	}
}

func TestTheShortageListLeadsToTheSummoningWithTheCitizen(t *testing.T) {
	t.Parallel()
	d := newShortDesk(t)
	row := d.Get(t, "/moeder/mangel?jobcenter=10100")
	row = row[strings.Index(row, "020290-1234"):]
	row = row[:strings.Index(row, "</form>")]
	f := url.Values{}
	for _, m := range regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(row, -1) {
		f.Set(m[1], m[2])
	}
	page(t, d.Post(t, "/moeder/indkald", f), 200, `value="020290-1234"`, `value="10100/`+(uuid.UUID{15: 97}).String()+`" selected`, `name="til" type="date" value="2026-11-26"`)
	f.Set("trin", "tider")
	f.Set("til", "2026-11-30")
	page(t, d.Post(t, "/moeder/indkald", f), 200, "mandag den 30. november 2026", "2026-11-30T08:00:00Z")
}
