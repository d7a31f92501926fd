package summonerui

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// specView is the part of a form that options and templates share; its fields are named as roster.Spec's are in JSON. A list of
// codes that was never imported has no choices: its codes are written as numbers.
type specView struct {
	Form                                       *webui.Form
	Types, Forms, Contacts, Groups, Categories []webui.Choice
}

// codeNamer names codes; *rosterdb.Store has it.
type codeNamer interface {
	CodeNames(ctx context.Context) (map[string][]rosterdb.CodeName, error)
}

// specView has today's codes, and those besides that the spec has already.
func newSpecView(ctx context.Context, f *webui.Form, names codeNamer, s roster.Spec) (specView, error) {
	lists, err := names.CodeNames(ctx)
	list := func(name string, has ...int) (out []webui.Choice) {
		if len(lists[name]) == 0 {
			return nil
		}
		for _, c := range lists[name] {
			out = append(out, webui.Choice{Value: strconv.Itoa(c.Code), Name: c.Name})
		}
		for _, code := range has {
			if code > 0 && !slices.ContainsFunc(lists[name], func(c rosterdb.CodeName) bool { return c.Code == code }) {
				out = append(out, webui.Choice{Value: strconv.Itoa(code), Name: fmt.Sprintf("Kode %d (ikke på listen i dag)", code)})
			}
		}
		return out
	}
	v := specView{
		Form: f, Types: list(planner.ListInterviewType, s.InterviewType), Forms: list(planner.ListInterviewForm, s.InterviewForm),
		Contacts: list(planner.ListContactType, s.ContactTypes...), Groups: list(planner.ListContactGroup, s.ContactGroups...),
		Categories: list(planner.ListPersonCategory, s.PersonCategories...),
	}
	for _, one := range []*[]webui.Choice{&v.Types, &v.Forms} {
		if len(*one) > 0 {
			*one = slices.Insert(*one, 0, webui.Choice{Name: "Vælg"})
		}
	}
	// What is written where there is no list is one text, not a value per code.
	for field, choices := range v.codes() {
		if choices == nil && len(f.All(field)) > 1 {
			f.Values.Set(field, strings.Join(f.All(field), ", "))
		}
	}
	return v, err
}

// codes are the choices by field.
func (v specView) codes() map[string][]webui.Choice {
	return map[string][]webui.Choice{
		"interviewType": v.Types, "interviewForm": v.Forms, "contactTypes": v.Contacts, "roomFor": v.Contacts,
		"contactGroups": v.Groups, "personCategories": v.Categories,
	}
}

// specTexts are the fields of a spec as the form shows them.
func specTexts(s roster.Spec) url.Values {
	v := url.Values{
		"title": {s.Title}, "description": {s.Description}, "location": {s.Location}, "streetName": {s.StreetName}, "streetBuilding": {s.StreetBuilding},
		"floor": {s.Floor}, "suite": {s.Suite}, "postCode": {s.PostCode}, "district": {s.District}, "phone": {s.Phone}, "email": {s.Email},
		"competences": {strings.Join(s.Competences, ", ")}, "durationMinutes": {minutesText(s.DurationMinutes)},
		"slotStepMinutes": {minutesText(s.SlotStepMinutes)}, "noticeMinutes": {minutesText(s.NoticeMinutes)},
		"horizonDays": {number(s.HorizonDays)}, "maxPerDay": {number(s.MaxPerDay)}, "seats": {number(s.Seats)},
		"interviewType": {number(s.InterviewType)}, "interviewForm": {number(s.InterviewForm)},
	}
	for field, m := range map[string]int{"bufferBeforeMinutes": s.BufferBeforeMinutes, "bufferAfterMinutes": s.BufferAfterMinutes} {
		if m > 0 {
			v.Set(field, minutesText(m))
		}
	}
	for field, m := range map[string]*int{"rebookingDeadlineMinutes": s.RebookingMinutes, "cancellationDeadlineMinutes": s.CancellationMinutes} {
		if m != nil {
			v.Set(field, minutesText(*m))
		}
	}
	for field, codes := range map[string][]int{
		"contactTypes": s.ContactTypes, "contactGroups": s.ContactGroups, "personCategories": s.PersonCategories, "roomFor": s.RoomFor,
	} {
		for _, c := range codes {
			v.Add(field, strconv.Itoa(c))
		}
	}
	var marks []string
	for _, id := range s.PersonGroupProjects {
		marks = append(marks, id.String())
	}
	v.Set("personGroupProjects", strings.Join(marks, "\n"))
	if s.IsCompulsory {
		v.Set("isCompulsory", "ja")
	}
	return v
}

// number is empty for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// minutesText is "2 timer" or "45 minutter". Never days: a day before the meeting is 24 hours here.
func minutesText(m int) string {
	if m != 0 && m%60 == 0 {
		return webui.Count(m/60, "time", "timer")
	}
	return webui.Count(m, "minut", "minutter")
}

var errMinutes = errors.New("no stretch of time")

// parseMinutes reads what minutesText writes, minutes alone, and days of 24 hours.
func parseMinutes(text string) (int, error) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzæøå. ")
	n, err := strconv.Atoi(strings.ReplaceAll(digits, ".", "")) // 4.800 timer
	if err != nil || n < 0 || n > 1e6 {
		return 0, errMinutes
	}
	switch unit := strings.TrimSpace(strings.TrimPrefix(text, digits)); strings.Trim(unit, ".") {
	case "", "m", "min", "minut", "minutter":
		return n, nil
	case "t", "time", "timer":
		return n * 60, nil
	case "d", "dag", "dage":
		return n * 24 * 60, nil
	}
	return 0, errMinutes
}

// readSpec is what the form says; what cannot be read is noted at its field. Ticked contact types keep the order that they had.
func readSpec(f *webui.Form, was roster.Spec) roster.Spec {
	s := roster.Spec{
		Title: f.Get("title"), Description: f.Get("description"), Location: f.Get("location"), StreetName: f.Get("streetName"),
		StreetBuilding: f.Get("streetBuilding"), Floor: f.Get("floor"), Suite: f.Get("suite"), PostCode: f.Get("postCode"), District: f.Get("district"),
		Phone: f.Get("phone"), Email: f.Get("email"), IsCompulsory: f.Has("isCompulsory", "ja"), Competences: strings.Split(f.Get("competences"), ","),
		DurationMinutes: readMinutes(f, "durationMinutes"), SlotStepMinutes: readMinutes(f, "slotStepMinutes"),
		NoticeMinutes: readMinutes(f, "noticeMinutes"), BufferBeforeMinutes: readMinutes(f, "bufferBeforeMinutes"),
		BufferAfterMinutes: readMinutes(f, "bufferAfterMinutes"), HorizonDays: readNumber(f, "horizonDays"), MaxPerDay: readNumber(f, "maxPerDay"),
		Seats: readNumber(f, "seats"), ContactTypes: readCodes(f, "contactTypes"), ContactGroups: readCodes(f, "contactGroups"),
		PersonCategories: readCodes(f, "personCategories"), RoomFor: readCodes(f, "roomFor"),
	}
	if len(f.All("contactTypes")) > 1 { // ticked, not written in an order
		s.ContactTypes = slices.SortedStableFunc(slices.Values(s.ContactTypes), func(a, b int) int {
			return place(was.ContactTypes, a) - place(was.ContactTypes, b)
		})
	}
	for field, to := range map[string]*int{"interviewType": &s.InterviewType, "interviewForm": &s.InterviewForm} {
		if codes := readCodes(f, field); len(codes) > 0 {
			*to = codes[0]
		}
	}
	for field, to := range map[string]**int{"rebookingDeadlineMinutes": &s.RebookingMinutes, "cancellationDeadlineMinutes": &s.CancellationMinutes} {
		if f.Get(field) != "" {
			m := readMinutes(f, field)
			*to = &m
		}
	}
	for _, text := range strings.Fields(f.Get("personGroupProjects")) {
		id, err := uuid.Parse(text)
		if err != nil {
			f.Wrong("personGroupProjects", "Skriv et mærkes id på hver linje, som 5f1c8d5e-0d5c-4a55-9f0e-2b8f6f3b1f10.")
			break
		}
		s.PersonGroupProjects = append(s.PersonGroupProjects, id)
	}
	return s
}

// place is where a code stands in a list, behind all when it does not.
func place(list []int, code int) int {
	if i := slices.Index(list, code); i >= 0 {
		return i
	}
	return len(list)
}

// readMinutes reads a stretch of time; none is 0.
func readMinutes(f *webui.Form, field string) int {
	text := strings.ToLower(f.Get(field))
	if text == "" {
		return 0
	}
	m, err := parseMinutes(text)
	f.Check(err == nil, field, fieldNames[field]+": Skriv minutter, eller fx 2 timer.")
	return m
}

// readNumber reads a whole number; none is 0.
func readNumber(f *webui.Form, field string) int {
	text := f.Get(field)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	f.Check(err == nil, field, fieldNames[field]+": Skriv et helt tal.")
	return int(n)
}

// readCodes reads codes that were ticked, or written with commas between.
func readCodes(f *webui.Form, field string) (codes []int) {
	for _, text := range strings.FieldsFunc(strings.Join(f.All(field), ","), func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n <= 0 {
			f.Wrong(field, fieldNames[field]+": Skriv koder som tal med komma imellem.")
			break
		}
		codes = append(codes, int(n))
	}
	return codes
}

// difference is a field in which a variant is not as its template.
type difference struct{ Field, Name, Own, Template string }

// differences puts into words how a variant differs from its template.
func (v specView) differences(variant, template roster.Spec) (out []difference) {
	own, its := specTexts(variant), specTexts(template)
	words := func(field string, values []string) string {
		var names []string
		for _, value := range values {
			i := slices.IndexFunc(v.codes()[field], func(c webui.Choice) bool { return c.Value == value })
			if i >= 0 && value != "" {
				value = v.codes()[field][i].Name
			}
			if value != "" {
				names = append(names, value)
			}
		}
		if len(names) == 0 {
			return "Intet"
		}
		return strings.Join(names, ", ")
	}
	for _, field := range roster.Differences(variant, template) {
		out = append(out, difference{field, fieldNames[field], words(field, own[field]), words(field, its[field])})
	}
	return out
}
