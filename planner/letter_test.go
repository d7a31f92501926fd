package planner

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func letter(t *testing.T) Letter {
	t.Helper()
	day := 24 * time.Hour
	start := time.Date(2026, 12, 8, 9, 0, 0, 0, time.UTC)
	names := map[string]map[int]string{
		ListContactType:   {1: "Personligt fremmøde", 2: "Telefonisk", 9: "Telefonisk (borgeren ringer op)"},
		ListInterviewType: {7: "Jobsamtale"},
	}
	return Letter{
		Booking: Booking{ID: uuid.New(), Span: Span{start, start.Add(time.Hour)}, ContactType: 1, Title: "Jobsamtale", Origin: OriginPlanner},
		Option: &InterviewOption{
			InterviewType: 7, Description: "Tag dit CV med", Phone: "+4533112233", RebookingDeadline: &day,
			Location: Location{Description: "Indgang B", Address: &Address{StreetName: "Møllevej", Building: "4", Floor: "2", Suite: "tv", PostCode: "8600", District: "Silkeborg"}},
		},
		CaseWorker: CaseWorker{GivenName: "Anna", Surname: "Vejleder", Phone: "+4511223344"},
		Citizen:    "Åse Møller, 010190-1234", CitizenReach: "12345678",
		NameOf: func(list string, code int) string { return names[list][code] },
	}
}

func TestASummonsCarriesTheThirteenItemsOfSection20(t *testing.T) {
	t.Parallel()
	yes := true
	cases := []struct {
		number     int
		name       string
		change     func(*Letter) // of the letter above
		value      string
		otherwise  bool // does not apply
		lacksEmpty func(*Letter)
	}{
		{1, "identity", nil, "Åse Møller, 010190-1234", false, func(l *Letter) { l.Citizen = "" }},
		{2, "date, start and end", nil, "tirsdag den 8. december 2026 kl. 10.00–11.00", false, func(l *Letter) { l.Booking.Span = Span{} }},
		{3, "form", nil, "Personligt fremmøde", false, func(l *Letter) { l.Booking.ContactType = 0 }},
		{3, "a form that the code list does not have", func(l *Letter) { l.Booking.ContactType = 88 }, "kode 88", false, nil},
		{4, "type", nil, "Jobsamtale", false, func(l *Letter) { l.Option = nil }},
		{5, "place", nil, "Indgang B", false, func(l *Letter) { l.Option.Location = Location{} }},
		{5, "place by address", func(l *Letter) { l.Option.Location.Description = "" }, "Møllevej 4, 2 tv, 8600 Silkeborg", false, nil},
		{6, "how to reach the citizen", nil, "12345678", false, func(l *Letter) { l.CitizenReach = "" }},
		{7, "address in person", nil, "Møllevej 4, 2 tv, 8600 Silkeborg", false, func(l *Letter) { l.Option.Location.Address = nil }},
		{7, "address by telephone", func(l *Letter) { l.Booking.ContactType = 2 }, "", true, nil},
		{7, "address, form unknown", func(l *Letter) { l.NameOf = nil }, "Møllevej 4, 2 tv, 8600 Silkeborg", false, nil},
		{8, "number, in person", nil, "", true, nil},
		{8, "number when the citizen calls", func(l *Letter) { l.Booking.ContactType = 9 }, "+4533112233", false, func(l *Letter) {
			l.Booking.ContactType, l.Option.Phone, l.CaseWorker.Phone = 9, "", ""
		}},
		{8, "number of the case worker", func(l *Letter) { l.Booking.ContactType, l.Option.Phone = 9, "" }, "+4511223344", false, nil},
		{9, "title and description", nil, "Jobsamtale: Tag dit CV med", false, func(l *Letter) { l.Booking.Title = "" }},
		{10, "employee", nil, "Anna Vejleder", false, func(l *Letter) { l.CaseWorker = CaseWorker{} }},
		{11, "rebooking possible", nil, "Ja", false, nil},
		{11, "rebooking, no deadline in the option", func(l *Letter) { l.Option.RebookingDeadline = nil }, "Nej", false, nil},
		{11, "rebooking, of the case system", func(l *Letter) { l.Booking.Origin = OriginKSS }, "Nej", false, nil},
		{12, "period for rebooking", nil, "til og med mandag den 7. december 2026 kl. 10.00", false, nil},
		{12, "period where not possible", func(l *Letter) { l.Option.RebookingDeadline = nil }, "", true, nil},
		{13, "fund, not told", nil, "", true, nil},
		{13, "fund", func(l *Letter) { l.FundParticipates = &yes }, "A-kassen deltager", false, nil},
	}
	for _, c := range cases {
		l := letter(t)
		if c.change != nil {
			c.change(&l)
		}
		items := Summons(l)
		if len(items) != 13 {
			t.Fatalf("%d items", len(items))
		}
		got := items[c.number-1]
		if got.Number != c.number || got.Value != c.value || got.Applies == c.otherwise || got.Lacks() {
			t.Errorf("no. %d, %s: %+v, want %q", c.number, c.name, got, c.value)
		}
		if c.lacksEmpty == nil {
			continue
		}
		l = letter(t)
		c.lacksEmpty(&l)
		if got = Summons(l)[c.number-1]; !got.Lacks() {
			t.Errorf("no. %d, %s: not named as lacking: %+v", c.number, c.name, got)
		}
	}
}
