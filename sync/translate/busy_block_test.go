package translate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func dentist() calendar.Event {
	return calendar.Event{
		ID: "e", ETag: "1", Kind: calendar.Single, ShowAs: calendar.Busy,
		Start: at("2026-12-01T08:00:00Z"), End: at("2026-12-01T09:00:00Z"),
	}
}

func TestWhatBlocks(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*calendar.Event)
		policy Policy
		blocks bool
	}{
		{"busy", func(*calendar.Event) {}, Policy{}, true},
		{"out of office", func(e *calendar.Event) { e.ShowAs = calendar.OutOfOffice }, Policy{}, true},
		{"tentative", func(e *calendar.Event) { e.ShowAs = calendar.Tentative }, Policy{}, true},
		{"unknown", func(e *calendar.Event) { e.ShowAs = calendar.Unknown }, Policy{}, true},
		{"a value of the future", func(e *calendar.Event) { e.ShowAs = "focusing" }, Policy{}, true},
		{"a single event that tells none", func(e *calendar.Event) { e.ShowAs = "" }, Policy{}, true},
		{"private", func(e *calendar.Event) { e.Private = true }, Policy{}, true},
		{"private and free", func(e *calendar.Event) { e.Private, e.ShowAs = true, calendar.Free }, Policy{}, false},
		{"free", func(e *calendar.Event) { e.ShowAs = calendar.Free }, Policy{}, false},
		{"working elsewhere, by default", func(e *calendar.Event) { e.ShowAs = calendar.WorkingElsewhere }, Policy{}, false},
		{"working elsewhere, by choice", func(e *calendar.Event) { e.ShowAs = calendar.WorkingElsewhere }, Policy{WorkingElsewhereBlocks: true}, true},
		{"cancelled by the organizer", func(e *calendar.Event) { e.Cancelled = true }, Policy{}, false},
		{"declined by the counsellor", func(e *calendar.Event) { e.Declined = true }, Policy{}, false},
		{"without length", func(e *calendar.Event) { e.End = e.Start }, Policy{}, false},
		{"with an end before its start", func(e *calendar.Event) { e.End = e.Start.Add(-time.Minute) }, Policy{}, false},
		{"today", func(e *calendar.Event) { e.Start, e.End = at("2026-11-24T15:00:00Z"), at("2026-11-24T15:30:00Z") }, Policy{}, true},
		{"a series master", func(e *calendar.Event) { e.Kind = calendar.Master }, Policy{}, false},
		{"an exception", func(e *calendar.Event) { e.Kind, e.SeriesID = calendar.Exception, "s" }, Policy{}, true},
		{"an event of ours", func(e *calendar.Event) { e.Owned = &calendar.Owned{} }, Policy{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := dentist()
			c.change(&e)
			b, ok := BusyBlock(e, nil, c.policy)
			if ok != c.blocks {
				t.Fatalf("blocks: %t, want %t", ok, c.blocks)
			}
			want := Block{ID: "e", SeriesID: e.SeriesID, Span: planner.Span{Start: e.Start, End: e.End}, ShowAs: e.ShowAs, Private: e.Private}
			if ok && b != want {
				t.Errorf("got %+v, want %+v", b, want)
			}
		})
	}
}

// A delta page tells of an occurrence only id, etag, type, series, start and end (graph.md §1.3).
func TestAnOccurrenceIsWhatItsMasterIs(t *testing.T) {
	stub := calendar.Event{ID: "o", Kind: calendar.Occurrence, SeriesID: "s", Start: at("2026-12-01T08:00:00Z"), End: at("2026-12-01T09:00:00Z")}
	master := func(change func(*calendar.Event)) *calendar.Event {
		m := dentist()
		m.ID, m.Kind = "s", calendar.Master
		change(&m)
		return &m
	}
	hour := planner.Span{Start: stub.Start, End: stub.End}
	for _, c := range []struct {
		name   string
		master *calendar.Event
		want   Block
		blocks bool
	}{
		{"busy", master(func(*calendar.Event) {}), Block{"o", "s", hour, calendar.Busy, false}, true},
		{"free", master(func(m *calendar.Event) { m.ShowAs = calendar.Free }), Block{}, false},
		{"private", master(func(m *calendar.Event) { m.Private = true }), Block{"o", "s", hour, calendar.Busy, true}, true},
		{"cancelled", master(func(m *calendar.Event) { m.Cancelled = true }), Block{}, false},
		{"declined", master(func(m *calendar.Event) { m.Declined = true }), Block{}, false},
		{"working elsewhere", master(func(m *calendar.Event) { m.ShowAs = calendar.WorkingElsewhere }), Block{}, false},
		{"unknown master", nil, Block{"o", "s", hour, calendar.Unknown, false}, true},
		{"master of another series", master(func(m *calendar.Event) { m.ID, m.ShowAs = "t", calendar.Free }), Block{"o", "s", hour, calendar.Unknown, false}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ok := BusyBlock(stub, c.master, Policy{})
			if ok != c.blocks || ok && b != c.want {
				t.Errorf("got %+v, %t; want %+v, %t", b, ok, c.want, c.blocks)
			}
		})
	}
	told := stub
	told.ShowAs = calendar.Tentative
	if b, ok := BusyBlock(told, master(func(m *calendar.Event) { m.ShowAs = calendar.Free }), Policy{}); !ok || b.ShowAs != calendar.Tentative {
		t.Errorf("an occurrence that tells showAs itself: %+v, %t", b, ok)
	}
}

func TestAllDayOccurrencesTakeWholeDanishDays(t *testing.T) {
	master := dentist()
	master.ID, master.Kind, master.AllDay, master.ShowAs = "s", calendar.Master, true, calendar.OutOfOffice
	for _, c := range []struct {
		name        string
		start, end  string
		allDay      bool
		first, end2 string
	}{
		{"told as midnight UTC", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", false, "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"},
		{"told as Danish midnight", "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z", false, "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"},
		{"already whole days", "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z", true, "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"},
		{"the night when summer time ends", "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z", false, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"the night when it begins", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", false, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"Danish midnight in summer", "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z", false, "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z"},
	} {
		for _, known := range []bool{true, false} {
			t.Run(c.name, func(t *testing.T) {
				stub := calendar.Event{ID: "o", Kind: calendar.Occurrence, SeriesID: "s", Start: at(c.start), End: at(c.end), AllDay: c.allDay}
				m := &master
				if !known {
					m = nil // then its clock tells
				}
				b, ok := BusyBlock(stub, m, Policy{})
				if want := (planner.Span{Start: at(c.first), End: at(c.end2)}); !ok || b.Span != want {
					t.Errorf("master known %t: got %v, %t; want %v", known, b.Span, ok, want)
				}
			})
		}
	}
}

func TestBlocksHaveOneVersionExactlyWhenTheyAreAlike(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) Block {
		start := time.Unix(int64(rapid.IntRange(0, 2).Draw(t, "start")), 0).UTC()
		return Block{
			ID: "same", SeriesID: calendar.EventID(rapid.SampledFrom([]string{"", "s", "true s"}).Draw(t, "series")),
			Span:    planner.Span{Start: start, End: start.Add(time.Duration(rapid.IntRange(1, 2).Draw(t, "length")) * time.Second)},
			ShowAs:  calendar.ShowAs(rapid.SampledFrom([]string{"busy", "oof", `busy" true`}).Draw(t, "showAs")),
			Private: rapid.Bool().Draw(t, "private"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if (a.Version() == b.Version()) != cmp.Equal(a, b) {
			t.Fatalf("%+v and %+v: versions %q and %q", a, b, a.Version(), b.Version())
		}
	})
}

func TestABlockReadBackFromTheDatabaseHasTheSameVersion(t *testing.T) {
	e := dentist()
	e.Start = e.Start.Add(123456789) // Graph tells 100 ns, Postgres keeps µs
	b, _ := BusyBlock(e, nil, Policy{})
	back := b
	back.Span.Start = back.Span.Start.Truncate(time.Microsecond).In(calendar.Copenhagen())
	if back.Version() != b.Version() {
		t.Errorf("%q became %q", b.Version(), back.Version())
	}
}
