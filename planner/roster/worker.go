package roster

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Worker is a case worker as the municipality sets them.
type Worker struct {
	ID          uuid.UUID             `json:"id"`
	JobCenter   planner.JobCenterCode `json:"jobCenter"`
	Identifier  string                `json:"identifier"`
	GivenName   string                `json:"givenName"`
	MiddleName  string                `json:"middleName,omitempty"`
	Surname     string                `json:"surname"`
	Email       string                `json:"email"`
	Phone       string                `json:"phone,omitempty"`
	Hours       Week                  `json:"hours"`
	Exceptions  Days                  `json:"exceptions"`
	Contacts    []planner.ContactRule `json:"contacts,omitempty"`
	MaxPerDay   int                   `json:"maxPerDay,omitempty"` // zero sets no limit
	Competences []string              `json:"competences,omitempty"`
	// Teams are those of the job centre whose options they hold.
	Teams  []uuid.UUID `json:"teams,omitempty"`
	Active bool        `json:"active"`
	// LastDay is the last Danish day on which they hold meetings; zero for one who stays. Active is false once it has passed.
	LastDay *planner.Date `json:"lastDay,omitempty"`
}

// Name is the whole name.
func (w Worker) Name() string {
	return strings.Join(strings.Fields(w.GivenName+" "+w.MiddleName+" "+w.Surname), " ")
}

var (
	phoneForm     = regexp.MustCompile(`^\+?[0-9]{3,20}$`)
	emailForm     = regexp.MustCompile(`^[^>()\[\]\\,;:@\s]{1,191}@[^>()\[\]\\,;:@\s]{1,64}$`)
	centerForm    = regexp.MustCompile(`^[0-9]{5}$`)
	buildingForm  = regexp.MustCompile(`^[1-9][0-9]{0,2}[A-Z]?$`)
	floorForm     = regexp.MustCompile(`^([1-9][0-9]?|KL|ST|kl|st|[kK][2-9])$`)
	postCodeForm  = regexp.MustCompile(`^[0-9]{4}$`)
	maxCompetence = 100
)

// tidy takes blanks around texts away, and blanks within a telephone number.
func (w Worker) tidy() Worker {
	for _, p := range []*string{&w.Identifier, &w.GivenName, &w.MiddleName, &w.Surname, &w.Email} {
		*p = strings.TrimSpace(*p)
	}
	w.Phone = tidyPhone(w.Phone)
	w.Competences = tidyList(w.Competences)
	w.Hours, w.Exceptions = w.Hours.sorted(), w.Exceptions.sorted()
	w.Teams = idSet(w.Teams)
	w.Contacts = slices.Clone(w.Contacts)
	slices.SortFunc(w.Contacts, func(a, b planner.ContactRule) int {
		return cmp.Or(cmp.Compare(a.Weekday, b.Weekday), cmp.Compare(a.ContactType, b.ContactType))
	})
	w.Contacts = slices.Compact(w.Contacts)
	return w
}

func tidyPhone(p string) string { return strings.Join(strings.Fields(p), "") }

func tidyList(list []string) []string {
	var out []string
	for _, v := range list {
		if v = strings.TrimSpace(v); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// idSet is the ids sorted, each once.
func idSet(ids []uuid.UUID) []uuid.UUID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// Checked is the case worker tidied, and what is wrong with them.
func (w Worker) Checked() (Worker, Faults) {
	w = w.tidy()
	var f Faults
	if !centerForm.MatchString(string(w.JobCenter)) {
		f.add("jobCenter", BadForm, string(w.JobCenter))
	}
	f.text("identifier", w.Identifier, 1, 255)
	f.text("givenName", w.GivenName, 1, 50)
	f.text("middleName", w.MiddleName, 0, 40)
	f.text("surname", w.Surname, 1, 40)
	f.email("email", w.Email, true)
	f.phone("phone", w.Phone)
	f.between("maxPerDay", w.MaxPerDay, 0, 1000)
	for _, c := range w.Competences {
		f.text("competences", c, 1, maxCompetence)
	}
	for i, h := range w.Hours {
		switch {
		case h.Weekday < 1 || h.Weekday > 7 || h.StartMinute < 0 || h.EndMinute > 1440:
			f.add("hours", BadForm, "")
		case h.EndMinute <= h.StartMinute:
			f.add("hours", Backwards, weekdays[h.Weekday])
		case i > 0 && w.Hours[i-1].Weekday == h.Weekday && h.StartMinute < w.Hours[i-1].EndMinute:
			f.add("hours", Overlap, weekdays[h.Weekday])
		}
	}
	for _, d := range w.Exceptions {
		if y := d.Date.Year; y < 2000 || y > 2999 || d.StartMinute < 0 || d.EndMinute > 1440 || d.EndMinute < d.StartMinute {
			f.add("exceptions", BadForm, d.Date.String())
		}
	}
	for _, c := range w.Contacts {
		f.between("contacts", c.Weekday, 0, 7)
	}
	return w, f
}

func (f *Faults) email(field, value string, must bool) {
	switch {
	case value == "" && must:
		f.add(field, Missing, "")
	case value != "" && !emailForm.MatchString(value):
		f.add(field, BadForm, "")
	}
}

func (f *Faults) phone(field, value string) {
	if value != "" && !phoneForm.MatchString(value) {
		f.add(field, BadForm, "")
	}
}

// Gone tells whether the case worker holds no meetings on the day because they have left.
func (w Worker) Gone(on planner.Date) bool {
	return !w.Active || w.LastDay != nil && on.Midnight().After(w.LastDay.Midnight())
}
