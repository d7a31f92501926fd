package msgraph

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	abs "github.com/microsoft/kiota-abstractions-go"

	"kommunalplanner.example/sync/calendar"
)

// Member is a user in a group, by what a case worker is known by. Fields are empty when the directory has none.
type Member struct {
	ObjectID                 string
	Name, GivenName, Surname string
	Mail, Phone              string
	Guest, Disabled          bool
	// Basic: the app may not read whether the account is disabled, nor its telephone numbers (User.ReadBasic.All).
	Basic bool
}

// wireUser is the part of Graph's user that may be known here. The principal name is looked at for the mark of a
// guest only: it may be an address that nobody else has been told.
type wireUser struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"displayName"`
	GivenName   string   `json:"givenName"`
	Surname     string   `json:"surname"`
	Mail        string   `json:"mail"`
	Phones      []string `json:"businessPhones"`
	Principal   string   `json:"userPrincipalName"`
	Type        string   `json:"userType"`
	Enabled     *bool    `json:"accountEnabled"`
}

const memberFields = "id,displayName,givenName,surname,mail,businessPhones,userPrincipalName,userType,accountEnabled"

func (w *wireUser) member() Member {
	m := Member{
		ObjectID: w.ID, Name: w.DisplayName, GivenName: w.GivenName, Surname: w.Surname, Mail: w.Mail,
		Guest:    strings.EqualFold(w.Type, "guest") || strings.Contains(strings.ToUpper(w.Principal), "#EXT#"),
		Disabled: w.Enabled != nil && !*w.Enabled, Basic: w.Enabled == nil,
	}
	if len(w.Phones) > 0 {
		m.Phone = w.Phones[0]
	}
	return m
}

// GroupMembers lists the users of a group, and of the groups within it. The group is named by its object id or its mail address. The app
// needs GroupMember.Read.All and User.ReadBasic.All, or User.Read.All to be told telephone numbers and disabled accounts. What
// Graph refuses is calendar.RefusedError: 403 without the permissions, 404 for no such group. A list that was not read to its end is an error.
func (c *Client) GroupMembers(ctx context.Context, group string) ([]Member, error) {
	id := group
	if strings.Contains(group, "@") {
		var err error
		if id, err = c.groupByMail(ctx, group); err != nil {
			return nil, err
		}
	}
	if !validID(id) || strings.Contains(id, "/") {
		return nil, errEmptyID()
	}
	var list []Member
	err := directoryPages(ctx, c, opGroupMembers, c.graph.JoinPath("groups", url.PathEscape(id), "transitiveMembers", "microsoft.graph.user"),
		// The cast of transitive members is an "advanced query" of the directory, for which it wants to count.
		url.Values{"$select": {memberFields}, "$top": {"999"}, "$count": {"true"}}, func(w *wireUser) { list = append(list, w.member()) },
		func(w *wireUser) string { return w.ID })
	return list, err
}

// groupByMail finds a group's object id.
func (c *Client) groupByMail(ctx context.Context, mail string) (string, error) {
	type wireGroup struct {
		ID string `json:"id"`
	}
	var found []string
	filter := "mail eq '" + strings.ReplaceAll(mail, "'", "''") + "'"
	err := directoryPages(ctx, c, opGroup, c.graph.JoinPath("groups"), url.Values{"$filter": {filter}, "$select": {"id"}},
		func(w *wireGroup) { found = append(found, w.ID) }, func(w *wireGroup) string { return w.ID })
	switch {
	case err != nil:
		return "", err
	case len(found) != 1: // addresses are unique in a tenant
		return "", &calendar.RefusedError{Status: http.StatusNotFound, Code: "no-such-group"}
	}
	return found[0], nil
}

// directoryPages reads a list of the directory. One that holds something without an id is no list of what was asked for.
func directoryPages[T any](ctx context.Context, c *Client, op operation, at *url.URL, query url.Values, take func(*T), id func(*T) string) error {
	at.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return c.pages(ctx, op, func(body io.Reader) (string, error) {
		var page struct {
			Value    *[]*T  `json:"value"`
			NextLink string `json:"@odata.nextLink"`
		}
		if err := decodeJSON(body, &page); err != nil {
			return "", err
		}
		if page.Value == nil {
			return "", &unreadableError{codeUnreadable}
		}
		for _, w := range *page.Value {
			if w == nil {
				continue
			}
			if !validID(id(w)) {
				return "", &unreadableError{codeUnreadable}
			}
			take(w)
		}
		return page.NextLink, nil
	}, func(ctx context.Context, link string, opts []abs.RequestOption) error {
		if link == "" {
			link = at.String()
		}
		// The SDK's package for groups is larger than that for users, and its core is enough. The template is what traces name.
		request := abs.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(abs.GET, "{+baseurl}/groups", map[string]string{"request-raw-url": link})
		request.Headers.Add("Accept", "application/json")
		request.Headers.Add("ConsistencyLevel", "eventual")
		request.AddRequestOptions(opts)
		return c.adapter.SendNoContent(ctx, request, nil)
	})
}
