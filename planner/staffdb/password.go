package staffdb

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a hash. A stored one says its own, so that these may rise.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// Password lengths, in characters. Length is the only rule: it is what keeps a password from being guessed (NIST SP 800-63B).
const (
	ShortestPassword = 12
	longestPassword  = 200
)

var b64 = base64.RawStdEncoding.Strict()

// hashPassword makes the PHC string of a password.
func hashPassword(password string) string {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, passes, memory, lanes, keyLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// matches tells whether hash is of the password. One that it cannot read is of none.
func matches(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false
	}
	var version int
	var m, t uint32
	var p uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || t < 1 || p < 1 || m > 1<<20 {
		return false
	}
	salt, err := b64.DecodeString(parts[4])
	if err != nil {
		return false
	}
	key, err := b64.DecodeString(parts[5])
	if err != nil || len(key) == 0 {
		return false
	}
	return subtle.ConstantTimeCompare(argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(key))), key) == 1
}

// judging bounds how many passwords are hashed at once.
type judging chan struct{}

func (j judging) do(ctx context.Context, f func()) error {
	select {
	case j <- struct{}{}:
		defer func() { <-j }()
		f()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// GoodPassword tells whether a password is long enough for the account, and not its login.
func GoodPassword(login, password string) bool {
	n := utf8.RuneCountInString(password)
	return n >= ShortestPassword && n <= longestPassword && !strings.EqualFold(login, password)
}
