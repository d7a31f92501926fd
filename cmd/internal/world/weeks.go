package world

import (
	"fmt"
	"math/rand/v2"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// event is an event as Outlook sends it to Graph.
type event map[string]any

func at(t time.Time) map[string]any {
	return map[string]any{"dateTime": t.In(calendar.Copenhagen()).Format("2006-01-02T15:04:05"), "timeZone": calendar.GraphZone}
}

func meeting(subject string, start time.Time, length time.Duration, showAs string) event {
	return event{"subject": subject, "start": at(start), "end": at(start.Add(length)), "showAs": showAs}
}

// Weeks fills a counsellor's calendar from the week of now on, as Outlook would: a weekly team meeting as
// a series, talks, a private errand, a day off, a tentative one, and focus time that is shown as free.
func Weeks(n, weeks int, now time.Time) []event {
	r := rand.New(rand.NewPCG(10100, uint64(n)))
	l := now.In(calendar.Copenhagen())
	monday := time.Date(l.Year(), l.Month(), l.Day()-(int(l.Weekday())+6)%7, 0, 0, 0, 0, l.Location())
	on := func(day, hour, minute int) time.Time {
		return time.Date(monday.Year(), monday.Month(), monday.Day()+day, hour, minute, 0, 0, monday.Location())
	}
	team := meeting("Teammøde", on(0, 9, 0), time.Hour, "busy")
	team["recurrence"] = map[string]any{
		"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []string{"monday"}, "firstDayOfWeek": "monday"},
		"range":   map[string]any{"type": "noEnd", "startDate": monday.Format(time.DateOnly), "recurrenceTimeZone": calendar.GraphZone},
	}
	out := []event{team}
	talks := []string{"Samtale", "Netværksmøde", "Virksomhedsbesøg", "Sparring", "Rundbordssamtale", "Supervision"}
	for week := range weeks {
		d := 7 * week
		for day := range 5 {
			for range 1 + r.IntN(2) {
				start := on(d+day, 8+r.IntN(6), 30*r.IntN(2))
				out = append(out, meeting(talks[r.IntN(len(talks))], start, time.Duration(30+15*r.IntN(3))*time.Minute, "busy"))
			}
		}
		out = append(out, meeting("Fokustid", on(d+1, 13, 0), 90*time.Minute, "free"))
		maybe := meeting("Måske: oplæg for erhvervsrådet", on(d+2+r.IntN(2), 10, 0), 90*time.Minute, "tentative")
		errand := meeting("Tandlæge", on(d+r.IntN(5), 14, 0), time.Hour, "oof")
		errand["sensitivity"] = "private"
		errand["body"] = map[string]any{"contentType": "text", "content": fmt.Sprintf("Husk kvitteringen fra %s", PrivateMarker)}
		out = append(out, maybe, errand)
		if (n+week)%6 == 5 {
			first := on(d+r.IntN(4), 0, 0)
			out = append(out, event{
				"subject": "Ferie", "isAllDay": true, "showAs": "oof",
				"start": at(first), "end": at(time.Date(first.Year(), first.Month(), first.Day()+1, 0, 0, 0, 0, first.Location())),
			})
		}
	}
	return out
}

// PrivateMarker stands in every private appointment's text. It must be found nowhere outside the
// simulated mailbox: no log, no row, no job.
const PrivateMarker = "hemmelighed-7f3a"
