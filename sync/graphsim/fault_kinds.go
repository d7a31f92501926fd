package graphsim

// The kinds of fault. Each is off until set; what is on by default is Graph's usual behaviour, which
// some kinds switch off. Parameters in brackets are fields of Fault.
const (
	// Requests, before anything is done.
	FaultThrottle     = "throttle"     // answers 429 [status, retryAfter: seconds, fraction, date:30s or none; code, message]
	FaultUnavailable  = "unavailable"  // answers 503 as gateways do [status, body: html, empty or json; code; retryAfter]
	FaultError        = "error"        // answers [status, code, message] in Graph's error envelope
	FaultUnauthorized = "unauthorized" // answers 401; variant claims adds a CAE challenge
	FaultDelay        = "delay"        // waits [delay] before it does anything
	FaultHold         = "hold"         // waits before it does anything until POST /control/release
	FaultCut          = "cut"          // closes the connection without doing anything
	// Requests, after the work was done.
	FaultConcurrentItemSave = "concurrentItemSave" // a create is done and answered 503 ConcurrentItemSave
	FaultErrorAfter         = "errorAfter"         // does the work and answers [status, code, message]
	FaultDelayAfter         = "delayAfter"         // does the work and waits [delay] before it answers
	FaultHoldAfter          = "holdAfter"          // does the work and answers only after POST /control/release
	FaultCutAfter           = "cutAfter"           // does the work and closes the connection instead of answering
	// Mailboxes.
	FaultDenied     = "mailboxDenied"     // 403 ErrorAccessDenied; variant policy words it as application access policies do
	FaultMissing    = "mailboxMissing"    // 404 ErrorInvalidUser
	FaultOnPremises = "mailboxOnPremises" // 404 MailboxNotEnabledForRESTAPI; no subscription can be made
	FaultStaleByUPN = "mailboxStaleByUPN" // 503 MailboxInfoStale when addressed by UPN, fine by object id
	FaultMoving     = "mailboxMoving"     // 503 ErrorMailboxMoveInProgress; variant newIDs replaces all ids when it ends
	// The feed.
	FaultDeltaExpired        = "deltaExpired"        // at once voids all delta tokens of the mailbox [status 410, code SyncStateNotFound]
	FaultDeltaLag            = "deltaLag"            // changes show only [delay] after they were made
	FaultDeltaEndless        = "deltaEndless"        // each next link brings the same items and a new next link
	FaultDeltaEmptyFirst     = "deltaEmptyFirst"     // each round begins with an empty page
	FaultDeltaShuffle        = "deltaShuffle"        // items come in random order
	FaultDeltaDuplicates     = "deltaDuplicates"     // items that have an older version come twice, the older second
	FaultDeltaNull           = "deltaNull"           // each page holds a null element
	FaultDeltaMasterOnly     = "deltaMasterOnly"     // a changed series comes as its master alone
	FaultDeltaSeriesGone     = "deltaSeriesGone"     // variant master: a deleted series is a tombstone of the master alone; occurrences: of the occurrences alone
	FaultDeltaTypeless       = "deltaTypeless"       // tombstones without @odata.type
	FaultDeltaReasonChanged  = "deltaReasonChanged"  // tombstones with reason changed
	FaultDeltaOldTombstones  = "deltaOldTombstones"  // an initial round also tells what was deleted before it
	FaultDeltaGatewayTimeout = "deltaGatewayTimeout" // 504 UnknownError while the mailbox holds a series without end
	FaultNoOriginalStart     = "noOriginalStart"     // exceptions come without originalStart
	// Notices.
	FaultNoticesDropped    = "noticesDropped"    // notices are lost silently
	FaultNoticesMissed     = "noticesMissed"     // notices are lost, and a lifecycle notice missed tells it
	FaultNoticesDuplicated = "noticesDuplicated" // each notice is sent twice
	FaultNoticesDelayed    = "noticesDelayed"    // notices are sent [delay] late; 3 min unless told
	FaultNoticesReordered  = "noticesReordered"  // the newest notice of a batch comes first
	FaultSingleNotices     = "singleNotices"     // one notice per action instead of several
	// Variants of behaviour that tenants and years differ in.
	FaultNoETagRotation      = "noETagRotation"          // no change of the etag by the server itself after a create
	FaultInnerErrorLowerCase = "innerErrorLowerCase"     // innererror instead of innerError
	FaultDuplicateTxn409     = "duplicateTransaction409" // ErrorDuplicateTransactionId comes as 409 instead of 400
	FaultRestoreNewID        = "restoreNewID"            // a restored event has a new immutable id
	FaultWeekNeedsFirstDay   = "weekNeedsFirstDay"       // a weekly series without firstDayOfWeek is refused
	FaultTwinSubscriptions   = "twinSubscriptions"       // a second subscription on the same resource is accepted
	FaultHTTPSOnly           = "httpsOnly"               // notification URLs without TLS are refused even on loopback
	FaultThrottlePerApp      = "throttlePerApp"          // requests in flight count per application, not per mailbox
	FaultThrottle503         = "throttle503"             // the limit on requests in flight answers 503
	FaultTokenLife           = "tokenLife"               // access tokens live [delay]
	FaultGroupsDenied        = "groupsDenied"            // groups are refused: 403 Authorization_RequestDenied
	FaultBasicProfiles       = "basicProfiles"           // of users only what User.ReadBasic.All shows: no accountEnabled, userType, telephones
	FaultDeclinedStay        = "declinedStay"            // a declined meeting stays in the calendar, marked declined
)

// FaultKind says what a kind does; GET /control/faults/kinds lists them.
type FaultKind struct {
	Kind string `json:"kind"`
	// Scope is request, mailbox, feed, notice or variant.
	Scope string `json:"scope"`
	// Behaviour is the number in the table of sync/graphtest.
	Behaviour int    `json:"behaviour"`
	Does      string `json:"does"`
}

var faultKinds = []FaultKind{
	{FaultThrottle, "request", 65, "answers 429 [status, retryAfter: seconds, fraction, date:30s or none; code, message]"},
	{FaultUnavailable, "request", 9, "answers 503 as gateways do [status, body: html, empty or json; code; retryAfter]"},
	{FaultError, "request", 4, "answers [status, code, message] in Graph's error envelope"},
	{FaultUnauthorized, "request", 3, "answers 401; variant claims adds a CAE challenge"},
	{FaultDelay, "request", 9, "waits [delay] before it does anything"},
	{FaultHold, "request", 64, "waits before it does anything until POST /control/release"},
	{FaultCut, "request", 9, "closes the connection without doing anything"},
	{FaultConcurrentItemSave, "request", 15, "a create is done and answered 503 ConcurrentItemSave"},
	{FaultErrorAfter, "request", 9, "does the work and answers [status, code, message]"},
	{FaultDelayAfter, "request", 9, "does the work and waits [delay] before it answers"},
	{FaultHoldAfter, "request", 9, "does the work and answers only after POST /control/release"},
	{FaultCutAfter, "request", 9, "does the work and closes the connection instead of answering"},
	{FaultDenied, "mailbox", 6, "403 ErrorAccessDenied; variant policy words it as application access policies do"},
	{FaultMissing, "mailbox", 7, "404 ErrorInvalidUser"},
	{FaultOnPremises, "mailbox", 7, "404 MailboxNotEnabledForRESTAPI; no subscription can be made"},
	{FaultStaleByUPN, "mailbox", 8, "503 MailboxInfoStale when addressed by UPN, fine by object id"},
	{FaultMoving, "mailbox", 8, "503 ErrorMailboxMoveInProgress; variant newIDs replaces all ids when it ends"},
	{FaultDeltaExpired, "feed", 46, "at once voids all delta tokens of the mailbox [status 410, code SyncStateNotFound]"},
	{FaultDeltaLag, "feed", 44, "changes show only [delay] after they were made"},
	{FaultDeltaEndless, "feed", 45, "each next link brings the same items and a new next link"},
	{FaultDeltaEmptyFirst, "feed", 43, "each round begins with an empty page"},
	{FaultDeltaShuffle, "feed", 43, "items come in random order"},
	{FaultDeltaDuplicates, "feed", 43, "items that have an older version come twice, the older second"},
	{FaultDeltaNull, "feed", 43, "each page holds a null element"},
	{FaultDeltaMasterOnly, "feed", 38, "a changed series comes as its master alone"},
	{FaultDeltaSeriesGone, "feed", 39, "variant master: a deleted series is a tombstone of the master alone; occurrences: of the occurrences alone"},
	{FaultDeltaTypeless, "feed", 40, "tombstones without @odata.type"},
	{FaultDeltaReasonChanged, "feed", 40, "tombstones with reason changed"},
	{FaultDeltaOldTombstones, "feed", 40, "an initial round also tells what was deleted before it"},
	{FaultDeltaGatewayTimeout, "feed", 51, "504 UnknownError while the mailbox holds a series without end"},
	{FaultNoOriginalStart, "feed", 29, "exceptions come without originalStart"},
	{FaultNoticesDropped, "notice", 59, "notices are lost silently"},
	{FaultNoticesMissed, "notice", 59, "notices are lost, and a lifecycle notice missed tells it"},
	{FaultNoticesDuplicated, "notice", 59, "each notice is sent twice"},
	{FaultNoticesDelayed, "notice", 59, "notices are sent [delay] late; 3 min unless told"},
	{FaultNoticesReordered, "notice", 59, "the newest notice of a batch comes first"},
	{FaultSingleNotices, "notice", 58, "one notice per action instead of several"},
	{FaultNoETagRotation, "variant", 16, "no change of the etag by the server itself after a create"},
	{FaultInnerErrorLowerCase, "variant", 4, "innererror instead of innerError"},
	{FaultDuplicateTxn409, "variant", 14, "ErrorDuplicateTransactionId comes as 409 instead of 400"},
	{FaultRestoreNewID, "variant", 19, "a restored event has a new immutable id"},
	{FaultWeekNeedsFirstDay, "variant", 30, "a weekly series without firstDayOfWeek is refused"},
	{FaultTwinSubscriptions, "variant", 55, "a second subscription on the same resource is accepted"},
	{FaultHTTPSOnly, "variant", 53, "notification URLs without TLS are refused even on loopback"},
	{FaultThrottlePerApp, "variant", 64, "requests in flight count per application, not per mailbox"},
	{FaultThrottle503, "variant", 64, "the limit on requests in flight answers 503"},
	{FaultTokenLife, "variant", 3, "access tokens live [delay]"},
	{FaultGroupsDenied, "variant", 6, "groups are refused: 403 Authorization_RequestDenied"},
	{FaultBasicProfiles, "variant", 6, "of users only what User.ReadBasic.All shows: no accountEnabled, userType, telephones"},
	{FaultDeclinedStay, "variant", 20, "a declined meeting stays in the calendar, marked declined"},
}

// FaultKinds lists what SetFault takes.
func (s *Server) FaultKinds() []FaultKind { return append([]FaultKind(nil), faultKinds...) }
