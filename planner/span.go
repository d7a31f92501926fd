package planner

import "time"

// Span is a half-open stretch of time [Start, End).
type Span struct{ Start, End time.Time }

// Overlaps tells whether the two share an instant; touching spans do not, nor does an empty one.
func (s Span) Overlaps(o Span) bool {
	return s.Start.Before(o.End) && o.Start.Before(s.End) && !s.Empty() && !o.Empty()
}

// Contains tells whether o lies wholly inside s.
func (s Span) Contains(o Span) bool { return !o.Start.Before(s.Start) && !o.End.After(s.End) }

// Empty tells whether the span holds no instant.
func (s Span) Empty() bool { return !s.Start.Before(s.End) }

// Ahead refuses a span that ends before it starts (CodeBadInterval) or is over (CodePast): nobody can be offered a
// time in it.
func (s Span) Ahead(now time.Time) error {
	switch {
	case s.End.Before(s.Start):
		return &Error{Code: CodeBadInterval}
	case !s.End.After(now):
		return &Error{Code: CodePast}
	}
	return nil
}
