package graphtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func writes() []Behaviour {
	return []Behaviour{
		{11, "a create answers 201 with the whole event", true, createAnswers},
		{11, "extended properties are stored and not echoed", true, propertiesNotEchoed},
		{12, "the server makes an HTML document of a body and fills in defaults", true, normalised},
		{13, "wrong times and zones are 400", true, wrongTimes},
		{14, "the same transactionId and body give the same event, another body an error", true, transactionID},
		{14, "the error for a used transactionId may be 409", false, transactionID409},
		{15, "a create may be done and answered 503 ConcurrentItemSave", false, concurrentItemSave},
		{16, "the server changes the etag by itself seconds after a create", false, etagRotates},
		{17, "If-Match with an old etag is 412, without it the last writer wins", true, ifMatch},
		{18, "a patch of null clears, an empty patch changes nothing", true, emptyPatch},
		{19, "a delete is 204, then 404; a deleted event can be restored", true, deletes},
		{19, "a restored event keeps its immutable id, or gets another", false, restores},
		{20, "cancel is the organizer's alone", false, cancels},
		{20, "an attendee who declines loses the meeting or keeps it marked", false, declines},
		{21, "only meetings with attendees are mailed about", false, mails},
		{22, "immutable ids have 72 characters and survive a move between calendars", true, immutableIDs},
		{22, "translateExchangeIds turns one form of id into the other", true, translates},
		{25, "a copy in Outlook keeps transactionId, extended property and categories", false, copies},
	}
}

func createAnswers(t *testing.T, w *World) {
	body := w.meeting(0, "Samtale")
	body["location"] = object{"displayName": "Lokale 2"}
	a := w.call(http.MethodPost, w.mine("/events"), body).want(http.StatusCreated)
	if w.Sim == nil {
		t.Cleanup(func() { w.call("DELETE", w.event(a.str("id")), nil) })
	}
	for _, name := range WholeEvent {
		if _, there := a.JSON[name]; !there {
			t.Errorf("%s is missing", name)
		}
	}
	if !strings.Contains(a.Header.Get("Location"), "/events") {
		t.Errorf("Location: %q", a.Header.Get("Location"))
	}
	equal(t, "etag", a.str("@odata.etag"), `W/"`+a.str("changeKey")+`"`)
	equal(t, "start in UTC", a.str("start", "dateTime"), w.date(0)+"T08:00:00.0000000")
	equal(t, "zone", a.str("start", "timeZone"), "UTC")
	equal(t, "originalStartTimeZone", a.str("originalStartTimeZone"), Romance)
	equal(t, "type", a.str("type"), "singleInstance")
	equal(t, "isOrganizer", a.JSON["isOrganizer"], any(true))
	equal(t, "response", a.str("responseStatus", "response"), "organizer")
	equal(t, "location", a.str("location", "displayName"), "Lokale 2")
	if len(a.JSON["locations"].([]any)) != 1 || len(a.JSON["attendees"].([]any)) != 0 {
		t.Errorf("%s", a.Body)
	}
	if w.Sim != nil {
		calendar := w.get(w.mine("/calendar")).want(200).str("id")
		w.call("POST", w.mine("/calendar/events"), w.meeting(1, "b")).want(201)
		w.call("POST", w.mine("/calendars/"+url.PathEscape(calendar)+"/events"), w.meeting(2, "c")).want(201)
		equal(t, "events by three routes", len(w.get(w.mine("/events")).want(200).values()), 3)
		w.call("POST", w.mine("/calendar/events"), object{"subject": "x", "nonsense": 1, "start": w.at(0, "09:00"), "end": w.at(0, "10:00")}).want(400)
		w.call("POST", w.mine("/events"), w.meeting(3, "d"), "Content-Type", "", "Content-Type", "text/plain").want(415)
	}
}

// Stamp is an extended property such as a synchroniser marks its events with.
const Stamp = "String {66f5a359-4659-4830-9070-00040ec6ac6e} Name BookingId"

func stamped(body object, value string) object {
	body["singleValueExtendedProperties"] = []object{{"id": Stamp, "value": value}}
	return body
}

func propertiesNotEchoed(t *testing.T, w *World) {
	ev := w.create(stamped(w.meeting(0, "mærket"), "b-1"))
	if ev["singleValueExtendedProperties"] != nil {
		t.Fatal(ev)
	}
	a := w.get(w.event(str(t, ev, "id"))+"?$expand="+url.QueryEscape("singleValueExtendedProperties($filter=id eq '"+Stamp+"')"), "Prefer", immutable).want(200)
	list, _ := a.JSON["singleValueExtendedProperties"].([]any)
	if len(list) != 1 {
		t.Fatalf("%s", a.Body)
	}
}

func normalised(t *testing.T, w *World) {
	body := w.meeting(0, "normaliseret")
	body["body"] = object{"contentType": "Text", "content": "Linje 1 <æøå>\nLinje 2"}
	body["showAs"], body["sensitivity"], body["importance"] = "BUSY", "Private", "HIGH"
	ev := w.create(body)
	equal(t, "contentType", str(t, ev, "body", "contentType"), "html")
	html := str(t, ev, "body", "content")
	if !strings.HasPrefix(html, "<html>") || !strings.Contains(html, "&lt;æøå&gt;") || !strings.Contains(html, "</body></html>") {
		t.Fatalf("%q", html)
	}
	equal(t, "showAs", str(t, ev, "showAs"), "busy")
	equal(t, "sensitivity", str(t, ev, "sensitivity"), "private")
	equal(t, "importance", str(t, ev, "importance"), "high")
	equal(t, "reminder", ev["reminderMinutesBeforeStart"], any(15.0))
	equal(t, "responseRequested", ev["responseRequested"], any(true))
	a := w.get(w.event(str(t, ev, "id")), "Prefer", immutable, "Prefer", `outlook.body-content-type="text"`).want(200)
	equal(t, "text", strings.ReplaceAll(strings.TrimSpace(a.str("body", "content")), "\r\n", "\n"), "Linje 1 <æøå>\nLinje 2")
	if !strings.Contains(a.Header.Get("Preference-Applied"), "outlook.body-content-type") {
		t.Fatal(a.Header)
	}
	if w.Sim != nil {
		body["showAs"] = "sleeping"
		w.call("POST", w.mine("/events"), body).want(400)
	}
}

func wrongTimes(t *testing.T, w *World) {
	bad := func(change func(object)) *Answer {
		t.Helper()
		body := w.meeting(0, "forkert")
		change(body)
		return w.call("POST", w.mine("/events"), body).want(400)
	}
	bad(func(b object) { delete(b, "start") })
	bad(func(b object) { delete(b, "end") })
	bad(func(b object) { b["end"] = w.at(0, "08:00") })
	bad(func(b object) { b["start"] = object{"dateTime": "i morgen", "timeZone": Romance} })
	bad(func(b object) {
		b["start"] = object{"dateTime": w.date(0) + "T09:00:00", "timeZone": "Mars Standard Time"}
	}).
		wantError(400, "TimeZoneNotSupportedException", "The following TimeZone value is not supported")
	bad(func(b object) { b["isAllDay"] = true }).wantError(400, "ErrorInvalidRequest", "needs to be set to midnight")
	bad(func(b object) { b["isAllDay"], b["start"], b["end"] = true, w.at(0, "00:00"), w.at(0, "00:00") })
	w.get(w.mine("/events"), "Prefer", `outlook.timezone="Mars Standard Time"`).wantError(400, "TimeZoneNotSupportedException", "")

	day := w.create(object{"subject": "hele dagen", "isAllDay": true, "start": w.at(0, "00:00"), "end": w.at(1, "00:00")}, "Prefer", immutable, "Prefer", `outlook.timezone="Pacific Standard Time"`)
	equal(t, "an all-day event in another zone", str(t, day, "start", "dateTime"), w.date(0)+"T00:00:00.0000000")
	if w.Sim == nil {
		return
	}
	// October's second 02:30 and the hour that March does not have.
	autumn := w.create(object{"subject": "efterår", "start": object{"dateTime": "2027-10-31T02:30:00", "timeZone": Romance}, "end": object{"dateTime": "2027-10-31T02:45:00", "timeZone": Romance}})
	equal(t, "the repeated hour is standard time", str(t, autumn, "start", "dateTime"), "2027-10-31T01:30:00.0000000")
	spring := w.create(object{"subject": "forår", "start": object{"dateTime": "2027-03-28T02:30:00", "timeZone": Romance}, "end": object{"dateTime": "2027-03-28T03:45:00", "timeZone": Romance}})
	equal(t, "the missing hour moves on", str(t, spring, "start", "dateTime"), "2027-03-28T01:30:00.0000000")
	exact := w.create(object{"subject": "utc", "start": object{"dateTime": "2027-10-31T00:30:00Z"}, "end": object{"dateTime": "2027-10-31T01:00:00Z"}})
	equal(t, "an instant with Z", str(t, exact, "start", "dateTime"), "2027-10-31T00:30:00.0000000")
}

func (w *World) transaction() string { return w.Monday.Format("20060102") + "-" + w.t.Name() }

func transactionID(t *testing.T, w *World) {
	body := w.meeting(0, "én gang")
	body["transactionId"] = w.transaction() + time.Now().Format("150405.000000")
	first := w.create(body)
	id := str(t, first, "id")
	equal(t, "transactionId", first["transactionId"], body["transactionId"])
	again := w.call("POST", w.mine("/events"), body, "Prefer", immutable).want(201)
	equal(t, "id of the second answer", again.str("id"), id)
	body["subject"] = "noget andet"
	a := w.call("POST", w.mine("/events"), body, "Prefer", immutable)
	e, _ := a.JSON["error"].(object)
	equal(t, "code", e["code"], any("ErrorDuplicateTransactionId"))
	equal(t, "existing event", e["@event.existingEventId"], any(id))
	w.call("PATCH", w.event(id), object{"transactionId": "t"}).wantError(400, "ErrorInvalidRequest", "")
	if w.Sim == nil {
		return
	}
	a.want(400)
	equal(t, "events", len(w.get(w.mine("/events")).values()), 1)
	w.call("DELETE", w.event(id), nil).want(204)
	body["subject"] = "én gang"
	w.call("POST", w.mine("/events"), body).want(400) // a deleted event still owns its transactionId
}

func transactionID409(_ *testing.T, w *World) {
	body := w.meeting(0, "én gang")
	body["transactionId"] = "t"
	w.create(body)
	body["subject"] = "noget andet"
	w.fault(graphsim.Fault{Kind: graphsim.FaultDuplicateTxn409})
	w.call("POST", w.mine("/events"), body).wantError(409, "ErrorDuplicateTransactionId", "")
}

func concurrentItemSave(t *testing.T, w *World) {
	w.fault(graphsim.Fault{Kind: graphsim.FaultConcurrentItemSave, Count: 1})
	body := w.meeting(0, "tvetydig")
	body["transactionId"] = "t"
	w.get(w.mine("/events")).want(200) // not a create
	w.call("POST", w.mine("/events"), body).wantError(503, "ConcurrentItemSave", "Conflicts occurred during saving data to store (saveresult: IrresolvableConflict")
	equal(t, "events", len(w.get(w.mine("/events")).values()), 1)
	retried := w.call("POST", w.mine("/events"), body, "Prefer", immutable).want(201)
	events := w.get(w.mine("/events"), "Prefer", immutable).values()
	equal(t, "events after the retry", len(events), 1)
	equal(t, "id", retried.str("id"), str(t, events[0], "id"))
}

func etagRotates(t *testing.T, w *World) {
	ev := w.create(w.meeting(0, "roterer"))
	id, before := str(t, ev, "id"), str(t, ev, "@odata.etag")
	_, link := w.round(w.delta(7))
	w.advance(1999 * time.Millisecond)
	equal(t, "etag within two seconds", w.get(w.event(id), "Prefer", immutable).str("@odata.etag"), before)
	w.advance(3002 * time.Millisecond)
	now := w.get(w.event(id), "Prefer", immutable)
	if now.str("@odata.etag") == before || now.str("lastModifiedDateTime") == str(t, ev, "lastModifiedDateTime") {
		t.Fatal("the etag did not change")
	}
	equal(t, "subject", now.str("subject"), "roterer")
	items, link := w.round(link)
	equal(t, "items in delta", len(find(items, id)), 1)
	w.advance(time.Hour)
	items, _ = w.round(link)
	equal(t, "items in delta after that", len(items), 0)
	w.call("PATCH", w.event(id), object{"subject": "x"}, "If-Match", before).want(412)

	w.fault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation})
	quiet := w.create(w.meeting(1, "roterer ikke"))
	w.advance(time.Minute)
	equal(t, "etag", w.get(w.event(str(t, quiet, "id")), "Prefer", immutable).str("@odata.etag"), str(t, quiet, "@odata.etag"))
}

func ifMatch(t *testing.T, w *World) {
	if w.Sim != nil {
		w.fault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation})
	}
	ev := w.create(w.meeting(0, "et"))
	id, first := str(t, ev, "id"), str(t, ev, "@odata.etag")
	w.call("PATCH", w.event(id), object{"subject": "to"}).want(200)
	w.call("PATCH", w.event(id), object{"subject": "tre"}, "If-Match", first).wantError(412, "ErrorIrresolvableConflict", "the change key passed in the request does not match the current change key for the item")
	equal(t, "subject", w.get(w.event(id)).str("subject"), "to")
	w.call("PATCH", w.event(id), object{"subject": "fire"}, "If-Match", "*").want(200)
	if w.Sim == nil {
		return
	}
	now := w.get(w.event(id)).str("@odata.etag")
	a := w.call("PATCH", w.event(id), object{"subject": "fem"}, "If-Match", now).want(200)
	if a.str("@odata.etag") == now {
		t.Fatal("a patch leaves the etag as it was")
	}
	w.call("DELETE", w.event(id), nil, "If-Match", now).want(412)
	w.call("DELETE", w.event(id), nil, "If-Match", a.str("@odata.etag")).want(204)
}

func emptyPatch(t *testing.T, w *World) {
	if w.Sim != nil {
		w.fault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation})
	}
	body := w.meeting(0, "emne")
	body["categories"] = []string{"Booking"}
	ev := w.create(body)
	id := str(t, ev, "id")
	a := w.call("PATCH", w.event(id), object{"subject": nil, "categories": []string{}}).want(200)
	if s, _ := a.JSON["subject"].(string); s != "" || len(a.JSON["categories"].([]any)) != 0 {
		t.Fatalf("%s", a.Body)
	}
	if w.Sim == nil {
		return
	}
	// What the Go SDK sends when it patches an object that it fetched.
	same := w.call("PATCH", w.event(id), object{"@odata.type": "#microsoft.graph.event", "@odata.etag": "W/\"x\"", "@odata.context": "y"}).want(200)
	equal(t, "etag", same.str("@odata.etag"), a.str("@odata.etag"))
	same = w.call("PATCH", w.event(id), object{}).want(200)
	equal(t, "etag", same.str("@odata.etag"), a.str("@odata.etag"))
	w.call("PATCH", w.event(id), object{"id": "other", "changeKey": "x"}).want(200)
}

func deletes(_ *testing.T, w *World) {
	id := w.create(w.meeting(0, "slettes"))["id"].(string)
	w.call("DELETE", w.event(id), nil).want(204)
	w.call("DELETE", w.event(id), nil).wantError(404, "ErrorItemNotFound", "")
	w.call("PATCH", w.event(id), object{"subject": "x"}).want(404)
	id = w.create(w.meeting(0, "slettes helt"))["id"].(string)
	w.call("POST", w.event(id)+"/permanentDelete", nil).want(204)
	w.get(w.event(id)).want(404)
}

func restores(t *testing.T, w *World) {
	ev := w.create(w.meeting(0, "fortrudt"))
	id := str(t, ev, "id")
	classic := w.get(w.event(id)).str("id")
	w.call("DELETE", w.event(id), nil).want(204)
	back, err := w.person().Restore(id)
	w.must(err)
	equal(t, "immutable id", back, id)
	now := w.get(w.event(id)).want(200).str("id")
	if now == classic {
		t.Fatal("the classic id is the same after a restore")
	}
	w.get(w.event(classic)).wantError(404, "ErrorItemNotFound", "")
	w.fault(graphsim.Fault{Kind: graphsim.FaultRestoreNewID})
	w.call("DELETE", w.event(id), nil).want(204)
	back, err = w.person().Restore(id)
	w.must(err)
	if back == id {
		t.Fatal("the immutable id is the same")
	}
	w.get(w.event(id)).want(404)
	equal(t, "subject", w.get(w.event(back)).want(200).str("subject"), "fortrudt")
	gone := w.create(w.meeting(0, "helt væk"))["id"].(string)
	w.call("POST", w.event(gone)+"/permanentDelete", nil).want(204)
	if _, err := w.person().Restore(gone); err == nil {
		t.Fatal("a purged event was restored")
	}
}

// invited makes a meeting of two simulated mailboxes; it answers the organizer's event and the world of the other.
func (w *World) invited() (id string, other *World) {
	w.t.Helper()
	u := w.Sim.AddUser(graphsim.User{UPN: "borger@kommune.example", DisplayName: "Bo"})
	o := *w
	o.User, o.UPN = u.ObjectID, u.UPN
	body := w.meeting(0, "Møde")
	body["attendees"] = []object{{"type": "Required", "emailAddress": object{"name": "Bo", "address": u.UPN}}}
	return w.create(body)["id"].(string), &o
}

func cancels(t *testing.T, w *World) {
	id, other := w.invited()
	theirs := other.get(other.mine("/events"), "Prefer", immutable).values()
	equal(t, "copies", len(theirs), 1)
	equal(t, "isOrganizer", theirs[0]["isOrganizer"], any(false))
	equal(t, "response", str(t, theirs[0], "responseStatus", "response"), "notResponded")
	copyID := str(t, theirs[0], "id")
	other.call("POST", other.event(copyID)+"/cancel", object{"comment": ""}).wantError(400, "ErrorInvalidRequest", "You need to be an organizer to cancel a meeting.")
	a := w.call("POST", w.event(id)+"/cancel", object{"comment": "syg"}).want(202)
	equal(t, "length of the answer", len(a.Body), 0)
	equal(t, "isCancelled", other.get(other.event(copyID)).want(200).JSON["isCancelled"], any(true))
	w.get(w.event(id)).want(404)
}

func declines(t *testing.T, w *World) {
	id, other := w.invited()
	copyID := str(t, other.get(other.mine("/events"), "Prefer", immutable).values()[0], "id")
	other.call("POST", other.event(copyID)+"/accept", object{"sendResponse": true}).want(202)
	w.Sim.Settle()
	attendees, _ := w.get(w.event(id)).JSON["attendees"].([]any)
	equal(t, "answer at the organizer", str(t, attendees[0].(object), "status", "response"), "accepted")
	equal(t, "showAs", other.get(other.event(copyID)).str("showAs"), "busy")
	w.call("POST", w.event(id)+"/decline", object{}).want(400)
	w.fault(graphsim.Fault{Kind: graphsim.FaultDeclinedStay})
	other.call("POST", other.event(copyID)+"/decline", object{}).want(202)
	equal(t, "response", other.get(other.event(copyID)).want(200).str("responseStatus", "response"), "declined")
	w.Sim.ClearFaults("")
	other.call("POST", other.event(copyID)+"/decline", object{}).want(202)
	other.get(other.event(copyID)).want(404)
}

func mails(t *testing.T, w *World) {
	id := str(t, w.create(w.meeting(0, "uden deltagere")), "id")
	w.call("PATCH", w.event(id), object{"subject": "stadig uden"}).want(200)
	w.call("DELETE", w.event(id), nil).want(204)
	equal(t, "mail about an appointment", len(w.Sim.Mail("")), 0)
	id, _ = w.invited()
	w.call("PATCH", w.event(id), object{"subject": "Nyt emne"}).want(200)
	w.call("DELETE", w.event(id), nil).want(204)
	var kinds []string
	for _, m := range w.Sim.Mail(w.User) {
		equal(t, "to", m.To, "borger@kommune.example")
		kinds = append(kinds, m.Kind)
	}
	equal(t, "mail about a meeting", strings.Join(kinds, " "), "invitation update cancellation")
	id, other := w.invited()
	w.call("PATCH", w.event(id), object{"attendees": []object{}}).want(200)
	sent := w.Sim.Mail(w.User)
	equal(t, "mail to whom an edit took out", sent[len(sent)-1].Kind, "cancellation")
	last := other.get(other.mine("/events?$top=50"), "Prefer", immutable).want(200).values()
	equal(t, "isCancelled", last[len(last)-1]["isCancelled"], any(true))
}

func immutableIDs(t *testing.T, w *World) {
	ev := w.create(w.meeting(0, "to navne"))
	id := str(t, ev, "id")
	equal(t, "length", len(id), 72)
	a := w.get(w.event(id)).want(200)
	classic := a.str("id")
	if len(classic) < 140 {
		t.Fatalf("classic id of %d characters", len(classic))
	}
	equal(t, "by classic id", w.get(w.event(classic), "Prefer", immutable).want(200).str("id"), id)
	if w.Sim == nil {
		return
	}
	w.must(w.person().MoveToCalendar(id, "Privat"))
	moved := w.get(w.event(id)).want(200).str("id")
	if moved == classic {
		t.Fatal("the classic id survived the move")
	}
	w.get(w.event(classic)).want(404)
	equal(t, "in the primary calendar", len(w.get(w.mine("/events")).values()), 0)
}

func translates(t *testing.T, w *World) {
	id := str(t, w.create(w.meeting(0, "to navne")), "id")
	classic := w.get(w.event(id)).want(200).str("id")
	a := w.call("POST", w.mine("/translateExchangeIds"), object{"inputIds": []string{classic}, "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}).want(200)
	equal(t, "immutable", str(t, a.values()[0], "targetId"), id)
	a = w.call("POST", w.mine("/translateExchangeIds"), object{"inputIds": []string{id}, "sourceIdType": "restImmutableEntryId", "targetIdType": "restId"}).want(200)
	equal(t, "classic", str(t, a.values()[0], "targetId"), classic)
	w.call("POST", w.mine("/translateExchangeIds"), object{"inputIds": make([]string, 1001), "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}).want(400)
}

func copies(t *testing.T, w *World) {
	body := stamped(w.meeting(0, "original"), "b-7")
	body["transactionId"], body["categories"] = "t-7", []string{"Booking"}
	ev := w.create(body)
	id := str(t, ev, "id")
	copied, err := w.person().Copy(id, w.Monday.AddDate(0, 0, 2).Add(13*time.Hour))
	w.must(err)
	twin := w.get(w.event(copied)+"?$expand="+url.QueryEscape("singleValueExtendedProperties($filter=id eq '"+Stamp+"')"), "Prefer", immutable).want(200)
	if copied == id || twin.str("iCalUId") == str(t, ev, "iCalUId") {
		t.Fatal("the copy has the original's identity")
	}
	equal(t, "transactionId", twin.str("transactionId"), "t-7")
	equal(t, "category", twin.JSON["categories"].([]any)[0], any("Booking"))
	equal(t, "stamp", str(t, twin.JSON["singleValueExtendedProperties"].([]any)[0].(object), "value"), "b-7")
	equal(t, "start", twin.str("start", "dateTime"), w.date(2)+"T13:00:00.0000000")
	equal(t, "end", twin.str("end", "dateTime"), w.date(2)+"T14:00:00.0000000")
	n, err := w.Sim.CountEvents(w.User, "t-7", "b-7")
	w.must(err)
	equal(t, "events with the stamp", n, 2)
}
