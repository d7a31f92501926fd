package graphsim

import (
	"fmt"
	"net/http"
)

// apiError is an answer that is Graph's error envelope.
type apiError struct {
	status  int
	code    string
	message string
	extra   object      // further members of "error", such as @event.existingEventId
	header  http.Header // further headers, such as Retry-After
}

func (e *apiError) Error() string {
	return fmt.Sprintf("graph answers %d %s: %s", e.status, e.code, e.message)
}

func badRequest(code, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

func errItemNotFound() *apiError {
	return &apiError{status: http.StatusNotFound, code: "ErrorItemNotFound", message: "The specified object was not found in the store."}
}

func errMalformedID() *apiError {
	return badRequest("ErrorInvalidIdMalformed", "Id is malformed.")
}

func errStaleETag() *apiError {
	return &apiError{status: http.StatusPreconditionFailed, code: "ErrorIrresolvableConflict",
		message: "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item."}
}

func errMethod(method string) *apiError {
	return &apiError{status: http.StatusMethodNotAllowed, code: "Request_BadRequest",
		message: fmt.Sprintf("Specified HTTP method is not allowed for the request target: %s.", method)}
}

func errNoSegment(segment string) *apiError {
	return badRequest("BadRequest", "Resource not found for the segment '%s'.", segment)
}

func errWindowMissing() *apiError {
	return badRequest("ErrorInvalidParameter", "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
}
