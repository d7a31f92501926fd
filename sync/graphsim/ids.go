package graphsim

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"strings"
)

// Graph names one item in two ways: the classic id holds the folder and changes when the item
// moves, the immutable id does not. Both carry the mailbox, so an id of somebody else's event is
// "malformed" and not "not found" (behaviours 10, 22).
type itemRef struct {
	key uint64
	day day // of an occurrence; noDay for an item of its own
	// folder is the item's move count, told by classic ids only.
	folder  uint32
	classic bool
}

const noDay day = -1 << 31

// The lengths that clients have come to know: 54 bytes are 72 characters, 113 are 152 with one "=".
const (
	immutableBytes = 54
	classicBytes   = 113
)

var (
	immutableHead = []byte{0x00, 0x09, 0x00, 0x2e, 0, 0, 0, 0, 0, 0x1d, 0x84, 0x03, 0x11, 0xaa, 0x66, 0x11, 0xcd, 0x9b, 0xc8, 0x00, 0xaa, 0x00, 0x2f, 0x84, 0x5a, 0x0d, 0x00}
	classicHead   = []byte{0x00, 0x03, 0x24, 0x00}
)

func immutableID(tag uint64, ref itemRef) string {
	b := make([]byte, 0, immutableBytes)
	b = append(b, immutableHead...)
	b = binary.BigEndian.AppendUint64(b, tag)
	b = append(b, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, ref.key)
	b = binary.BigEndian.AppendUint32(b, uint32(ref.day))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.URLEncoding.EncodeToString(b)
}

func classicID(tag uint64, ref itemRef) string {
	b := make([]byte, 0, classicBytes)
	b = append(b, classicHead...)
	b = append(b, guidFrom(fmt.Sprintf("store %x", tag))...)
	for len(b) < classicBytes-28 {
		b = append(b, immutableHead[len(b)%len(immutableHead)])
	}
	b = binary.BigEndian.AppendUint64(b, tag)
	b = binary.BigEndian.AppendUint64(b, ref.key)
	b = binary.BigEndian.AppendUint32(b, uint32(ref.day))
	b = binary.BigEndian.AppendUint32(b, ref.folder)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.URLEncoding.EncodeToString(b)
}

// parseItemID reads either form; ok is false for what Graph calls malformed. Ids written with the
// other base64 alphabet are taken too, as Exchange does.
func parseItemID(tag uint64, s string) (ref itemRef, ok bool) {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(s)
	b, err := base64.URLEncoding.DecodeString(s)
	if err != nil || len(b) < 4 {
		return ref, false
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return ref, false
	}
	switch {
	case len(b) == immutableBytes && bytes.HasPrefix(b, immutableHead):
		b = b[len(immutableHead):]
		ref.key = binary.BigEndian.Uint64(b[11:])
		ref.day = day(binary.BigEndian.Uint32(b[19:]))
	case len(b) == classicBytes && bytes.HasPrefix(b, classicHead):
		b = b[classicBytes-28:]
		ref.key = binary.BigEndian.Uint64(b[8:])
		ref.day = day(binary.BigEndian.Uint32(b[16:]))
		ref.folder = binary.BigEndian.Uint32(b[20:])
		ref.classic = true
	default:
		return ref, false
	}
	return ref, binary.BigEndian.Uint64(b) == tag
}

// changeKey is 22 bytes, of which the first sixteen name the database. An etag is W/"changeKey".
func changeKey(tag uint64, change uint64) string {
	var b [22]byte
	binary.BigEndian.PutUint64(b[:], tag^0x665956e112005774)
	binary.BigEndian.PutUint64(b[8:], tag*0x9e3779b97f4a7c15)
	b[16], b[17] = byte(change>>40), byte(change>>32)
	binary.BigEndian.PutUint32(b[18:], uint32(change))
	return base64.StdEncoding.EncodeToString(b[:])
}

func etagOf(key string) string { return `W/"` + key + `"` }

// iCalUID is a GlobalObjectID in hexadecimal: the occurrence's date sits in bytes 16 to 19, so each
// occurrence has its own, as Graph gives it.
func iCalUID(uid [16]byte, d day) string {
	b, _ := hex.DecodeString("040000008200E00074C5B7101A82E008")
	if d == noDay {
		b = append(b, 0, 0, 0, 0)
	} else {
		y, m, dd := d.midnight().Date()
		b = append(b, byte(y>>8), byte(y), byte(m), byte(dd))
	}
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0)
	b = append(b, uid[:]...)
	return strings.ToUpper(hex.EncodeToString(b))
}

func hash64(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// guidFrom makes the same GUID from the same text.
func guidFrom(text string) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], hash64("a", text))
	binary.BigEndian.PutUint64(b[8:], hash64("b", text))
	return guidString(b)
}

func guidString(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
