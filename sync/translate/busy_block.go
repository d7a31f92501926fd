package translate

import (
	"strconv"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
)

// Policy is a municipality's choice of what blocks.
type Policy struct{ WorkingElsewhereBlocks bool }

// Block is time that a counsellor has taken in Outlook. Span is UTC and never empty.
type Block struct {
	ID, SeriesID calendar.EventID
	Span         planner.Span
	ShowAs       calendar.ShowAs
	Private      bool
}

// BusyBlock gives the time that an event takes, and false if it takes none. The master is that of an
// Occurrence, nil when unknown or not needed. Our own events are not blocks, being bookings.
func BusyBlock(e calendar.Event, master *calendar.Event, p Policy) (Block, bool) {
	if e.Owned != nil || e.Kind == calendar.Master {
		return Block{}, false
	}
	if e.Kind == calendar.Occurrence && e.ShowAs == "" {
		e = inherit(e, master)
	}
	b := Block{
		ID: e.ID, SeriesID: e.SeriesID, ShowAs: e.ShowAs, Private: e.Private,
		Span: planner.Span{Start: e.Start.UTC(), End: e.End.UTC()},
	}
	return b, !e.Cancelled && !e.Declined && blocks(e.ShowAs, p) && !b.Span.Empty()
}

func blocks(s calendar.ShowAs, p Policy) bool {
	switch s {
	case calendar.Free:
		return false
	case calendar.WorkingElsewhere:
		return p.WorkingElsewhereBlocks
	default:
		return true
	}
}

// inherit fills in what a delta page leaves out of an occurrence: all but its identity and span
// (Graph sends exactly id, etag, type, seriesMasterId, start and end). Without a master, or with one
// that is not its own, it blocks as "unknown"; whether it is all-day is then told by its clock.
func inherit(e calendar.Event, master *calendar.Event) calendar.Event {
	dates := e.AllDay
	if master == nil || master.ID != e.SeriesID {
		e.ShowAs = calendar.Unknown
		e.AllDay = e.AllDay || (utcMidnight(e.Start) && utcMidnight(e.End))
	} else {
		e.ShowAs = master.ShowAs
		e.AllDay = e.AllDay || master.AllDay
		e.Private = e.Private || master.Private
		e.Cancelled = e.Cancelled || master.Cancelled
		e.Declined = e.Declined || master.Declined
	}
	if e.AllDay && !dates {
		e.Start, e.End = calendar.WholeDays(date(e.Start), date(e.End))
	}
	return e
}

// date shows the instant in the zone in which it is a date: Graph tells all-day events as midnight
// UTC, and the same day may have come as Danish midnight.
func date(t time.Time) time.Time {
	if utcMidnight(t) {
		return t.UTC()
	}
	return t.In(calendar.Copenhagen())
}

func utcMidnight(t time.Time) bool { return t.UTC().Truncate(24 * time.Hour).Equal(t) }

// Version tells two states of a block apart, by all it holds but its id; instants count in whole
// seconds. It is compared, never stored.
func (b Block) Version() string { return b.TimeVersion() + " " + string(b.SeriesID) }

// TimeVersion is the part of Version that does not depend on Outlook's ids: what time is taken, and how.
func (b Block) TimeVersion() string {
	v := make([]byte, 0, 48)
	v = strconv.AppendInt(v, b.Span.Start.Unix(), 10)
	v = append(v, '-')
	v = strconv.AppendInt(v, b.Span.End.Unix(), 10)
	v = append(v, ' ')
	v = strconv.AppendQuote(v, string(b.ShowAs))
	v = append(v, ' ')
	v = strconv.AppendBool(v, b.Private)
	return string(v)
}
