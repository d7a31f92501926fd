package graphsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Group is a Microsoft 365 group of the tenant.
type Group struct {
	ID          string `json:"id"` // made from Mail when empty
	Mail        string `json:"mail"`
	DisplayName string `json:"displayName"`
	// Members are users by object id or UPN, and other groups by id or mail.
	Members []string `json:"members"`
}

// AddGroup adds a group, or replaces that of its id, and answers it as completed. Members must be there before.
func (s *Server) AddGroup(g Group) (Group, error) {
	if g.ID == "" && g.Mail == "" {
		return g, fmt.Errorf("a group needs id or mail")
	}
	if g.ID == "" {
		g.ID = guidFrom("group " + strings.ToLower(g.Mail))
	}
	for _, name := range g.Members {
		_, isGroup := s.group(name)
		if m, _ := s.mailbox(name); m == nil && !isGroup && !strings.EqualFold(name, g.ID) {
			return g, fmt.Errorf("no user and no group %q", name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups = append(slices.DeleteFunc(s.groups, func(old Group) bool { return strings.EqualFold(old.ID, g.ID) }), g)
	return g, nil
}

// Groups lists the groups in the order they were added.
func (s *Server) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Group{}, s.groups...)
}

func (s *Server) group(name string) (Group, bool) {
	all := s.Groups()
	i := slices.IndexFunc(all, func(g Group) bool {
		return strings.EqualFold(g.ID, name) || g.Mail != "" && strings.EqualFold(g.Mail, name)
	})
	if i < 0 {
		return Group{}, false
	}
	return all[i], true
}

// usersOf lists the users in a group and in the groups within it, each once.
func (s *Server) usersOf(g Group) (users []User) {
	seen := map[string]bool{g.ID: true}
	for queue := g.Members; len(queue) > 0; queue = queue[1:] {
		if m, _ := s.mailbox(queue[0]); m != nil {
			if !seen[m.id] {
				users = append(users, m.userNow())
			}
			seen[m.id] = true
		} else if inner, ok := s.group(queue[0]); ok && !seen[inner.ID] {
			seen[inner.ID] = true
			queue = append(slices.Clip(queue), inner.Members...)
		}
	}
	return users
}

// groupRoute serves GET /groups, all or the one of a mail address, /groups/{id}, and the users among its transitive members.
func (s *Server) groupRoute(q *request) (*response, *apiError) {
	switch {
	case q.method != http.MethodGet:
		return nil, errMethod(q.method)
	case s.faults.on(FaultGroupsDenied, ""):
		return nil, &apiError{status: http.StatusForbidden, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."}
	case len(q.segs) == 1:
		return s.listGroups(q)
	}
	g, ok := s.group(q.segs[1])
	if !ok || strings.Contains(q.segs[1], "@") {
		return nil, &apiError{status: http.StatusNotFound, code: "Request_ResourceNotFound",
			message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", q.segs[1])}
	}
	switch {
	case len(q.segs) == 2:
		return jsonResponse(http.StatusOK, append(object{q.context("groups/$entity")}, selected(g.object(), q)...)), nil
	case len(q.segs) == 4 && word(q.segs[2]) == "transitivemembers" && word(q.segs[3]) == "user":
		return s.listMembers(q, g)
	}
	return nil, errNoSegment(q.segs[2])
}

func (g Group) object() object {
	return object{{"id", g.ID}, {"displayName", g.DisplayName}, {"mail", g.Mail}, {"groupTypes", []string{"Unified"}}, {"mailEnabled", true}, {"securityEnabled", false}}
}

func (s *Server) listGroups(q *request) (*response, *apiError) {
	text, filtered := q.query["$filter"]
	tokens, bad := filterTokens(text)
	if filtered && (bad || len(tokens) != 3 || !strings.EqualFold(tokens[0], "mail") || !strings.EqualFold(tokens[1], "eq") || !strings.HasPrefix(tokens[2], "'")) {
		return nil, errFilter(text)
	}
	values := []object{}
	for _, g := range s.Groups() {
		if !filtered || strings.EqualFold(g.Mail, unquote(tokens[2])) {
			values = append(values, selected(g.object(), q))
		}
	}
	return jsonResponse(http.StatusOK, object{q.context("groups"), {"value", values}}), nil
}

// listMembers wants what the directory calls an advanced query: the cast to one type of member works with nothing less.
func (s *Server) listMembers(q *request, g Group) (*response, *apiError) {
	if !strings.EqualFold(q.header.Get("ConsistencyLevel"), "eventual") || q.query["$count"] != "true" {
		return nil, badRequest("Request_UnsupportedQuery", "Request needs the header ConsistencyLevel: eventual and $count=true.")
	}
	top, fail := q.query.int("$top", 100, 999)
	if fail != nil {
		return nil, fail
	}
	skip, fail := q.query.int("$skip", 0, 1<<30)
	if fail != nil {
		return nil, fail
	}
	top = max(top, 1)
	all := s.usersOf(g)
	values := []object{}
	for _, u := range all[min(skip, len(all)):min(skip+top, len(all))] {
		values = append(values, s.userObject(u, q))
	}
	out := object{q.context("users"), {"@odata.count", len(all)}}
	if skip+top < len(all) {
		out = append(out, member{"@odata.nextLink", q.nextPage(skip + top)})
	}
	return jsonResponse(http.StatusOK, append(out, member{"value", values})), nil
}
