package graphsim

import (
	"strings"
	"time"
)

// A small part of OData's $filter: comparisons of event properties, and, or, not, parentheses,
// startswith, contains, and any() over extended properties (behaviour 24). What it cannot read is
// refused in Graph's words.

// filterExpr decides about one event.
type filterExpr func(row filterRow) bool

// filterRow is what an expression may ask: a property by its path, and the extended properties.
type filterRow struct {
	value func(path string) (any, bool)
	props func(collection string) []filterRow
}

func errFilter(text string) *apiError {
	return badRequest("BadRequest", "Invalid filter clause: %s", text)
}

type filterParser struct {
	text   string
	tokens []string
	pos    int
	depth  int
	bad    bool
	// variable is the name bound by any(), "" outside.
	variable string
}

// maxFilterDepth keeps hostile nesting off the stack.
const maxFilterDepth = 50

func parseFilter(text string) (filterExpr, *apiError) {
	p := &filterParser{text: text}
	p.tokens, p.bad = filterTokens(text)
	if p.bad || len(p.tokens) == 0 {
		return nil, errFilter(text)
	}
	e := p.or()
	if p.bad || p.pos != len(p.tokens) {
		return nil, errFilter(text)
	}
	return e, nil
}

// filterTokens splits into words, quoted strings (with their quotes), and the signs ( ) , :
func filterTokens(s string) (tokens []string, bad bool) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			i++
		case strings.IndexByte("(),:", c) >= 0:
			tokens = append(tokens, string(c))
			i++
		case c == '\'':
			j := i + 1
			for ; j < len(s); j++ {
				if s[j] == '\'' {
					if j+1 < len(s) && s[j+1] == '\'' {
						j++
						continue
					}
					break
				}
			}
			if j >= len(s) {
				return nil, true
			}
			tokens = append(tokens, s[i:j+1])
			i = j + 1
		default:
			j := i
			for j < len(s) && strings.IndexByte(" \t(),'", s[j]) < 0 && (s[j] != ':' || j > i && s[j-1] >= '0' && s[j-1] <= '9') {
				j++
			}
			tokens = append(tokens, s[i:j])
			i = j
		}
	}
	return tokens, false
}

func (p *filterParser) peek() string {
	if p.pos < len(p.tokens) {
		return p.tokens[p.pos]
	}
	return ""
}

func (p *filterParser) next() string {
	t := p.peek()
	p.pos++
	return t
}

func (p *filterParser) accept(word string) bool {
	if strings.EqualFold(p.peek(), word) {
		p.pos++
		return true
	}
	return false
}

func (p *filterParser) expect(word string) {
	if !p.accept(word) {
		p.bad = true
	}
}

func never(filterRow) bool { return false }

func (p *filterParser) or() filterExpr {
	if p.depth++; p.depth > maxFilterDepth {
		p.bad = true
		return never
	}
	defer func() { p.depth-- }()
	left := p.and()
	for !p.bad && p.accept("or") {
		l, r := left, p.and()
		left = func(row filterRow) bool { return l(row) || r(row) }
	}
	return left
}

func (p *filterParser) and() filterExpr {
	left := p.not()
	for !p.bad && p.accept("and") {
		l, r := left, p.not()
		left = func(row filterRow) bool { return l(row) && r(row) }
	}
	return left
}

func (p *filterParser) not() filterExpr {
	negate := false
	for p.accept("not") {
		negate = !negate
	}
	inner := p.primary()
	if !negate {
		return inner
	}
	return func(row filterRow) bool { return !inner(row) }
}

func (p *filterParser) primary() filterExpr {
	if p.bad {
		return never
	}
	if p.accept("(") {
		e := p.or()
		p.expect(")")
		return e
	}
	name := p.next()
	if p.peek() == "(" {
		return p.call(name)
	}
	return p.comparison(name)
}

func (p *filterParser) call(name string) filterExpr {
	p.expect("(")
	collection, isAny := strings.CutSuffix(strings.ToLower(name), "/any")
	if isAny {
		if collection != "singlevalueextendedproperties" && collection != "multivalueextendedproperties" || p.variable != "" {
			p.bad = true
			return never
		}
		p.variable = strings.TrimSuffix(p.next(), ":")
		p.accept(":")
		inner := p.or()
		p.expect(")")
		p.variable = ""
		return func(row filterRow) bool {
			for _, prop := range row.props(collection) {
				if inner(prop) {
					return true
				}
			}
			return false
		}
	}
	path, ok := p.property(p.next())
	p.expect(",")
	literal := p.next()
	p.expect(")")
	if !ok || !strings.HasPrefix(literal, "'") {
		p.bad = true
		return never
	}
	want := strings.ToLower(unquote(literal))
	test := map[string]func(string, string) bool{"startswith": strings.HasPrefix, "contains": strings.Contains, "endswith": strings.HasSuffix}[strings.ToLower(name)]
	if test == nil {
		p.bad = true
		return never
	}
	return func(row filterRow) bool {
		v, _ := row.value(path)
		s, _ := v.(string)
		return test(strings.ToLower(s), want)
	}
}

func unquote(s string) string { return strings.ReplaceAll(s[1:len(s)-1], "''", "'") }

// filterable are the properties that may be compared. transactionId is not among them: Graph does
// not filter by it.
var filterable = map[string]bool{
	"id": true, "subject": true, "start/datetime": true, "end/datetime": true, "createddatetime": true, "lastmodifieddatetime": true,
	"isallday": true, "iscancelled": true, "isorganizer": true, "importance": true, "sensitivity": true, "showas": true, "type": true,
	"seriesmasterid": true, "icaluid": true, "location/displayname": true, "isreminderon": true,
}

func (p *filterParser) property(word string) (string, bool) {
	path := strings.ToLower(word)
	if p.variable != "" {
		rest, ok := strings.CutPrefix(path, strings.ToLower(p.variable)+"/")
		return rest, ok && (rest == "id" || rest == "value")
	}
	return path, filterable[path]
}

func (p *filterParser) comparison(name string) filterExpr {
	path, ok := p.property(name)
	op := strings.ToLower(p.next())
	literal := p.next()
	if !ok || literal == "" || strings.ContainsAny(literal[:1], "(),:") {
		p.bad = true
		return never
	}
	test := map[string]func(int) bool{
		"eq": func(c int) bool { return c == 0 }, "ne": func(c int) bool { return c != 0 },
		"lt": func(c int) bool { return c < 0 }, "le": func(c int) bool { return c <= 0 },
		"gt": func(c int) bool { return c > 0 }, "ge": func(c int) bool { return c >= 0 },
	}[op]
	if test == nil {
		p.bad = true
		return never
	}
	isProp := p.variable != "" && path == "id"
	return func(row filterRow) bool {
		v, _ := row.value(path)
		if isProp {
			return test(compareProp(v, literal))
		}
		return test(compareLiteral(v, literal))
	}
}

// compareProp minds that ids of extended properties may be spelt in many ways.
func compareProp(v any, literal string) int {
	have, _ := v.(string)
	if strings.HasPrefix(literal, "'") {
		literal = unquote(literal)
	}
	if id, ok := canonicalProp(literal); ok {
		literal = id
	}
	return strings.Compare(strings.ToLower(have), strings.ToLower(literal))
}

func compareLiteral(v any, literal string) int {
	quoted := strings.HasPrefix(literal, "'")
	if quoted {
		literal = unquote(literal)
	}
	switch v := v.(type) {
	case nil:
		if !quoted && literal == "null" {
			return 0
		}
		return -1
	case bool:
		want := strings.EqualFold(literal, "true")
		switch {
		case v == want:
			return 0
		case v:
			return 1
		}
		return -1
	case string:
		a, _, ok := parseDateTime(v)
		b, _, ok2 := parseDateTime(literal)
		if ok && ok2 {
			return a.Compare(b)
		}
		return strings.Compare(strings.ToLower(v), strings.ToLower(literal))
	}
	return -1
}

// rowOf lets a filter see an instance as its JSON shows it, times in UTC.
func (m *mailbox) rowOf(i instance) filterRow {
	rendered := m.render(i, view{})
	byName := make(map[string]any, len(rendered))
	for _, f := range rendered {
		byName[strings.ToLower(f.name)] = f.value
	}
	return filterRow{
		value: func(path string) (any, bool) {
			first, rest, nested := strings.Cut(path, "/")
			v, ok := byName[first]
			if !nested {
				return v, ok
			}
			o, _ := v.(object)
			for _, f := range o {
				if strings.EqualFold(f.name, rest) {
					return f.value, true
				}
			}
			return nil, false
		},
		props: func(collection string) []filterRow {
			var rows []filterRow
			add := func(id, value string) {
				rows = append(rows, filterRow{value: func(path string) (any, bool) {
					if path == "id" {
						return id, true
					}
					return value, true
				}})
			}
			if collection == "singlevalueextendedproperties" {
				for id, v := range i.props {
					add(id, v)
				}
			} else {
				for id, vs := range i.multiProps {
					for _, v := range vs {
						add(id, v)
					}
				}
			}
			return rows
		},
	}
}

// between reads a window's two parameters (behaviours 26, 27, 32).
func (q *request) window() (from, to time.Time, fail *apiError) {
	read := func(name string) time.Time {
		s, ok := q.query[name]
		if !ok || s == "" {
			fail = errWindowMissing()
			return time.Time{}
		}
		t, _, ok := parseDateTime(s)
		if !ok && fail == nil {
			fail = badRequest("ErrorInvalidParameter", "The value '%s' of parameter '%s' is invalid.", s, name)
		}
		return t.UTC()
	}
	from, to = read("startdatetime"), read("enddatetime")
	switch {
	case fail != nil:
	case to.Before(from):
		fail = badRequest("ErrorInvalidParameter", "The start date must be earlier than the end date.")
	case to.Sub(from) > 1825*24*time.Hour:
		fail = badRequest("ErrorInvalidRequest", "Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825")
	}
	return from, to, fail
}
