package graphsim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// put applies a body to a fresh event, as a create does.
func put(body string) (content, *apiError) {
	c := defaults()
	in, fail := parseFields([]byte(body))
	if fail != nil {
		return c, fail
	}
	_, fail = applier{zones: &zones{}, creating: true}.apply(&c, in)
	return c, fail
}

func FuzzEventBody(f *testing.F) {
	const times = `"start":{"dateTime":"2027-01-11T09:00:00","timeZone":"Romance Standard Time"},"end":{"dateTime":"2027-01-11T10:00:00","timeZone":"UTC"}`
	f.Add(`{"subject":"æøå\u0000\ud800",` + times + `}`)
	f.Add(`{"isAllDay":true,"start":{"dateTime":"2027-01-11"},"end":{"dateTime":"2027-01-13T00:00:00.0000000"}}`)
	f.Add(`{` + times + `,"body":{"contentType":"HTML","content":"<p>a<b"},"location":{"displayName":"x"},"locations":[{"displayName":"y"}],"categories":["a"]}`)
	f.Add(`{` + times + `,"attendees":[{"emailAddress":{"address":"a@b"},"type":"Optional"}],"singleValueExtendedProperties":[{"id":"String 0x001A","value":"v"}]}`)
	f.Add(`{` + times + `,"recurrence":{"pattern":{"type":"daily","interval":1},"range":{"type":"noEnd","startDate":"2027-01-11"}},"extensions":[{"extensionName":"e","n":[1]}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		c, fail := put(body)
		if fail != nil {
			if fail.status < 400 || fail.code == "" {
				t.Fatalf("%+v", fail)
			}
			return
		}
		m := newMailbox(1, User{ObjectID: "u", UPN: "u@x"})
		ev := &event{key: 1, content: c, isOrganizer: true, organizer: m.owner()}
		m.commit(time.Now(), ev)
		for _, i := range append(ev.instances(c.start.at.Add(-time.Hour), c.start.at.AddDate(0, 1, 0)), ev.itself()) {
			raw := appendJSON(nil, m.render(i, view{}))
			var out map[string]any
			if err := json.Unmarshal(raw, &out); err != nil {
				t.Fatalf("%v: %s", err, raw)
			}
			if i.end.at.Before(i.start.at) {
				t.Fatalf("ends before it starts: %s", raw)
			}
		}
	})
}

func FuzzFilter(f *testing.F) {
	f.Add("singleValueExtendedProperties/Any(ep: ep/id eq 'String {66f5a359-4659-4830-9070-00040ec6ac6e} Name X' and ep/value eq 'it''s')")
	f.Add("not (subject eq 'a' or startswith(subject,'b')) and start/dateTime ge '2027-01-01T00:00:00Z'")
	f.Add("lastModifiedDateTime gt 2027-01-01T00:00:00Z")
	f.Add(strings.Repeat("(", 200))
	c, fail := put(`{"subject":"a","start":{"dateTime":"2027-01-11T09:00:00"},"end":{"dateTime":"2027-01-11T10:00:00"}}`)
	if fail != nil {
		f.Fatal(fail)
	}
	m := newMailbox(1, User{ObjectID: "u", UPN: "u@x"})
	ev := &event{key: 1, content: c, isOrganizer: true}
	m.commit(time.Now(), ev)
	row := m.rowOf(ev.itself())
	f.Fuzz(func(t *testing.T, text string) {
		expr, fail := parseFilter(text)
		if fail != nil {
			if fail.status != http.StatusBadRequest || fail.code != "BadRequest" {
				t.Fatalf("%+v", fail)
			}
			return
		}
		expr(row)
		q := &request{query: query{"$expand": "singleValueExtendedProperties($filter=" + text + ")"}}
		_, _ = q.shaper()
	})
}

func FuzzRequestLine(f *testing.F) {
	f.Add("/users/a%2Fb/calendarView/microsoft.graph.delta()", "$select=a&STARTDATETIME=x;y&&=", `IdType="ImmutableId", outlook.timezone="a,b"`)
	f.Add("users('it''s')/events('x')", "%24filter=a%20b", `a=,,="`)
	f.Fuzz(func(t *testing.T, path, rawQuery, prefer string) {
		segs, ok := splitPath(path)
		if ok && len(segs) == 0 {
			t.Fatal("no segment at all")
		}
		for name := range parseQuery(rawQuery) {
			if name == "" || name != strings.ToLower(name) {
				t.Fatalf("%q", name)
			}
		}
		for name := range parsePrefer([]string{prefer, prefer}) {
			if name == "" {
				t.Fatal("a preference without a name")
			}
		}
	})
}

func FuzzTokensAndIDs(f *testing.F) {
	s := New(Config{Seed: 1})
	f.Cleanup(s.Close)
	tag := hash64("mailbox")
	f.Add(s.token(cursor{Mailbox: 1, Start: 2, End: 3}))
	f.Add(immutableID(tag, itemRef{key: 7, day: noDay}))
	f.Add(classicID(tag, itemRef{key: 7, day: 20_000, folder: 3}))
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := s.parseToken(text); ok {
			if raw, err := json.Marshal(c); err != nil || len(raw) == 0 {
				t.Fatal(err)
			}
		}
		ref, ok := parseItemID(tag, text)
		if !ok {
			return
		}
		again := immutableID(tag, ref)
		if ref.classic {
			again = classicID(tag, ref)
		}
		if back, ok := parseItemID(tag, again); !ok || back != ref {
			t.Fatalf("%+v reads back as %+v", ref, back)
		}
	})
}

func FuzzDateTime(f *testing.F) {
	for _, s := range []string{"2027-01-11T09:00:00.0000000", "2027-01-11", "2027-01-11T09:00:00+01:00", "2027-01-11T09:00Z", "0001-01-01T00:00:00", "2027-01-11T09:00:00,5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, _, ok := parseDateTime(s)
		if !ok {
			return
		}
		if back, _, ok := parseDateTime(wireTime(at.UTC())); inRange(at.UTC()) && (!ok || !back.Equal(at.Truncate(100*time.Nanosecond))) {
			t.Fatalf("%q reads as %v and back as %v", s, at, back)
		}
	})
}

func FuzzStringsAreWrittenAsEncodingJSONReadsThem(f *testing.F) {
	f.Add("a\"\\\n\r\t\x00\x1f<&>æ\u2028\xff\xf0")
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		if err := json.Unmarshal(appendString(nil, s), &back); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && back != s || !utf8.ValidString(s) && utf8.RuneCountInString(back) < utf8.RuneCountInString(want) {
			t.Fatalf("%q comes back as %q", s, back)
		}
	})
}
