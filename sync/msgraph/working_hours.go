package msgraph

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"
)

// WorkingHours are the hours that a user has set in Outlook: one stretch, the same on each of the days. Outlook knows of no breaks.
type WorkingHours struct {
	Weekdays               []int // ascending; Monday is 1
	StartMinute, EndMinute int   // of the day, in Zone; the end is 1440 at the latest
	// Zone is Windows' name or IANA's, as the mailbox has it.
	Zone string
}

// Danish tells whether the hours are Danish clock time.
func (h WorkingHours) Danish() bool {
	return strings.EqualFold(h.Zone, "Romance Standard Time") || strings.EqualFold(h.Zone, "Europe/Copenhagen")
}

var weekdayNumbers = map[string]int{"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 7}

// WorkingHours reads a user's working hours; nothing else of the settings is asked for. The app needs MailboxSettings.Read.
func (c *Client) WorkingHours(ctx context.Context, user string) (WorkingHours, error) {
	if !validID(user) {
		return WorkingHours{}, errEmptyID()
	}
	var hours WorkingHours
	err := c.call(ctx, opWorkingHours, func(body io.Reader) (err error) {
		hours, err = decodeWorkingHours(body)
		return err
	}, func(ctx context.Context, opts []abs.RequestOption) error {
		_, err := c.users.ByUserId(user).MailboxSettings().Get(ctx, &users.ItemMailboxSettingsRequestBuilderGetRequestConfiguration{
			Options: opts, QueryParameters: &users.ItemMailboxSettingsRequestBuilderGetQueryParameters{Select: []string{"workingHours"}},
		})
		return err
	})
	return hours, err
}

func decodeWorkingHours(body io.Reader) (h WorkingHours, err error) {
	var w struct {
		Hours *struct {
			Days  []string `json:"daysOfWeek"`
			Start string   `json:"startTime"`
			End   string   `json:"endTime"`
			Zone  struct {
				Name string `json:"name"`
			} `json:"timeZone"`
		} `json:"workingHours"`
	}
	if err := decodeJSON(body, &w); err != nil {
		return h, err
	}
	if w.Hours == nil {
		return h, &unreadableError{codeUnreadable}
	}
	start, startErr := time.Parse(time.TimeOnly, w.Hours.Start)
	end, endErr := time.Parse(time.TimeOnly, w.Hours.End)
	h.StartMinute, h.EndMinute = start.Hour()*60+start.Minute(), end.Hour()*60+end.Minute()
	if h.EndMinute == 0 {
		h.EndMinute = 1440
	}
	if startErr != nil || endErr != nil || h.EndMinute <= h.StartMinute || !zoneName(w.Hours.Zone.Name) {
		return WorkingHours{}, &unreadableError{codeUnreadable}
	}
	for _, name := range w.Hours.Days {
		day, ok := weekdayNumbers[strings.ToLower(name)]
		if !ok {
			return WorkingHours{}, &unreadableError{codeUnreadable}
		}
		h.Weekdays = append(h.Weekdays, day)
	}
	slices.Sort(h.Weekdays)
	h.Weekdays, h.Zone = slices.Compact(h.Weekdays), w.Hours.Zone.Name
	return h, nil
}

// zoneName tells whether a text can be the name of a time zone, and is fit to be shown.
func zoneName(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
