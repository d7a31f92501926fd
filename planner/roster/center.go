package roster

import (
	"slices"
	"strings"
	"time"

	"kommunalplanner.example/planner"
)

// Center is a job centre with all that its municipality sets.
type Center struct {
	Code                   planner.JobCenterCode `json:"code"`
	Name                   string                `json:"name"`
	ReservationMinutes     int                   `json:"reservationMinutes"`
	WorkingElsewhereBlocks bool                  `json:"workingElsewhereBlocks"`
	OutlookMove            string                `json:"outlookMove"`
	OutlookDelete          string                `json:"outlookDelete"`
	CitizenNameInOutlook   bool                  `json:"citizenNameInOutlook"`
	PublicHolidays         bool                  `json:"closedOnPublicHolidays"`
	LabourDay              bool                  `json:"closedOnLabourDay"`
	ConstitutionDay        bool                  `json:"closedOnConstitutionDay"`
	ChristmasEve           bool                  `json:"closedOnChristmasEve"`
	NewYearsEve            bool                  `json:"closedOnNewYearsEve"`
	ClosingDays            []ClosingDay          `json:"closingDays"`
	StaleAfterMinutes      int                   `json:"staleAfterMinutes"` // zero withholds nobody
	SpreadByWeek           bool                  `json:"spreadByWeek"`
}

// ClosingDay is one of a job centre's own days without meetings. Note is for colleagues; citizens do not see it.
type ClosingDay struct {
	Date string `json:"date"` // 2006-01-02
	Note string `json:"note,omitempty"`
}

// NewCenter is a job centre with nothing chosen yet.
func NewCenter(code planner.JobCenterCode) Center {
	c := planner.JobCenter{Code: code}.WithDefaults()
	return Center{Code: code, ReservationMinutes: int(c.Reservation / time.Minute), OutlookMove: c.OutlookMove, OutlookDelete: c.OutlookDelete}
}

// Checked is the job centre tidied, and what is wrong with it.
func (c Center) Checked() (Center, Faults) {
	c.Name = strings.TrimSpace(c.Name)
	c.ClosingDays = slices.Clone(c.ClosingDays)
	slices.SortFunc(c.ClosingDays, func(a, b ClosingDay) int { return strings.Compare(a.Date, b.Date) })
	var f Faults
	if !centerForm.MatchString(string(c.Code)) {
		f.add("code", BadForm, string(c.Code))
	}
	f.text("name", c.Name, 1, 200)
	f.between("reservationMinutes", c.ReservationMinutes, 1, 120)
	f.between("staleAfterMinutes", c.StaleAfterMinutes, 0, 60*24*30)
	f.oneOf("outlookMove", c.OutlookMove, "restore", "accept")
	f.oneOf("outlookDelete", c.OutlookDelete, "restore", "cancel")
	var dates []string
	for _, d := range c.ClosingDays {
		if day, err := planner.ParseDate(d.Date); err != nil || day.Year < 2000 || day.String() != d.Date {
			f.add("closingDays", BadForm, d.Date)
		}
		f.text("closingDays", d.Note, 0, 200)
		dates = append(dates, d.Date)
	}
	f.once("closingDays", dates)
	return c, f
}

func (f *Faults) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		f.add(field, Unknown, value)
	}
}
