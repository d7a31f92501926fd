package graphsim

import (
	"maps"
	"net/url"
	"slices"
	"time"
)

// view is how one request wants to see events: by its Prefer headers, which hold for that request
// alone (behaviours 22, 48).
type view struct {
	immutable bool
	zone      string // "" is UTC
	loc       *time.Location
	text      bool
	// withoutOriginalStart is the switch of behaviour 29.
	withoutOriginalStart bool
}

func (v view) dateTime(m moment, allDay bool) object {
	zone, t := "UTC", m.at.UTC()
	if v.loc != nil {
		zone = v.zone
		if !allDay { // all-day events are midnight to midnight in whatever zone is asked for
			t = m.at.In(v.loc)
		}
	}
	return object{{"dateTime", wireTime(t)}, {"timeZone", zone}}
}

func (m *mailbox) idOf(ref itemRef, v view) string {
	if v.immutable {
		return immutableID(m.tag, ref)
	}
	return classicID(m.tag, ref)
}

func (i instance) ref() itemRef { return itemRef{key: i.ev.key, day: i.d, folder: i.ev.folder} }

// changeNumber is the version told by etag and changeKey. Plain occurrences have the master's.
func (i instance) changeNumber() uint64 {
	if i.ex != nil {
		return i.ex.change
	}
	return i.ev.change
}

func (m *mailbox) etag(i instance) string { return etagOf(changeKey(m.tag, i.changeNumber())) }

// render writes the whole event (behaviour 11).
func (m *mailbox) render(i instance, v view) object { return m.renderTyped(i, v)[1:] }

// renderTyped is render behind @odata.type, as feeds have it.
func (m *mailbox) renderTyped(i instance, v view) object {
	ref := i.ref()
	classic := classicID(m.tag, ref)
	id := classic
	if v.immutable {
		id = immutableID(m.tag, ref)
	}
	key := changeKey(m.tag, i.changeNumber())
	created, modified := i.ev.created, i.ev.modified
	if i.ex != nil {
		created, modified = i.ex.created, i.ex.modified
	}
	var txn, master, recurrence, online, onlineURL any
	if i.ev.txn != "" {
		txn = i.ev.txn
	}
	if i.d != noDay {
		master = m.idOf(itemRef{key: i.ev.key, day: noDay, folder: i.ev.folder}, v)
	}
	if i.recurrence != nil {
		recurrence = i.recurrence.object()
	}
	if i.onlineURL != "" {
		online, onlineURL = object{{"joinUrl", i.onlineURL}}, nil
	}
	body := object{{"contentType", "html"}, {"content", i.html}}
	if v.text {
		body = object{{"contentType", "text"}, {"content", i.text}}
	}
	response, responseAt := "organizer", time.Time{}
	if !i.ev.isOrganizer {
		response, responseAt = i.ev.response, i.ev.responseAt
	}
	where := object{{"displayName", ""}, {"locationType", "default"}, {"uniqueIdType", "unknown"}, {"address", object{}}, {"coordinates", object{}}}
	locations := make([]object, 0, len(i.locations))
	for n, l := range i.locations {
		o := l.object()
		if n == 0 {
			where = o
		}
		locations = append(locations, o)
	}
	attendees := make([]object, 0, len(i.attendees))
	if !i.hideOthers || i.ev.isOrganizer {
		for _, a := range i.attendees {
			o := object{{"type", a.kind}, {"status", responseObject(a.response, a.at)}}
			attendees = append(attendees, append(o, a.object()...))
		}
	}
	categories := i.categories
	if categories == nil {
		categories = []string{}
	}
	o := object{
		{"@odata.type", "#microsoft.graph.event"},
		{"@odata.etag", etagOf(key)},
		{"id", id},
		{"createdDateTime", wireInstant(created)},
		{"lastModifiedDateTime", wireInstant(modified)},
		{"changeKey", key},
		{"categories", categories},
		{"transactionId", txn},
		{"originalStartTimeZone", i.start.zone},
		{"originalEndTimeZone", i.end.zone},
		{"iCalUId", iCalUID(i.ev.uid, i.d)},
		{"reminderMinutesBeforeStart", i.reminder},
		{"isReminderOn", i.reminderOn},
		{"hasAttachments", false},
		{"subject", i.subject},
		{"bodyPreview", preview(i.text)},
		{"importance", i.importance},
		{"sensitivity", i.sensitivity},
		{"isAllDay", i.allDay},
		{"isCancelled", i.isCancelled},
		{"isOrganizer", i.ev.isOrganizer},
		{"responseRequested", i.responseReq},
		{"seriesMasterId", master},
		{"showAs", i.showAs},
		{"type", i.kind()},
		{"webLink", "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(classic) + "&exvsurl=1&path=/calendar/item"},
		{"onlineMeetingUrl", onlineURL},
		{"isOnlineMeeting", i.online},
		{"onlineMeetingProvider", i.provider},
		{"allowNewTimeProposals", i.newTimes},
		{"isDraft", false},
		{"hideAttendees", i.hideOthers},
		{"onlineMeeting", online},
		{"recurrence", recurrence},
		{"responseStatus", responseObject(response, responseAt)},
		{"body", body},
		{"start", v.dateTime(i.start, i.allDay)},
		{"end", v.dateTime(i.end, i.allDay)},
		{"location", where},
		{"locations", locations},
		{"attendees", attendees},
		{"organizer", i.ev.organizer.object()},
	}
	if i.d != noDay && (i.ex == nil || !v.withoutOriginalStart) {
		o = append(o, member{"originalStart", wireInstant(i.originalStart())})
	}
	return o
}

// originalStart is an instant, also of all-day events (behaviour 29).
func (i instance) originalStart() time.Time {
	start, _ := i.ev.spanOn(i.d)
	if i.ev.allDay {
		return atWall(start.at, start.loc)
	}
	return start.at
}

// stub is all that a delta page tells of an occurrence (behaviour 37).
func (m *mailbox) stub(i instance, v view) object {
	master := itemRef{key: i.ev.key, day: noDay, folder: i.ev.folder}
	return object{
		{"@odata.type", "#microsoft.graph.event"},
		{"@odata.etag", m.etag(i)},
		{"id", m.idOf(i.ref(), v)},
		{"seriesMasterId", m.idOf(master, v)},
		{"type", "occurrence"},
		{"start", v.dateTime(i.start, i.allDay)},
		{"end", v.dateTime(i.end, i.allDay)},
	}
}

// cancelledOccurrences is answered only when $select names it (behaviour 29).
func (m *mailbox) cancelledOccurrences(e *event, v view) []string {
	out := []string{}
	id := m.idOf(itemRef{key: e.key, day: noDay, folder: e.folder}, v)
	for _, d := range slices.Sorted(maps.Keys(e.cancelled)) {
		out = append(out, "OID."+id+"."+d.String())
	}
	return out
}

func singleProps(c *content, wanted func(id string) bool) []object {
	var out []object
	for _, id := range slices.Sorted(maps.Keys(c.props)) {
		if wanted(id) {
			out = append(out, object{{"id", id}, {"value", c.props[id]}})
		}
	}
	return out
}

func multiProps(c *content, wanted func(id string) bool) []object {
	var out []object
	for _, id := range slices.Sorted(maps.Keys(c.multiProps)) {
		if wanted(id) {
			out = append(out, object{{"id", id}, {"value", c.multiProps[id]}})
		}
	}
	return out
}
