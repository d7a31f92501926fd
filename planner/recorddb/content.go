package recorddb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"

	"kommunalplanner.example/planner/recorddb/dbsqlc"
)

// content is SHA-256 of what an entry says: for each value that there is, in this order, name and value, each with its length
// before it, so that no two contents are written alike. A column that is added later changes no older entry's hash.
func content(t dbsqlc.AuditTold) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("kommunal planner audit entry 1"))
	put := func(name, value string) {
		if value == "" {
			return
		}
		sized(h, name)
		sized(h, value)
	}
	put("id", strconv.FormatInt(t.ID, 10))
	put("at", strconv.FormatInt(t.At.UnixMicro(), 10))
	put("actor", t.Actor)
	put("on_behalf_of", t.OnBehalfOf)
	put("came_from", t.CameFrom)
	put("action", t.Action)
	put("job_center_code", textOf(t.JobCenterCode))
	if t.CaseWorkerID != nil {
		put("case_worker_id", t.CaseWorkerID.String())
	}
	if t.BookingID != nil {
		put("booking_id", t.BookingID.String())
	}
	if t.MailboxID != nil {
		put("mailbox_id", strconv.FormatInt(*t.MailboxID, 10))
	}
	put("citizen_hash", hex.EncodeToString(t.CitizenHash))
	put("reason", t.Reason)
	put("before", t.BeforeText)
	put("after", t.AfterText)
	return [sha256.Size]byte(h.Sum(nil))
}

// chained is the hash of a link: over its number, its entry, the entry's instant and content, and the link before.
func chained(l dbsqlc.AuditLink, before []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("kommunal planner audit link 1"))
	for _, n := range []int64{l.Seq, l.EntryID, l.At.UnixMicro()} {
		_ = binary.Write(h, binary.BigEndian, n) // a hash takes everything
	}
	h.Write(l.Content)
	h.Write(before)
	return [sha256.Size]byte(h.Sum(nil))
}

// first stands for the link before the first.
var first = make([]byte, sha256.Size)

func sized(h hash.Hash, s string) {
	_ = binary.Write(h, binary.BigEndian, uint64(len(s)))
	h.Write([]byte(s))
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
