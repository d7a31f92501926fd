package reconcile

import (
	"fmt"
	"testing"
)

// BenchmarkMake decides about a mailbox of 10,000 appointments, some forty times a busy one.
func BenchmarkMake(b *testing.B) {
	quiet, changed := Snapshot{Complete: true}, Snapshot{Complete: true}
	for i := range 10_000 {
		it := Item{ID: fmt.Sprintf("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A%036d", i), Owner: Owner(i % 2), Base: "a426e99540397bca", Local: "a426e99540397bca", Remote: "a426e99540397bca"}
		quiet.Items = append(quiet.Items, it)
		it.Remote = "0123456789abcdef"
		changed.Items = append(changed.Items, it)
	}
	for _, c := range []struct {
		name string
		s    Snapshot
	}{{"quiet", quiet}, {"all-changed", changed}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p, err := Make(c.s, DefaultRules()); err != nil || len(p.Decisions) != len(c.s.Items) {
					b.Fatal(len(p.Decisions), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.s.Items)), "ns/item")
		})
	}
}
