package wire

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatAnswersAreFullOfIsWrittenAsTheLibraryWould(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(rt, "seconds"), rapid.SampledFrom([]int64{0, 0, 123000000}).Draw(rt, "nanoseconds"))
		want := at.In(copenhagen)
		if _, offset := want.Zone(); offset%60 != 0 {
			want = at.UTC()
		}
		if got := At(at).String(); got != want.Format("2006-01-02T15:04:05.999999999-07:00") {
			rt.Fatalf("%s, want %s", got, want.Format(time.RFC3339Nano))
		}
	})
}
