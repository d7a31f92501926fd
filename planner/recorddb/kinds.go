package recorddb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/planner/recorddb/dbsqlc"
)

// Kind is a kind of data with a period of its own.
type Kind struct {
	Name string
	// Days that it is kept unless the settings say otherwise, and the least that they may say.
	Days, Least int
	// Since is what the period is counted from, and Why the reason for the period.
	Since, Why string

	count  func(ctx context.Context, q *dbsqlc.Queries, before time.Time) (rows int64, oldest time.Time, err error)
	delete func(ctx context.Context, q *dbsqlc.Queries, before time.Time, most int32) (rows int64, err error)
	// erases says that its rows are of the audit trail.
	erases bool
}

// counted and deleted give the generated queries, whose types differ in name only, one form.
func counted[R ~struct {
	Rows   int64
	Oldest time.Time
}](query func(*dbsqlc.Queries, context.Context, time.Time) (R, error)) func(context.Context, *dbsqlc.Queries, time.Time) (int64, time.Time, error) {
	return func(ctx context.Context, q *dbsqlc.Queries, before time.Time) (int64, time.Time, error) {
		row, err := query(q, ctx, before)
		r := struct {
			Rows   int64
			Oldest time.Time
		}(row)
		return r.Rows, r.Oldest, err
	}
}

func deleted[P ~struct {
	Before time.Time
	Most   int32
}](query func(*dbsqlc.Queries, context.Context, P) (int64, error)) func(context.Context, *dbsqlc.Queries, time.Time, int32) (int64, error) {
	return func(ctx context.Context, q *dbsqlc.Queries, before time.Time, most int32) (int64, error) {
		return query(q, ctx, P(struct {
			Before time.Time
			Most   int32
		}{before, most}))
	}
}

// Kinds gives them in the order in which they are best let go: what hangs on a booking after it.
func Kinds() []Kind { return kinds }

var kinds = []Kind{
	{
		Name: "bookings", Days: 1100, Least: 31, Since: "the meeting's end",
		Why:   "claims that follow from a meeting lapse after three years (forældelsesloven § 3); the case itself is in the case system",
		count: counted((*dbsqlc.Queries).OldBookings), delete: deleted((*dbsqlc.Queries).DeleteBookings),
	},
	{
		Name: "audit", Days: 1830, Least: 31, Since: "the entry",
		Why:   "proves what was done with bookings, and with their deletion; entries of a booking stay as long as it does",
		count: counted((*dbsqlc.Queries).OldEntries), delete: deleted((*dbsqlc.Queries).DeleteEntries), erases: true,
	},
	{
		Name: "evidence", Days: 400, Least: 31, Since: "the call",
		Why:   "a citizen's case about missing times may come up long after, and no longer than that",
		count: counted((*dbsqlc.Queries).OldCalls), delete: deleted((*dbsqlc.Queries).DeleteCalls),
	},
	{
		Name: "decisions", Days: 90, Least: 1, Since: "the decision",
		Why:   "administrators look back on what a round of the sync did",
		count: counted((*dbsqlc.Queries).OldDecisions), delete: deleted((*dbsqlc.Queries).DeleteDecisions),
	},
	{
		Name: "messages", Days: 180, Least: 31, Since: "receipt",
		Why:   "DFDG may deliver a message again, and it must be known then; those that wait for a person stay",
		count: counted((*dbsqlc.Queries).OldMessages), delete: deleted((*dbsqlc.Queries).DeleteMessages),
	},
	{
		Name: "reports", Days: 180, Least: 31, Since: "the report's end, of meetings that are over as long",
		Why:   "what DFDG was told is needed to know its echo; those that are not sent, or refused, stay",
		count: counted((*dbsqlc.Queries).OldReports), delete: deleted((*dbsqlc.Queries).DeleteReports),
	},
	{
		Name: "busy", Days: 2, Least: 2, Since: "the block's end",
		Why:   "counsellors' own time is of no use once it is out of the window that is read; it begins yesterday",
		count: counted((*dbsqlc.Queries).OldBlocks), delete: deleted((*dbsqlc.Queries).DeleteBlocks),
	},
	{
		Name: "summons", Days: 90, Least: 1, Since: "the end of the mass summons, or the making of a plan that was not approved",
		Why:   "its bookings tell what came of it; the list of citizens is of no more use",
		count: counted((*dbsqlc.Queries).OldSummons), delete: deleted((*dbsqlc.Queries).DeleteSummons),
	},
	{
		Name: "reservations", Days: 1, Least: 1, Since: "the reservation's end",
		Why:   "they go with the next tick after they ran out; this finds what it left",
		count: counted((*dbsqlc.Queries).OldReservations), delete: deleted((*dbsqlc.Queries).DeleteReservations),
	},
	{
		Name: "deadlines", Days: 90, Least: 1, Since: "the last day for the meeting",
		Why:   "shows for a while who found no time before a deadline",
		count: counted((*dbsqlc.Queries).OldDeadlines), delete: deleted((*dbsqlc.Queries).DeleteDeadlines),
	},
}

// Periods say of some kinds how many days they are kept; the others have their Days.
type Periods map[string]int

// ParsePeriods reads "bookings=1100,evidence=400".
func ParsePeriods(text string) (Periods, error) {
	p := Periods{}
	var wrong []error
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		name, days, _ := strings.Cut(part, "=")
		k, ok := kindNamed(name)
		n, err := strconv.Atoi(days)
		switch {
		case !ok:
			wrong = append(wrong, fmt.Errorf("no kind of data %q", name))
		case err != nil || n < k.Least || n > 36500:
			wrong = append(wrong, fmt.Errorf("%q: %s are kept at least %d days", part, name, k.Least))
		default:
			p[name] = n
		}
	}
	return p, errors.Join(wrong...)
}

func kindNamed(name string) (Kind, bool) {
	for _, k := range kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// of is how many days a kind is kept.
func (p Periods) of(k Kind) int {
	if n, ok := p[k.Name]; ok {
		return n
	}
	return k.Days
}
