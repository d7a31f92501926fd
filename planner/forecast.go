package planner

import (
	"time"

	"github.com/google/uuid"
)

// WeekTimes is how much can be booked of an option in one ISO week, Danish time.
type WeekTimes struct {
	Year int `json:"year"`
	Week int `json:"week"`
	// Starts counts the different starts offered.
	Starts int `json:"starts"`
	// Capacity counts the citizens who can be met: the most meetings that fit in beside each other, and the seats of group meetings.
	// Limits per day and rooms that meetings share are not heeded, so that it may be too high.
	Capacity int `json:"capacity"`
}

// FewTimes is how many citizens it must be possible to meet in a week, unless somebody says otherwise, for it not to be short.
const FewTimes = 5

// Short tells whether fewer citizens than that can be met in the week.
func (w WeekTimes) Short(few int) bool { return w.Capacity < few }

// Forecast counts slots, in order of time, over the weeks from that of an instant on. Each week is there, with nothing in it if so.
func Forecast(option InterviewOption, slots []Timeslot, from time.Time, weeks int) []WeekTimes {
	out := make([]WeekTimes, weeks)
	place := map[[2]int]int{}
	for i := range out {
		year, week := from.In(Copenhagen()).AddDate(0, 0, 7*i).ISOWeek()
		out[i].Year, out[i].Week = year, week
		place[[2]int{year, week}] = i
	}
	// The first that begins is taken, then the first that begins after its end: no other choice fits in more.
	free := map[uuid.UUID]time.Time{}
	for _, s := range slots {
		year, week := s.Start.In(Copenhagen()).ISOWeek()
		i, ok := place[[2]int{year, week}]
		if !ok {
			continue
		}
		out[i].Starts++
		for _, w := range s.CaseWorkers {
			if s.Start.Before(free[w]) {
				continue
			}
			free[w] = s.Start.Add(option.Duration + max(option.Rules.BufferBefore, option.Rules.BufferAfter))
			out[i].Capacity += max(s.Free, 1)
		}
	}
	return out
}
