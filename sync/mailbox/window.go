package mailbox

import (
	"hash/fnv"
	"strconv"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// windowAt is the window of a round that starts now: from the start of yesterday, Danish time, for
// seven months. Six of them are offered to citizens; the last is slack for the window's age (DESIGN
// rule 11).
func windowAt(now time.Time) calendar.Window {
	l := now.In(calendar.Copenhagen())
	return calendar.Window{
		Start: time.Date(l.Year(), l.Month(), l.Day()-1, 0, 0, 0, 0, l.Location()).UTC(),
		End:   time.Date(l.Year(), l.Month()+7, l.Day(), 0, 0, 0, 0, l.Location()).UTC(),
	}
}

// nextFullRound is when the mailbox's nightly full round is due after now: between one and five in the
// morning Danish time, spread over the mailboxes by their number so that they do not come together.
func nextFullRound(now time.Time, mailbox int64) time.Time {
	l := now.In(calendar.Copenhagen())
	offset := spread(mailbox, "full", 4*time.Hour)
	due := time.Date(l.Year(), l.Month(), l.Day(), 1, 0, 0, 0, l.Location()).Add(offset)
	if !due.After(now.Add(time.Hour)) {
		due = time.Date(l.Year(), l.Month(), l.Day()+1, 1, 0, 0, 0, l.Location()).Add(offset)
	}
	return due.UTC()
}

// sweepEvery is the longest silence of a mailbox before it is asked without a notice (DESIGN rule 12).
const sweepEvery = 15 * time.Minute

// nextSweep is sweepEvery from now, earlier by up to a minute so that mailboxes do not march in step.
func nextSweep(now time.Time, mailbox int64) time.Time {
	return now.Add(sweepEvery - spread(mailbox, strconv.FormatInt(now.Unix()/900, 10), time.Minute))
}

// spread gives each mailbox its own share of width.
func spread(mailbox int64, salt string, width time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(salt + ":" + strconv.FormatInt(mailbox, 10)))
	return time.Duration(h.Sum64() % uint64(width))
}
