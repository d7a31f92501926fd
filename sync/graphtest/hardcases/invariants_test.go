package hardcases

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

// These hold at every moment of every history.

// neverTwice: no two live times of one counsellor overlap, promised or booked.
func (d *desk) neverTwice() {
	d.t.Helper()
	if n := d.count(`select count(*) from held_time a join held_time b on a.case_worker_id = b.case_worker_id and a.id < b.id and a.during && b.during
		join case_worker c on c.id = a.case_worker_id where c.job_center_code = $1 and (a.expires_at is null or a.expires_at > $2) and (b.expires_at is null or b.expires_at > $2)`, d.center.Code, d.clock.Now()); n != 0 {
		d.t.Fatalf("%d pairs of times that were handed out overlap", n)
	}
	if n := d.count(`select count(*) from booking b where b.job_center_code = $1 and b.status = 'booked' and not exists (
		select from held_time h where h.booking_id = b.id and h.case_worker_id = b.case_worker_id and h.during = tstzrange(b.starts_at, b.ends_at))`, d.center.Code); n != 0 {
		d.t.Fatalf("%d bookings hold no time of their own", n)
	}
}

// audited: each change of a booking has its row in the trail.
func (d *desk) audited() {
	d.t.Helper()
	if n := d.count(`select count(*) from booking b where b.job_center_code = $1 and b.revision <> (
		select count(*) from audit_entry a where a.booking_id = b.id and a.action in ('create', 'move', 'cancel'))`, d.center.Code); n != 0 {
		d.t.Fatalf("%d bookings have changed without an audit row for each change", n)
	}
}

// onlyOurs: nothing but events that the program made itself was written to, no mail was sent, and no mailbox had more
// than Graph's four requests at once.
func (d *desk) onlyOurs(strangers map[string]bool) {
	d.t.Helper()
	for _, r := range d.sim.Requests(graphsim.RequestFilter{Actor: graphsim.ActorApp}) {
		_, id, found := strings.Cut(r.Path, "/events/")
		if r.Method == http.MethodGet || !found {
			continue
		}
		if plain, err := url.PathUnescape(id); err != nil || strangers[plain] {
			d.t.Fatalf("%s of an event that is not ours", r.Method)
		}
	}
	if mail := d.sim.Mail(""); len(mail) != 0 {
		d.t.Fatalf("%d mails were sent", len(mail))
	}
	for _, p := range d.people {
		if n := d.sim.MaxConcurrency(p.user); n > 4 {
			d.t.Fatalf("%d requests in flight on one mailbox", n)
		}
	}
}

// discreet: no text of the counsellors' own, and no CPR number, is in the log.
func (d *desk) discreet() {
	d.t.Helper()
	for _, text := range []string{secret, "Tandlæge", "010190"} {
		if strings.Contains(d.log.String(), text) {
			d.t.Fatalf("the log holds %q", text)
		}
	}
}

// discreetDatabase is the same of every row of every table.
func (d *desk) discreetDatabase() {
	d.t.Helper()
	rows, err := d.pool.Query(d.ctx, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
	d.must(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	d.must(err)
	for _, table := range tables {
		if n := d.count("select count(*) from "+table+" r where r::text ~ $1", secret+`|Tandlæge|\m010190-?[0-9]{4}\M`); n > 0 {
			d.t.Fatalf("%d rows of %s hold what is private", n, table)
		}
	}
}

// The rest holds once all is quiet.

// bookingsStand: each active booking that is not over has exactly one event of ours, in its case worker's mailbox, that tells
// its time; others have none. A flagged one waits for a person and may have none. strangers are copies.
func (d *desk) bookingsStand(strangers map[string]bool) {
	d.t.Helper()
	type row struct {
		id         uuid.UUID
		worker     uuid.UUID
		start, end time.Time
		active     bool
	}
	rows, err := d.pool.Query(d.ctx, `select id, case_worker_id, starts_at, ends_at, status = 'booked' from booking where job_center_code = $1`, d.center.Code)
	d.must(err)
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (b row, err error) {
		err = r.Scan(&b.id, &b.worker, &b.start, &b.end, &b.active)
		return b, err
	})
	d.must(err)
	for _, b := range all {
		over := !b.end.After(d.clock.Now())
		for _, p := range d.people {
			// Copies are the counsellor's. Of what was replaced and restored since, the feed tells only what is in the
			// window of the primary calendar.
			events := slices.DeleteFunc(d.stamped(p, b.id), func(e graphsim.StoredEvent) bool {
				unseen := e.Calendar == elsewhere || !e.End.After(d.windowStart()) || e.Start.After(d.clock.Now().AddDate(0, 7, 0))
				return strangers[e.ID] || unseen && !d.known(p)[e.ID]
			})
			wanted := b.active && p.ID == b.worker
			flagged := d.count(`select count(*) from outlook_event where booking_id = $1 and mailbox_id = $2 and flagged is not null`, b.id, p.mailbox) == 1
			switch {
			case flagged || wanted && over:
				if len(events) > 1 {
					d.t.Fatalf("booking %s has %d events%s", b.id, len(events), d.story(p, b.id))
				}
			case !wanted:
				if len(events) != 0 {
					d.t.Fatalf("booking %s has %d events with somebody who does not hold it%s", b.id, len(events), d.story(p, b.id))
				}
			case len(events) != 1:
				d.t.Fatalf("booking %s has %d events, want 1%s", b.id, len(events), d.story(p, b.id))
			case !events[0].Start.Equal(b.start) || !events[0].End.Equal(b.end) || events[0].AllDay || events[0].ShowAs != "busy" || events[0].Subject != d.option.Title:
				d.t.Fatalf("booking %s is %s–%s; its event tells %s–%s, %s, %q%s", b.id, b.start, b.end, events[0].Start, events[0].End, events[0].ShowAs, events[0].Subject, d.story(p, b.id))
			}
		}
	}
}

// story tells what happened to a booking, for whoever must find out why.
func (d *desk) story(p *person, booking uuid.UUID) string {
	var lines []string
	all, err := d.sim.Events(p.user)
	d.must(err)
	for _, e := range all {
		if hasStamp(e, booking.String()) {
			lines = append(lines, fmt.Sprintf("event %s…: %s, %s in %s, made %s, modified %s, transaction %s", short(e.ID), e.Start, e.State, e.Calendar, e.Created, e.Modified, e.TransactionID))
		}
	}
	for _, q := range []string{
		`select 'row: ' || o::text from outlook_event o where booking_id = $1`,
		`select 'retired: ' || r::text from retired_event r where booking_id = $1`,
		`select at::text || ' ' || actor || ' ' || action || ' ' || reason || ' ' || coalesce(mailbox_id::text, '') || ' ' || coalesce(after->>'start', '') from audit_entry where booking_id = $1 order by id`,
	} {
		rows, err := d.pool.Query(d.ctx, q, booking)
		d.must(err)
		more, err := pgx.CollectRows(rows, pgx.RowTo[string])
		d.must(err)
		lines = append(lines, more...)
	}
	for _, r := range d.requests(p) {
		if r.Method != http.MethodGet || strings.Contains(r.Path, "/events/") {
			lines = append(lines, fmt.Sprintf("%s %s …%s %d %s", r.At, r.Method, short(r.Path), r.Status, r.Fault))
		}
	}
	return "\n" + strings.Join(lines, "\n")
}

// stories tells about the events of blocks.
func (d *desk) stories(p *person, blocks []block) (out string) {
	all, err := d.sim.Events(p.user)
	d.must(err)
	ours := d.known(p)
	for _, e := range all {
		if e.Type == "seriesMaster" {
			out += fmt.Sprintf("\nseries …%s: %s, %s, %s in %s, modified %s", short(e.ID), e.Start, e.State, e.ShowAs, e.Calendar, e.Modified)
		}
	}
	for _, r := range d.requests(p) {
		out += fmt.Sprintf("\n%s %s …%s %d %s", r.At.Format(time.DateTime), r.Method, short(r.Path), r.Status, r.Fault)
	}
	for _, b := range blocks {
		for _, e := range all {
			if e.ID == b.id {
				out += fmt.Sprintf("\n…%s: %s–%s, %s in %s, %s, known as ours: %v, stamped %v", short(e.ID), e.Start, e.End, e.State, e.Calendar, e.ShowAs, ours[e.ID], e.Properties)
				for _, v := range e.Properties {
					if id, err := uuid.Parse(v); err == nil {
						out += d.story(p, id)
					}
				}
			}
		}
	}
	return out
}

// short is what tells ids apart: their end.
func short(id string) string { return id[max(0, len(id)-12):] }

// elsewhere is the calendar that counsellors move events to; only the primary one is read.
const elsewhere = "Privat"

// busyAsShown: the planner's blocks are what Outlook shows in the primary calendar, our own events left out. An event of a
// meeting that is over is ours for some days yet, then the counsellor's, to be dragged wherever they like; of those nothing is said.
func (d *desk) busyAsShown() {
	d.t.Helper()
	for _, p := range d.people {
		var w calendar.Window
		d.must(d.pool.QueryRow(d.ctx, `select window_start, window_end from mailbox where id = $1`, p.mailbox).Scan(&w.Start, &w.End))
		w.Start = d.windowStart()
		inside := func(b block) bool { return b.start.Before(w.End) && w.Start.Before(b.end) }
		ours := d.known(p)
		var want []block
		for _, e := range d.view(p, w) {
			start, end, err := e.span()
			d.must(err)
			if b := (block{e.ID, start, end}); e.takesTime() && !ours[e.ID] && inside(b) {
				want = append(want, b)
			}
		}
		over := d.over(p)
		have := slices.DeleteFunc(d.blocks(p), func(b block) bool { return !inside(b) || over[b.id] })
		without := func(list, other []block) []block {
			return slices.DeleteFunc(slices.Clone(list), func(b block) bool { return slices.ContainsFunc(other, b.equal) })
		}
		if more, less := without(have, want), without(want, have); len(more)+len(less) > 0 {
			d.t.Fatalf("blocks of mailbox %d that Outlook does not show: %v; lacking: %v%s", p.mailbox, more, less, d.stories(p, append(more, less...)))
		}
	}
}

// windowStart is the start of yesterday in Denmark: what ended before is past caring.
func (d *desk) windowStart() time.Time {
	l := d.clock.Now().In(calendar.Copenhagen())
	return time.Date(l.Year(), l.Month(), l.Day()-1, 0, 0, 0, 0, l.Location())
}

// known are the ids that the program knows as its own.
func (d *desk) known(p *person) map[string]bool {
	return d.ids(`select event_id from outlook_event where mailbox_id = $1 and event_id is not null`, p.mailbox)
}

// over are those of them whose meeting has ended.
func (d *desk) over(p *person) map[string]bool {
	return d.ids(`select o.event_id from outlook_event o join booking b on b.id = o.booking_id where o.mailbox_id = $1 and o.event_id is not null and b.ends_at <= $2`, p.mailbox, d.clock.Now())
}

func (d *desk) ids(sql string, args ...any) map[string]bool {
	d.t.Helper()
	rows, err := d.pool.Query(d.ctx, sql, args...)
	d.must(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	d.must(err)
	out := map[string]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// quiet: one more round of each mailbox is one request, writes nothing, and decides nothing.
func (d *desk) quiet() {
	d.t.Helper()
	for _, p := range d.people {
		decisions := d.count(`select count(*) from sync_decision where mailbox_id = $1`, p.mailbox)
		before := d.requests(p)
		res := d.round(p)
		after := d.requests(p)[len(before):]
		if len(after) != 1 || writes(after) != 0 || res.Writes != 0 || res.Blocks != 0 || res.Held {
			d.t.Fatalf("not quiet: %d requests, %d writes, %+v", len(after), writes(after), res)
		}
		if n := d.count(`select count(*) from sync_decision where mailbox_id = $1`, p.mailbox); n != decisions {
			d.t.Fatalf("a quiet round decided %d things", n-decisions)
		}
	}
}
