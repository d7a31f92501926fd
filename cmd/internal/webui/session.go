package webui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	cookieName  = "planner_admin"
	sessionLife = 10 * time.Hour // a long working day; logging in again loses nothing, pages hold no drafts
	// mostRevoked bounds the memory of logged-out sessions.
	mostRevoked = 4096
)

// sessions signs and reads session cookies. Safe for concurrent use.
type sessions struct {
	key []byte

	mu      sync.Mutex
	revoked map[string]time.Time // nonce → end of life
}

// session is what a cookie says. Whether login still has that mark is for the caller to ask.
type session struct {
	ends        time.Time
	nonce       string
	mark, login string
}

func newSessions(key []byte) *sessions {
	return &sessions{key: keyed(key, "planner session 2"), revoked: map[string]time.Time{}}
}

// keyed is the authentication code of parts under key; no two lists of parts read alike.
func keyed(key []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		mac.Write(sum[:])
	}
	return mac.Sum(nil)
}

// signed is the cookie that says payload.
func (s *sessions) signed(payload string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(payload))
	return coding.EncodeToString([]byte(payload)) + "." + coding.EncodeToString(mac.Sum(nil))
}

var coding = base64.RawURLEncoding.Strict()

// issue makes the value of a cookie that is good until now + sessionLife.
func (s *sessions) issue(login, mark string, now time.Time) string {
	return s.signed(strconv.FormatInt(now.Add(sessionLife).Unix(), 10) + "|" + rand.Text() + "|" + mark + "|" + login)
}

// read tells whether the cookie is ours and still good.
func (s *sessions) read(value string, now time.Time) (session, bool) {
	coded, _, _ := strings.Cut(value, ".")
	payload, err := coding.DecodeString(coded)
	// The whole value is compared, because the decoder passes over line breaks: one session, one value.
	if err != nil || !hmac.Equal([]byte(value), []byte(s.signed(string(payload)))) {
		return session{}, false
	}
	parts := strings.SplitN(string(payload), "|", 4)
	if len(parts) != 4 {
		return session{}, false
	}
	seconds, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return session{}, false
	}
	told := session{ends: time.Unix(seconds, 0), nonce: parts[1], mark: parts[2], login: parts[3]}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, gone := s.revoked[told.nonce]
	return told, now.Before(told.ends) && !gone
}

// revoke ends a session before its time, in this process.
func (s *sessions) revoke(nonce string, ends, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := ""
	for n, end := range s.revoked {
		if !now.Before(end) {
			delete(s.revoked, n)
		} else if first == "" || end.Before(s.revoked[first]) {
			first = n
		}
	}
	if len(s.revoked) >= mostRevoked {
		delete(s.revoked, first)
	}
	s.revoked[nonce] = ends
}
