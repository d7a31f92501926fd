package externalbooking

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
)

// keeper is a planner that gives each answer as one that others get too.
type keeper struct {
	fake
	kept map[string]*kept // by what was asked
}

type kept struct {
	once  sync.Once
	made  any
	size  int
	calls int
}

func (k *kept) Once(make func() (any, int)) any {
	k.calls++
	k.once.Do(func() { k.made, k.size = make() })
	return k.made
}

func (k *keeper) Timeslots(ctx context.Context, q planner.TimeslotQuery) (planner.Timeslots, error) {
	found, err := k.fake.Timeslots(ctx, q)
	asked := k.asked[len(k.asked)-1]
	if k.kept[asked] == nil {
		k.kept[asked] = new(kept)
	}
	found.Kept = k.kept[asked]
	return found, err
}

func TestAnAnswerThatOthersGetTooIsTheSameInEitherVersionOfSOAP(t *testing.T) {
	compared := 0
	for _, check := range []bool{false, true} {
		k := &keeper{kept: map[string]*kept{}}
		var seen, want soap.Call
		shared := New(k, soap.Config{CheckAnswers: check, HashAnswers: true, Observe: func(c soap.Call) { seen = c }})
		plain := New(new(fake), soap.Config{CheckAnswers: check, HashAnswers: true, Observe: func(c soap.Call) { want = c }})
		for _, file := range goldenRequests(t) {
			if !strings.Contains(file, "GetSelfbookTimeslots") {
				continue
			}
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			const from, to = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
			other := strings.ReplaceAll(string(body), from, to)
			if other == string(body) {
				other = strings.ReplaceAll(other, to, from)
			}
			for _, message := range []string{string(body), other, string(body)} {
				got, expected := call(shared, []byte(message)), call(plain, []byte(message))
				if got.Body.String() != expected.Body.String() || got.Code != expected.Code {
					t.Errorf("%s:\n%s\nwant\n%s", file, got.Body, expected.Body)
				}
				if seen.Offered != want.Offered || len(seen.Days) != len(want.Days) || string(seen.OfferHash) != string(want.OfferHash) || seen.AnswerBytes != want.AnswerBytes {
					t.Errorf("%s: told as %d times on %d days, %d bytes; want %d, %d, %d", file, seen.Offered, len(seen.Days), seen.AnswerBytes, want.Offered, len(want.Days), want.AnswerBytes)
				}
			}
		}
		for asked, one := range k.kept {
			if one.calls == 0 {
				continue // refused
			}
			compared++
			if one.calls < 3 || one.size < one.made.(*told).answer.Size() {
				t.Errorf("%s: used %d times, %d bytes", asked, one.calls, one.size)
			}
		}
	}
	if compared < 4 {
		t.Errorf("%d answers were compared", compared)
	}
}
