package recorddb

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/recorddb/dbsqlc"
)

// Export is what is written down of a citizen's meetings.
type Export struct {
	At       time.Time       `json:"exportedAt"`
	By       string          `json:"exportedBy"`
	Head     string          `json:"head"` // of the chain, when there is one
	Bookings []ExportBooking `json:"bookings"`
	Entries  []ExportEntry   `json:"entries"`
}

// ExportBooking is a meeting as it stands.
type ExportBooking struct {
	ID          uuid.UUID `json:"id"`
	JobCenter   string    `json:"jobCenter"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
	CaseWorker  string    `json:"caseWorker"` // CaseWorkerIdentifier
	ContactType int       `json:"contactType"`
	Title       string    `json:"title"`
	Origin      string    `json:"origin"`
	Status      string    `json:"status"`
	Revision    int       `json:"revision"`
	Made        time.Time `json:"made"`
	Changed     time.Time `json:"changed"`
}

// ExportEntry is a row of the audit trail. Seq, Content and Hash are of its link; zero when it is not in the chain yet.
type ExportEntry struct {
	ID         int64           `json:"id"`
	At         time.Time       `json:"at"`
	Actor      string          `json:"who"`
	OnBehalfOf string          `json:"onBehalfOf,omitempty"`
	CameFrom   string          `json:"fromWhere,omitempty"`
	Action     string          `json:"action"`
	Reason     string          `json:"why,omitempty"`
	JobCenter  string          `json:"jobCenter,omitempty"`
	CaseWorker string          `json:"caseWorker,omitempty"` // CaseWorkerIdentifier
	Booking    *uuid.UUID      `json:"booking,omitempty"`
	Before     json.RawMessage `json:"before,omitempty"`
	After      json.RawMessage `json:"after,omitempty"`
	Seq        int64           `json:"link,omitempty"`
	Content    string          `json:"contentSHA256,omitempty"`
	Hash       string          `json:"linkSHA256,omitempty"`
}

// Export reads everything about a citizen's meetings from one snapshot, as far as they are of job centres that by acts for. That they have
// read it is written into the audit trail first, and is the last entry of the export.
func (s *Store) Export(ctx context.Context, citizen planner.CPR, by planner.Staff) (Export, error) {
	hash := s.o.Hasher.Hash(citizen)
	out := Export{At: s.now(), By: by.Login, Bookings: []ExportBooking{}, Entries: []ExportEntry{}}
	err := dbsqlc.New(s.pool).Audit(ctx, dbsqlc.AuditParams{At: out.At, Actor: by.Actor(), CameFrom: by.From, Action: "audit-export", CitizenHash: hash})
	if err != nil {
		return Export{}, fmt.Errorf("write into the audit trail who reads it: %w", err)
	}
	if _, err := s.Link(ctx); err != nil {
		return Export{}, err
	}
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		bookings, err := q.BookingsOfCitizen(ctx, hash)
		if err != nil {
			return err
		}
		entries, err := q.EntriesOfCitizen(ctx, hash)
		if err != nil {
			return err
		}
		heads, err := q.Head(ctx)
		if err != nil {
			return err
		}
		for _, h := range heads {
			out.Head = Head{h.Seq, [32]byte(h.Hash)}.String()
		}
		theirs := map[uuid.UUID]bool{}
		for _, b := range bookings {
			if !by.ActsFor(planner.JobCenterCode(b.JobCenterCode)) {
				continue
			}
			theirs[b.ID] = true
			out.Bookings = append(out.Bookings, ExportBooking{
				b.ID, b.JobCenterCode, b.StartsAt.UTC(), b.EndsAt.UTC(), b.CaseWorkerIdentifier, int(b.ContactType), b.Title, b.Origin, b.Status, int(b.Revision), b.CreatedAt.UTC(), b.UpdatedAt.UTC(),
			})
		}
		for _, r := range entries {
			e := exported(r)
			if e.JobCenter != "" && by.ActsFor(planner.JobCenterCode(e.JobCenter)) || e.JobCenter == "" && (e.Booking == nil || theirs[*e.Booking]) {
				out.Entries = append(out.Entries, e)
			}
		}
		return nil
	})
	if err != nil {
		return Export{}, fmt.Errorf("read what is written of a citizen: %w", err)
	}
	return out, nil
}

func exported(r dbsqlc.EntriesOfCitizenRow) ExportEntry {
	t := r.AuditTold
	e := ExportEntry{
		ID: t.ID, At: t.At.UTC(), Actor: t.Actor, OnBehalfOf: t.OnBehalfOf, CameFrom: t.CameFrom, Action: t.Action, Reason: t.Reason,
		JobCenter: textOf(t.JobCenterCode), CaseWorker: r.CaseWorkerIdentifier, Booking: t.BookingID,
		Content: hex.EncodeToString(r.Content), Hash: hex.EncodeToString(r.Hash),
	}
	if t.BeforeText != "" {
		e.Before = json.RawMessage(t.BeforeText)
	}
	if t.AfterText != "" {
		e.After = json.RawMessage(t.AfterText)
	}
	if r.Seq != nil {
		e.Seq = *r.Seq
	}
	return e
}

// WriteJSON writes all of it.
func (e Export) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

// WriteCSV writes the entries, a row each, instants in UTC.
func (e Export) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "at", "who", "onBehalfOf", "fromWhere", "action", "why", "jobCenter", "caseWorker", "booking", "before", "after", "link", "contentSHA256", "linkSHA256"})
	for _, r := range e.Entries {
		booking := ""
		if r.Booking != nil {
			booking = r.Booking.String()
		}
		_ = out.Write([]string{
			strconv.FormatInt(r.ID, 10), r.At.Format(time.RFC3339Nano), r.Actor, r.OnBehalfOf, r.CameFrom, r.Action, r.Reason, r.JobCenter, r.CaseWorker, booking,
			string(r.Before), string(r.After), strconv.FormatInt(r.Seq, 10), r.Content, r.Hash,
		})
	}
	out.Flush()
	return out.Error() // of any of the writes
}
