// Package graphtest says what Microsoft Graph's calendar does, as tests, and which tests hold us to what follows from it.
//
// Run holds a Target to 68 numbered behaviours: always the simulator (sync/graphsim), and a real tenant as far
// as it can be asked when the environment names one:
//
//	GRAPH_TENANT_ID=… GRAPH_CLIENT_ID=… GRAPH_CLIENT_SECRET=… GRAPH_MAILBOX=<object id> \
//	    go test ./sync/graphtest -run RealTenant
//
// The mailbox is written to, in weeks that lie about forty days ahead, and cleaned up behind. What differs
// there is news: write it into the simulator as its usual behaviour or as a Fault.
//
// Every answer that passes through a World is checked against shapes.go: the properties of event, subscription,
// error and notification with their types and enumerations, taken by hand from the v1.0 metadata. So a
// property that Graph does not have cannot creep into the simulator.
//
// # The table
//
// Number; "live" when a real tenant is asked too; the behaviour, which is the name of its subtest of
// TestTheSimulatorBehavesAsGraph. Sources: Microsoft's documentation of the routes named, issues of
// microsoftgraph/microsoft-graph-docs, and what clients have measured.
//
//	01  live  the token endpoint gives tokens for a secret and tells a wrong one
//	01  sim   the token endpoint takes a signed client assertion
//	02  live  openid-configuration names the endpoints
//	03  sim   a missing, foreign or expired token is 401 with a challenge
//	04  live  every error has the envelope and the request ids
//	04  sim   innerError may be spelled innererror
//	05  live  gzip and chunked bodies, Prefer in lines or joined, query names in any case
//	06  sim   a mailbox out of scope is 403 ErrorAccessDenied
//	07  sim   an unknown user and a mailbox on premises are 404
//	07  sim   users, their settings and their calendars are told
//	08  sim   a stale mailbox fails by UPN only, a moving one for a time
//	09  sim   gateways answer HTML or nothing, and connections break after the write
//	09  sim   work and answers can be late, and an error can follow the work
//	09  sim   the token endpoint can fail as well
//	10  live  a well-formed unknown id is 404, another mailbox's or a garbled one 400
//	11  live  a create answers 201 with the whole event
//	11  live  extended properties are stored and not echoed
//	12  live  the server makes an HTML document of a body and fills in defaults
//	13  live  wrong times and zones are 400
//	14  live  the same transactionId and body give the same event, another body an error
//	14  sim   the error for a used transactionId may be 409
//	15  sim   a create may be done and answered 503 ConcurrentItemSave
//	16  sim   the server changes the etag by itself seconds after a create
//	17  live  If-Match with an old etag is 412, without it the last writer wins
//	18  live  a patch of null clears, an empty patch changes nothing
//	19  live  a delete is 204, then 404; a deleted event can be restored
//	19  sim   a restored event keeps its immutable id, or gets another
//	20  sim   cancel is the organizer's alone
//	20  sim   an attendee who declines loses the meeting or keeps it marked
//	21  sim   only meetings with attendees are mailed about
//	22  live  immutable ids have 72 characters and survive a move between calendars
//	22  live  translateExchangeIds turns one form of id into the other
//	23  live  $select and $expand of extended properties are honoured
//	23  sim   open extensions and multi-value properties are kept beside the event
//	24  live  events are found by extended property, a malformed filter is 400
//	25  sim   a copy in Outlook keeps transactionId, extended property and categories
//	26  sim   lists are ordered and counted on demand
//	26  live  calendarView pages by ten and expands series
//	27  live  events lists single events and masters, instances needs a window
//	28  live  private events come in full
//	29  live  a patch of an occurrence makes an exception
//	29  live  a deleted occurrence is told only by cancelledOccurrences
//	29  live  an occurrence cannot pass its neighbour
//	29  sim   an exception may come without originalStart
//	30  live  a series without end comes back with year one as its end
//	30  sim   a weekly series without firstDayOfWeek is defaulted or refused
//	30  live  a series keeps its wall clock through summer time
//	30  sim   every kind of pattern falls on its days
//	31  live  getSchedule tells busy times, and refuses too much
//	32  live  delta needs a window of at most 1825 days, under each of its names
//	33  live  delta takes no $expand, $filter, $orderby or $search, and ignores $select
//	34  live  a page has one link, absolute, on the host that was asked
//	35  live  the initial round holds what intersects the window, all-day events by UTC midnight
//	36  live  a delta link without changes gives nothing and a new link; the old one stays good
//	37  live  occurrences come as stubs of seven members
//	38  live  a changed series comes whole, without a tombstone for a deleted occurrence, on one page
//	38  sim   a changed series may come as its master alone
//	39  sim   a deleted series is told in one of three ways
//	40  live  a deleted event is a tombstone
//	41  live  a change outside the window is a tombstone of something never seen
//	42  live  an event that leaves the window is a tombstone, one that enters comes full
//	43  sim   pages may be empty, doubled, shuffled, or hold null
//	44  sim   a change may show late, and is never lost
//	45  sim   paging may never end
//	46  sim   tokens expire with 410, also in the middle of a round
//	47  live  a garbled token, or one of another feed, is 400 InvalidDeltaToken
//	48  live  Prefer holds for one page only
//	49  live  transactionId and categories are in the feed, extended properties are not
//	50  live  own writes come back
//	51  sim   delta is 504 for a mailbox with a series without end
//	52  sim   a subscription is made after a handshake with both URLs
//	53  sim   a handshake that fails is 400 ValidationError
//	54  sim   expiry and clientState have limits
//	55  sim   the same subscription twice is 409, more than a thousand per mailbox refused
//	56  live  subscriptions are renewed, listed and deleted; others are 404
//	57  sim   a notice has Graph's shape, and a POST may hold several
//	58  sim   one action gives several notices, an occurrence one about its master
//	59  sim   a notice that is not taken comes again, for four hours
//	59  sim   notices may be doubled, late, out of order or lost
//	60  sim   an endpoint that is slow too often is delayed, then cut off
//	61  sim   lifecycle notices tell of removal, loss and reauthorization
//	62  sim   an expired subscription is silent
//	63  sim   forged notices can be sent
//	64  sim   a fifth request in flight on a mailbox is 429, others are not concerned
//	64  sim   requests and uploads per window are limited
//	65  sim   Retry-After comes as seconds, fraction, date or not at all
//	66  live  a batch holds twenty requests, each answered and throttled by itself
//	67  sim   the person in Outlook can do what people do
//	67  sim   this and following ends one series and begins another
//	67  sim   everything is told afterwards: requests, mail, counts
//	67  sim   the control API does over HTTP what the methods do
//	67  sim   the same seed gives the same ids
//	68  sim   after any mix of faults a careful client and the mailbox agree
//
// # The 45 hard cases
//
// What every two-way sync gets wrong (graph.md §12), what decides it here, and the tests that hold us to it. A test without a
// package is in sync/graphtest/hardcases.
//
//	01  echo loop: the fingerprint of our fields decides, not the etag
//	    TestHardCase01And32OurOwnWriteComesBackAndIsNoEdit
//	    sync/mailbox.TestAQuietRoundIsOneRequestAndNoWrite
//	02  ambiguous create: transactionId and content are committed first, the same is sent again
//	    TestHardCase02ACreationOfUnknownOutcomeMakesOneEvent
//	    sync/mailbox.TestALostAnswerToACreationMakesNoSecondEvent
//	    sync/msgraph.TestACreationOfUnknownOutcomeIsRepeatedWithoutATwin
//	03  body changed between retries: the first content is frozen, the change follows as an update
//	    TestHardCase03ARetriedCreationSendsTheSameAndTheChangeFollows
//	    sync/msgraph.TestARepeatedCreationSendsTheSameBytes
//	04  copied event: the id that Graph answered is identity; a stamped stranger is the counsellor's
//	    TestHardCase04ACopyOfOurEventIsTheCounsellors
//	    sync/mailbox.TestACopyOfOurEventIsSomebodysAppointment
//	05  deleted event: made again once, then flagged; cancelled only where the municipality says so
//	    TestHardCase05ADeletedEventIsMadeAgainOnceAndThenAPersonIsTold
//	    sync/mailbox.TestADeletedEventIsMadeAgainOnceThenFlagged
//	06  deleted and restored: a replaced id that comes back goes again
//	    TestHardCase06ARestoredEventGoesWhenAnotherTookItsPlace
//	    sync/mailbox.TestAnEventThatWasFoundOnlyToBeDeletedGoesAgainWhenItComesBack
//	07  deleted occurrence: anything about a series starts a full round
//	    TestHardCase07ADeletedOccurrenceFreesItsTime
//	    sync/mailbox.TestADeletedSeriesFreesItsTimesWhenOnlyItsMasterIsNamed
//	    cmd/internal/e2e.TestASeriesBlocksEveryWeekAndADeletedOccurrenceDoesNot
//	08  stubs: inherit from their master, block as unknown without one
//	    TestHardCase08AnOccurrenceBlocksAsItsMasterDoes
//	    sync/translate.TestAnOccurrenceIsWhatItsMasterIs
//	09  ghost master: never a block
//	    TestHardCase09AMasterIsNoAppointment
//	10  this and following: a change of sets
//	    TestHardCase10ThisAndFollowingIsAPlainChangeOfTimes
//	11  strangers' tombstones, moved out of the window: ours are asked for by id
//	    TestHardCase11LeavingTheWindowIsNoDeletion
//	12  window edges: one window, spans cut by nothing, whole days widened
//	    TestHardCase12WindowEdges
//	    sync/mailbox.TestTheWindowRollsWithoutAddingOrDeleting
//	13  410 in the middle: nothing is written before a round is whole
//	    TestHardCase13AnExpiryInTheMiddleOfARoundDeletesNothing
//	    sync/mailbox.TestARoundThatStopsAtAnyPageChangesNothing
//	    sync/mailbox.TestAMassDeletionIsHeldUntilApproved
//	14  endless paging: counted, then read page by page without the feed
//	    sync/mailbox.TestEndlessPagingIsGivenUp
//	    sync/mailbox.TestAFeedWithoutEndIsReadPageByPageForSomeHoursAndThenTriedAgain
//	15  412 that is none: look, compare, write once more
//	    TestHardCase15And41AnETagThatChangedByItselfIsNoConflict
//	    sync/mailbox.TestAnUpdateThatMeetsAnotherETagEachTimeIsPutOff
//	16  real conflict: the booking is right about its time, the loss is noted; an overtaken run writes nothing
//	    TestHardCase16TheBookingWinsOverAnEditOfTheSameMoment
//	    TestHardCase16AnOvertakenProcessDoesNotWriteTheOlderTime
//	    sync/reconcile.TestTheDecisionTableIsTheReviewedOne
//	17  DST: instants inside, Danish wall clock at the edges
//	    TestHardCase17TimesStandByTheDanishClockOverBothNights
//	    TestHardCase17ABookingMovedAcrossTheNightHasTheNewDaysClock
//	    sync/calendar.TestOnlyTheRepeatedHourOfOctoberIsAmbiguous
//	18  all-day: Danish dates, end exclusive
//	    TestHardCase18AWholeDayIsADanishDay
//	    sync/translate.TestAllDayOccurrencesTakeWholeDanishDays
//	19  showAs: a table
//	    TestHardCase19WhatBlocksAndWhatDoesNot
//	    sync/translate.TestWhatBlocks
//	20  privacy: what is not ours leaves the decoder as a span
//	    cmd/internal/e2e.TestNothingPrivateLeavesOutlook
//	    TestRandomHistories
//	    sync/msgraph.TestPrivateTextLeavesByNoWay
//	21  storms: one generation counter and one job per mailbox
//	    TestHardCase21AStormOfNoticesIsFewRounds
//	    jobs.TestNoWakeUpIsLostAndNoMailboxRunsTwiceAtOnce
//	22  lost notices: sweep and renewal
//	    cmd/internal/e2e.TestALostNoticeCostsTimeAndNothingElse
//	    sync/syncdb.TestATickStartsWhatIsDueOnce
//	    sync/mailbox.TestASubscriptionThatEndedSilentlyIsMadeAgain
//	    sync/syncdb.TestARemovedSubscriptionIsForgottenAndMadeAgain
//	23  handshake: stateless, no lock held
//	    TestHardCase23TheHandshakeFindsNothingLocked
//	    sync/mailbox.TestAFleetIsSubscribedWithOneListingAndEachHandshakeByAnyReplica
//	    sync/webhook.TestTheHandshakeIsEchoedAsPlainText
//	24  slow endpoint: stored and answered, Graph is asked elsewhere
//	    TestHardCase24NoticesAreAnsweredThoughGraphHangs
//	25  storm after an outage: jitter, pauses in the database, writes first
//	    sync/mailbox.TestMailboxesComeBackFromAnOutageOneByOne
//	    sync/mailbox.TestAWriteGoesBeforeReadingsThatWaitLonger
//	    sync/mailbox.TestNobodyAsksAThrottledMailboxBeforeItsTime
//	26  retry inside retry: one request per call
//	    TestHardCase26ARefusedWriteIsOneRequest
//	27  $batch: not used
//	    TestHardCase27And31NoBatchIsSentAndAllIDsAreImmutable
//	28  mailbox moved, renamed, gone: a state in words, nothing deleted; with other ids, known again by the stamp
//	    TestHardCase28And29AMailboxInTroubleKeepsWhatIsKnownOfIt
//	    TestHardCase28AMovedMailboxKeepsEachMeetingOnce
//	    sync/reconcile.TestSeveralIDsGoneAtOnceMeanAMoveAndNotDeletions
//	    sync/mailbox.TestAMailboxThatRefusesKeepsItsBlocks
//	29  permission revoked: the same, one request per sweep
//	    TestHardCase28And29AMailboxInTroubleKeepsWhatIsKnownOfIt
//	    jobs.TestAFaultOfOursIsTriedAgainAndAMailboxErrorIsNot
//	30  stale id as 400: gone
//	    TestHardCase30AnIDThatGraphCannotReadIsAnEventThatIsGone
//	31  mixed id kinds: one header, set in one place
//	    TestHardCase27And31NoBatchIsSentAndAllIDsAreImmutable
//	    sync/msgraph.TestARoundReadsEveryPageWithImmutableIDs
//	32  normalisation: only our fields are compared
//	    TestHardCase01And32OurOwnWriteComesBackAndIsNoEdit
//	    sync/msgraph.TestWhatIsWrittenReadsBackAsTheSameInstants
//	33  text in our event: never written after the creation
//	    TestHardCase33TheCounsellorsNotesStay
//	    cmd/internal/e2e.TestTheCounsellorsTextInOurEventStaysThroughARebooking
//	34  invitations: no attendees
//	    TestHardCase34NobodyGetsMail
//	    TestRandomHistories
//	35  both sides take one time: both stand, the booking is a promise
//	    TestHardCase35ABookingAndAnAppointmentOfTheSameMomentBothStand
//	    planner/plannerdb.TestAPromisedTimeBecomesABookingThoughTheCalendarFilledMeanwhile
//	36  reading our own writes: missing is not gone
//	    TestHardCase36AnEventThatTheFeedDoesNotShowYetIsNotGone
//	37  spare subscriptions: listed and pruned
//	    sync/mailbox.TestASpareThatACrashLeftGoesAndOneOfAnotherInstallationStays
//	38  secrets rotate: each subscription has its own
//	    sync/webhook.TestNoticesWakeOnlyMailboxesWhoseSecretTheyCarry
//	    sync/mailbox.TestASubscriptionIsRenewedAtHalfLifeAndReplacedWhenItsSecretIsOld
//	39  clocks: Graph's answer and date count
//	    TestHardCase39TheEndOfASubscriptionIsWhatGraphSays
//	    sync/msgraph.TestRetryAfterIsReadAsSecondsFractionsAndDates
//	40  other calendars: asked for by id
//	    TestHardCase40AnotherCalendarOfTheMailbox
//	41  empty PATCH: the wire is tested
//	    TestHardCase15And41AnETagThatChangedByItselfIsNoConflict
//	    sync/msgraph.TestEachOperationSendsExactlyTheseRequests
//	42  shared state: a sick mailbox is left alone, others go on
//	    TestHardCase42ASickMailboxGetsItsBookingsAndHoldsNobodyUp
//	    sync/mailbox.TestASickMailboxIsLeftUnreadLongerAndLongerAndItsBookingsAreWritten
//	    sync/mailbox.TestAnOutageOfAllMailboxesQuarantinesNone
//	43  categories: not identity
//	    TestHardCase43CategoriesOfOurEventAreTheCounsellors
//	44  cancelled and deleted: 404 is success
//	    TestHardCase44AnEventThatIsGoneAlreadyIsDeleted
//	45  order: one lane per mailbox, decisions on an older state are told
//	    TestHardCase45ACancellationDoesNotOvertakeTheCreation
//	    sync/mailbox.TestACancellationAfterALostAnswerLeavesNothing
package graphtest
