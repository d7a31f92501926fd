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

// smallBody is what any body may take of memory; nearly all messages are smaller.
const smallBody = 64 << 10

// farTooLarge times the largest body is more than is read of one that is refused.
const farTooLarge = 4

// readBody reads, bounded in size and time, and unpacks. n is the size as sent. A body that is not small takes one of the
// places for large ones, so that slow senders cannot fill the memory together; done gives it back and must be called.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (body []byte, n int, done func(), err error) {
	done = func() {}
	if r.ContentLength > farTooLarge*s.config.MaxBody {
		return nil, 0, done, FaultTooLarge
	}
	if s.config.ReadFor > 0 {
		control := http.NewResponseController(w)
		// Sockets know only the real clock. A writer without deadlines is a test's recorder.
		if err := control.SetReadDeadline(s.clock().Add(s.config.ReadFor)); err == nil {
			// Taken back, or it would end the call while the operation is at work.
			defer func() { _ = control.SetReadDeadline(time.Time{}) }()
		} else if !errors.Is(err, http.ErrNotSupported) {
			return nil, 0, done, err
		}
	}
	if r.ContentLength > s.config.MaxBody {
		// Many clients read no answer before they have sent everything.
		n, err := io.Copy(io.Discard, r.Body)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, int(n), done, errSlow
		}
		return nil, int(n), done, FaultTooLarge
	}
	whole := s.config.MaxBody
	sent := &counter{r: http.MaxBytesReader(w, r.Body, s.config.MaxBody)}
	var in io.Reader = sent
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
		if r.ContentLength >= 0 {
			whole = r.ContentLength
		}
	case "gzip", "x-gzip":
		zip, err := gzip.NewReader(sent)
		if err != nil {
			return nil, sent.n, done, bodyFault(err)
		}
		in = io.LimitReader(zip, s.config.MaxBody+1)
	default:
		return nil, 0, done, FaultUnreadable
	}
	body = make([]byte, 0, min(whole, smallBody)+1)
	for {
		if len(body) == cap(body) {
			if err := s.take(r.Context(), s.large); err != nil {
				return nil, sent.n, done, err
			}
			done = func() { <-s.large }
			body = append(make([]byte, 0, whole+1), body...) // room for all that may come
		}
		k, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+k]
		switch {
		case int64(len(body)) > s.config.MaxBody:
			return nil, sent.n, done, FaultTooLarge
		case err == io.EOF:
			return body, sent.n, done, nil
		case err != nil:
			return nil, sent.n, done, bodyFault(err)
		}
	}
}

// unread says that the connection ends with the answer: else net/http would first read what is left of the body, however slowly it comes.
func unread(w http.ResponseWriter) { w.Header().Set("Connection", "close") }

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
