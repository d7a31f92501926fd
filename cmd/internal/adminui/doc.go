// Package adminui is the administrators' web pages: one row per calendar with its health in plain Danish
// words, one page per calendar with what was decided and why, the buttons to mend it, and River UI for the
// job queue. It shows and asks; every change goes through the store, which writes the audit row.
//
// # How it is built
//
// Pages are rendered on the server from embedded templates and work without scripts. With scripts, htmx
// (static/htmx-*.min.js, Zero-Clause BSD, htmx-LICENSE.txt) fetches the live part of a page every
// fifteen seconds and morphs it in, so that keyboard focus, selection and a screen reader's place stay; a
// link turns that off (WCAG 2.2.2). app.js says it in words when fetching fails, so that old figures
// never pass for new ones.
//
// # Words before colours
//
// health.go is the one place that turns a row into a state. Each calendar has exactly one level (needs a
// person, late, waiting, paused, up to date), so the counts on top add up to the number of rows. A level is
// shown as a word and a shape; colour only repeats it. Error codes become sentences with a next step in
// trouble.go; a code that this release does not know is shown as it is.
//
// # DFDG
//
// Where DFDG is configured, one page (dfdg.go) tells how each job centre's queue is fetched, which messages wait for a person and why, and
// which reports are refused or on their way. A message's text is fetched only when somebody asks for it with a button, is audited before
// it is shown, and is shown with its CPR numbers masked. Settling asks first: it cannot be undone.
//
// # Who gets in
//
// One user name and password, as a form with a signed cookie (session.go) or as HTTP Basic for scripts.
// Cookies are signed with a key derived from the session key, the user name and the password: a changed
// password ends all sessions, and copies of the service accept each other's. Logging out
// also revokes the cookie in the copy that saw it. Wrong passwords slow their network down (throttle.go).
// Cross-origin requests that change something are refused by http.CrossOriginProtection, which stands in
// front of River UI too, since that has none of its own (nor any login).
//
// Pages are not stored by browsers, may not be framed, and run under a content security policy without
// inline code. River UI gets a policy of its own, because its widgets set styles inline.
package adminui
