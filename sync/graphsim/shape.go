package graphsim

import (
	"strings"
)

// shaper is what $select and $expand ask of each event in an answer.
type shaper struct {
	fields    map[string]bool // lower case; nil is all
	cancelled bool
	props     filterExpr
	multi     filterExpr
	ext       filterExpr // of extensions, by id
	exceptionOccurrences,
	calendar bool
}

func (q *request) shaper() (sh shaper, fail *apiError) {
	if sel, ok := q.query["$select"]; ok && strings.TrimSpace(sel) != "" {
		sh.fields = map[string]bool{}
		for name := range strings.SplitSeq(sel, ",") {
			sh.fields[strings.ToLower(strings.TrimSpace(name))] = true
		}
		sh.cancelled = sh.fields["cancelledoccurrences"]
	}
	expand, ok := q.query["$expand"]
	if !ok {
		return sh, nil
	}
	for _, item := range splitTop(expand, ',') {
		name, options, _ := strings.Cut(strings.TrimSpace(item), "(")
		options = strings.TrimSuffix(options, ")")
		var filter filterExpr
		for _, o := range splitTop(options, ';') {
			if text, ok := strings.CutPrefix(strings.TrimSpace(o), "$filter="); ok {
				p := &filterParser{text: text, variable: "prop"}
				// Inside $expand the properties are named bare: id eq '…'.
				p.tokens, p.bad = filterTokens(text)
				for i, t := range p.tokens {
					if l := strings.ToLower(t); l == "id" || l == "value" {
						p.tokens[i] = "prop/" + l
					}
				}
				filter = p.or()
				if p.bad || p.pos != len(p.tokens) {
					return sh, errFilter(text)
				}
			}
		}
		switch strings.ToLower(name) {
		case "singlevalueextendedproperties":
			sh.props = filter
		case "multivalueextendedproperties":
			sh.multi = filter
		case "extensions":
			sh.ext = filter
			if filter == nil {
				sh.ext = func(filterRow) bool { return true }
			}
			continue
		case "exceptionoccurrences":
			sh.exceptionOccurrences = true
			continue
		case "calendar":
			sh.calendar = true
			continue
		default:
			return sh, badRequest("BadRequest", "Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.event'.", name)
		}
		if filter == nil {
			return sh, badRequest("ErrorInvalidUrlQuery", "The $expand of extended properties needs a $filter on their id.")
		}
	}
	return sh, nil
}

// splitTop splits at sep outside parentheses and quotes.
func splitTop(s string, sep byte) []string {
	var out []string
	depth, quoted, start := 0, false, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == sep && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func byID(filter filterExpr) func(id string) bool {
	return func(id string) bool {
		return filter(filterRow{value: func(string) (any, bool) { return id, true }})
	}
}

// shape renders an instance as the request wants it.
func (m *mailbox) shape(i instance, v view, sh shaper) object {
	o := m.render(i, v)
	if sh.cancelled && i.kind() == "seriesMaster" {
		o = append(o, member{"cancelledOccurrences", m.cancelledOccurrences(i.ev, v)})
	}
	if sh.fields != nil {
		kept := o[:0]
		for _, f := range o {
			if f.name == "id" || strings.HasPrefix(f.name, "@") || sh.fields[strings.ToLower(f.name)] {
				kept = append(kept, f)
			}
		}
		o = kept
	}
	if sh.props != nil {
		if found := singleProps(&i.content, byID(sh.props)); len(found) > 0 {
			o = append(o, member{"singleValueExtendedProperties", found})
		}
	}
	if sh.multi != nil {
		if found := multiProps(&i.content, byID(sh.multi)); len(found) > 0 {
			o = append(o, member{"multiValueExtendedProperties", found})
		}
	}
	if sh.ext != nil {
		var found []object
		for _, x := range i.extensions {
			if wanted := byID(sh.ext); wanted(x.name) || wanted("Microsoft.OutlookServices.OpenTypeExtension."+x.name) {
				found = append(found, x.object())
			}
		}
		if len(found) > 0 {
			o = append(o, member{"extensions", found})
		}
	}
	if sh.exceptionOccurrences && i.kind() == "seriesMaster" {
		list := []object{}
		for _, x := range i.ev.exceptionsInOrder() {
			list = append(list, m.render(x, v))
		}
		o = append(o, member{"exceptionOccurrences", list})
	}
	if sh.calendar {
		o = append(o, member{"calendar", m.calendarObject(m.calendars[i.ev.calendar])})
	}
	return o
}
