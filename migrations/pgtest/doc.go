// Package pgtest gives tests a real, migrated Postgres.
package pgtest
