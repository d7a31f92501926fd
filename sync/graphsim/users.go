package graphsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// userObject is a user as the request is told of them.
func (s *Server) userObject(u User, q *request) object {
	orNull := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	o := object{{"businessPhones", []string{}}, {"displayName", u.DisplayName}, {"givenName", orNull(u.GivenName)}, {"jobTitle", nil}, {"mail", u.UPN},
		{"mobilePhone", nil}, {"officeLocation", nil}, {"preferredLanguage", "da-DK"}, {"surname", orNull(u.Surname)}, {"userPrincipalName", u.UPN}, {"id", u.ObjectID}}
	if u.NoMail {
		o.set("mail", nil)
	}
	if u.Guest {
		o.set("userPrincipalName", strings.ReplaceAll(u.UPN, "@", "_")+"#EXT#@graphsim.example")
	}
	basic := s.faults.on(FaultBasicProfiles, u.ObjectID)
	if u.Phone != "" && !basic {
		o.set("businessPhones", []string{u.Phone})
	}
	if _, asked := q.query["$select"]; asked { // told only then
		kind := "Member"
		if u.Guest {
			kind = "Guest"
		}
		o = append(o, object{{"accountEnabled", !u.Disabled}, {"userType", kind}}...)
		if basic {
			o.set("accountEnabled", nil)
			o.set("userType", nil)
		}
	}
	return selected(o, q)
}

func (s *Server) getUser(q *request) (*response, *apiError) {
	if q.method != http.MethodGet {
		return nil, errMethod(q.method)
	}
	u := q.mailbox.userNow()
	return jsonResponse(http.StatusOK, append(object{q.context("users/$entity")}, s.userObject(u, q)...)), nil
}

// selected honours $select on objects that are not events.
func selected(o object, q *request) object {
	sel, ok := q.query["$select"]
	if !ok {
		return o
	}
	names := "," + strings.ToLower(strings.ReplaceAll(sel, " ", "")) + ","
	var out object
	for _, f := range o {
		if strings.HasPrefix(f.name, "@") || f.name == "id" || strings.Contains(names, ","+strings.ToLower(f.name)+",") {
			out = append(out, f)
		}
	}
	return out
}

func (s *Server) listUsers(q *request) (*response, *apiError) {
	if q.method != http.MethodGet || len(q.segs) != 1 {
		return nil, errMethod(q.method)
	}
	top, fail := q.query.int("$top", 100, 999)
	if fail != nil {
		return nil, fail
	}
	skip, fail := q.query.int("$skip", 0, 1<<30)
	if fail != nil {
		return nil, fail
	}
	all := s.Users()
	page := all[min(skip, len(all)):min(skip+top, len(all))]
	values := make([]object, 0, len(page))
	for _, u := range page {
		values = append(values, s.userObject(u, q))
	}
	out := object{q.context("users")}
	if skip+top < len(all) {
		out = append(out, member{"@odata.nextLink", q.nextPage(skip + top)})
	}
	return jsonResponse(http.StatusOK, append(out, member{"value", values})), nil
}

func (w WorkingHours) object(zone string) object {
	return object{{"daysOfWeek", w.Days}, {"startTime", w.Start + ":00.0000000"}, {"endTime", w.End + ":00.0000000"}, {"timeZone", object{{"name", zone}}}}
}

func (s *Server) mailboxSettings(q *request) (*response, *apiError) {
	if q.method != http.MethodGet {
		return nil, errMethod(q.method)
	}
	u := q.mailbox.userNow()
	return jsonResponse(http.StatusOK, selected(object{q.context(fmt.Sprintf("users('%s')/mailboxSettings", u.ObjectID)),
		{"archiveFolder", ""}, {"timeZone", u.TimeZone}, {"delegateMeetingMessageDeliveryOptions", "sendToDelegateOnly"}, {"dateFormat", "dd-MM-yyyy"}, {"timeFormat", "HH:mm"},
		{"userPurpose", "user"}, {"language", object{{"locale", "da-DK"}, {"displayName", "Danish (Denmark)"}}}, {"workingHours", u.WorkingHours.object(u.TimeZone)}}, q)), nil
}

func (m *mailbox) calendarObject(f *folder) object {
	return object{{"id", f.id}, {"name", f.name}, {"color", "auto"}, {"hexColor", ""}, {"isDefaultCalendar", f.primary}, {"changeKey", changeKey(m.tag, 1)},
		{"canShare", true}, {"canViewPrivateItems", true}, {"canEdit", true}, {"allowedOnlineMeetingProviders", []string{"teamsForBusiness"}},
		{"defaultOnlineMeetingProvider", "teamsForBusiness"}, {"isTallyingResponses", true}, {"isRemovable", !f.primary},
		{"owner", object{{"name", m.user.DisplayName}, {"address", m.user.UPN}}}}
}

func (s *Server) getCalendar(q *request, f *folder) (*response, *apiError) {
	if q.method != http.MethodGet {
		return nil, errMethod(q.method)
	}
	m := q.mailbox
	m.mu.Lock()
	defer m.mu.Unlock()
	return jsonResponse(http.StatusOK, selected(append(object{q.context(fmt.Sprintf("users('%s')/calendars/$entity", m.id))}, m.calendarObject(f)...), q)), nil
}

// calendars is GET and POST /users/{id}/calendars.
func (s *Server) calendars(q *request) (*response, *apiError) {
	m := q.mailbox
	m.mu.Lock()
	defer m.mu.Unlock()
	context := fmt.Sprintf("users('%s')/calendars", m.id)
	switch q.method {
	case http.MethodGet:
		values := make([]object, 0, len(m.calendars))
		for _, f := range m.calendars {
			values = append(values, selected(m.calendarObject(f), q))
		}
		return jsonResponse(http.StatusOK, object{q.context(context), {"value", values}}), nil
	case http.MethodPost:
		var in struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(q.body, &in); err != nil || in.Name == "" {
			return nil, badRequest("ErrorInvalidRequest", "The calendar needs a name.")
		}
		for _, f := range m.calendars {
			if strings.EqualFold(f.name, in.Name) {
				return nil, &apiError{status: http.StatusConflict, code: "ErrorFolderExists", message: "A folder with the specified name already exists."}
			}
		}
		f := m.addFolder(in.Name)
		return jsonResponse(http.StatusCreated, append(object{q.context(context + "/$entity")}, m.calendarObject(f)...)), nil
	}
	return nil, errMethod(q.method)
}

// translateIDs is POST /users/{id}/translateExchangeIds (behaviour 22). Ids that it cannot read are
// left out of the answer, as Graph does.
func (s *Server) translateIDs(q *request) (*response, *apiError) {
	var in struct {
		InputIDs     []string `json:"inputIds"`
		SourceIDType string   `json:"sourceIdType"`
		TargetIDType string   `json:"targetIdType"`
	}
	if q.method != http.MethodPost {
		return nil, errMethod(q.method)
	}
	if err := json.Unmarshal(q.body, &in); err != nil {
		return nil, errBody("inputIds", err)
	}
	if len(in.InputIDs) > 1000 {
		return nil, badRequest("ErrorInvalidRequest", "The number of ids cannot exceed 1000.")
	}
	names := []string{"entryId", "ewsId", "immutableEntryId", "restId", "restImmutableEntryId"}
	target, ok := canonical(names, in.TargetIDType)
	if _, ok2 := canonical(names, in.SourceIDType); !ok || !ok2 {
		return nil, badRequest("ErrorInvalidRequest", "sourceIdType and targetIdType must name a form of id.")
	}
	m := q.mailbox
	m.mu.Lock()
	defer m.mu.Unlock()
	values := []object{}
	for _, id := range in.InputIDs {
		ref, ok := parseItemID(m.tag, id)
		it := m.items[ref.key]
		if !ok || it == nil {
			continue
		}
		ref.folder = it.now().folder
		v := view{immutable: target == "restImmutableEntryId" || target == "immutableEntryId"}
		values = append(values, object{{"sourceId", id}, {"targetId", m.idOf(ref, v)}})
	}
	return jsonResponse(http.StatusOK, object{q.context("Collection(microsoft.graph.convertIdResult)"), {"value", values}}), nil
}
