package graphsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// fields is the body of a create or a patch, not yet read.
type fields map[string]json.RawMessage

func errBody(property string, err error) *apiError {
	return badRequest("RequestBodyRead", "When trying to read the value of the property '%s': %v", property, err)
}

// parseFields reads one JSON object and nothing behind it.
func parseFields(body []byte) (fields, *apiError) {
	dec := json.NewDecoder(bytes.NewReader(body))
	var f fields
	err := dec.Decode(&f)
	if err == nil && f == nil {
		err = errors.New("not an object")
	}
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return nil, badRequest("BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return f, nil
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// The enumerations of Graph's event, in the spelling of its answers.
var (
	importanceNames  = []string{"low", "normal", "high"}
	sensitivityNames = []string{"normal", "personal", "private", "confidential"}
	showAsNames      = []string{"free", "tentative", "busy", "oof", "workingElsewhere", "unknown"}
	providerNames    = []string{"unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"}
	attendeeNames    = []string{"required", "optional", "resource"}
	locationNames    = []string{"default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress", "hotel", "restaurant", "localBusiness", "postalAddress"}
)

// readOnly are the properties of event that a body may carry without effect.
var readOnly = map[string]bool{
	"id": true, "changeKey": true, "createdDateTime": true, "lastModifiedDateTime": true, "iCalUId": true,
	"originalStartTimeZone": true, "originalEndTimeZone": true, "originalStart": true, "bodyPreview": true,
	"hasAttachments": true, "isCancelled": true, "isOrganizer": true, "seriesMasterId": true, "type": true,
	"webLink": true, "onlineMeetingUrl": true, "onlineMeeting": true, "responseStatus": true, "isDraft": true,
	"organizer": true, "cancelledOccurrences": true, "attachments": true, "calendar": true, "instances": true,
	"exceptionOccurrences": true,
}

// defaults is an event before anything was said of it (behaviours 11, 12).
func defaults() content {
	return content{importance: "normal", sensitivity: "normal", showAs: "busy", reminderOn: true, reminder: 15,
		responseReq: true, newTimes: true, provider: "unknown"}
}

// applier puts a body onto content.
type applier struct {
	zones      *zones
	strictWeek bool
	// creating: start and end must be told, transactionId may be.
	creating bool
	now      time.Time
}

// apply changes c by f, checks the whole, and answers which properties were told.
func (a applier) apply(c *content, f fields) (told map[string]bool, fail *apiError) {
	told = map[string]bool{}
	wasAllDay := c.allDay
	var start, end *moment
	// In order of the names, so that of location and locations the list has the last word.
	for _, name := range slices.Sorted(maps.Keys(f)) {
		raw := f[name]
		if strings.Contains(name, "@") || readOnly[name] {
			continue
		}
		told[name] = true
		var err *apiError
		switch name {
		case "transactionId":
			if !a.creating {
				err = badRequest("ErrorInvalidRequest", "Your request can't be completed. The TransactionId property can only be set when the event is created.")
			}
		case "start":
			start, err = a.moment(name, raw)
		case "end":
			end, err = a.moment(name, raw)
		case "body":
			err = applyBody(c, raw)
		case "location":
			err = applyLocation(c, raw)
		case "locations":
			err = applyLocations(c, raw)
		case "attendees":
			err = applyAttendees(c, raw)
		case "recurrence":
			c.recurrence = nil
			if !isNull(raw) {
				c.recurrence, err = parseRecurrence(raw, a.strictWeek)
			}
		case "singleValueExtendedProperties":
			err = applySingleProps(c, raw)
		case "multiValueExtendedProperties":
			err = applyMultiProps(c, raw)
		case "extensions":
			err = applyExtensions(c, raw, a.now)
		default:
			err = c.applySimple(name, raw)
		}
		if err != nil {
			return nil, err
		}
	}
	if a.creating && (start == nil || end == nil) {
		return nil, badRequest("ErrorInvalidRequest", "Your request can't be completed. The Start and End properties of the event are required.")
	}
	if err := a.settleTimes(c, start, end, wasAllDay); err != nil {
		return nil, err
	}
	if told["recurrence"] || told["start"] || told["end"] || told["isAllDay"] {
		if err := a.settleRecurrence(c, told["recurrence"]); err != nil {
			return nil, err
		}
	}
	return told, nil
}

// applySimple sets what needs no looking at other properties. null brings the default back.
func (c *content) applySimple(name string, raw json.RawMessage) *apiError {
	fresh := defaults()
	switch name {
	case "subject":
		return readString(name, raw, &c.subject, "")
	case "importance":
		return readEnum(name, raw, &c.importance, importanceNames, fresh.importance)
	case "sensitivity":
		return readEnum(name, raw, &c.sensitivity, sensitivityNames, fresh.sensitivity)
	case "showAs":
		return readEnum(name, raw, &c.showAs, showAsNames, fresh.showAs)
	case "onlineMeetingProvider":
		return readEnum(name, raw, &c.provider, providerNames, fresh.provider)
	case "isAllDay":
		return readValue(name, raw, &c.allDay, false)
	case "isReminderOn":
		return readValue(name, raw, &c.reminderOn, fresh.reminderOn)
	case "reminderMinutesBeforeStart":
		return readValue(name, raw, &c.reminder, fresh.reminder)
	case "responseRequested":
		return readValue(name, raw, &c.responseReq, fresh.responseReq)
	case "allowNewTimeProposals":
		return readValue(name, raw, &c.newTimes, fresh.newTimes)
	case "hideAttendees":
		return readValue(name, raw, &c.hideOthers, false)
	case "isOnlineMeeting":
		err := readValue(name, raw, &c.online, false)
		if err == nil && c.online && c.provider == "unknown" {
			c.provider = "teamsForBusiness"
		}
		return err
	case "categories":
		return readValue(name, raw, &c.categories, nil)
	}
	return badRequest("RequestBodyRead", "The property '%s' does not exist on type 'microsoft.graph.event'. Make sure to only use property names that are defined by the type.", name)
}

func readValue[T any](name string, raw json.RawMessage, to *T, ifNull T) *apiError {
	if isNull(raw) {
		*to = ifNull
		return nil
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return errBody(name, err)
	}
	*to = v
	return nil
}

func readString(name string, raw json.RawMessage, to *string, ifNull string) *apiError {
	return readValue(name, raw, to, ifNull)
}

func readEnum(name string, raw json.RawMessage, to *string, names []string, ifNull string) *apiError {
	v := ifNull
	if err := readString(name, raw, &v, ifNull); err != nil {
		return err
	}
	known, ok := canonical(names, v)
	if !ok {
		return badRequest("RequestBodyRead", "Cannot convert the literal '%s' to the expected type of property '%s'.", v, name)
	}
	*to = known
	return nil
}

// jsonResponse answers v with status.
func jsonResponse(status int, v any) *response {
	room := 4 << 10
	if o, ok := v.(object); ok {
		if page, ok := o.get("value").([]object); ok {
			room += len(page) * 3 << 10 // about what an event takes
		}
	}
	return &response{status: status, header: http.Header{}, body: appendJSON(make([]byte, 0, room), v)}
}
