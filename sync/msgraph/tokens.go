package msgraph

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"kommunalplanner.example/sync/calendar"
)

// tokens gets access tokens and keeps them (azidentity has the cache). Safe for concurrent use.
type tokens struct {
	scope string
	// make builds the credential, reading its files: a renewed certificate is found without a restart.
	make func() (azcore.TokenCredential, error)
	now  func() time.Time
	// managed: tokens of a managed identity lie in a cache of the whole process, not in the credential. Only claims
	// pass it by; these ask for nothing and are not sent on.
	managed bool

	lock chan struct{} // of one: a mutex that can be waited for with a context
	cred azcore.TokenCredential
	last string
}

func newTokens(scope string, now func() time.Time, build func() (azcore.TokenCredential, error)) (*tokens, error) {
	cred, err := build()
	if err != nil {
		return nil, err
	}
	return &tokens{scope: scope, make: build, now: now, lock: make(chan struct{}, 1), cred: cred}, nil
}

// tokenError carries the outcome, in terms of package calendar, through the SDK.
type tokenError struct{ outcome error }

func (e *tokenError) Error() string { return e.outcome.Error() }
func (e *tokenError) Unwrap() error { return e.outcome }

func (t *tokens) get(ctx context.Context) (string, error) { return t.locked(ctx, "", "") }

// refresh gets a token other than refused. claims is Entra's challenge, if there was one. A platform
// that gives managed identities their tokens keeps them too, so the same one may come again.
func (t *tokens) refresh(ctx context.Context, refused, claims string) (string, error) {
	return t.locked(ctx, refused, claims)
}

func (t *tokens) locked(ctx context.Context, refused, claims string) (string, error) {
	select {
	case t.lock <- struct{}{}:
		defer func() { <-t.lock }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if refused != "" && claims == "" && t.last == refused {
		// Only claims make azidentity pass its cache by; a new credential has an empty one. When
		// another call was first, t.last is no longer what was refused.
		t.cred = nil
		if t.managed {
			claims = "{}"
		}
	}
	if t.cred == nil {
		cred, err := t.make()
		if err != nil {
			return "", &tokenError{&calendar.UnavailableError{Code: codeToken}}
		}
		t.cred = cred
	}
	var connection connectionFailure
	token, err := t.cred.GetToken(context.WithValue(ctx, failureKey{}, &connection), policy.TokenRequestOptions{Scopes: []string{t.scope}, EnableCAE: true, Claims: claims})
	if err != nil {
		t.cred = nil
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", &tokenError{tokenOutcome(err, connection.cause, t.now())}
	}
	t.last = token.Token
	return token.Token, nil
}

// tokenOutcome says what it means that there is no token. Entra's "no" concerns every mailbox until a
// person mends the registration, so it counts as denied; all else may pass. Of Entra's answer only
// its codes are kept.
func tokenOutcome(err, connection error, now time.Time) error {
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || failed.RawResponse == nil {
		return &calendar.UnavailableError{Code: codeToken, Err: connection}
	}
	resp := failed.RawResponse
	wait := retryAfter(resp.Header, now)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return &calendar.ThrottledError{After: wait}
	case resp.StatusCode == http.StatusBadRequest, resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return &calendar.MailboxError{Reason: calendar.MailboxDenied, Code: entraCode(resp)}
	default:
		return &calendar.UnavailableError{Code: "token-http-" + strconv.Itoa(resp.StatusCode), After: wait}
	}
}

// entraCode is "invalid_client-AADSTS7000215", say. azidentity keeps the body readable.
func entraCode(resp *http.Response) string {
	var e struct {
		Error string `json:"error"`
		Codes []int  `json:"error_codes"`
	}
	if body, err := io.ReadAll(io.LimitReader(resp.Body, largestRefusal)); err == nil {
		_ = json.Unmarshal(body, &e)
	}
	code := cleanCode(e.Error)
	if code == "" {
		code = "token-http-" + strconv.Itoa(resp.StatusCode)
	}
	if len(e.Codes) > 0 {
		code += "-AADSTS" + strconv.Itoa(e.Codes[0])
	}
	return code
}
