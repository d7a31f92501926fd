package graphsim

import (
	"strings"
	"sync"
	"time"
)

// mailbox is one user's store. All of it is guarded by mu; changes are published (notices, copies
// of meetings) only after mu is released, see Server.inMailbox.
type mailbox struct {
	id   string // the user's object id; never changes
	mu   sync.Mutex
	user User
	// epoch counts the moves between databases that replaced all ids.
	epoch int
	tag   uint64

	items     map[uint64]*item
	order     []uint64 // keys by age
	lastKey   uint64
	change    uint64
	seq       int64 // of the last change; begins at 1, for 0 means "from the beginning" in cursors
	calendars []*folder
	main      *folder // calendars[0]; the field never changes, so it may be read without mu
	txns      map[string]txn
	// generation is part of each delta token; raising it expires them all.
	generation int
	expired    Fault // how expired tokens are answered

	mail    []Mail
	pending []func() // to be done once mu is released
}

type folder struct {
	n       int // its place in mailbox.calendars, for ever
	id      string
	name    string
	primary bool
}

// txn remembers a create by its transactionId.
type txn struct {
	key  uint64
	hash [32]byte
}

// item is the history of one event, oldest version first.
type item struct {
	key      uint64
	versions []version
}

type version struct {
	seq int64
	at  time.Time
	ev  *event
}

// keepVersions bounds a history. A feed that lags further behind sees the oldest one kept.
const keepVersions = 24

func (it *item) now() *event { return it.versions[len(it.versions)-1].ev }

// asOf returns the version that was current at seq, nil when the item was not there yet.
func (it *item) asOf(seq int64) *event {
	for i := len(it.versions) - 1; i >= 0; i-- {
		if it.versions[i].seq <= seq {
			return it.versions[i].ev
		}
	}
	if len(it.versions) == keepVersions {
		return it.versions[0].ev
	}
	return nil
}

// changedWithin reports whether a version lies in (from, upto].
func (it *item) changedWithin(from, upto int64) bool {
	for i := len(it.versions) - 1; i >= 0; i-- {
		if s := it.versions[i].seq; s <= from {
			return false
		} else if s <= upto {
			return true
		}
	}
	return false
}

func newMailbox(seed uint64, u User) *mailbox {
	m := &mailbox{id: u.ObjectID, user: u, items: map[uint64]*item{}, txns: map[string]txn{}, seq: 1}
	m.retag(seed)
	m.main = &folder{id: m.folderID(0), name: "Kalender", primary: true}
	m.calendars = []*folder{m.main}
	return m
}

func (m *mailbox) retag(seed uint64) {
	m.tag = hash64("mailbox", u64(seed), m.id, u64(uint64(m.epoch)))
}

func (m *mailbox) folderID(n int) string {
	return classicID(m.tag, itemRef{key: 1<<63 | uint64(n), day: noDay})
}

func (m *mailbox) addFolder(name string) *folder {
	n := len(m.calendars)
	f := &folder{n: n, id: m.folderID(n), name: name}
	m.calendars = append(m.calendars, f)
	return f
}

func (m *mailbox) primary() *folder { return m.main }

func (m *mailbox) folder(id string) *folder {
	for _, f := range m.calendars {
		if f.id == id {
			return f
		}
	}
	return nil
}

func (m *mailbox) owner() person {
	return person{name: m.user.DisplayName, address: m.user.UPN}
}

func (m *mailbox) isOwner(address string) bool {
	return strings.EqualFold(address, m.user.UPN)
}

// commit makes ev the current version. It keeps modified where touch is false.
func (m *mailbox) commit(now time.Time, ev *event) {
	it := m.items[ev.key]
	if it == nil {
		it = &item{key: ev.key}
		m.items[ev.key] = it
		m.order = append(m.order, ev.key)
	}
	m.change++
	m.seq++
	ev.change, ev.modified = m.change, now
	it.versions = append(it.versions, version{seq: m.seq, at: now, ev: ev})
	if extra := len(it.versions) - keepVersions; extra > 0 {
		it.versions = append([]version(nil), it.versions[extra:]...)
	}
}

func (m *mailbox) newKey() uint64 {
	m.lastKey++
	return m.lastKey
}

// find resolves an id to the item and, for an occurrence, its day. Items in Deleted Items are not
// found, as in the calendar routes of Graph.
func (m *mailbox) find(id string) (*item, itemRef, *apiError) {
	ref, ok := parseItemID(m.tag, id)
	if !ok {
		return nil, ref, errMalformedID()
	}
	it := m.items[ref.key]
	if it == nil || it.now().state != live || ref.classic && ref.folder != it.now().folder {
		return nil, ref, errItemNotFound()
	}
	return it, ref, nil
}

// findInstance resolves an id to what it shows now.
func (m *mailbox) findInstance(id string) (*item, instance, *apiError) {
	it, ref, err := m.find(id)
	if err != nil {
		return nil, instance{}, err
	}
	if ref.day == noDay {
		return it, it.now().itself(), nil
	}
	i, ok := it.now().occurrence(ref.day)
	if !ok {
		return nil, instance{}, errItemNotFound()
	}
	return it, i, nil
}

// visibleSeq is how far a feed that lags by lag can see.
func (m *mailbox) visibleSeq(now time.Time, lag time.Duration) int64 {
	if lag <= 0 {
		return m.seq
	}
	var hidden int64
	first := m.seq + 1
	for _, it := range m.items {
		for i := len(it.versions) - 1; i >= 0 && it.versions[i].at.After(now.Add(-lag)); i-- {
			hidden++
			first = min(first, it.versions[i].seq)
		}
	}
	if hidden == 0 {
		return m.seq
	}
	return first - 1
}
