package graphtest

import (
	"fmt"
	"testing"
)

// Behaviour is one line of the specification and the test that holds a Graph to it.
type Behaviour struct {
	Number int
	// Says is the behaviour in a sentence; with the number it names the subtest.
	Says string
	// Live is set when a real tenant can be asked: no fault and no clock is needed.
	Live bool
	Test func(t *testing.T, w *World)
}

// Name is the subtest's.
func (b Behaviour) Name() string { return fmt.Sprintf("%02d %s", b.Number, b.Says) }

// Behaviours lists all, by number. Some numbers have several tests.
func Behaviours() []Behaviour {
	var all []Behaviour
	for _, part := range [][]Behaviour{transport(), writes(), reads(), series(), feed(), feedFaults(), subscribing(), notices(), throttling(), control()} {
		all = append(all, part...)
	}
	return all
}

// Target makes the world of one test: a fresh simulator, or a real tenant.
type Target func(t *testing.T) *World

// Run holds target to each behaviour that it can be asked about.
func Run(t *testing.T, target Target) {
	for _, b := range Behaviours() {
		t.Run(b.Name(), func(t *testing.T) {
			t.Parallel()
			w := target(t)
			if w.Sim == nil && !b.Live {
				return
			}
			b.Test(t, w)
		})
	}
}
