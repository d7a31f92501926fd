package graphsim

import (
	"encoding/json"
	"fmt"
	"time"
)

// Outlook is the person at the mailbox: each method is one thing that a user does in Outlook, with
// the consequences it has in Exchange. Ids may be given in either form and are answered immutable.
type Outlook struct {
	s *Server
	m *mailbox
}

// Outlook returns the user of a mailbox, by object id or UPN.
func (s *Server) Outlook(user string) (*Outlook, error) {
	m, _ := s.mailbox(user)
	if m == nil {
		return nil, fmt.Errorf("outlook: no user %q", user)
	}
	return &Outlook{s, m}, nil
}

// asError keeps a nil *apiError from becoming a non-nil error.
func asError(what string, fail *apiError) error {
	if fail == nil {
		return nil
	}
	return fmt.Errorf("outlook: %s: %w", what, fail)
}

func toFields(body any) (fields, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("outlook: write body: %w", err)
	}
	f, fail := parseFields(raw)
	return f, asError("read body", fail)
}

func (o *Outlook) id(i instance) string { return immutableID(o.m.tag, i.ref()) }

// on finds an event and works on it with the mailbox locked.
func (o *Outlook) on(what, id string, f func(i instance) (instance, *apiError)) (string, error) {
	var fail *apiError
	var out string
	o.s.inMailbox(o.m, func() {
		var i instance
		if _, i, fail = o.m.findInstance(id); fail != nil {
			return
		}
		if i, fail = f(i); fail == nil {
			out = o.id(i)
		}
	})
	return out, asError(what, fail)
}

// Create makes an event from a Graph body (anything that marshals to it).
func (o *Outlook) Create(body any) (id string, err error) {
	in, err := toFields(body)
	if err != nil {
		return "", err
	}
	var fail *apiError
	o.s.inMailbox(o.m, func() {
		var ev *event
		if ev, fail = o.s.create(o.m, o.m.primary(), in); fail == nil {
			id = o.id(ev.itself())
		}
	})
	return id, asError("create", fail)
}

// Edit patches an event, a series or one occurrence.
func (o *Outlook) Edit(id string, patch any) error {
	in, err := toFields(patch)
	if err != nil {
		return err
	}
	_, err = o.on("edit", id, func(i instance) (instance, *apiError) { return o.s.edit(o.m, i, in) })
	return err
}

// Drag moves an event to other times. A zero end keeps the length.
func (o *Outlook) Drag(id string, start, end time.Time) error {
	_, err := o.on("drag", id, func(i instance) (instance, *apiError) {
		if end.IsZero() {
			end = start.Add(i.end.at.Sub(i.start.at))
		}
		return o.s.edit(o.m, i, fields{"start": o.wire(start, i.start), "end": o.wire(end, i.end)})
	})
	return err
}

// wire writes t in the zone that the event has already.
func (o *Outlook) wire(t time.Time, like moment) json.RawMessage {
	return appendJSON(nil, object{{"dateTime", wireTime(t.In(like.loc))}, {"timeZone", like.zone}})
}

// Delete moves an event to Deleted Items; an occurrence is taken out of its series.
func (o *Outlook) Delete(id string) error {
	_, err := o.on("delete", id, func(i instance) (instance, *apiError) {
		o.s.remove(o.m, i, false)
		return i, nil
	})
	return err
}

// Copy pastes a copy of an event at start: a new id and iCalUId, the same transactionId, extended
// properties and categories (behaviour 25).
func (o *Outlook) Copy(id string, start time.Time) (copied string, err error) {
	return o.on("copy", id, func(i instance) (instance, *apiError) {
		now := o.s.now()
		ev := i.ev.clone()
		ev.content = i.content.clone()
		ev.key, ev.folder, ev.created, ev.uid, ev.state = o.m.newKey(), 0, now, o.s.newUID(), live
		ev.exceptions, ev.cancelled, ev.attendees = nil, nil, nil
		ev.organizer, ev.isOrganizer = o.m.owner(), true
		a := o.s.applier(false)
		long := i.end.at.Sub(i.start.at)
		if _, fail := a.apply(&ev.content, fields{"start": o.wire(start, i.start), "end": o.wire(start.Add(long), i.end)}); fail != nil {
			return i, fail
		}
		o.m.commit(now, ev)
		o.s.changed(o.m, "created", ev)
		return ev.itself(), nil
	})
}

// Restore takes an event back from Deleted Items. Its classic id is another afterwards; its
// immutable id is the same unless FaultRestoreNewID is on.
func (o *Outlook) Restore(id string) (restored string, err error) {
	var fail *apiError
	o.s.inMailbox(o.m, func() {
		ref, ok := parseItemID(o.m.tag, id)
		it := o.m.items[ref.key]
		if !ok || it == nil || it.now().state != trashed {
			fail = errItemNotFound()
			return
		}
		now := o.s.now()
		ev := it.now().clone()
		if o.s.faults.on(FaultRestoreNewID, o.m.id) {
			gone := ev.clone()
			gone.state = purged
			o.m.commit(now, gone)
			ev.key, ev.created = o.m.newKey(), now
		}
		ev.state = live
		ev.folder++
		o.m.commit(now, ev)
		o.s.changed(o.m, "created", ev)
		restored = o.id(ev.itself())
	})
	return restored, asError("restore", fail)
}

// MakePrivate marks an event private.
func (o *Outlook) MakePrivate(id string) error {
	return o.Edit(id, map[string]any{"sensitivity": "private"})
}

// SetAllDay makes an event cover whole days from date on.
func (o *Outlook) SetAllDay(id string, date time.Time, days int) error {
	first := dayOf(date)
	at := func(d day) map[string]any {
		return map[string]any{"dateTime": wireTime(d.midnight()), "timeZone": "Romance Standard Time"}
	}
	return o.Edit(id, map[string]any{"isAllDay": true, "start": at(first), "end": at(first + day(max(days, 1)))})
}

// occurrence names the occurrence of a series on a date, as it was planned at first.
func (o *Outlook) occurrence(master string, date time.Time) string {
	o.m.mu.Lock()
	defer o.m.mu.Unlock()
	ref, ok := parseItemID(o.m.tag, master)
	if !ok {
		return master
	}
	return immutableID(o.m.tag, itemRef{key: ref.key, day: dayOf(date)})
}

// DeleteOccurrence takes one date out of a series.
func (o *Outlook) DeleteOccurrence(master string, date time.Time) error {
	return o.Delete(o.occurrence(master, date))
}

// EditOccurrence changes one date of a series; it becomes an exception.
func (o *Outlook) EditOccurrence(master string, date time.Time, patch any) (id string, err error) {
	id = o.occurrence(master, date)
	return id, o.Edit(id, patch)
}

// EditFollowing changes a series from date on: the old series ends before it and a new one begins,
// with nothing that links the two (pnp/blog#2373).
func (o *Outlook) EditFollowing(master string, date time.Time, patch any) (id string, err error) {
	in, err := toFields(patch)
	if err != nil {
		return "", err
	}
	return o.on("edit this and following", master, func(i instance) (instance, *apiError) {
		from := dayOf(date)
		if i.recurrence == nil || !i.recurrence.has(from) {
			return i, errItemNotFound()
		}
		now := o.s.now()
		before, _, hasBefore, _ := i.recurrence.around(from)
		next := i.ev.clone()
		next.key, next.folder, next.created, next.uid, next.txn = o.m.newKey(), 0, now, o.s.newUID(), ""
		next.exceptions, next.cancelled = nil, nil
		next.start, next.end = i.ev.spanOn(from)
		next.recurrence.first = from
		if next.recurrence.rangeKind == "numbered" {
			next.recurrence.count -= len(i.recurrence.between(i.recurrence.first, from-1))
		}
		if _, fail := o.s.applier(false).apply(&next.content, in); fail != nil {
			return i, fail
		}
		old := i.ev.clone()
		if hasBefore {
			old.recurrence.rangeKind, old.recurrence.last, old.recurrence.count = "endDate", before, 0
			for d := range old.exceptions {
				if d >= from {
					delete(old.exceptions, d)
				}
			}
			for d := range old.cancelled {
				if d >= from {
					delete(old.cancelled, d)
				}
			}
			o.m.commit(now, old)
			o.s.changed(o.m, "updated", old)
		} else {
			old.state = trashed
			o.m.commit(now, old)
			o.s.changed(o.m, "deleted", old)
		}
		o.m.commit(now, next)
		o.s.changed(o.m, "created", next)
		return next.itself(), nil
	})
}

// MoveToCalendar moves an event to the calendar of that id or name, which is made when it is not there.
// The classic id is another afterwards, the immutable id is not.
func (o *Outlook) MoveToCalendar(id, calendar string) error {
	_, err := o.on("move", id, func(i instance) (instance, *apiError) {
		if i.d != noDay {
			return i, badRequest("ErrorInvalidRequest", "An occurrence cannot be moved out of its series.")
		}
		f := o.m.folder(calendar)
		for _, x := range o.m.calendars {
			if x.name == calendar {
				f = x
			}
		}
		if f == nil {
			f = o.m.addFolder(calendar)
		}
		ev := i.ev.clone()
		from := ev.calendar
		ev.calendar = f.n
		ev.folder++
		o.m.commit(o.s.now(), ev)
		o.s.announce(o.m, "updated", ev, func(x *Subscription) bool { return x.calendar == wholeMailbox })
		o.s.announce(o.m, "deleted", ev, func(x *Subscription) bool { return x.calendar == from })
		o.s.announce(o.m, "created", ev, func(x *Subscription) bool { return x.calendar == f.n })
		return ev.itself(), nil
	})
	return err
}

// Receive puts a meeting that somebody outside organises into the calendar; body is the event.
func (o *Outlook) Receive(body any, organizerName, organizerAddress string) (id string, err error) {
	in, err := toFields(body)
	if err != nil {
		return "", err
	}
	var fail *apiError
	o.s.inMailbox(o.m, func() {
		c := defaults()
		c.showAs = "tentative"
		if _, fail = o.s.applier(true).apply(&c, in); fail != nil {
			return
		}
		now := o.s.now()
		ev := &event{key: o.m.newKey(), calendar: o.m.primary().n, uid: o.s.newUID(), created: now, content: c,
			organizer: person{organizerName, organizerAddress}, response: "notResponded"}
		o.m.commit(now, ev)
		o.s.changed(o.m, "created", ev)
		id = o.id(ev.itself())
	})
	return id, asError("receive", fail)
}

// OrganizerCancels is what arrives when the organizer outside calls a received meeting off.
func (o *Outlook) OrganizerCancels(id string) error {
	_, err := o.on("cancel", id, func(i instance) (instance, *apiError) {
		if i.ev.isOrganizer {
			return i, badRequest("ErrorInvalidRequest", "The mailbox organises this meeting itself.")
		}
		ev := i.ev.clone()
		ev.isCancelled, ev.showAs, ev.subject = true, "free", "Aflyst: "+ev.subject
		o.m.commit(o.s.now(), ev)
		o.s.changed(o.m, "updated", ev)
		return ev.itself(), nil
	})
	return err
}

// Respond answers a received meeting: accept, decline or tentativelyAccept.
func (o *Outlook) Respond(id, answer string) error {
	_, err := o.on("respond", id, func(i instance) (instance, *apiError) {
		a := word(answer)
		if a != "accept" && a != "decline" && a != "tentativelyaccept" {
			return i, badRequest("ErrorInvalidRequest", "The answer must be accept, decline or tentativelyAccept.")
		}
		return i, o.s.answerMeeting(o.m, i.ev, a)
	})
	return err
}
