package callers

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// renewAfter is how old a CRL or OCSP answer gets before a newer one is asked for, in the background.
	renewAfter = time.Hour
	// retryAfter is how long a source that failed is left alone. It is tried again in the background only, so that
	// no caller waits for it a second time.
	retryAfter = 30 * time.Second
	// forgetAfter is how long a statement is renewed after it was last wanted.
	forgetAfter = 24 * time.Hour
	// maxStatements bounds the memory that callers of a trusted authority can take.
	maxStatements = 10_000
	// patience is what one load may take, also when nobody waits for it any more.
	patience = 30 * time.Second
)

// statements remembers what authorities said, by a key, for as long as they said it holds. For concurrent use.
type statements[T any] struct {
	now    func() time.Time
	flight singleflight.Group
	mu     sync.Mutex
	slots  map[string]*slot[T]
}

// load fetches a statement and until when it holds; before is the one that is held, nil when none is.
type load[T any] func(ctx context.Context, before *T) (T, time.Time, error)

type slot[T any] struct {
	load  load[T]
	value *T
	until time.Time // value holds no longer
	renew time.Time // ask for a newer one
	retry time.Time // not before this, after a failure
	used  time.Time
	err   error // of the last try
}

// get gives the statement, loading it when none holds and the last try did not fail. Whoever wants the same meanwhile
// waits for the same load. The load goes on when ctx ends.
func (s *statements[T]) get(ctx context.Context, key string, load load[T]) (T, error) {
	value, err, known := s.look(key, load)
	if known {
		return value, err
	}
	select {
	case <-s.start(ctx, key):
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			s.slow(key, ctx.Err())
		}
		return value, ctx.Err()
	}
	if value, err, known = s.look(key, load); !known { // forgotten meanwhile
		err = errNoStatement
	}
	return value, err
}

// slow notes that a load is taking longer than a caller would wait; the load itself says later how it ended.
func (s *statements[T]) slow(key string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.slots[key]; at != nil && at.err == nil {
		at.err = err
	}
}

func (s *statements[T]) start(ctx context.Context, key string) <-chan singleflight.Result {
	return s.flight.DoChan(key, func() (any, error) {
		s.fetch(context.WithoutCancel(ctx), key)
		return nil, nil
	})
}

var errNoStatement = errors.New("nothing that holds could be learnt")

// look tells what is known; known is false when it is to be loaded.
func (s *statements[T]) look(key string, load load[T]) (value T, err error, known bool) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.slots[key]
	if at == nil {
		if s.slots == nil {
			s.slots = map[string]*slot[T]{}
		}
		for old := range s.slots {
			if len(s.slots) < maxStatements {
				break
			}
			delete(s.slots, old)
		}
		at = &slot[T]{load: load}
		s.slots[key] = at
	}
	at.used = now
	switch {
	case at.value != nil && now.Before(at.until):
		return *at.value, nil, true
	case at.err != nil:
		return value, at.err, true
	}
	return value, errNoStatement, false
}

func (s *statements[T]) fetch(ctx context.Context, key string) {
	s.mu.Lock()
	at := s.slots[key]
	if at == nil {
		s.mu.Unlock()
		return
	}
	load, before := at.load, at.value
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	value, until, err := load(ctx, before)
	now := s.now()
	if err == nil && !now.Before(until) {
		err = errNoStatement
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at.err = err
	if err != nil {
		at.retry = now.Add(retryAfter)
		return
	}
	at.value, at.until, at.retry = &value, until, time.Time{}
	at.renew = now.Add(min(renewAfter, until.Sub(now)/2))
}

// refresh renews what is due and forgets what nobody wants. It gives how many could not be renewed.
func (s *statements[T]) refresh(ctx context.Context) (failed int) {
	now := s.now()
	var due []string
	s.mu.Lock()
	for key, at := range s.slots {
		switch {
		case now.Sub(at.used) > forgetAfter:
			delete(s.slots, key)
		case !now.Before(at.renew) && !now.Before(at.retry):
			due = append(due, key)
		}
	}
	s.mu.Unlock()
	for _, key := range due {
		select {
		case <-s.start(ctx, key):
		case <-ctx.Done():
			return failed
		}
		s.mu.Lock()
		if at := s.slots[key]; at != nil && at.err != nil {
			failed++
		}
		s.mu.Unlock()
	}
	return failed
}

// each shows every statement held and its end.
func (s *statements[T]) each(show func(value T, until time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.slots {
		if at.value != nil {
			show(*at.value, at.until)
		}
	}
}
