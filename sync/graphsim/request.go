package graphsim

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// request is one call of the Graph API, whether it came alone or inside a batch.
type request struct {
	ctx     context.Context
	method  string
	segs    []string // path after /v1.0, unescaped, users('x') split
	path    string   // the same as it was written, for the log and for faults
	query   query
	header  http.Header
	body    []byte
	base    string // scheme://host/v1.0 as the client wrote it
	actor   string
	app     string // whose throttle counts
	prefer  map[string]string
	mailbox *mailbox
	// named is how the path named the user.
	named string
	view  view
	// applied collects Preference-Applied.
	applied []string
}

// The actors that a request can come from.
const (
	ActorApp     = "app"     // the application under test
	ActorOutlook = "outlook" // whoever plays the counsellor
)

// response is an answer before it is written, so that faults and batches can work on it.
type response struct {
	status int
	header http.Header
	body   []byte
}

// query holds parameters by lower-case name; Graph does not mind the case (behaviour 5).
type query map[string]string

func parseQuery(raw string) query {
	q := query{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if n == "" || err1 != nil || err2 != nil {
			continue
		}
		q[strings.ToLower(n)] = v
	}
	return q
}

func (q query) int(name string, def, most int) (int, *apiError) {
	s, ok := q[name]
	if !ok {
		return def, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most {
		return 0, badRequest("ErrorInvalidUrlQueryFilter", "The value '%s' of query option '%s' is not valid; it must be between 0 and %d.", s, name, most)
	}
	return n, nil
}

// parsePrefer reads one comma-joined line as well as several lines (behaviour 5).
func parsePrefer(lines []string) map[string]string {
	out := map[string]string{}
	for _, line := range lines {
		for len(line) > 0 {
			end, quoted := len(line), false
			for i, c := range line {
				if c == '"' {
					quoted = !quoted
				}
				if c == ',' && !quoted {
					end = i
					break
				}
			}
			name, value, _ := strings.Cut(strings.TrimSpace(line[:end]), "=")
			if name != "" {
				out[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
			}
			line = line[min(end+1, len(line)):]
		}
	}
	return out
}

// splitPath takes the path apart: percent-escapes undone per segment, so that ids may hold "/" as
// %2F, and OData's key form users('x') as users/x.
func splitPath(escaped string) ([]string, bool) {
	var segs []string
	for part := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		s, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		if open := strings.Index(s, "('"); open > 0 && strings.HasSuffix(s, "')") {
			segs = append(segs, s[:open], strings.ReplaceAll(s[open+2:len(s)-2], "''", "'"))
			continue
		}
		segs = append(segs, s)
	}
	return segs, true
}

// word is a segment as a name: lower case, without namespace and call parentheses (behaviour 32).
func word(seg string) string {
	seg = strings.TrimSuffix(strings.ToLower(seg), "()")
	return strings.TrimPrefix(seg, "microsoft.graph.")
}

// maxBody is far above what an event needs.
const maxBody = 5 << 20

// readBody undoes gzip, which the Go SDK uses for its requests.
func readBody(r *http.Request) ([]byte, *apiError) {
	var in io.Reader = r.Body
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, badRequest("BadRequest", "The request body is not gzip.")
		}
		in = z
	}
	b, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, badRequest("BadRequest", "The request body is cut off or damaged.")
	case err != nil:
		return nil, badRequest("BadRequest", "The request body could not be read.")
	case len(b) > maxBody:
		return nil, &apiError{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge", message: "The request is too large."}
	}
	return b, nil
}

func (q *request) wantsJSON() *apiError {
	kind, _, err := mime.ParseMediaType(q.header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &apiError{status: http.StatusUnsupportedMediaType, code: "RequestBodyRead", message: "A supported MIME type could not be found that matches the content type of the request. Expected application/json."}
	}
	return nil
}

// setView reads the Prefer headers that shape events.
func (q *request) setView(z *zones) *apiError {
	q.prefer = parsePrefer(q.header.Values("Prefer"))
	if strings.EqualFold(q.prefer["idtype"], "ImmutableId") {
		q.view.immutable = true
	}
	if strings.EqualFold(q.prefer["outlook.body-content-type"], "text") {
		q.view.text = true
		q.applied = append(q.applied, `outlook.body-content-type="text"`)
	}
	if zone := q.prefer["outlook.timezone"]; zone != "" {
		loc, err := z.find(zone)
		if err != nil {
			return err
		}
		q.view.zone, q.view.loc = zone, loc
		q.applied = append(q.applied, `outlook.timezone="`+zone+`"`)
	}
	return nil
}

// context is the URL that @odata.context names.
func (q *request) context(fragment string) member {
	return member{"@odata.context", q.base + "/$metadata#" + fragment}
}
