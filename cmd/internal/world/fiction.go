package world

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// JobCenterCode is the fictional job centre's.
const JobCenterCode planner.JobCenterCode = "10100"

// JobCenterName is what it is called.
const JobCenterName = "Jobcenter Ærøby"

// space names everything that has a fixed id.
var space = uuid.MustParse("b5a7c0de-0000-4000-8000-10100aeb0001")

// ID is the fixed id of a thing of the world.
func ID(kind string, n int) uuid.UUID { return uuid.NewSHA1(space, fmt.Appendf(nil, "%s/%d", kind, n)) }

// Counsellor is a case worker with a mailbox.
type Counsellor struct {
	planner.CaseWorker
	ObjectID string // of the user in Entra ID
}

var givenNames = []string{
	"Åse", "Bjørn", "Camilla", "Dorthe", "Erik", "Freja", "Gert", "Helle", "Ib", "Jytte", "Karsten", "Lærke", "Mads",
	"Nanna", "Ole", "Pernille", "Rasmus", "Signe", "Torben", "Ulla", "Vibeke", "Winnie", "Yrsa", "Zenia", "Østen",
}

var surnames = []string{
	"Ærø", "Østergaard", "Bækgaard", "Kjær", "Nørgaard", "Søndergaard", "Lindø", "Højgaard", "Brøndum", "Skovgård", "Møller", "Sørensen", "Åkjær",
	"Dahlgaard", "Fjeldsø", "Grønbæk", "Hedegaard", "Juul", "Krogh", "Lauridsen", "Munkholm", "Overgaard", "Poulsen", "Riis", "Thygesen",
}

// Counsellors makes n of them. The first 25 have names of their own; after that names come again with
// a number.
func Counsellors(n int) []Counsellor {
	out := make([]Counsellor, n)
	for i := range out {
		surname := surnames[(i*7+i/25)%25]
		if i >= 25 {
			surname = fmt.Sprintf("%s %d", surname, i/25+1)
		}
		out[i] = Counsellor{
			CaseWorker: planner.CaseWorker{
				ID: ID("case worker", i), JobCenter: JobCenterCode, Identifier: fmt.Sprintf("CVR:12345678-RID:%08d", 87650000+i),
				GivenName: givenNames[i%25], Surname: surname, Email: fmt.Sprintf("vejleder%02d@aeroeby.example", i+1), Phone: fmt.Sprintf("+45%08d", 70100000+i),
				Hours: hours(i),
			},
			ObjectID: ID("user", i).String(),
		}
	}
	return out
}

// hours are a Danish week of 37 hours, with lunch, a short Friday, and some who start late or are off one day.
func hours(i int) []planner.WorkingHours {
	start, off := 8*60, 0
	if i%4 == 3 {
		start = 9 * 60
	}
	if i%9 == 8 {
		off = 3
	}
	var out []planner.WorkingHours
	for day := 1; day <= 5; day++ {
		if day == off {
			continue
		}
		end := 15*60 + 30
		if day == 5 {
			end = 14 * 60
		}
		out = append(out, planner.WorkingHours{Weekday: day, StartMinute: start, EndMinute: 12 * 60}, planner.WorkingHours{Weekday: day, StartMinute: 12*60 + 30, EndMinute: end})
	}
	return out
}

// Options are the meetings that citizens may book, each with the numbers of the counsellors who hold them.
func Options(counsellors int) []Option {
	address := &planner.Address{StreetName: "Rådhusstræde", Building: "12", Floor: "2", PostCode: "5970", District: "Ærøskøbing"}
	day, twoDays := 24*time.Hour, 48*time.Hour
	base := planner.InterviewOption{
		JobCenter: JobCenterCode, InterviewForm: 1, SlotStep: 30 * time.Minute, Notice: 2 * time.Hour, HorizonDays: 183,
		Location: planner.Location{Description: "Meld din ankomst i skranken i stueetagen", Address: address}, Phone: "+4570100100", Email: "jobcenter@aeroeby.example",
		RebookingDeadline: &day, CancellationDeadline: &day,
	}
	job, follow, cv, advice := base, base, base, base
	job.ID, job.InterviewType, job.ContactTypes, job.Duration, job.IsCompulsory = ID("option", 0), 7, []int{1, 2}, time.Hour, true
	job.Title, job.Description = "Jobsamtale", "En samtale om din jobsøgning og dine næste skridt. Tag gerne dit CV med."
	follow.ID, follow.InterviewType, follow.ContactTypes, follow.Duration = ID("option", 1), 4, []int{1, 2, 8}, 30*time.Minute
	follow.Title, follow.Description, follow.RebookingDeadline = "Opfølgningssamtale", "Vi følger op på det, vi aftalte sidst.", &twoDays
	cv.ID, cv.InterviewType, cv.ContactTypes, cv.Duration = ID("option", 2), 10, []int{8}, 45*time.Minute
	cv.Title, cv.Description, cv.Location = "CV-samtale", "Vi gennemgår dit CV sammen på skærmen.", planner.Location{Description: "Du får et link til mødet"}
	cv.CancellationDeadline = nil
	advice.ID, advice.InterviewType, advice.ContactTypes, advice.Duration = ID("option", 3), 12, []int{1}, 45*time.Minute
	advice.Title, advice.Description = "Vejledning for dimittender", "For dig, der lige har afsluttet en uddannelse."
	advice.Search = planner.SearchRules{ContactGroups: []int{3}}
	advice.RebookingDeadline = nil
	return []Option{
		{job, spread(counsellors, 0, 1)}, {follow, spread(counsellors, 0, 2)}, {cv, spread(counsellors, 1, 2)}, {advice, spread(counsellors, 0, 5)},
	}
}

// Option is an interview option and who holds it, by number.
type Option struct {
	planner.InterviewOption
	Holders []int
}

func spread(n, from, step int) (out []int) {
	for i := from; i < n; i += step {
		out = append(out, i)
	}
	return out
}

// Citizens makes n fictional CPR numbers of the contract's form. Nobody has them: the serial numbers
// 0001 to 0099 were never given to the birth years used.
func Citizens(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%02d%02d%02d%04d", i%28+1, i%12+1, 60+i%40, i+1)
	}
	return out
}
