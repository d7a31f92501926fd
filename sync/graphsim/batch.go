package graphsim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch is POST /$batch (behaviour 66). Its items run one after the other, each counted and throttled
// by itself; the answers come in no particular order.
func (s *Server) batch(q *request) (*response, *apiError) {
	if q.method != http.MethodPost {
		return nil, errMethod(q.method)
	}
	var in struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(q.body, &in); err != nil {
		return nil, errBody("requests", err)
	}
	if len(in.Requests) == 0 || len(in.Requests) > 20 {
		return nil, badRequest("BadRequest", "Number of batch request steps must be between 1 and the maximum value of 20.")
	}
	statuses := map[string]int{}
	for _, item := range in.Requests {
		if _, twice := statuses[item.ID]; twice || item.ID == "" {
			return nil, badRequest("BadRequest", "Invalid batch payload: the ids of the requests must be unique.")
		}
		statuses[item.ID] = 0
	}
	for _, item := range in.Requests {
		for _, d := range item.DependsOn {
			if _, known := statuses[d]; !known || d == item.ID {
				return nil, badRequest("BadRequest", "Invalid batch payload: request '%s' depends on '%s', which is not in it.", item.ID, d)
			}
		}
	}
	var answers []object
	todo := in.Requests
	for len(todo) > 0 {
		var later []batchItem
		for _, item := range todo {
			switch ready, failed := ready(item, statuses); {
			case failed:
				statuses[item.ID] = http.StatusFailedDependency
				answers = append(answers, batchAnswer(item.ID, s.errorResponse(&apiError{status: http.StatusFailedDependency, code: "FailedDependency",
					message: "The request failed because another request it depends on failed."}, s.newGUID(), s.newGUID())))
			case ready:
				out := s.batchItem(q, item)
				statuses[item.ID] = out.status
				answers = append(answers, batchAnswer(item.ID, out))
			default:
				later = append(later, item)
			}
		}
		if len(later) == len(todo) {
			return nil, badRequest("BadRequest", "Invalid batch payload: the dependencies form a circle.")
		}
		todo = later
	}
	for i := len(answers) - 1; i > 0; i-- {
		j := s.chance(i + 1)
		answers[i], answers[j] = answers[j], answers[i]
	}
	return jsonResponse(http.StatusOK, object{{"responses", answers}}), nil
}

func ready(item batchItem, statuses map[string]int) (ready, failed bool) {
	for _, d := range item.DependsOn {
		switch status := statuses[d]; {
		case status == 0:
			return false, false
		case status >= 400:
			return false, true
		}
	}
	return true, false
}

// batchItem runs one request of a batch; its URL may be relative or absolute.
func (s *Server) batchItem(q *request, item batchItem) *response {
	requestID := s.newGUID()
	entry := &Request{At: s.now(), Method: item.Method, RequestID: requestID, ClientRequestID: requestID, Bytes: len(item.Body)}
	inner := &request{ctx: q.ctx, method: strings.ToUpper(item.Method), base: q.base, body: item.Body, header: http.Header{}}
	for k, v := range item.Headers {
		inner.header.Set(k, v)
	}
	if inner.header.Get("Authorization") == "" {
		inner.header["Authorization"] = q.header["Authorization"]
	}
	var out *response
	u, err := url.Parse(item.URL)
	var fail *apiError
	switch {
	case err != nil:
		fail = badRequest("BadRequest", "The url of a batch item is not valid.")
	default:
		inner.path = strings.TrimPrefix(u.EscapedPath(), "/v1.0")
		if !strings.HasPrefix(inner.path, "/") {
			inner.path = "/" + inner.path
		}
		inner.query = parseQuery(u.RawQuery)
		entry.Path, entry.Query = inner.path, u.RawQuery
		if strings.HasPrefix(inner.path, "/$batch") {
			fail = badRequest("BadRequest", "A batch cannot hold a batch.")
		} else {
			out, fail = s.answer(inner, entry)
		}
	}
	if fail != nil {
		out = s.errorResponse(fail, requestID, requestID)
	}
	if entry.cut { // one item cannot be cut out of an answer; a gateway's time-out is what is left
		out = s.gateway(&Fault{Status: http.StatusGatewayTimeout, Body: "empty"})
	}
	entry.Status, entry.Duration = out.status, Duration(s.now().Sub(entry.At))
	s.requests.add(*entry)
	return out
}

func batchAnswer(id string, r *response) object {
	headers := object{}
	names := make([]string, 0, len(r.header))
	for n := range r.header {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		headers = append(headers, member{n, r.header.Get(n)})
	}
	o := object{{"id", id}, {"status", r.status}}
	if len(r.body) > 0 && headers.get("Content-Type") == nil {
		headers = append(headers, member{"Content-Type", "application/json"})
	}
	o = append(o, member{"headers", headers})
	switch {
	case len(r.body) == 0:
	case json.Valid(r.body):
		o = append(o, member{"body", json.RawMessage(r.body)})
	default:
		o = append(o, member{"body", base64.StdEncoding.EncodeToString(r.body)})
	}
	return o
}
