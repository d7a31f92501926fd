package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// Status is the outcome of a check.
type Status string

// The outcomes.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
)

// Line is one check.
type Line struct {
	Status Status `json:"status"`
	// Check is what was tried, Subject what it was tried on (a mailbox, a file), if there are several.
	Check   string `json:"check"`
	Subject string `json:"subject,omitempty"`
	// Detail is what was seen, Next what to do about it.
	Detail string `json:"detail"`
	Next   string `json:"next,omitempty"`
}

// Report is all checks, in the order in which they were made.
type Report []Line

func (r *Report) add(s Status, check, subject, detail, next string) {
	*r = append(*r, Line{s, check, subject, detail, next})
}

// Count tells how many lines have the status.
func (r Report) Count(s Status) (n int) {
	for _, l := range r {
		if l.Status == s {
			n++
		}
	}
	return n
}

// Print writes a table for people.
func (r Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, l := range r {
		what := l.Check
		if l.Subject != "" {
			what += " " + l.Subject
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", l.Status, what, l.Detail)
		if l.Next != "" {
			fmt.Fprintf(t, "\t\t→ %s\n", l.Next)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d ok, %d warnings, %d failures\n", r.Count(OK), r.Count(Warn), r.Count(Fail))
	return err
}

// JSON writes the lines for programs.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		OK    bool   `json:"ok"`
		Lines Report `json:"lines"`
	}{r.Count(Fail) == 0, r})
}
