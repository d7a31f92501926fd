// Package service puts the program together: configuration, every concrete thing in order, the listeners,
// start and stop. It decides nothing.
//
// # Roles
//
// One binary holds four roles, and a process takes those it is told:
//
//	soap     answers DFDG and the Kommuneklients, from Postgres alone
//	worker   works the queue: talks to Microsoft Graph
//	webhook  takes Graph's notices
//	admin    the administrators' pages
//
// Postgres is all they share, so any number of processes may hold any role. /healthz, /readyz and /metrics
// are on each role's port.
//
// # Order of start and stop
//
// Database, migrations, listeners, worker; and back. A stop first makes /readyz fail, then lets requests
// and jobs under way finish.
package service
