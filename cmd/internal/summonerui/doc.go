// Package summonerui is the staff's web pages, below /moeder/: calendars of case workers, and what a summoner (indkalder) does with
// them. It shows and asks; every change goes through a store, which writes the audit row under planner.Staff.Actor.
//
// # How a page is added
//
//  1. One file per group of pages, named after it: week.go. It declares what it needs as an interface (type Weeks interface{…}, "…Store
//     has it") and has one method func (u *UI) addWeek(needs Weeks).
//  2. That method adds menu and routes: u.menu(root+"uge", "Uge", planner.MaySee), and for each route
//     u.site.Handle("GET", root+"uge", planner.MaySee, func(w, r) {…}). The permission is checked before the handler runs.
//  3. The handler takes who := webui.PersonOf(r), asks who.ActsFor(jc) of whatever has a job centre (else u.site.NotFound), reads, and
//     ends with u.pages.Render(w, r, http.StatusOK, "week", title, content), u.site.Broken(w, r, err), or, after a change made under
//     who.Actor(), u.site.Back(w, r, "week-saved", u.site.URL(root+"uge")), whose words u.site.Notices has.
//  4. templates/week.html defines "content"; content is .Content, who is signed in $.Who, an
//     address {{url "/moeder/uge"}}. Forms: f := webui.ReadForm(r), f.Check(…); if !f.OK() render with 422 and f.Title(title); in
//     the template {{template "errors" .Form}} and {{template "input" (field .Form "navn" "Navn" "hint" "required")}}.
//  5. Config gets a field for the needs, Add one line (if cfg.Weeks != nil { u.addWeek(cfg.Weeks) }), and cmd/internal/service/web.go
//     fills it in. Styles go into webui/static/style.css under a comment; nothing inline.
//
// # The JSON API
//
// Below /api/v1/, for programs with an employee's API token (Authorization: Bearer …); the employee's permissions and job centres hold.
// Instants are RFC 3339. What makes something wants the header Idempotency-Key, a UUID that becomes its id: a repeat makes nothing and
// gets the same answer. Refusals are application/problem+json (RFC 9457) with a member code (planner.Code, or bad-request, not-found,
// state, list); code breaks-rules names in rules what an override must name. Members that are not known are refused.
//
//	GET  timeslots?jobCenter&option&from&to[&caseWorker]   [{start, caseWorkers}]; no citizen, since addresses are logged
//	POST bookings                     {jobCenter, cpr, option | meeting{interviewType, interviewForm, contactType, minutes, title, description, place, phone},
//	                                   start, caseWorker, contactType, fundParticipates, override{rules, why}} → 201 and the booking
//	GET  bookings/{id}                the booking, with its letter's items (BEK 442/2023 § 20)
//	POST bookings/{id}/move           {start, caseWorker, contactType, why, override}
//	POST bookings/{id}/cancel         {why}
//	POST bookings/{id}/excuse         {receivedAt, receivedBy, reason, note}
//	POST summonses                    {jobCenter, option, from, to, caseWorkers, contactType, spreadOverDays, citizens[{cpr, caseWorker}]} → 201 and the plan
//	GET  summonses/{id}               {id, state, lines[{number, cpr, state, reason, start, caseWorkerId, booking, replanned}]}
//	POST summonses/{id}/{act}         act: approve, plan, pause, resume, cancel
//
// # How its test looks
//
//	s := newSite(t, Config{Weeks: fake})                  // the other needs are filled in
//	page := s.Get(t, "/moeder/uge")                       // as the settings' administrator, who may everything
//	webtest.Proper(t, "week", page)                       // nothing inline, no id twice
//	w := s.Post(t, "/moeder/uge", url.Values{"navn": {""}}) // 422 and the error; or s.Follow(t, w) to the notice
//	s.As(t, "reader", "/moeder/uge")                      // status for a reader, summoner or administrator of job centre 10100
package summonerui
