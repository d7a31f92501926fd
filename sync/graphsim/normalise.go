package graphsim

import (
	"encoding/json"
	"html"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	htmlHead = "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>"
	htmlTail = "</body></html>"
)

// applyBody stores a body as the HTML document that Exchange makes of it (behaviour 12).
func applyBody(c *content, raw json.RawMessage) *apiError {
	if isNull(raw) {
		c.html, c.text = "", ""
		return nil
	}
	var in struct {
		ContentType string `json:"contentType"`
		Content     string `json:"content"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return errBody("body", err)
	}
	kind, ok := canonical([]string{"text", "html"}, in.ContentType)
	if in.ContentType == "" {
		kind, ok = "text", true
	}
	if !ok {
		return badRequest("RequestBodyRead", "Cannot convert the literal '%s' to the expected type 'microsoft.graph.bodyType'.", in.ContentType)
	}
	if kind == "text" {
		c.html = textToHTML(in.Content)
	} else {
		c.html = htmlDocument(in.Content)
	}
	c.text = htmlToText(c.html)
	return nil
}

func textToHTML(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return htmlHead + "\r\n<div class=\"PlainText\">" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\r\n") + "</div>" + htmlTail
}

func htmlDocument(fragment string) string {
	if fragment == "" {
		return ""
	}
	lower := strings.ToLower(fragment)
	if i := strings.Index(lower, "<body"); i >= 0 {
		if j := strings.IndexByte(lower[i:], '>'); j >= 0 {
			fragment = fragment[i+j+1:]
			lower = lower[i+j+1:]
			if k := strings.LastIndex(lower, "</body>"); k >= 0 {
				fragment = fragment[:k]
			}
		}
	}
	return htmlHead + fragment + htmlTail
}

var lineBreaks = strings.NewReplacer("\r\n", "", "<br>", "\n", "<br/>", "\n", "</p>", "\n", "</div>", "\n")

// htmlToText is what Prefer: outlook.body-content-type="text" shows, and the preview is cut from.
func htmlToText(doc string) string {
	if i := strings.Index(doc, "<body>"); i >= 0 {
		doc = doc[i+len("<body>"):]
	}
	doc = lineBreaks.Replace(doc)
	var b strings.Builder
	for {
		i := strings.IndexByte(doc, '<')
		if i < 0 {
			break
		}
		b.WriteString(doc[:i])
		j := strings.IndexByte(doc[i:], '>')
		if j < 0 {
			doc = ""
			break
		}
		doc = doc[i+j+1:]
	}
	b.WriteString(doc)
	return strings.TrimSpace(html.UnescapeString(b.String()))
}

// preview is the first 255 characters of the text.
func preview(text string) string {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	if utf8.RuneCountInString(text) <= 255 {
		return text
	}
	return string([]rune(text)[:255])
}

type locationJSON struct {
	DisplayName  string `json:"displayName"`
	LocationType string `json:"locationType"`
	Email        string `json:"locationEmailAddress"`
	URI          string `json:"locationUri"`
}

func (in locationJSON) location() (location, *apiError) {
	kind := "default"
	if in.LocationType != "" {
		var ok bool
		if kind, ok = canonical(locationNames, in.LocationType); !ok {
			return location{}, badRequest("RequestBodyRead", "Cannot convert the literal '%s' to the expected type 'microsoft.graph.locationType'.", in.LocationType)
		}
	}
	return location{name: in.DisplayName, kind: kind, email: in.Email, uri: in.URI}, nil
}

// applyLocation also replaces locations: writing one wipes the list.
func applyLocation(c *content, raw json.RawMessage) *apiError {
	var in locationJSON
	if err := json.Unmarshal(raw, &in); err != nil {
		return errBody("location", err)
	}
	l, fail := in.location()
	if fail != nil {
		return fail
	}
	c.locations = nil
	if l.name != "" {
		c.locations = []location{l}
	}
	return nil
}

func applyLocations(c *content, raw json.RawMessage) *apiError {
	var in []locationJSON
	if err := json.Unmarshal(raw, &in); err != nil {
		return errBody("locations", err)
	}
	c.locations = nil
	for _, one := range in {
		l, fail := one.location()
		if fail != nil {
			return fail
		}
		c.locations = append(c.locations, l)
	}
	return nil
}

func (l location) object() object {
	o := object{{"displayName", l.name}, {"locationType", l.kind}}
	if l.uri != "" {
		o = append(o, member{"locationUri", l.uri})
	}
	if l.email != "" {
		o = append(o, member{"locationEmailAddress", l.email})
	}
	return append(o, member{"uniqueId", l.name}, member{"uniqueIdType", "private"})
}

// applyAttendees keeps the answers that were already given.
func applyAttendees(c *content, raw json.RawMessage) *apiError {
	var in []struct {
		Type         string `json:"type"`
		EmailAddress struct {
			Name    string `json:"name"`
			Address string `json:"address"`
		} `json:"emailAddress"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return errBody("attendees", err)
	}
	old := c.attendees
	c.attendees = nil
	for _, one := range in {
		kind, ok := canonical(attendeeNames, one.Type)
		if one.Type == "" {
			kind, ok = "required", true
		}
		if !ok {
			return badRequest("RequestBodyRead", "Cannot convert the literal '%s' to the expected type 'microsoft.graph.attendeeType'.", one.Type)
		}
		if !strings.Contains(one.EmailAddress.Address, "@") {
			return badRequest("ErrorInvalidRecipients", "At least one recipient is not valid.")
		}
		name := one.EmailAddress.Name
		if name == "" {
			name = one.EmailAddress.Address
		}
		a := attendee{person: person{name: name, address: one.EmailAddress.Address}, kind: kind, response: "none"}
		for _, o := range old {
			if strings.EqualFold(o.address, a.address) {
				a.response, a.at = o.response, o.at
			}
		}
		c.attendees = append(c.attendees, a)
	}
	return nil
}

func (p person) object() object {
	return object{{"emailAddress", object{{"name", p.name}, {"address", p.address}}}}
}

func responseObject(response string, at time.Time) object {
	when := "0001-01-01T00:00:00Z"
	if !at.IsZero() {
		when = wireInstant(at)
	}
	return object{{"response", response}, {"time", when}}
}
