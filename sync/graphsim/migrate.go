package graphsim

import (
	"fmt"
	"slices"
)

// Migration is what becomes of a mailbox that comes out of a move between tenants or databases, or out of a backup.
type Migration struct {
	// Lose are events that do not come along, Copy such as come twice; ids of before, in either form.
	Lose []string `json:"lose,omitempty"`
	Copy []string `json:"copy,omitempty"`
}

// Migrate moves a mailbox: from now on every id is another, links of the change feed are answered 410, transactionIds are
// forgotten, and the user's subscriptions are gone without a word. What the events hold is the same, extended properties
// among it. It tells nobody.
func (s *Server) Migrate(user string, how Migration) error {
	o, err := s.Outlook(user)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	m := o.m
	s.subs.drop(m)
	m.mu.Lock()
	defer m.mu.Unlock()
	var lose, twice []uint64
	for _, part := range []struct {
		ids []string
		to  *[]uint64
	}{{how.Lose, &lose}, {how.Copy, &twice}} {
		for _, id := range part.ids {
			it, ref, fail := m.find(id)
			if fail != nil || ref.day != noDay {
				return fmt.Errorf("migrate: no event %q of its own", id)
			}
			*part.to = append(*part.to, it.key)
		}
	}
	now := s.now()
	for _, key := range lose {
		delete(m.items, key)
		m.order = slices.DeleteFunc(m.order, func(k uint64) bool { return k == key })
	}
	for _, key := range twice {
		if it := m.items[key]; it != nil {
			ev := it.now().clone()
			ev.key, ev.folder, ev.uid = m.newKey(), 0, s.newUID()
			m.commit(now, ev)
		}
	}
	m.replaceIDs(s.cfg.Seed)
	m.expired = Fault{}
	return nil
}

// replaceIDs makes every id another, as in a new database, which has no memory of links and creations.
func (m *mailbox) replaceIDs(seed uint64) {
	m.epoch++
	m.generation++
	m.retag(seed)
	m.txns = map[string]txn{}
	for n, f := range m.calendars {
		f.id = m.folderID(n)
	}
}
