// Package webui is what all web pages of the planner share: one site with one login, layout and menu, on which groups of pages
// (adminui, summonerui) are put. It knows no page of theirs and no database.
//
// # How pages are built
//
// Pages are rendered on the server from embedded templates and work without scripts. htmx
// (static/htmx-*.min.js, Zero-Clause BSD, htmx-LICENSE.txt) may refresh a live part. Styles are classes of static/style.css: the content
// security policy lets nothing inline through, neither style= nor onclick=. Assets carry their hash in their address, so that browsers
// keep them; pages are not stored by browsers and may not be framed.
//
// # Who gets in
//
// Everything but the login form and static files needs somebody who is signed in, and every page names the permission that it needs
// (planner.Permission; planner.Staff says which roles give it). PersonOf tells a handler who asks; which job centres they act for
// (Staff.ActsFor) is the handler's to check, and Staff.Actor is the audit trail's word for them.
//
// The settings name one administrator (PLANNER_ADMIN_USER), who needs no database, may do everything, and may also use HTTP
// Basic, for scripts. Other employees have accounts (Accounts); scripts act for them with API tokens (Authorization: Bearer).
// A session is a signed cookie (session.go) that says who and the account's mark: when the mark changes (new password, new
// roles) or the account is closed, its sessions end with the next request. Copies of the service accept each other's cookies. Logging
// out also revokes the cookie in the copy that saw it. Wrong passwords and tokens slow their network down (throttle.go).
// Cross-origin requests that change something are refused by http.CrossOriginProtection. Forms are at most 1 MiB.
//
// # A group of pages
//
// A group loads its templates (Site.Load), adds its menu (Site.Menu), handlers (Site.Handle) and notices (Site.Notices). A handler
// reads, renders (Pages.Render), or changes something and leads on with a word about it (Site.Back). A form that is wrong is shown
// again with status 422, what was written and what is wrong (Form). Times, numbers and lists are Danish: format.go, pager.go.
// Tests ask a site as a browser would: package webtest.
package webui
