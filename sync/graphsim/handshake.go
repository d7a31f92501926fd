package graphsim

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// handshake asks a receiver whether it wants notices (behaviours 52, 53).
func (s *Server) handshake(ctx context.Context, target string) *apiError {
	fail := func(format string, args ...any) *apiError {
		return badRequest("ValidationError", "Subscription validation request failed. "+format, args...)
	}
	token := "Validation: Testing client application reachability for subscription Request-Id: " + s.newGUID()
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.HandshakeTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target+sep+"validationToken="+url.QueryEscape(token), nil)
	if err != nil {
		return fail("Notification URL is not valid.")
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := s.subs.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return fail("Validation request timed out.")
		}
		return fail("Notification endpoint could not be reached.")
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	switch {
	case ctx.Err() != nil:
		return fail("Validation request timed out.")
	case err != nil:
		return fail("Notification endpoint could not be reached.")
	case answer.StatusCode == http.StatusNotFound:
		return fail("Response of the notification endpoint: HTTP 'NotFound'.")
	case answer.StatusCode != http.StatusOK:
		return fail("Notification endpoint must respond with 200 OK to validation request.")
	case string(body) != token:
		return fail("Response must exactly match validationToken query parameter.")
	}
	return nil
}
