package msgraph

import (
	"context"
	"io"
	"net/http"

	abs "github.com/microsoft/kiota-abstractions-go"

	"kommunalplanner.example/sync/calendar"
)

// call runs one call of the SDK, with a deadline, and reads its answer before the SDK can: read gets
// the body of a success. The SDK builds requests; it sees no answer, for it loses the status of
// bodies that are not JSON, panics at null elements, puts Graph's messages into traces, and takes ten
// times as long (see doc.go).
func (c *Client) call(ctx context.Context, op operation, read func(io.Reader) error, send func(context.Context, []abs.RequestOption) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ctx = context.WithValue(ctx, operationKey{}, op)

	var (
		answered bool
		outcome  error
	)
	option := abs.NewRequestHandlerOption()
	option.SetResponseHandler(func(response any, _ abs.ErrorMappings) (any, error) {
		answered = true
		resp := response.(*http.Response)
		defer func() {
			// What is left is read, so that the connection can be used again.
			_, _ = io.CopyN(io.Discard, resp.Body, largestRefusal)
			_ = resp.Body.Close()
		}()
		if resp.StatusCode < 200 || resp.StatusCode > 299 {
			outcome = refusal(op, readAnswer(resp, c.now()))
			return nil, nil
		}
		if read != nil {
			if err := read(resp.Body); err != nil {
				outcome = failure(ctx, err)
			}
		}
		return nil, nil
	})
	err := send(ctx, []abs.RequestOption{option})
	switch {
	case answered:
		return outcome
	case err != nil:
		return failure(ctx, err)
	default:
		return &calendar.UnavailableError{Code: codeNoAnswer}
	}
}

// headers are those of every call about events. Ids are immutable only in answers to requests that
// say so, on each page anew; one request without it and every event looks deleted and new
// (graph.md §12.31). Times come in UTC, which is the one zone without an hour that repeats.
func headers(more ...string) *abs.RequestHeaders {
	h := abs.NewRequestHeaders()
	prefer := `IdType="ImmutableId", outlook.timezone="UTC"`
	for _, m := range more {
		prefer += ", " + m
	}
	// One line, since the SDK sends several values in random order.
	h.Add("Prefer", prefer)
	return h
}
