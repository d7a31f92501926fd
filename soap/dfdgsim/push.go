package dfdgsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire/dfdg"
)

// push is a message on its way to a webhook.
type push struct {
	jobCenter, url string
	message        *queued
	tries          int
	done           bool
}

// Pushed is a webservicebesked: what changed and for whom, without content. Told are entity type, change type, the
// identification by CPR and the external id; the JSON form and its names are proposed.
type Pushed struct {
	MessageID          uuid.UUID `json:"beskedId"`
	EntityType         int       `json:"entitetType"`
	ChangeType         int       `json:"aendringType"` // 1 create, 2 update, 3 delete
	IdentificationType int       `json:"identifikationType"`
	Identification     string    `json:"identifikation"`
	ExternalID         uuid.UUID `json:"eksternId"`
	OrganisationType   int       `json:"organisationType"`
	OrganisationCode   string    `json:"organisationKode"`
}

// Entity types of pushed messages (told).
const (
	EntityIndkaldelse = 90000
	EntityFrist       = 90001
)

// SetWebhook makes the job centre's messages be pushed to url instead of queued; "" goes back to the queue.
func (s *Server) SetWebhook(jobCenter, url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhooks[jobCenter] = url
}

// Push delivers the messages that wait for a webhook, once each; those not taken wait on. It gives how
// many were taken.
func (s *Server) Push(ctx context.Context) (taken int, err error) {
	s.mu.Lock()
	var waiting []*push
	for _, p := range s.pushes {
		if !p.done {
			waiting = append(waiting, p)
		}
	}
	s.mu.Unlock()
	for _, p := range waiting {
		if err := s.deliver(ctx, p); err != nil {
			return taken, err
		}
		taken++
	}
	return taken, nil
}

func (s *Server) deliver(ctx context.Context, p *push) error {
	m := Pushed{
		MessageID: p.message.id, EntityType: EntityIndkaldelse, ChangeType: 2, IdentificationType: 1,
		Identification: p.message.item.CPR, ExternalID: p.message.item.Booking,
		OrganisationType: organisationJobCenter, OrganisationCode: p.jobCenter,
	}
	if p.message.item.Status == dfdg.StatusCancelled {
		m.ChangeType = 3
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write pushed message: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("push to webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := s.cfg.Push.Do(req)
	if err != nil {
		return fmt.Errorf("push to webhook: %w", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	p.tries++
	s.handed[p.message.id]++
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("push to webhook: HTTP %d", resp.StatusCode)
	}
	p.done = true
	s.deleted[p.message.id]++
	return nil
}
