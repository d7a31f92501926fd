package dfdgdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
)

// InboxEntry is a message's row, for pages. It holds nothing of the message but ids and times.
type InboxEntry struct {
	Message              uuid.UUID
	JobCenter            planner.JobCenterCode
	Transport, Service   string
	Booking              *uuid.UUID
	QueuedAt, ReceivedAt time.Time
	State, Reason        string
	Times                int
}

// InboxForPerson lists the messages that wait for a person, oldest first.
func (s *Store) InboxForPerson(ctx context.Context, most int) ([]InboxEntry, error) {
	rows, err := s.read().InboxForPerson(ctx, int32(most))
	if err != nil {
		return nil, fmt.Errorf("read messages that wait: %w", err)
	}
	out := make([]InboxEntry, len(rows))
	for i, r := range rows {
		out[i] = entryOf(r)
	}
	return out, nil
}

// InboxOfBooking lists the messages about a booking, in DFDG's order.
func (s *Store) InboxOfBooking(ctx context.Context, booking uuid.UUID) ([]InboxEntry, error) {
	rows, err := s.read().InboxOfBooking(ctx, &booking)
	if err != nil {
		return nil, fmt.Errorf("read messages of booking %s: %w", booking, err)
	}
	out := make([]InboxEntry, len(rows))
	for i, r := range rows {
		out[i] = entryOf(dbsqlc.InboxForPersonRow(r))
	}
	return out, nil
}

func entryOf(r dbsqlc.InboxForPersonRow) InboxEntry {
	return InboxEntry{
		Message: r.MessageID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Transport: r.Transport, Service: r.Service, Booking: r.BookingID,
		QueuedAt: r.QueuedAt.UTC(), ReceivedAt: r.ReceivedAt.UTC(), State: r.State, Reason: r.Reason, Times: int(r.Times),
	}
}

// MessageText gives a waiting message whole to a person who may see it: it holds a CPR number. It is given only
// together with its row in the audit trail. who is "admin:<name>", as everywhere below. ErrNotWaiting.
func (s *Store) MessageText(ctx context.Context, message uuid.UUID, who string) ([]byte, error) {
	sealed, found, err := one(s.read().ReadInbox(ctx, dbsqlc.ReadInboxParams{MessageID: message, At: s.now(), Actor: who}))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read message %s: %w", message, err)
	case !found:
		return nil, fmt.Errorf("read message %s: %w", message, ErrNotWaiting)
	}
	body, err := s.o.Vault.Open(sealed)
	if err != nil {
		return nil, fmt.Errorf("read message %s: %w", message, err)
	}
	return body, nil
}

// SettleMessage ends the wait of a message that a person has dealt with, and forgets its text. ErrNotWaiting.
func (s *Store) SettleMessage(ctx context.Context, message uuid.UUID, who string) error {
	n, err := s.read().SettleInbox(ctx, dbsqlc.SettleInboxParams{MessageID: message, At: s.now(), Actor: who})
	return waiting(n, err, "settle message "+message.String())
}

// AuditRetry notes who has a waiting message taken up again, right before that is done (dfdgqueue's Intake.Retry). ErrNotWaiting.
func (s *Store) AuditRetry(ctx context.Context, message uuid.UUID, who string) error {
	n, err := s.read().AuditRetriedInbox(ctx, dbsqlc.AuditRetriedInboxParams{MessageID: message, At: s.now(), Actor: who})
	return waiting(n, err, "retry message "+message.String())
}

// Attendance tells what the citizen has said of a booking: "confirmed", "excused", or "" for nothing.
func (s *Store) Attendance(ctx context.Context, booking uuid.UUID) (said string, at time.Time, err error) {
	row, found, err := one(s.read().AttendanceOfBooking(ctx, booking))
	if err != nil || !found {
		return "", time.Time{}, err
	}
	return deref(row.Attendance), deref(row.AttendanceAt).UTC(), nil
}

// PollerEntry is a job centre's polling, for pages.
type PollerEntry struct {
	JobCenter   planner.JobCenterCode
	Transfer    string
	LeasedUntil *time.Time
	NextPollAt  time.Time
	PolledAt    *time.Time
	Failures    int
	LastError   string
	LastErrorAt *time.Time
}

// PollerEntries lists the polling of all job centres.
func (s *Store) PollerEntries(ctx context.Context) ([]PollerEntry, error) {
	rows, err := s.read().PollerRows(ctx)
	if err != nil {
		return nil, fmt.Errorf("read pollers: %w", err)
	}
	out := make([]PollerEntry, len(rows))
	for i, r := range rows {
		out[i] = PollerEntry{
			JobCenter: planner.JobCenterCode(r.JobCenterCode), Transfer: deref(r.Transfer), LeasedUntil: r.LeasedUntil, NextPollAt: r.NextPollAt.UTC(),
			PolledAt: r.PolledAt, Failures: int(r.Failures), LastError: deref(r.LastError), LastErrorAt: r.LastErrorAt,
		}
	}
	return out, nil
}

// ReportEntry is a report's row, for pages.
type ReportEntry struct {
	ID                int64
	Booking           uuid.UUID
	JobCenter         planner.JobCenterCode
	Change            string
	Start, OccurredAt time.Time
	Attempts          int
	NextTryAt         *time.Time // of one that waits
	ErrorCode         int
	Error             string // Danish: what is wrong and what to do
	ErrorAt           *time.Time
}

// RefusedReports lists what DFDG refuses, oldest first.
func (s *Store) RefusedReports(ctx context.Context, most int) ([]ReportEntry, error) {
	rows, err := s.read().RefusedReports(ctx, int32(most))
	if err != nil {
		return nil, fmt.Errorf("read refused reports: %w", err)
	}
	out := make([]ReportEntry, len(rows))
	for i, r := range rows {
		out[i] = ReportEntry{
			ID: r.ID, Booking: r.BookingID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Change: r.Change, Start: r.StartsAt.UTC(),
			OccurredAt: r.OccurredAt.UTC(), Attempts: int(r.Attempts), ErrorCode: int(deref(r.ErrorCode)), Error: deref(r.Error), ErrorAt: r.ErrorAt,
		}
	}
	return out, nil
}

// PendingReports lists what is yet to be sent, oldest first.
func (s *Store) PendingReports(ctx context.Context, most int) ([]ReportEntry, error) {
	rows, err := s.read().PendingReports(ctx, int32(most))
	if err != nil {
		return nil, fmt.Errorf("read pending reports: %w", err)
	}
	out := make([]ReportEntry, len(rows))
	for i, r := range rows {
		next := r.NextTryAt.UTC()
		out[i] = ReportEntry{
			ID: r.ID, Booking: r.BookingID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Change: r.Change, Start: r.StartsAt.UTC(),
			OccurredAt: r.OccurredAt.UTC(), Attempts: int(r.Attempts), NextTryAt: &next, ErrorCode: int(deref(r.ErrorCode)), Error: deref(r.Error), ErrorAt: r.ErrorAt,
		}
	}
	return out, nil
}

// RetryReport sends a refused report again, after a person has mended what was wrong. ErrNotWaiting.
func (s *Store) RetryReport(ctx context.Context, id int64, who string) error {
	n, err := s.read().RetryReport(ctx, dbsqlc.RetryReportParams{ID: id, At: s.now(), Actor: who})
	return waiting(n, err, fmt.Sprintf("send report %d again", id))
}

// SettleReport ends the wait of a refused report that a person has dealt with otherwise. ErrNotWaiting.
func (s *Store) SettleReport(ctx context.Context, id int64, who string) error {
	n, err := s.read().SettleReport(ctx, dbsqlc.SettleReportParams{ID: id, At: s.now(), Actor: who})
	return waiting(n, err, fmt.Sprintf("settle report %d", id))
}

func waiting(n int64, err error, doing string) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	case n == 0:
		return fmt.Errorf("%s: %w", doing, ErrNotWaiting)
	}
	return nil
}
