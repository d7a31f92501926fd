package msgraph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"

	"kommunalplanner.example/sync/calendar"
)

// operation names a call in metrics, and decides what its refusals mean.
type operation string

const (
	opChanges       operation = "changes"  // first page of a full round
	opContinue      operation = "continue" // any page by a link
	opCalendarView  operation = "calendar-view"
	opTaken         operation = "taken"
	opEvent         operation = "event"
	opCreate        operation = "create"
	opUpdate        operation = "update"
	opDelete        operation = "delete"
	opPurge         operation = "purge"
	opFindStamped   operation = "find-stamped"
	opSubscribe     operation = "subscribe"
	opRenew         operation = "renew"
	opUnsubscribe   operation = "unsubscribe"
	opSubscriptions operation = "subscriptions"
	opGroup         operation = "group"
	opGroupMembers  operation = "group-members"
	opWorkingHours  operation = "working-hours"
	opToken         operation = "token"
)

// ofEvent: the path names an event, so that "not found" can mean the event.
func (o operation) ofEvent() bool {
	return o == opEvent || o == opUpdate || o == opDelete || o == opPurge
}

// ofSubscription: the path names a subscription.
func (o operation) ofSubscription() bool { return o == opRenew || o == opUnsubscribe }

// ofGroup: the path names no mailbox, so that nothing can be said of one.
func (o operation) ofGroup() bool { return o == opGroup || o == opGroupMembers }

// refusal turns an answer that is not a success into an error of package calendar. Codes come before
// statuses, because Graph gives one code with several statuses, and one status for several reasons.
// Sources: graph.md §1.4, §3, §4.1, §4.2, §6.1, §10.
func refusal(op operation, a answer) error {
	switch {
	case a.status == http.StatusTooManyRequests,
		a.is("ApplicationThrottled", "TooManyRequests", "MailboxConcurrency"),
		a.status == http.StatusServiceUnavailable && a.concurrency:
		return &calendar.ThrottledError{After: a.after}

	case a.is("ConcurrentItemSave", "ErrorMailboxMoveInProgress", "MailboxInfoStale", "ErrorMailboxStoreUnavailable",
		"ErrorServerBusy", "ErrorTimeoutExpired", "ErrorInternalServerTransientError"):
		// ConcurrentItemSave: the event may have been created all the same.
		return &calendar.UnavailableError{Code: a.name(), After: a.after}

	case op == opContinue && resync(a):
		return calendar.ErrResync

	case a.is("ErrorDuplicateTransactionId") && a.existing != "": // 400 or 409
		return &calendar.DuplicateTransactionError{Existing: a.existing}

	case op == opUpdate && (a.status == http.StatusPreconditionFailed || a.is("ErrorIrresolvableConflict")):
		return calendar.ErrConflict

	case a.is("ErrorIrresolvableConflict"): // without If-Match it is two saves at once
		return &calendar.UnavailableError{Code: a.name(), After: a.after}

	case op.ofGroup() && a.code != "" && (a.status == http.StatusForbidden || a.status == http.StatusNotFound):
		return &calendar.RefusedError{Status: a.status, Code: a.name()}

	case a.is("MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ErrorInvalidUser", "Request_ResourceNotFound",
		"ErrorNonExistentMailbox"):
		return &calendar.MailboxError{Reason: calendar.MailboxMissing, Code: a.name()}

	case op.ofEvent() && (a.is("ErrorItemNotFound", "ErrorInvalidIdMalformed") || a.status == http.StatusGone):
		return calendar.ErrGone

	case op.ofSubscription() && a.code != "" && (a.status == http.StatusNotFound || a.status == http.StatusGone):
		return calendar.ErrGone

	case a.status == http.StatusNotFound && a.code == "":
		// Not Graph's word: some gateway's, or a wrong base URL. Were it taken for "deleted", our
		// events would be made anew beside the ones that are there.
		return &calendar.UnavailableError{Code: a.name(), After: a.after}

	case (op == opChanges || op == opCalendarView || op == opTaken) && a.status == http.StatusNotFound:
		// A calendar view has no item that could be missing but the calendar itself.
		return &calendar.MailboxError{Reason: calendar.MailboxMissing, Code: a.name()}

	case a.status == http.StatusForbidden && a.is("ExtensionError"):
		// The subscription service's own word, for more subscriptions than a mailbox may have.
		return &calendar.RefusedError{Status: a.status, Code: a.name()}

	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		// A 401 comes here only after a fresh token was refused too (see transport).
		return &calendar.MailboxError{Reason: calendar.MailboxDenied, Code: a.name()}

	case a.is("ErrorQuotaExceeded"): // the mailbox is full; Graph says so with 507 as well
		return &calendar.RefusedError{Status: a.status, Code: a.name()}

	case a.status == http.StatusGatewayTimeout:
		// The status and not the code, which is UnknownError and says nothing: a gateway gave up on this mailbox
		// (graph.md §1.5), and if it goes on doing so another way of reading is tried.
		return &calendar.UnavailableError{Code: "http-504", After: a.after}

	case a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly, a.status >= 500, a.status < 400:
		// Below 400 is a redirect: Graph's calendar calls have none, so it is something between us.
		return &calendar.UnavailableError{Code: a.name(), After: a.after}

	default:
		return &calendar.RefusedError{Status: a.status, Code: a.name()}
	}
}

// resync tells whether the link is what is wrong. The codes are of 410, but come with 400 and 404 as
// well. A link that Graph calls a bad request in other words will not be a better one tomorrow.
func resync(a answer) bool {
	return a.is("SyncStateNotFound", "SyncStateInvalid", "resyncRequired", "InvalidDeltaToken", "ErrorItemNotFound") ||
		a.status == http.StatusGone || a.status == http.StatusBadRequest
}

// failure turns an error without an answer into one of package calendar.
func failure(ctx context.Context, err error) error {
	var (
		unreadable *unreadableError
		token      *tokenError
	)
	switch {
	case errors.As(err, &token):
		return token.outcome
	case errors.As(err, &unreadable):
		return &calendar.UnavailableError{Code: unreadable.code}
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, context.Canceled):
		return &calendar.UnavailableError{Code: codeCancelled, Err: context.Canceled}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), timedOut(err):
		return &calendar.UnavailableError{Code: codeTimeout, Err: context.DeadlineExceeded}
	default:
		return &calendar.UnavailableError{Code: codeNoAnswer, Err: cause(err)}
	}
}

func timedOut(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// cause keeps of a transport error what helps whoever has to mend it (addresses, certificates) and
// is known to quote nothing that was received, as "malformed HTTP response" does. *url.Error is not
// among them: its URL holds ids and filters.
func cause(err error) error {
	if c, ok := errors.AsType[*net.OpError](err); ok {
		return c
	}
	if c, ok := errors.AsType[*net.DNSError](err); ok {
		return c
	}
	if c, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return c
	}
	if c, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return c
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return nil
}
