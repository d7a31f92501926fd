package dfdgdb

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Vault encrypts whole messages (AES-256-GCM). It may be used by several goroutines.
type Vault struct {
	keys    map[byte]cipher.AEAD
	current byte
}

// purpose keeps the derived keys apart from those that seal CPR numbers.
const purpose = "kommunal planner: messages from DFDG"

// NewVault takes the same keys as plannerdb.NewSealer and derives its own from them, so that there is one set to keep.
func NewVault(keys map[byte][]byte, current byte) (*Vault, error) {
	v := &Vault{keys: map[byte]cipher.AEAD{}, current: current}
	for number, key := range keys {
		if len(key) != 32 {
			return nil, fmt.Errorf("key %d for sealing messages has %d bytes, needs 32", number, len(key))
		}
		derived, err := hkdf.Key(sha256.New, key, nil, purpose, 32)
		if err != nil {
			return nil, fmt.Errorf("key %d for sealing messages: %w", number, err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("key %d for sealing messages: %w", number, err)
		}
		if v.keys[number], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("key %d for sealing messages: %w", number, err)
		}
	}
	if v.keys[current] == nil {
		return nil, fmt.Errorf("key %d, which is to seal messages, is not among the keys", current)
	}
	return v, nil
}

// Seal encrypts: key number, nonce, ciphertext with tag.
func (v *Vault) Seal(text []byte) []byte {
	aead := v.keys[v.current]
	sealed := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(text)+aead.Overhead())
	sealed[0] = v.current
	_, _ = rand.Read(sealed[1:]) // never fails: crypto/rand ends the program instead
	return aead.Seal(sealed, sealed[1:], text, sealed[:1])
}

// ErrUnsealable says that a sealed message cannot be read: unknown key, or bytes that this program has not sealed.
var ErrUnsealable = errors.New("sealed message cannot be read")

// Open reads what Seal made, with whichever key made it.
func (v *Vault) Open(sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, ErrUnsealable
	}
	aead := v.keys[sealed[0]]
	if aead == nil || len(sealed) < 1+aead.NonceSize() {
		return nil, ErrUnsealable
	}
	text, err := aead.Open(nil, sealed[1:1+aead.NonceSize()], sealed[1+aead.NonceSize():], sealed[:1])
	if err != nil {
		return nil, ErrUnsealable
	}
	return text, nil
}

// Current is the number of the key that seals from now on.
func (v *Vault) Current() byte { return v.current }

// Reseal seals with the current key what another sealed.
func (v *Vault) Reseal(sealed []byte) ([]byte, error) {
	text, err := v.Open(sealed)
	if err != nil {
		return nil, err
	}
	return v.Seal(text), nil
}
