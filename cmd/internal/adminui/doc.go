// Package adminui is the administrators' web pages: one row per calendar with its health in plain Danish
// words, one page per calendar with what was decided and why, the buttons to mend it, and River UI for the
// job queue. It shows and asks; every change goes through the store, which writes the audit row.
//
// # How it is built
//
// Pages are rendered on the server by webui and work without scripts. With scripts, htmx fetches the live part of a page every
// fifteen seconds and morphs it in, so that keyboard focus, selection and a screen reader's place stay; a
// link turns that off (WCAG 2.2.2). webui's app.js says it in words when fetching fails, so that old figures
// never pass for new ones.
//
// # Words before colours
//
// health.go is the one place that turns a row into a state. Each calendar has exactly one level (needs a
// person, late, waiting, paused, up to date), so the counts on top add up to the number of rows. A level is
// shown as a word and a shape; colour only repeats it. Error codes become sentences with a next step in
// trouble.go; a code that this release does not know is shown as it is.
//
// # A held plan
//
// What the brake of the sync holds is listed day by day (held.go): times, showAs, the private mark; there is no text to show. A form
// carries the number of the plan that was shown, and the store decides on that plan or on none, so two administrators cannot
// undo each other and nobody approves what they have not seen.
//
// # DFDG
//
// Where DFDG is configured, one page (dfdg.go) tells how each job centre's queue is fetched, which messages wait for a person and why, and
// which reports are refused or on their way. A message's text is fetched only when somebody asks for it with a button, is audited before
// it is shown, and is shown with its CPR numbers masked. Settling asks first: it cannot be undone.
//
// # Who gets in
//
// Whoever may administer (planner.MayAdminister). Login, sessions and headers are webui's. River UI gets a content security policy of
// its own, because its widgets set styles inline; it has neither login nor cross-origin protection, so webui's stand in front of it.
package adminui
