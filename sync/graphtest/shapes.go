package graphtest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The shapes of Graph's answers, written down by hand from the v1.0 metadata: every property of event with
// its type and, for enumerations, its members. An answer that holds anything else fails its test.

// shape says what is wrong with a value, "" when nothing is.
type shape func(v any) string

func text(v any) string {
	if _, ok := v.(string); !ok {
		return fmt.Sprintf("%v is no text", v)
	}
	return ""
}

func boolean(v any) string {
	if _, ok := v.(bool); !ok {
		return fmt.Sprintf("%v is no boolean", v)
	}
	return ""
}

func integer(v any) string {
	if f, ok := v.(float64); !ok || f != float64(int64(f)) {
		return fmt.Sprintf("%v is no integer", v)
	}
	return ""
}

func matching(pattern string) shape {
	re := regexp.MustCompile(pattern)
	return func(v any) string {
		if s, ok := v.(string); !ok || !re.MatchString(s) {
			return fmt.Sprintf("%v is not like %s", v, pattern)
		}
		return ""
	}
}

func instant(v any) string {
	s, _ := v.(string)
	if _, err := time.Parse(time.RFC3339, s); err != nil || !strings.HasSuffix(s, "Z") {
		return fmt.Sprintf("%v is no instant in UTC", v)
	}
	return ""
}

func oneOf(names ...string) shape {
	return func(v any) string {
		for _, n := range names {
			if v == n {
				return ""
			}
		}
		return fmt.Sprintf("%v is none of %v", v, names)
	}
}

func orNull(s shape) shape {
	return func(v any) string {
		if v == nil {
			return ""
		}
		return s(v)
	}
}

func listOf(s shape) shape {
	return func(v any) string {
		list, ok := v.([]any)
		if !ok {
			return fmt.Sprintf("%v is no list", v)
		}
		for i, x := range list {
			if wrong := s(x); wrong != "" {
				return fmt.Sprintf("[%d]: %s", i, wrong)
			}
		}
		return ""
	}
}

// object shapes: properties by name; those whose names end in "!" must be there.
func objectOf(properties map[string]shape) shape {
	return func(v any) string {
		o, ok := v.(object)
		if !ok {
			return fmt.Sprintf("%v is no object", v)
		}
		for name, s := range properties {
			bare, must := strings.CutSuffix(name, "!")
			x, there := o[bare]
			if !there && must {
				return bare + " is missing"
			}
			if there {
				if wrong := s(x); wrong != "" {
					return bare + ": " + wrong
				}
			}
		}
		for name := range o {
			if properties[name] == nil && properties[name+"!"] == nil && !strings.HasPrefix(name, "@odata.") {
				return "there is no property " + name
			}
		}
		return ""
	}
}

var (
	dateTime    = matching(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$`)
	date        = matching(`^\d{4}-\d\d-\d\d$`)
	timeZoned   = objectOf(map[string]shape{"dateTime!": dateTime, "timeZone!": text})
	address     = objectOf(map[string]shape{"name": text, "address": text})
	recipient   = objectOf(map[string]shape{"emailAddress!": address})
	responded   = objectOf(map[string]shape{"response!": oneOf("none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"), "time!": instant})
	etag        = matching(`^W/"[A-Za-z0-9+/]+=*"$`)
	weekday     = oneOf("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
	locationOf  = objectOf(map[string]shape{"displayName!": text, "locationType!": oneOf("default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress", "hotel", "restaurant", "localBusiness", "postalAddress"), "uniqueId": text, "uniqueIdType": oneOf("unknown", "locationStore", "directory", "private", "bing"), "locationUri": text, "locationEmailAddress": text, "address": anything, "coordinates": anything})
	seriesRules = objectOf(map[string]shape{
		"pattern!": objectOf(map[string]shape{"type!": oneOf("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"), "interval!": integer, "month": integer, "dayOfMonth": integer, "daysOfWeek": listOf(weekday), "firstDayOfWeek": weekday, "index": oneOf("first", "second", "third", "fourth", "last")}),
		"range!":   objectOf(map[string]shape{"type!": oneOf("endDate", "noEnd", "numbered"), "startDate!": date, "endDate": date, "recurrenceTimeZone": text, "numberOfOccurrences": integer})})
	extended = listOf(objectOf(map[string]shape{"id!": text, "value!": anything}))
)

func anything(any) string { return "" }

// eventProperties is event, outlookItem and entity of the v1.0 metadata.
var eventProperties = map[string]shape{
	"id!": text, "createdDateTime": instant, "lastModifiedDateTime": instant, "changeKey": text, "categories": listOf(text), "transactionId": orNull(text),
	"originalStartTimeZone": text, "originalEndTimeZone": text, "iCalUId": matching(`^[0-9A-F]+$`), "reminderMinutesBeforeStart": integer, "isReminderOn": boolean,
	"hasAttachments": boolean, "subject": orNull(text), "bodyPreview": text, "importance": oneOf("low", "normal", "high"),
	"sensitivity": oneOf("normal", "personal", "private", "confidential"), "isAllDay": boolean, "isCancelled": boolean, "isOrganizer": boolean,
	"responseRequested": boolean, "seriesMasterId": orNull(text), "showAs": oneOf("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
	"type": oneOf("singleInstance", "occurrence", "exception", "seriesMaster"), "webLink": matching(`^https://`), "onlineMeetingUrl": orNull(text), "isOnlineMeeting": boolean,
	"onlineMeetingProvider": oneOf("unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"), "allowNewTimeProposals": boolean, "isDraft": boolean,
	"hideAttendees": boolean, "onlineMeeting": anything, "recurrence": orNull(seriesRules), "responseStatus": responded,
	"body": objectOf(map[string]shape{"contentType!": oneOf("text", "html"), "content!": text}), "start": timeZoned, "end": timeZoned, "location": locationOf,
	"locations": listOf(locationOf), "attendees": listOf(objectOf(map[string]shape{"type!": oneOf("required", "optional", "resource"), "status!": responded, "emailAddress!": address})),
	"organizer": recipient, "originalStart": instant, "cancelledOccurrences": listOf(matching(`^OID\..+\.\d{4}-\d\d-\d\d$`)), "exceptionOccurrences": anything,
	"singleValueExtendedProperties": extended, "multiValueExtendedProperties": extended, "extensions": anything, "calendar": anything, "attachments": anything, "instances": anything,
}

// WholeEvent are the properties that an answer without $select holds (behaviour 11).
var WholeEvent = strings.Fields(`id createdDateTime lastModifiedDateTime changeKey categories transactionId originalStartTimeZone originalEndTimeZone
	iCalUId reminderMinutesBeforeStart isReminderOn hasAttachments subject bodyPreview importance sensitivity isAllDay isCancelled isOrganizer responseRequested
	seriesMasterId showAs type webLink onlineMeetingUrl isOnlineMeeting onlineMeetingProvider allowNewTimeProposals isDraft hideAttendees onlineMeeting recurrence
	responseStatus body start end location locations attendees organizer`)

var (
	eventShape = objectOf(eventProperties)
	// itemShape is what a delta page holds: an event, a stub, or a tombstone.
	removedShape = objectOf(map[string]shape{"id!": text, "@removed!": objectOf(map[string]shape{"reason!": oneOf("deleted", "changed")})})

	subscriptionShape = objectOf(map[string]shape{"id!": text, "resource!": text, "applicationId!": text, "changeType!": text, "clientState": orNull(text), "notificationUrl!": text,
		"notificationQueryOptions": orNull(text), "notificationContentType": orNull(text), "lifecycleNotificationUrl": orNull(text), "expirationDateTime!": instant, "creatorId!": text,
		"includeResourceData": orNull(boolean), "latestSupportedTlsVersion": orNull(oneOf("v1_0", "v1_1", "v1_2", "v1_3")), "encryptionCertificate": orNull(text),
		"encryptionCertificateId": orNull(text), "notificationUrlAppId": orNull(text)})

	errorShape = objectOf(map[string]shape{"error!": objectOf(map[string]shape{"code!": text, "message!": text, "innerError": innerError, "innererror": innerError,
		"@event.existingEventId": text, "details": anything, "target": anything})})
	innerError = objectOf(map[string]shape{"date!": matching(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`), "request-id!": text, "client-request-id!": text})

	notificationShape = objectOf(map[string]shape{"value!": listOf(objectOf(map[string]shape{"id": text, "subscriptionId!": text, "subscriptionExpirationDateTime!": text, "clientState!": text,
		"tenantId!": text, "changeType!": oneOf("created", "updated", "deleted"), "resource!": matching(`^Users/[^/]+/Events/.+$`),
		"resourceData!": objectOf(map[string]shape{"id!": text})}))})
	lifecycleShape = objectOf(map[string]shape{"value!": listOf(objectOf(map[string]shape{"id": text, "subscriptionId!": text, "subscriptionExpirationDateTime!": text, "clientState!": text,
		"tenantId!": text, "lifecycleEvent!": oneOf("missed", "subscriptionRemoved", "reauthorizationRequired")}))})
)

func itemShape(v any) string {
	o, ok := v.(object)
	switch {
	case v == nil:
		return ""
	case ok && o["@removed"] != nil:
		return removedShape(v)
	}
	if wrong := eventShape(v); wrong != "" {
		return wrong
	}
	if wrong := etag(o["@odata.etag"]); wrong != "" {
		return "@odata.etag: " + wrong
	}
	return ""
}

// checkAnswer picks the shape by status and @odata.context.
func checkAnswer(t *testing.T, a *Answer) {
	t.Helper()
	context, _ := a.JSON["@odata.context"].(string)
	_, fragment, _ := strings.Cut(context, "#")
	var s shape
	switch {
	case a.Status >= 400 && a.JSON != nil:
		s = errorShape
	case a.JSON == nil:
		return
	case strings.HasSuffix(fragment, "events/$entity"):
		s = itemShape
	case fragment == "Collection(event)" || strings.HasSuffix(fragment, "/calendarView") || strings.HasSuffix(fragment, "/events") || strings.HasSuffix(fragment, "/instances"):
		s = objectOf(map[string]shape{"value!": listOf(itemShape)})
	case fragment == "subscriptions/$entity":
		s = subscriptionShape
	case fragment == "subscriptions":
		s = objectOf(map[string]shape{"value!": listOf(subscriptionShape)})
	default:
		return
	}
	if wrong := s(any(a.JSON)); wrong != "" {
		t.Fatalf("%s: not Graph's shape: %s\n%s", a.what, wrong, a.Body)
	}
}
