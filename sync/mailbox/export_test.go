package mailbox

import "slices"

// Waits tells whether somebody waits for the user's turn.
func (l *Limiter) Waits(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.waiting, func(w *waiter) bool { return w.user == user })
}
