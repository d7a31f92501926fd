package mailbox

import (
	"context"
	"errors"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// got is a round that was read to its end, and how.
type got struct {
	reading
	full    bool
	started time.Time
	window  calendar.Window
	// Of an incremental reading that this one came in place of: that there was one, and what it told to be removed.
	asked bool
	told  map[calendar.EventID]bool
	// The feed went on from the link.
	linkLives bool

	shunnedUntil time.Time
	shuns        int
}

// read reads a round by the change feed; by plain paging while the feed is out of order. Plain rounds are full
// ones and leave no link, so that the feed, when it is tried again, begins anew. whole asks for a full round.
func (s *Syncer) read(ctx context.Context, run Run, own func(calendar.EventID) bool, whole bool) (got, error) {
	started := s.Now()
	if run.FeedShunnedUntil.After(started) {
		r, err := s.readPlain(ctx, run, windowAt(started), own)
		return got{reading: r, full: true, started: started, window: windowAt(started), shunnedUntil: run.FeedShunnedUntil, shuns: run.FeedShuns}, err
	}
	inTime, cancel := feedTime(ctx)
	defer cancel()
	g, err := s.readFeed(inTime, run, own, whole)
	if err = tooSlow(inTime, err); err == nil || ctx.Err() != nil {
		return g, err
	}
	// Pages without end come again; a gateway's time-out may be chance, once.
	if !endless(err) && (!sick(err) || run.SickRounds == 0) {
		return g, err
	}
	started = s.Now()
	r, perr := s.readPlain(ctx, run, windowAt(started), own)
	if perr != nil {
		return got{}, errors.Join(err, perr) // the feed's error first: it is what is told
	}
	until := started.Add(shun(run.FeedShuns))
	s.Log.WarnContext(ctx, "change feed out of order; the calendar is read page by page for a while", "mailbox", run.Mailbox, "until", until, "err", err)
	return got{reading: r, full: true, started: started, window: windowAt(started), shunnedUntil: until, shuns: run.FeedShuns + 1}, nil
}

// readFeed reads a round by the change feed: on from the link, or whole when the link is missing, too old, or
// told of a series.
func (s *Syncer) readFeed(ctx context.Context, run Run, own func(calendar.EventID) bool, whole bool) (got, error) {
	g := got{started: s.Now(), window: run.Window}
	g.full = whole || run.DeltaLink == "" || !g.started.Before(run.FullRoundDue)
	at := run.DeltaLink
	if g.full {
		at, g.window = "", windowAt(g.started)
	}
	var err error
	g.reading, err = s.readRound(ctx, run, at, g.window, own)
	if !g.full {
		g.linkLives = err == nil
		fresh := errors.Is(err, calendar.ErrResync)
		if err == nil {
			fresh, err = s.needsFullRound(ctx, run, g.reading)
		}
		if fresh {
			g.asked, g.told = true, g.reading.removed
			g.full, g.started, g.window = true, s.Now(), windowAt(s.Now())
			g.reading, err = s.readRound(ctx, run, "", g.window, own)
		}
	}
	return g, err
}
