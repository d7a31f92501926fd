// Package migrations holds the schema and how it gets there.
package migrations
