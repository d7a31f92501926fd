package recorddb

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner/recorddb/dbsqlc"
)

const (
	// atOnce is how many links one transaction adds.
	atOnce = 2000
	// reach is how many numbers behind the newest link is searched for entries that came late. Between the moment when an entry draws
	// its number and that when its transaction gets its own, others would have to write more entries than this; the daily search reaches back to the first.
	reach = 10_000
)

// Head names the last link of the chain. The zero Head is that of an empty one.
type Head struct {
	Seq  int64
	Hash [32]byte
}

// String is how heads are told and read: number and hash.
func (h Head) String() string {
	return strconv.FormatInt(h.Seq, 10) + ":" + hex.EncodeToString(h.Hash[:])
}

// ParseHead reads what String made.
func ParseHead(text string) (Head, error) {
	seq, sum, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	raw, herr := hex.DecodeString(sum)
	if err != nil || herr != nil || n < 1 || len(raw) != 32 {
		return Head{}, fmt.Errorf("%q is no head of the chain: a number, a colon, 64 hexadecimal digits", text)
	}
	return Head{n, [32]byte(raw)}, nil
}

// Link adds to the chain the entries that can be, and once a day tells its head to the log. It does nothing while another
// process is at it. It gives how many links it added.
func (s *Store) Link(ctx context.Context) (added int, err error) {
	for {
		n, err := s.link(ctx)
		added += n
		if err != nil {
			return added, fmt.Errorf("chain the audit trail: %w", err)
		}
		if n < atOnce {
			return added, nil
		}
	}
}

func (s *Store) link(ctx context.Context) (added int, err error) {
	var head Head
	var announce bool
	err = s.tx(ctx, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		due, err := q.LockChain(ctx)
		if err != nil || len(due) == 0 {
			return err // none: another process has it
		}
		now := s.now()
		announce = !due[0].After(now)
		last, err := q.Head(ctx)
		if err != nil {
			return err
		}
		before, from := first, int64(0)
		if len(last) > 0 {
			head, before = Head{last[0].Seq, [32]byte(last[0].Hash)}, last[0].Hash
			if !announce {
				from = last[0].EntryID - reach
			}
		}
		rows, err := q.Unlinked(ctx, dbsqlc.UnlinkedParams{FromID: from, Most: atOnce})
		if err != nil {
			return err
		}
		links := make([]dbsqlc.AddLinksParams, len(rows))
		for i, r := range rows {
			sum := content(r.AuditTold)
			l := dbsqlc.AuditLink{Seq: head.Seq + 1, EntryID: r.AuditTold.ID, At: r.AuditTold.At, Content: sum[:]}
			head = Head{l.Seq, chained(l, before)}
			before = append([]byte(nil), head.Hash[:]...)
			l.Hash = before
			links[i] = dbsqlc.AddLinksParams(l)
		}
		if _, err := q.AddLinks(ctx, links); err != nil {
			return err
		}
		added = len(links)
		announce = announce && added < atOnce && head.Seq > 0 // the day's head is that of all there is
		if !announce {
			return nil
		}
		return q.AnnounceNext(ctx, now.Add(24*time.Hour))
	})
	if err != nil {
		return 0, err
	}
	if announce {
		s.o.Log.InfoContext(ctx, "head of the audit trail", "head", head.String())
	}
	return added, nil
}
