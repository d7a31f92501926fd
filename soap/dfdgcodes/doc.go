// Package dfdgcodes fetches STAR's code lists once a day, so that codes which expire are known before DFDG refuses them.
//
// STAR's CodeListService has no public contract (hole H14), so the lists come from a Source. The one here, At, reads the
// forms that `planner import code-lists` reads, from a file or over HTTPS:
//
//	[{"list": "InterviewType", "code": 4, "name": "Opfølgningssamtale", "valid_from": "2015-01-01", "valid_to": "2026-12-31"}, …]
//
//	list;code;name;valid_from;valid_to
//	InterviewType;4;Opfølgningssamtale;2015-01-01;
//
// What came last whole stays in force until something whole comes: lists that cannot be read, that are empty, or that have
// less than half of the codes they had, change nothing. Each list that comes replaces its predecessor as a whole, in one
// transaction; lists that do not come stay.
//
// The time of the next fetch is a row, so that of several processes one fetches, and a restart forgets nothing.
package dfdgcodes
