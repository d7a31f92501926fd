package mailbox

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// Limit is how many requests to Graph may be under way at once over all processes, and what was seen of
// Graph's refusals. It is stored, one for the installation.
//
// Graph limits each mailbox by itself, and whether it also limits an app is disputed (graph.md §3). A mailbox
// that is throttled is paused by itself and says nothing about the others; refusals of several at once do,
// when they are more than a few of all answers. Then the limit is cut to half of what was under way (not of
// what was allowed, which may never have been used), and grows again slowly while it is what is waited for.
type Limit struct {
	Slots int
	// Of answers since CountedSince: how many, how many of them were 429 or the like, from how many mailboxes.
	Answers, Refusals, RefusedMailboxes int
	CountedSince, CutAt, RaisedAt       time.Time
}

// LimitRule is how the limit adapts. The zero value is not useful; see DefaultLimitRule.
type LimitRule struct {
	First, Least, Most int
	// Cut when at least Mailboxes were refused and at least one in Share answers was a refusal.
	Mailboxes, Share int
	// Count over so long, and cut at most once in that time.
	Interval time.Duration
	// Settle after a cut: answers to what was sent before it do not count.
	Settle time.Duration
	// Raise by a tenth at most so often.
	Raise time.Duration
}

// DefaultLimitRule begins far above what one process asks for, so that the limit is felt only where Graph
// has shown one. Measured by others: 5 in flight where 4 are allowed are refused 13 % of the time (graph.md §3),
// hence one in ten.
func DefaultLimitRule() LimitRule {
	return LimitRule{First: 64, Least: 2, Most: 256, Mailboxes: 3, Share: 10, Interval: 10 * time.Second, Settle: 2 * time.Second, Raise: 5 * time.Second}
}

// Told is what a process tells when it renews its share.
type Told struct {
	InUse  int // requests under way
	Peak   int // most requests under way since it told last
	Wanted int // slots it could use
	// Since it told last.
	Answers, Refusals, RefusedMailboxes int
}

// Adapt gives the limit after a process told something. underWay and wanted are those of all processes.
func (r LimitRule) Adapt(l Limit, t Told, underWay, wanted int, now time.Time) Limit {
	if now.Sub(l.CountedSince) > r.Interval {
		l.Answers, l.Refusals, l.RefusedMailboxes, l.CountedSince = 0, 0, 0, now
	}
	if now.Sub(l.CutAt) >= r.Settle {
		l.Answers += t.Answers
		l.Refusals += t.Refusals
		l.RefusedMailboxes += t.RefusedMailboxes
	}
	bad := l.RefusedMailboxes >= r.Mailboxes && l.Refusals*r.Share >= l.Answers
	switch {
	case bad && now.Sub(l.CutAt) >= r.Interval:
		l.Slots = max(r.Least, min(l.Slots, max(underWay, r.Least))/2)
		l.Answers, l.Refusals, l.RefusedMailboxes = 0, 0, 0
		l.CountedSince, l.CutAt = now, now
	case !bad && wanted >= l.Slots && now.Sub(l.CutAt) >= r.Raise && now.Sub(l.RaisedAt) >= r.Raise:
		l.Slots = min(r.Most, l.Slots+max(1, l.Slots/10))
		l.RaisedAt = now
	}
	return l
}

// Lease is what a process holds of the limit, used of it lately at most, and wants.
type Lease struct {
	Holder              string
	Slots, Peak, Wanted int
}

// Share is how many of slots the process may use, when others hold what they hold: its even share, and no
// more than is free. Where there are fewer slots than processes, they take turns.
func Share(slots int, holder string, wanted int, others []Lease, now time.Time) int {
	all := append(slices.Clone(others), Lease{Holder: holder, Wanted: wanted})
	turn := strconv.FormatInt(now.Unix()/int64(turnLength/time.Second), 10)
	order := func(l Lease) uint64 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(turn + l.Holder))
		return h.Sum64()
	}
	slices.SortFunc(all, func(a, b Lease) int {
		if c := cmp.Compare(a.Wanted, b.Wanted); c != 0 {
			return c
		}
		return cmp.Compare(order(a), order(b))
	})
	// Who wants least is served first; what he leaves is for the rest.
	left, fair := slots, 0
	for i, l := range all {
		part := min(l.Wanted, (left+len(all)-i-1)/(len(all)-i))
		left -= part
		if l.Holder == holder {
			fair = part
		}
	}
	free := slots
	for _, l := range others {
		free -= l.Slots
	}
	return max(0, min(fair, free))
}

// turnLength is how long a process keeps its turn where there are fewer slots than processes.
const turnLength = 10 * time.Second
