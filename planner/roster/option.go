package roster

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Spec is what a kind of meeting is like: the fields that options and templates share. Codes are STAR's.
type Spec struct {
	Title               string      `json:"title"`
	Description         string      `json:"description,omitempty"`
	InterviewType       int         `json:"interviewType"`
	InterviewForm       int         `json:"interviewForm"`
	ContactTypes        []int       `json:"contactTypes"`
	DurationMinutes     int         `json:"durationMinutes"`
	SlotStepMinutes     int         `json:"slotStepMinutes"`
	NoticeMinutes       int         `json:"noticeMinutes"`
	HorizonDays         int         `json:"horizonDays"`
	IsCompulsory        bool        `json:"isCompulsory"`
	Location            string      `json:"location,omitempty"`
	StreetName          string      `json:"streetName,omitempty"`
	StreetBuilding      string      `json:"streetBuilding,omitempty"`
	Floor               string      `json:"floor,omitempty"`
	Suite               string      `json:"suite,omitempty"`
	PostCode            string      `json:"postCode,omitempty"`
	District            string      `json:"district,omitempty"`
	Phone               string      `json:"phone,omitempty"`
	Email               string      `json:"email,omitempty"`
	RebookingMinutes    *int        `json:"rebookingDeadlineMinutes,omitempty"`    // before the meeting; none: not possible
	CancellationMinutes *int        `json:"cancellationDeadlineMinutes,omitempty"` // likewise
	ContactGroups       []int       `json:"contactGroups,omitempty"`
	PersonCategories    []int       `json:"personCategories,omitempty"`
	PersonGroupProjects []uuid.UUID `json:"personGroupProjects,omitempty"`
	BufferBeforeMinutes int         `json:"bufferBeforeMinutes,omitempty"`
	BufferAfterMinutes  int         `json:"bufferAfterMinutes,omitempty"`
	MaxPerDay           int         `json:"maxPerDay,omitempty"` // zero sets no limit
	Seats               int         `json:"seats,omitempty"`     // above 1: a group meeting
	RoomFor             []int       `json:"roomFor,omitempty"`
	Competences         []string    `json:"competences,omitempty"`
}

// Option is one that a job centre offers.
type Option struct {
	ID        uuid.UUID             `json:"id"`
	JobCenter planner.JobCenterCode `json:"jobCenter"`
	Spec
	// CaseWorkers and Teams hold the meetings.
	CaseWorkers []uuid.UUID `json:"caseWorkers"`
	Teams       []uuid.UUID `json:"teams"`
	// Template is what the option is a variant of; nil for none.
	Template *uuid.UUID `json:"template,omitempty"`
	Active   bool       `json:"active"`
}

// Template is a job centre's defaults to make options from.
type Template struct {
	ID        uuid.UUID             `json:"id"`
	JobCenter planner.JobCenterCode `json:"jobCenter"`
	Name      string                `json:"name"`
	Spec      Spec                  `json:"spec"`
}

// NewSpec has what is usual.
func NewSpec() Spec {
	return Spec{DurationMinutes: 45, SlotStepMinutes: 30, NoticeMinutes: 120, HorizonDays: 183}
}

func (s Spec) tidy() Spec {
	for _, p := range []*string{&s.Title, &s.Location, &s.StreetName, &s.StreetBuilding, &s.Floor, &s.Suite, &s.PostCode, &s.District, &s.Email} {
		*p = strings.TrimSpace(*p)
	}
	s.Description = strings.TrimSpace(strings.ReplaceAll(s.Description, "\r\n", "\n"))
	s.Phone = tidyPhone(s.Phone)
	s.Competences = tidyList(s.Competences)
	for _, p := range []*[]int{&s.ContactGroups, &s.PersonCategories, &s.RoomFor} {
		*p = slices.Compact(slices.Sorted(slices.Values(*p)))
	}
	if s.Seats == 1 {
		s.Seats = 0
	}
	return s
}

// Checked is the spec tidied, and what is wrong with it. Whether the codes are in the lists of today only the store knows.
func (s Spec) Checked() (Spec, Faults) {
	s = s.tidy()
	var f Faults
	f.text("title", s.Title, 1, 200)
	f.text("description", s.Description, 0, 2000)
	if s.InterviewType <= 0 {
		f.add("interviewType", Missing, "")
	}
	if s.InterviewForm <= 0 {
		f.add("interviewForm", Missing, "")
	}
	if len(s.ContactTypes) == 0 {
		f.add("contactTypes", Missing, "")
	}
	for i, c := range s.ContactTypes {
		if slices.Contains(s.ContactTypes[:i], c) {
			f.add("contactTypes", Repeated, "")
		}
	}
	f.between("durationMinutes", s.DurationMinutes, 5, 720)
	f.between("slotStepMinutes", s.SlotStepMinutes, 5, 720)
	f.between("noticeMinutes", s.NoticeMinutes, 0, 60*24*200)
	f.between("horizonDays", s.HorizonDays, 1, 200)
	f.between("bufferBeforeMinutes", s.BufferBeforeMinutes, 0, int(planner.MaxBuffer/time.Minute))
	f.between("bufferAfterMinutes", s.BufferAfterMinutes, 0, int(planner.MaxBuffer/time.Minute))
	f.between("maxPerDay", s.MaxPerDay, 0, 1000)
	f.between("seats", s.Seats, 0, 1000)
	f.deadline("rebookingDeadlineMinutes", s.RebookingMinutes)
	f.deadline("cancellationDeadlineMinutes", s.CancellationMinutes)
	for _, c := range s.RoomFor {
		if !slices.Contains(s.ContactTypes, c) {
			f.add("roomFor", Unknown, "")
		}
	}
	for _, c := range s.Competences {
		f.text("competences", c, 1, maxCompetence)
	}
	f.email("email", s.Email, false)
	f.phone("phone", s.Phone)
	s.checkPlace(&f)
	return s, f
}

func (f *Faults) deadline(field string, minutes *int) {
	if minutes != nil {
		f.between(field, *minutes, 0, 60*24*200)
	}
}

func (s Spec) checkPlace(f *Faults) {
	f.text("location", s.Location, 0, 200)
	if s.StreetName+s.StreetBuilding+s.Floor+s.Suite+s.PostCode+s.District == "" {
		return
	}
	f.text("streetName", s.StreetName, 1, 40)
	f.text("district", s.District, 1, 20)
	f.text("suite", s.Suite, 0, 4)
	if !buildingForm.MatchString(s.StreetBuilding) {
		f.add("streetBuilding", BadForm, "")
	}
	if s.Floor != "" && !floorForm.MatchString(s.Floor) {
		f.add("floor", BadForm, "")
	}
	if !postCodeForm.MatchString(s.PostCode) {
		f.add("postCode", BadForm, "")
	}
}

// Interview is the option as the rules of availability take it.
func (o Option) Interview() planner.InterviewOption {
	minutes := func(m int) time.Duration { return time.Duration(m) * time.Minute }
	optional := func(m *int) *time.Duration {
		if m == nil {
			return nil
		}
		d := minutes(*m)
		return &d
	}
	i := planner.InterviewOption{
		ID: o.ID, JobCenter: o.JobCenter, InterviewType: o.InterviewType, InterviewForm: o.InterviewForm, ContactTypes: o.ContactTypes,
		Duration: minutes(o.DurationMinutes), SlotStep: minutes(o.SlotStepMinutes), Notice: minutes(o.NoticeMinutes), HorizonDays: o.HorizonDays,
		IsCompulsory: o.IsCompulsory, Title: o.Title, Description: o.Description, Phone: o.Phone, Email: o.Email,
		Location:          planner.Location{Description: o.Location},
		RebookingDeadline: optional(o.RebookingMinutes), CancellationDeadline: optional(o.CancellationMinutes),
		Search: planner.SearchRules{ContactGroups: o.ContactGroups, PersonCategories: o.PersonCategories, PersonGroupProjects: o.PersonGroupProjects},
		Rules: planner.OptionRules{
			BufferBefore: minutes(o.BufferBeforeMinutes), BufferAfter: minutes(o.BufferAfterMinutes), MaxPerDay: o.MaxPerDay, Seats: o.Seats,
			RoomFor: o.RoomFor, Competences: o.Competences,
		},
	}
	if o.StreetName != "" {
		i.Location.Address = &planner.Address{StreetName: o.StreetName, Building: o.StreetBuilding, Floor: o.Floor, Suite: o.Suite, PostCode: o.PostCode, District: o.District}
	}
	return i
}

// Differences names the fields, by their JSON, in which two specs differ, in the order of Spec.
func Differences(a, b Spec) (names []string) {
	va, vb := reflect.ValueOf(a.tidy()), reflect.ValueOf(b.tidy())
	for i := range va.NumField() {
		if !same(va.Field(i).Interface(), vb.Field(i).Interface()) {
			name, _, _ := strings.Cut(va.Type().Field(i).Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}

// TakeFields is the spec with the fields named (as Differences names them) as in the other.
func TakeFields(s, from Spec, names []string) Spec {
	to, other := reflect.ValueOf(&s).Elem(), reflect.ValueOf(from)
	for i := range to.NumField() {
		if name, _, _ := strings.Cut(to.Type().Field(i).Tag.Get("json"), ","); slices.Contains(names, name) {
			to.Field(i).Set(other.Field(i))
		}
	}
	return s
}

// same holds an empty list and none for the same.
func same(a, b any) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if va.Kind() == reflect.Slice && va.Len() == 0 && vb.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}

// Follow is a variant after its template has changed: fields that were as in the old template are as in the new one.
func Follow(old, changed, variant Spec) Spec {
	from, to := reflect.ValueOf(old.tidy()), reflect.ValueOf(changed.tidy())
	variant = variant.tidy()
	v := reflect.ValueOf(&variant).Elem()
	for i := range v.NumField() {
		if same(v.Field(i).Interface(), from.Field(i).Interface()) {
			v.Field(i).Set(to.Field(i))
		}
	}
	return variant
}

// Describe is a thing of the roster as the audit trail keeps it.
func Describe(v any) []byte {
	j, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers, texts, lists of them: always marshal
	}
	return j
}

// Checked is the option tidied, and what is wrong with it.
func (o Option) Checked() (Option, Faults) {
	var f Faults
	o.Spec, f = o.Spec.Checked()
	o.CaseWorkers, o.Teams = idSet(o.CaseWorkers), idSet(o.Teams)
	if o.Active && len(o.CaseWorkers)+len(o.Teams) == 0 {
		f.add("caseWorkers", Missing, "")
	}
	return o, f
}

// Checked is the template tidied, and what is wrong with it.
func (t Template) Checked() (Template, Faults) {
	var f Faults
	t.Spec, f = t.Spec.Checked()
	t.Name = strings.TrimSpace(t.Name)
	f.text("name", t.Name, 1, 200)
	return t, f
}
