package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Fingerprint tells two versions of our event apart by the fields that we own, and by nothing
// else: Exchange rotates etags by itself, rewrites bodies and fills in locations, so equal
// fingerprints mean "nobody changed anything of ours". Instants count in whole minutes, which is
// how Exchange keys calendar items; their zone does not count.
//
// The value is stored as the base of every comparison. Another recipe makes every event in every
// mailbox look edited, so it may only change together with a migration of the stored ones.
func (o Owned) Fingerprint() string {
	b := make([]byte, 0, 64+len(o.Subject))
	b = strconv.AppendInt(b, minutes(o.Start.Unix()), 10)
	b = append(b, '|')
	b = strconv.AppendInt(b, minutes(o.End.Unix()), 10)
	b = append(b, '|')
	b = strconv.AppendQuote(b, string(o.ShowAs))
	b = append(b, '|')
	b = append(b, o.Subject...)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// minutes rounds down, before 1970 too.
func minutes(seconds int64) int64 {
	if seconds < 0 {
		return (seconds - 59) / 60
	}
	return seconds / 60
}
