// Package plannertest holds a planner in memory: the rules of package plannerdb without a database, written as
// plainly as they can be told. It is the model that random histories of the real store are compared with, and a
// stand-in for tests that need a planner that behaves. It never ends up in the product.
package plannertest
