package soapclient

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Fault is a SOAP fault.
type Fault struct {
	HTTPStatus int
	Code       int    // FaultDetails' ErrorCode; 0 when there is none
	FaultCode  string // without prefix: Client, Server …
	Text       string // FaultDetails' Message if there is one, else the fault string; redacted
}

func (f *Fault) Error() string {
	return fmt.Sprintf("SOAP fault %d (%s, HTTP %d): %s", f.Code, f.FaultCode, f.HTTPStatus, f.Text)
}

// BadAnswer is an answer that is no SOAP answer by the contract. Reason holds nothing of it.
type BadAnswer struct {
	HTTPStatus int
	Reason     string
	// Raw is the answer as it came, in UTF-8 where that could be had. It may hold CPR numbers.
	Raw []byte
	// WellFormed tells that Raw is an envelope, only not one with the expected content.
	WellFormed bool
}

func (b *BadAnswer) Error() string {
	return fmt.Sprintf("answer with HTTP %d breaks the contract: %s", b.HTTPStatus, b.Reason)
}

// NoAnswer says that there is no answer: no connection, a lost one, or an HTTP status without envelope.
type NoAnswer struct {
	HTTPStatus int           // 0: none came
	RetryAfter time.Duration // as the header Retry-After asks; 0 = not told
	Sent       bool          // false: the request certainly did not arrive
	Err        error
}

func (n *NoAnswer) Error() string {
	if n.HTTPStatus != 0 {
		return fmt.Sprintf("no SOAP answer but HTTP %d", n.HTTPStatus)
	}
	return fmt.Sprintf("no answer: %v", n.Err)
}

func (n *NoAnswer) Unwrap() error { return n.Err }

var (
	tenDigits = regexp.MustCompile(`[0-9]{6}[- ]?[0-9]{4}`)
	guid      = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)
)

// Redact masks everything that could be a CPR number, also within longer runs of digits; but for what stands in a GUID,
// by which things are found.
func Redact(s string) string {
	var out strings.Builder
	for {
		at := guid.FindStringIndex(s)
		if at == nil {
			break
		}
		out.WriteString(tenDigits.ReplaceAllString(s[:at[0]], masked))
		out.WriteString(s[at[0]:at[1]])
		s = s[at[1]:]
	}
	return out.String() + tenDigits.ReplaceAllString(s, masked)
}

const masked = "******-****"
