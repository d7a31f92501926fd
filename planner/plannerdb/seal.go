package plannerdb

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"kommunalplanner.example/planner"
)

// Sealer encrypts CPR numbers to be read back (AES-256-GCM) and hashes them to be found by
// (HMAC-SHA-256; a plain hash of ten digits could be undone by trying them all). It may be used
// by several goroutines.
type Sealer struct {
	keys    map[byte]cipher.AEAD
	current byte
	hashKey []byte
}

// NewSealer takes the encryption keys by number, 32 bytes each, which of them seals from now on,
// and the hash key, at least 32 bytes. An old key stays in the map until all that it sealed has been
// sealed anew. The hash key can never be changed, since rows are found by it.
func NewSealer(keys map[byte][]byte, current byte, hashKey []byte) (*Sealer, error) {
	s := &Sealer{keys: map[byte]cipher.AEAD{}, current: current, hashKey: append([]byte(nil), hashKey...)}
	if len(hashKey) < 32 {
		return nil, fmt.Errorf("the key for hashing CPR numbers has %d bytes, needs at least 32", len(hashKey))
	}
	for number, key := range keys {
		if len(key) != 32 {
			return nil, fmt.Errorf("key %d for sealing CPR numbers has %d bytes, needs 32", number, len(key))
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %d for sealing CPR numbers: %w", number, err)
		}
		if s.keys[number], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("key %d for sealing CPR numbers: %w", number, err)
		}
	}
	if s.keys[current] == nil {
		return nil, fmt.Errorf("key %d, which is to seal CPR numbers, is not among the keys", current)
	}
	return s, nil
}

// Seal encrypts: key number, nonce, ciphertext with tag. No two results are alike.
func (s *Sealer) Seal(cpr planner.CPR) []byte {
	aead := s.keys[s.current]
	sealed := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+10+aead.Overhead())
	sealed[0] = s.current
	_, _ = rand.Read(sealed[1:]) // never fails: crypto/rand ends the program instead
	return aead.Seal(sealed, sealed[1:], []byte(cpr.Reveal()), sealed[:1])
}

// ErrUnsealable says that a sealed CPR number cannot be read: unknown key, or bytes that this
// program has not sealed.
var ErrUnsealable = errors.New("sealed CPR number cannot be read")

// Open reads what Seal made, with whichever key made it.
func (s *Sealer) Open(sealed []byte) (planner.CPR, error) {
	if len(sealed) == 0 {
		return planner.CPR{}, ErrUnsealable
	}
	aead := s.keys[sealed[0]]
	if aead == nil || len(sealed) < 1+aead.NonceSize() {
		return planner.CPR{}, ErrUnsealable
	}
	nonce, text := sealed[1:1+aead.NonceSize()], sealed[1+aead.NonceSize():]
	digits, err := aead.Open(nil, nonce, text, sealed[:1])
	if err != nil {
		return planner.CPR{}, ErrUnsealable
	}
	cpr, err := planner.ParseCPR(string(digits))
	if err != nil {
		return planner.CPR{}, ErrUnsealable
	}
	return cpr, nil
}

// Current is the number of the key that seals from now on.
func (s *Sealer) Current() byte { return s.current }

// Reseal seals with the current key what another sealed.
func (s *Sealer) Reseal(sealed []byte) ([]byte, error) {
	cpr, err := s.Open(sealed)
	if err != nil {
		return nil, err
	}
	return s.Seal(cpr), nil
}

// Hash gives the 32 bytes by which rows of this number are found.
func (s *Sealer) Hash(cpr planner.CPR) []byte {
	mac := hmac.New(sha256.New, s.hashKey)
	mac.Write([]byte(cpr.Reveal()))
	return mac.Sum(nil)
}
