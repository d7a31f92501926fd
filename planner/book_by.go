package planner

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// BookBy is a citizen's deadline (frist) for booking a kind of meeting.
type BookBy struct {
	JobCenter     JobCenterCode
	CPR           CPR
	InterviewType int
	// Last days, as midnight UTC of the date: to book, and for the meeting to be held (SidsteAfholdelsesdato).
	Book, Hold time.Time
}

// PressingDays is how near a deadline is listed as one that presses.
const PressingDays = 14

// MostBookBys bounds a file of deadlines.
const MostBookBys = 100_000

// ParseBookBys reads a CSV file with the heading "jobcenter;cpr;samtaletype;frist;sidste_afholdelsesdato", comma or semicolon, dates
// like 2026-12-31. All lines are read, or none; the error names lines by number and tells nothing that stands in them.
func ParseBookBys(file []byte) ([]BookBy, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))))
	head, _, _ := bytes.Cut(file, []byte("\n"))
	if bytes.ContainsRune(head, ';') {
		r.Comma = ';'
	}
	r.FieldsPerRecord = 5
	var out []BookBy
	var wrong []error
	for n := 1; ; n++ {
		f, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, errors.Join(wrong...)
		case err != nil:
			return nil, fmt.Errorf("line %d: not five columns of CSV", n)
		case n == 1 && strings.ToLower(strings.TrimSpace(f[0])) == "jobcenter":
			continue
		case len(out) == MostBookBys:
			return nil, fmt.Errorf("more than %d lines", MostBookBys)
		}
		var errs [4]error
		d := BookBy{JobCenter: JobCenterCode(strings.TrimSpace(f[0]))}
		d.CPR, errs[0] = ParseCPR(strings.Replace(strings.TrimSpace(f[1]), "-", "", 1))
		d.InterviewType, errs[1] = strconv.Atoi(strings.TrimSpace(f[2]))
		d.Book, errs[2] = time.Parse(time.DateOnly, strings.TrimSpace(f[3]))
		d.Hold, errs[3] = time.Parse(time.DateOnly, strings.TrimSpace(f[4]))
		if errs != [4]error{} || d.CPR.Unknown() || d.InterviewType < 1 || d.InterviewType > 9999 || d.Hold.Before(d.Book) || d.Hold.Year() < 2000 {
			wrong = append(wrong, fmt.Errorf("line %d: needs a job centre, a CPR number, a kind of meeting and two dates in order", n))
			continue
		}
		out = append(out, d)
	}
}
