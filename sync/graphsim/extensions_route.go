package graphsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// extensionRoute serves …/events/{id}/extensions: open extensions, each a change of the event.
func (s *Server) extensionRoute(q *request, id string, rest []string) (*response, *apiError) {
	m := q.mailbox
	var out *response
	var fail *apiError
	s.inMailbox(m, func() {
		var i instance
		if _, i, fail = m.findInstance(id); fail != nil {
			return
		}
		if i.d != noDay {
			fail = badRequest("ErrorInvalidRequest", "This simulator keeps open extensions on events of their own only.")
			return
		}
		out, fail = s.extension(m, q, i, rest)
	})
	return out, fail
}

func (s *Server) extension(m *mailbox, q *request, i instance, rest []string) (*response, *apiError) {
	context := q.context(fmt.Sprintf("users('%s')/events('%s')/extensions", m.id, m.idOf(i.ref(), q.view)))
	save := func(change func(c *content)) {
		ev := i.ev.clone()
		change(&ev.content)
		m.commit(s.now(), ev)
		s.changedOnce(m, "updated", ev)
	}
	if len(rest) == 0 {
		switch q.method {
		case http.MethodGet:
			values := []object{}
			for _, x := range i.extensions {
				values = append(values, x.object())
			}
			return jsonResponse(http.StatusOK, object{context, {"value", values}}), nil
		case http.MethodPost:
			x, fail := parseExtension(json.RawMessage(q.body), "")
			if fail != nil {
				return nil, fail
			}
			save(func(c *content) { c.setExtension(x) })
			return jsonResponse(http.StatusCreated, append(object{context}, x.object()...)), nil
		}
		return nil, errMethod(q.method)
	}
	name := strings.TrimPrefix(rest[0], "Microsoft.OutlookServices.OpenTypeExtension.")
	at := -1
	for n, x := range i.extensions {
		if x.name == name {
			at = n
		}
	}
	if at < 0 {
		return nil, errItemNotFound()
	}
	switch q.method {
	case http.MethodGet:
		return jsonResponse(http.StatusOK, append(object{context}, i.extensions[at].object()...)), nil
	case http.MethodPatch:
		x, fail := parseExtension(json.RawMessage(q.body), name)
		if fail != nil {
			return nil, fail
		}
		save(func(c *content) { c.setExtension(x) })
		return jsonResponse(http.StatusOK, append(object{context}, x.object()...)), nil
	case http.MethodDelete:
		save(func(c *content) { c.extensions = append(c.extensions[:at], c.extensions[at+1:]...) })
		return &response{status: http.StatusNoContent, header: http.Header{}}, nil
	}
	return nil, errMethod(q.method)
}
