package adminui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
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
	key            []byte
	user, password [sha256.Size]byte
	name           string

	mu      sync.Mutex
	revoked map[string]time.Time // nonce → end of life
}

func newSessions(key []byte, user, password string) *sessions {
	s := &sessions{user: sha256.Sum256([]byte(user)), password: sha256.Sum256([]byte(password)), name: user, revoked: map[string]time.Time{}}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("planner admin session 1"))
	mac.Write(s.user[:]) // fixed lengths: no two pairs of user and password read alike
	mac.Write(s.password[:])
	s.key = mac.Sum(nil)
	return s
}

// admits tells whether these are the credentials; how long it takes says nothing about how near they are.
func (s *sessions) admits(user, password string) bool {
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(u[:], s.user[:])&subtle.ConstantTimeCompare(p[:], s.password[:]) == 1
}

// signed is the cookie that says payload.
func (s *sessions) signed(payload string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(payload))
	return coding.EncodeToString([]byte(payload)) + "." + coding.EncodeToString(mac.Sum(nil))
}

var coding = base64.RawURLEncoding.Strict()

// issue makes the value of a cookie that is good until now + sessionLife.
func (s *sessions) issue(now time.Time) string {
	return s.signed(strconv.FormatInt(now.Add(sessionLife).Unix(), 10) + "|" + rand.Text())
}

// read tells whether the cookie is ours and still good, and gives what revoke needs.
func (s *sessions) read(value string, now time.Time) (nonce string, ends time.Time, ok bool) {
	coded, _, _ := strings.Cut(value, ".")
	payload, err := coding.DecodeString(coded)
	// The whole value is compared, because the decoder passes over line breaks: one session, one value.
	if err != nil || !hmac.Equal([]byte(value), []byte(s.signed(string(payload)))) {
		return "", time.Time{}, false
	}
	stamp, nonce, _ := strings.Cut(string(payload), "|")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return "", time.Time{}, false
	}
	ends = time.Unix(seconds, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, gone := s.revoked[nonce]
	return nonce, ends, now.Before(ends) && !gone
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
