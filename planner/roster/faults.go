package roster

import (
	"fmt"
	"strings"
)

// Code is what is wrong with a field.
type Code string

// Codes of Fault.
const (
	Missing   Code = "missing"    // must be filled in
	TooLong   Code = "too-long"   // more characters than the contract takes; Detail is how many it takes
	BadForm   Code = "bad-form"   // not in the form that it must have
	BadRange  Code = "bad-range"  // Detail is the range, "5-720"
	Overlap   Code = "overlap"    // hours that overlap
	Backwards Code = "backwards"  // ends before it begins
	Repeated  Code = "repeated"   // the same twice
	Taken     Code = "taken"      // somebody or something else has it
	Unknown   Code = "unknown"    // no such thing
	Fixed     Code = "fixed"      // cannot be changed any more
	Guest     Code = "guest"      // an account of another organisation
	Disabled  Code = "disabled"   // an account that may not sign in
	NotListed Code = "not-listed" // a code that the imported code list does not have today
)

// Fault is one field that may not be as it is. Field is the name in JSON. Detail is a number, a range or the part of the text
// that is wrong; never personal data beyond what was typed.
type Fault struct {
	Field  string `json:"field"`
	Code   Code   `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Faults is the error of a change whose fields are not right. Empty means right.
type Faults []Fault

func (f Faults) Error() string {
	parts := make([]string, len(f))
	for i, e := range f {
		parts[i] = e.String()
	}
	return strings.Join(parts, "; ")
}

func (f Fault) String() string {
	if f.Detail == "" {
		return fmt.Sprintf("%s %s", f.Field, f.Code)
	}
	return fmt.Sprintf("%s %s (%s)", f.Field, f.Code, f.Detail)
}

// Err is the faults as an error, nil when there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

func (f *Faults) add(field string, code Code, detail string) {
	*f = append(*f, Fault{field, code, detail})
}

// text checks a text's length in characters; least 0 lets it be empty.
func (f *Faults) text(field, value string, least, most int) {
	switch n := len([]rune(value)); {
	case n == 0 && least > 0:
		f.add(field, Missing, "")
	case n > most:
		f.add(field, TooLong, fmt.Sprint(most))
	}
}

func (f *Faults) between(field string, value, from, to int) {
	if value < from || value > to {
		f.add(field, BadRange, fmt.Sprintf("%d-%d", from, to))
	}
}

func (f *Faults) once(field string, values []string) {
	seen := map[string]bool{}
	for _, v := range values {
		if seen[v] {
			f.add(field, Repeated, v)
		}
		seen[v] = true
	}
}
