package soap

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// errSlow is a body that did not arrive in time.
var errSlow = errors.New("body did not arrive in time")

// readBody reads, bounded in size and time, and unpacks. n is the size as sent.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (body []byte, n int, err error) {
	if s.config.ReadFor > 0 {
		control := http.NewResponseController(w)
		// Sockets know only the real clock. A writer without deadlines is a test's recorder.
		if err := control.SetReadDeadline(s.clock().Add(s.config.ReadFor)); err == nil {
			// Taken back, or it would end the call while the operation is at work.
			defer func() { _ = control.SetReadDeadline(time.Time{}) }()
		} else if !errors.Is(err, http.ErrNotSupported) {
			return nil, 0, err
		}
	}
	sent := &counter{r: http.MaxBytesReader(w, r.Body, s.config.MaxBody)}
	var in io.Reader = sent
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
	case "gzip", "x-gzip":
		zip, err := gzip.NewReader(sent)
		if err != nil {
			return nil, sent.n, bodyFault(err)
		}
		in = io.LimitReader(zip, s.config.MaxBody+1)
	default:
		return nil, 0, FaultUnreadable
	}
	size := min(max(r.ContentLength, 512), s.config.MaxBody)
	body = make([]byte, 0, min(size, 64<<10)+1)
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		k, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+k]
		switch {
		case int64(len(body)) > s.config.MaxBody:
			return nil, sent.n, FaultTooLarge
		case err == io.EOF:
			return body, sent.n, nil
		case err != nil:
			return nil, sent.n, bodyFault(err)
		}
	}
}

func bodyFault(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return FaultTooLarge.Because(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlow
	}
	return FaultUnreadable.Because(err)
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
