package plannerdb_test

import (
	"bytes"
	"errors"
	"testing"

	"kommunalplanner.example/planner/plannerdb"
)

func TestASealedNumberIsReadWithTheKeyThatSealedIt(t *testing.T) {
	first, second, hashKey := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)
	make := func(keys map[byte][]byte, current byte) *plannerdb.Sealer {
		t.Helper()
		s, err := plannerdb.NewSealer(keys, current, hashKey)
		must(t, err)
		return s
	}
	old := make(map[byte][]byte{1: first}, 1)
	rotated := make(map[byte][]byte{1: first, 2: second}, 2)
	cpr := citizen(t, 1)
	sealed := old.Seal(cpr)
	if bytes.Equal(sealed, old.Seal(cpr)) {
		t.Error("two seals of one number are alike")
	}
	if got, err := rotated.Open(sealed); err != nil || got != cpr {
		t.Errorf("after rotation: %v, %v", got, err)
	}
	if _, err := old.Open(rotated.Seal(cpr)); !errors.Is(err, plannerdb.ErrUnsealable) {
		t.Errorf("without the new key: %v", err)
	}
	if !bytes.Equal(old.Hash(cpr), rotated.Hash(cpr)) || bytes.Equal(old.Hash(cpr), old.Hash(citizen(t, 2))) {
		t.Error("the hash must stay the same over rotation, and differ between numbers")
	}
	renumbered := append([]byte{2}, rotated.Seal(cpr)[1:]...)
	renumbered[0] = 1
	if _, err := rotated.Open(renumbered); !errors.Is(err, plannerdb.ErrUnsealable) {
		t.Errorf("with the other key's number: %v", err)
	}
}

func TestWrongKeysAreRefused(t *testing.T) {
	good := bytes.Repeat([]byte{1}, 32)
	for name, tt := range map[string]struct {
		keys    map[byte][]byte
		current byte
		hashKey []byte
	}{
		"short key":      {map[byte][]byte{1: good[:31]}, 1, good},
		"short hash key": {map[byte][]byte{1: good}, 1, good[:31]},
		"no such key":    {map[byte][]byte{1: good}, 2, good},
		"no keys":        {nil, 0, good},
	} {
		if _, err := plannerdb.NewSealer(tt.keys, tt.current, tt.hashKey); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzOpenSealed(f *testing.F) {
	s := sealer(f)
	real := s.Seal(citizen(f, 1))
	f.Add(real)
	f.Add(real[:12])
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		cpr, err := s.Open(b)
		if err == nil && (!bytes.Equal(b, real) || cpr != citizen(t, 1)) {
			t.Errorf("bytes that were never sealed were read as a number")
		}
		if err != nil && !errors.Is(err, plannerdb.ErrUnsealable) {
			t.Errorf("err = %v", err)
		}
	})
}
