// Package pglaunch gives the product a database.
package pglaunch
