package graphsim

import (
	"net/url"
	"time"
)

// reputation is Graph's memory of how fast a host answers (behaviour 60). The documentation does not
// say whether an endpoint is a URL or a host; a host is the harder case.
type reputation struct {
	windowStart time.Time
	all, slow   int
	until       time.Time
	bad         verdict
}

type verdict int

const (
	verdictGood verdict = iota
	verdictSlow
	verdictDrop
)

const (
	slowAnswer       = 2900 * time.Millisecond
	slowPause        = 10 * time.Minute
	reputationWindow = 10 * time.Minute
	reputationFrom   = 100 // notices before anything is judged
)

func (b *subscriptions) hostOf(target string) *reputation {
	host := target
	if u, err := url.Parse(target); err == nil {
		host = u.Host
	}
	r := b.hosts[host]
	if r == nil {
		r = &reputation{}
		b.hosts[host] = r
	}
	return r
}

func (r *reputation) verdict(now time.Time) verdict {
	if now.Before(r.until) {
		return r.bad
	}
	return verdictGood
}

func (r *reputation) count(now time.Time, took time.Duration, notices int) {
	if now.Sub(r.windowStart) >= reputationWindow {
		r.windowStart, r.all, r.slow = now, 0, 0
	}
	r.all += notices
	if took > slowAnswer {
		r.slow += notices
	}
	if r.all < reputationFrom || now.Before(r.until) {
		return
	}
	switch share := float64(r.slow) / float64(r.all); {
	case share >= 0.15:
		r.bad, r.until = verdictDrop, now.Add(slowPause)
	case share >= 0.10:
		r.bad, r.until = verdictSlow, now.Add(slowPause)
	}
}
