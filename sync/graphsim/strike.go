package graphsim

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// strikeBefore does what a fault does before the work; done says that the work is not to be done.
func (s *Server) strikeBefore(ctx context.Context, f *Fault, entry *Request) (out *response, fail *apiError, done bool) {
	switch f.Kind {
	case FaultThrottle:
		fail = &apiError{status: http.StatusTooManyRequests, code: "ApplicationThrottled", message: "Application is over its MailboxConcurrency limit.",
			header: s.retryAfter(f.RetryAfter, "10")}
	case FaultUnavailable:
		return s.gateway(f), nil, true
	case FaultError:
		fail = &apiError{status: http.StatusInternalServerError, code: "InternalServerError", message: "An internal server error occurred. The operation failed.",
			header: s.retryAfter(f.RetryAfter, "none")}
	case FaultUnauthorized:
		fail = s.errUnauthorized("Access token has expired or is not yet valid.", "invalid_token")
		if f.Variant == "claims" {
			claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, sinceEpoch(s.now()))
			fail = s.errUnauthorized("Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp.", "insufficient_claims")
			fail.header.Set("WWW-Authenticate", fail.header.Get("WWW-Authenticate")+`, claims="`+base64.StdEncoding.EncodeToString([]byte(claims))+`"`)
		}
	case FaultDelay:
		s.linger(ctx, f)
		return nil, nil, false
	case FaultHold:
		s.hold(ctx, f)
		return nil, nil, false
	case FaultCut:
		entry.cut = true
		return &response{header: http.Header{}}, nil, true
	default:
		return nil, nil, false
	}
	f.override(fail)
	return nil, fail, true
}

// override puts the fault's own words into an answer.
func (f *Fault) override(e *apiError) {
	if f.Status != 0 {
		e.status = f.Status
	}
	if f.Code != "" {
		e.code = f.Code
	}
	if f.Message != "" {
		e.message = f.Message
	}
}

// strikeAfter turns the answer of finished work into what the client gets to see.
func (s *Server) strikeAfter(ctx context.Context, f *Fault, entry *Request, out *response, fail *apiError) (*response, *apiError) {
	var instead *apiError
	switch f.Kind {
	case FaultDelayAfter:
		s.linger(ctx, f)
	case FaultHoldAfter:
		s.hold(ctx, f)
	case FaultCutAfter:
		entry.cut = true
		if out == nil {
			out = &response{header: http.Header{}}
		}
		return out, nil
	case FaultConcurrentItemSave:
		instead = &apiError{status: http.StatusServiceUnavailable, code: "ConcurrentItemSave",
			message: "Conflicts occurred during saving data to store (saveresult: IrresolvableConflict, properties: ). Please retry the request."}
	case FaultErrorAfter:
		if f.Body != "" {
			return s.gateway(f), nil
		}
		instead = &apiError{status: http.StatusGatewayTimeout, code: "UnknownError", message: "", header: s.retryAfter(f.RetryAfter, "none")}
	}
	if instead == nil || fail != nil {
		return out, fail
	}
	f.override(instead)
	return nil, instead
}

// gateway is the answer of something in between: no envelope, often HTML (behaviour 9).
func (s *Server) gateway(f *Fault) *response {
	status := f.Status
	defaultTo(&status, http.StatusServiceUnavailable)
	out := &response{status: status, header: s.retryAfter(f.RetryAfter, "none")}
	switch f.Body {
	case "empty":
	case "json":
		code := f.Code
		defaultTo(&code, "UnknownError")
		out.body = appendJSON(nil, s.errorObject(&apiError{code: code, message: f.Message}, s.newGUID(), s.newGUID()))
	default:
		out.header.Set("Content-Type", "text/html")
		out.body = fmt.Appendf(nil, "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n<hr><center>Microsoft-Azure-Application-Gateway/v2</center>\r\n</body>\r\n</html>\r\n",
			status, http.StatusText(status), status, http.StatusText(status))
	}
	return out
}

// retryAfter writes the header: seconds (also a fraction), "date:30s", or "none".
func (s *Server) retryAfter(told, def string) http.Header {
	h := http.Header{}
	defaultTo(&told, def)
	after, isDate := strings.CutPrefix(told, "date:")
	switch {
	case told == "none":
	case isDate:
		d, err := time.ParseDuration(after)
		if err != nil {
			d = 10 * time.Second
		}
		h.Set("Retry-After", s.now().Add(d).Format(http.TimeFormat))
	default:
		h.Set("Retry-After", told)
	}
	return h
}

// mailboxState answers for mailboxes that cannot be used (behaviours 6 to 8).
func (s *Server) mailboxState(q *request, byUPN bool) *apiError {
	f, ok := s.faults.pick(s.now(), true, func(a *activeFault) bool {
		switch a.Kind {
		case FaultDenied, FaultMissing, FaultOnPremises, FaultMoving:
		case FaultStaleByUPN:
			if !byUPN {
				return false
			}
		default:
			return false
		}
		return (a.object == "" || a.object == q.mailbox.id) && a.strikes(q.actor)
	})
	if !ok {
		return nil
	}
	var e *apiError
	switch f.Kind {
	case FaultDenied:
		e = &apiError{status: http.StatusForbidden, code: "ErrorAccessDenied", message: "Access is denied. Check credentials and try again."}
		if f.Variant == "policy" {
			e.message = "Access to OData is disabled."
		}
	case FaultMissing:
		e = errUnknownUser(q.named)
	case FaultOnPremises:
		e = &apiError{status: http.StatusNotFound, code: "MailboxNotEnabledForRESTAPI", message: "The mailbox is either inactive, soft-deleted, or is hosted on-premise."}
	case FaultStaleByUPN:
		e = &apiError{status: http.StatusServiceUnavailable, code: "MailboxInfoStale", message: "Mailbox info is stale; the mailbox is currently on backend 'Unknown'."}
	case FaultMoving:
		e = &apiError{status: http.StatusServiceUnavailable, code: "ErrorMailboxMoveInProgress", message: "Mailbox move in progress. Try again later."}
	}
	if f.RetryAfter != "" {
		e.header = s.retryAfter(f.RetryAfter, "none")
	}
	f.override(e)
	return e
}
