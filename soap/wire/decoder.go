package wire

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

const xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"

// TextRule holds the facets of a type derived from xs:string. Lengths are in characters; Max 0 is
// without limit.
type TextRule struct {
	Min, Max int
	Pattern  *regexp.Regexp
}

// Breach tells which facet s breaks; "" when none.
func (r *TextRule) Breach(s string) Rule {
	if n := utf8.RuneCountInString(s); n < r.Min || r.Max > 0 && n > r.Max {
		return RuleLength
	}
	if r.Pattern != nil && !r.Pattern.MatchString(s) {
		return RulePattern
	}
	return ""
}

// IntRule holds the range of a type derived from xs:int.
type IntRule struct{ Min, Max int32 }

// AnyText is xs:string and AnyInt is xs:int.
var (
	AnyText = TextRule{}
	AnyInt  = IntRule{Min: -1 << 31, Max: 1<<31 - 1}
)

// Pattern compiles a facet xs:pattern, which always speaks of the whole value. wsdlgen lets only
// patterns through that mean the same in Go.
func Pattern(xsd string) *regexp.Regexp { return regexp.MustCompile(`\A(?:` + xsd + `)\z`) }

// Rename makes a namespace of the contract's files travel under another name.
type Rename struct{ Contract, Wire string }

func (n Rename) onWire(ns string) string {
	if n.Wire != "" && ns == n.Contract {
		return n.Wire
	}
	return ns
}

// Decoder reads a message by the contract. Its methods do nothing once an error has been met; Err
// tells it. Not for concurrent use.
type Decoder struct {
	r      *Reader
	rename Rename
	next   Token
	have   bool
	path   []string
	err    error
}

// NewDecoder reads from r, which stands before, or has just given, the start of the message element.
func NewDecoder(r *Reader, rename Rename) *Decoder { return &Decoder{r: r, rename: rename} }

// Err is the first error: a *Violation or a *SyntaxError.
func (d *Decoder) Err() error { return d.err }

func (d *Decoder) violate(rule Rule, more ...string) {
	if d.err == nil {
		d.err = &Violation{Path: append(slices.Clone(d.path), more...), Rule: rule}
	}
}

// peek gives the next tag, having passed over blanks.
func (d *Decoder) peek() (Token, bool) {
	for !d.have && d.err == nil {
		t, err := d.r.Next()
		switch {
		case err != nil:
			d.err = err
		case t.Kind != Text:
			d.next, d.have = t, true
		case len(bytes.TrimLeft(t.Text, " \t\r\n")) > 0:
			d.violate(RuleText)
		}
	}
	return d.next, d.err == nil
}

// Begin tells whether the next thing is the start of the named element, and enters it if so.
func (d *Decoder) Begin(ns, local string) bool {
	t, ok := d.peek()
	if !ok || t.Kind != Start || t.Name.Local != local || t.Name.Space != d.rename.onWire(ns) {
		return false
	}
	d.Enter(t, false)
	return d.err == nil
}

// BeginNillable is Begin for an element that may carry xsi:nil; nil reads as empty.
func (d *Decoder) BeginNillable(ns, local string) bool {
	t, ok := d.peek()
	if !ok || t.Kind != Start || t.Name.Local != local || t.Name.Space != d.rename.onWire(ns) {
		return false
	}
	d.Enter(t, true)
	return d.err == nil
}

// Enter goes into the element whose start tag t is.
func (d *Decoder) Enter(t Token, nillable bool) {
	d.have = false
	d.path = append(d.path, t.Name.Local)
	for _, a := range t.Attr {
		switch {
		case a.Name.Space != xsiNamespace:
			d.violate(RuleAttribute)
		case !nillable && a.Name.Local == "nil" && strings.TrimSpace(a.Value) != "false" && strings.TrimSpace(a.Value) != "0":
			d.violate(RuleNil)
		}
	}
}

// Need is Begin for an element that must be there.
func (d *Decoder) Need(ns, local string) bool {
	if d.Begin(ns, local) {
		return true
	}
	d.violate(RuleMissing, local)
	return false
}

// End leaves the element, in which nothing may be left.
func (d *Decoder) End() {
	t, ok := d.peek()
	if !ok {
		return
	}
	if t.Kind != End {
		d.violate(RuleUnexpected)
		return
	}
	d.have = false
	d.path = d.path[:len(d.path)-1]
}

// Count checks how often a repeated element came; most < 0 is without limit.
func (d *Decoder) Count(local string, n, least, most int) {
	if n < least || most >= 0 && n > most {
		d.violate(RuleCount, local)
	}
}

// text reads the text of the element that was entered, and leaves it.
func (d *Decoder) text() (string, bool) {
	var all []byte
	first := ""
	for pieces := 0; d.err == nil; pieces++ {
		t, err := d.r.Next()
		switch {
		case err != nil:
			d.err = err
		case t.Kind == Start:
			d.violate(RuleUnexpected)
		case t.Kind == End:
			if all != nil {
				return string(all), true
			}
			return first, true
		case pieces == 0:
			first = string(t.Text)
		default:
			if all == nil {
				all = []byte(first)
			}
			// The limit is the whole text's, however it is cut up by comments.
			if all = append(all, t.Text...); len(all) > d.r.limits.Text {
				_, d.err = d.r.fail("text too long")
			}
		}
	}
	return "", false
}

func (d *Decoder) leave() { d.path = d.path[:len(d.path)-1] }

// Text reads an element of a string type and leaves it.
func (d *Decoder) Text(rule *TextRule) string {
	s, ok := d.text()
	if !ok {
		return ""
	}
	if broken := rule.Breach(s); broken != "" {
		d.violate(broken)
	}
	d.leave()
	return s
}

func (d *Decoder) collapsed() (string, bool) {
	s, ok := d.text()
	return strings.Trim(s, " \t\r\n"), ok
}

// Int reads an element of an integer type and leaves it.
func (d *Decoder) Int(rule IntRule) int32 {
	s, ok := d.collapsed()
	if !ok {
		return 0
	}
	// A sign before and zeros in front are legal; "_" and "0x" are not, hence base 10.
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n < int64(AnyInt.Min) || n > int64(AnyInt.Max):
		d.violate(RuleType)
	case n < int64(rule.Min) || n > int64(rule.Max):
		d.violate(RuleRange)
	}
	d.leave()
	return int32(n)
}

// Bool reads an element of type xs:boolean and leaves it.
func (d *Decoder) Bool() bool {
	s, ok := d.collapsed()
	if !ok {
		return false
	}
	v := s == "true" || s == "1"
	if !v && s != "false" && s != "0" {
		d.violate(RuleType)
	}
	d.leave()
	return v
}

// DateTime reads an element of type xs:dateTime and leaves it.
func (d *Decoder) DateTime() DateTime {
	s, ok := d.text()
	if !ok {
		return DateTime{}
	}
	v, err := ParseDateTime(s)
	if err != nil {
		d.violate(RuleType)
	}
	d.leave()
	return v
}

// GUID reads an element of Microsoft's type guid and leaves it.
func (d *Decoder) GUID() GUID {
	s, ok := d.text()
	if !ok {
		return GUID{}
	}
	// uuid.Parse takes other forms too (braces, urn:uuid:, no hyphens); the contract has this one.
	v, err := uuid.Parse(s)
	if err != nil || len(s) != 36 {
		d.violate(RulePattern)
	}
	d.leave()
	return v
}

// GUID is Microsoft's type guid: 8-4-4-4-12 hexadecimal digits of either case, written in lower case.
type GUID = uuid.UUID
