package e2e

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// hardCases names, for each of the 45 cases that a two-way sync gets wrong (knowledge of the project, graph.md §12),
// what decides it here and the tests that hold us to it. Those without a package are in this one.
//
//	 1  echo loop: the fingerprint of our fields decides, not the etag
//	 2  ambiguous create: transactionId and content are committed first, the same is sent again
//	 3  body changed between retries: the first content is frozen, the change follows as an update
//	 4  copied event: the id that Graph answered is identity; a stamped stranger is the counsellor's
//	 5  deleted event: made again once, then flagged; cancelled only where the municipality says so
//	 6  deleted and restored: a replaced id that comes back goes again
//	 7  deleted occurrence: anything about a series starts a full round
//	 8  stubs: inherit from their master, block as unknown without one
//	 9  ghost master: never a block
//	10  this and following: a change of sets
//	11  strangers' tombstones, moved out of the window: ours are asked for by id
//	12  window edges: one window, spans cut by nothing, whole days widened
//	13  410 in the middle: nothing is written before a round is whole
//	14  endless paging: counted, then read page by page without the feed
//	15  412 that is none: look, compare, write once more
//	16  real conflict: the booking is right about its time, the loss is noted; an overtaken run writes nothing
//	17  DST: instants inside, Danish wall clock at the edges
//	18  all-day: Danish dates, end exclusive
//	19  showAs: a table
//	20  privacy: what is not ours leaves the decoder as a span
//	21  storms: one generation counter and one job per mailbox
//	22  lost notices: sweep and renewal
//	23  handshake: stateless, no lock held
//	24  slow endpoint: stored and answered, Graph is asked elsewhere
//	25  storm after an outage: jitter, pauses in the database, writes first
//	26  retry inside retry: one request per call
//	27  $batch: not used
//	28  mailbox moved, renamed, gone: a state in words, nothing deleted; with other ids, known again by the stamp
//	29  permission revoked: the same, one request per sweep
//	30  stale id as 400: gone
//	31  mixed id kinds: one header, set in one place
//	32  normalisation: only our fields are compared
//	33  text in our event: never written after the creation
//	34  invitations: no attendees
//	35  both sides take one time: both stand, the booking is a promise
//	36  reading our own writes: missing is not gone
//	37  spare subscriptions: listed and pruned
//	38  secrets rotate: each subscription has its own
//	39  clocks: Graph's answer and date count
//	40  other calendars: asked for by id
//	41  empty PATCH: the wire is tested
//	42  shared state: a sick mailbox is left alone, others go on
//	43  categories: not identity
//	44  cancelled and deleted: 404 is success
//	45  order: one lane per mailbox, decisions on an older state are told
var hardCases = map[int]string{
	1:  "TestHardCase01And32OurOwnWriteComesBackAndIsNoEdit sync/mailbox.TestAQuietRoundIsOneRequestAndNoWrite",
	2:  "TestHardCase02ACreationOfUnknownOutcomeMakesOneEvent sync/mailbox.TestALostAnswerToACreationMakesNoSecondEvent sync/msgraph.TestACreationOfUnknownOutcomeIsRepeatedWithoutATwin",
	3:  "TestHardCase03ARetriedCreationSendsTheSameAndTheChangeFollows sync/msgraph.TestARepeatedCreationSendsTheSameBytes",
	4:  "TestHardCase04ACopyOfOurEventIsTheCounsellors sync/mailbox.TestACopyOfOurEventIsSomebodysAppointment",
	5:  "TestHardCase05ADeletedEventIsMadeAgainOnceAndThenAPersonIsTold sync/mailbox.TestADeletedEventIsMadeAgainOnceThenFlagged",
	6:  "TestHardCase06ARestoredEventGoesWhenAnotherTookItsPlace sync/mailbox.TestAnEventThatWasFoundOnlyToBeDeletedGoesAgainWhenItComesBack",
	7:  "TestHardCase07ADeletedOccurrenceFreesItsTime sync/mailbox.TestADeletedSeriesFreesItsTimesWhenOnlyItsMasterIsNamed TestASeriesBlocksEveryWeekAndADeletedOccurrenceDoesNot",
	8:  "TestHardCase08AnOccurrenceBlocksAsItsMasterDoes sync/translate.TestAnOccurrenceIsWhatItsMasterIs",
	9:  "TestHardCase09AMasterIsNoAppointment",
	10: "TestHardCase10ThisAndFollowingIsAPlainChangeOfTimes",
	11: "TestHardCase11LeavingTheWindowIsNoDeletion",
	12: "TestHardCase12WindowEdges sync/mailbox.TestTheWindowRollsWithoutAddingOrDeleting",
	13: "TestHardCase13AnExpiryInTheMiddleOfARoundDeletesNothing sync/mailbox.TestARoundThatStopsAtAnyPageChangesNothing sync/mailbox.TestAMassDeletionIsHeldUntilApproved",
	14: "sync/mailbox.TestEndlessPagingIsGivenUp sync/mailbox.TestAFeedWithoutEndIsReadPageByPageForSomeHoursAndThenTriedAgain",
	15: "TestHardCase15And41AnETagThatChangedByItselfIsNoConflict sync/mailbox.TestAnUpdateThatMeetsAnotherETagEachTimeIsPutOff",
	16: "TestHardCase16TheBookingWinsOverAnEditOfTheSameMoment TestHardCase16AnOvertakenProcessDoesNotWriteTheOlderTime sync/reconcile.TestTheDecisionTableIsTheReviewedOne",
	17: "TestHardCase17TimesStandByTheDanishClockOverBothNights TestHardCase17ABookingMovedAcrossTheNightHasTheNewDaysClock sync/calendar.TestOnlyTheRepeatedHourOfOctoberIsAmbiguous",
	18: "TestHardCase18AWholeDayIsADanishDay sync/translate.TestAllDayOccurrencesTakeWholeDanishDays",
	19: "TestHardCase19WhatBlocksAndWhatDoesNot sync/translate.TestWhatBlocks",
	20: "TestNothingPrivateLeavesOutlook TestRandomHistories sync/msgraph.TestPrivateTextLeavesByNoWay",
	21: "TestHardCase21AStormOfNoticesIsFewRounds jobs.TestNoWakeUpIsLostAndNoMailboxRunsTwiceAtOnce",
	22: "TestALostNoticeCostsTimeAndNothingElse sync/syncdb.TestATickStartsWhatIsDueOnce sync/mailbox.TestASubscriptionThatEndedSilentlyIsMadeAgain sync/syncdb.TestARemovedSubscriptionIsForgottenAndMadeAgain",
	23: "TestHardCase23TheHandshakeFindsNothingLocked sync/mailbox.TestAFleetIsSubscribedWithOneListingAndEachHandshakeByAnyReplica sync/webhook.TestTheHandshakeIsEchoedAsPlainText",
	24: "TestHardCase24NoticesAreAnsweredThoughGraphHangs",
	25: "sync/mailbox.TestMailboxesComeBackFromAnOutageOneByOne sync/mailbox.TestAWriteGoesBeforeReadingsThatWaitLonger sync/mailbox.TestNobodyAsksAThrottledMailboxBeforeItsTime",
	26: "TestHardCase26ARefusedWriteIsOneRequest",
	27: "TestHardCase27And31NoBatchIsSentAndAllIDsAreImmutable",
	28: "TestHardCase28And29AMailboxInTroubleKeepsWhatIsKnownOfIt TestHardCase28AMovedMailboxKeepsEachMeetingOnce sync/reconcile.TestSeveralIDsGoneAtOnceMeanAMoveAndNotDeletions sync/mailbox.TestAMailboxThatRefusesKeepsItsBlocks",
	29: "TestHardCase28And29AMailboxInTroubleKeepsWhatIsKnownOfIt jobs.TestAFaultOfOursIsTriedAgainAndAMailboxErrorIsNot",
	30: "TestHardCase30AnIDThatGraphCannotReadIsAnEventThatIsGone",
	31: "TestHardCase27And31NoBatchIsSentAndAllIDsAreImmutable sync/msgraph.TestARoundReadsEveryPageWithImmutableIDs",
	32: "TestHardCase01And32OurOwnWriteComesBackAndIsNoEdit sync/msgraph.TestWhatIsWrittenReadsBackAsTheSameInstants",
	33: "TestHardCase33TheCounsellorsNotesStay TestTheCounsellorsTextInOurEventStaysThroughARebooking",
	34: "TestHardCase34NobodyGetsMail TestRandomHistories",
	35: "TestHardCase35ABookingAndAnAppointmentOfTheSameMomentBothStand planner/plannerdb.TestAPromisedTimeBecomesABookingThoughTheCalendarFilledMeanwhile",
	36: "TestHardCase36AnEventThatTheFeedDoesNotShowYetIsNotGone",
	37: "sync/mailbox.TestASpareThatACrashLeftGoesAndOneOfAnotherInstallationStays",
	38: "sync/webhook.TestNoticesWakeOnlyMailboxesWhoseSecretTheyCarry sync/mailbox.TestASubscriptionIsRenewedAtHalfLifeAndReplacedWhenItsSecretIsOld",
	39: "TestHardCase39TheEndOfASubscriptionIsWhatGraphSays sync/msgraph.TestRetryAfterIsReadAsSecondsFractionsAndDates",
	40: "TestHardCase40AnotherCalendarOfTheMailbox",
	41: "TestHardCase15And41AnETagThatChangedByItselfIsNoConflict sync/msgraph.TestEachOperationSendsExactlyTheseRequests",
	42: "TestHardCase42ASickMailboxGetsItsBookingsAndHoldsNobodyUp sync/mailbox.TestASickMailboxIsLeftUnreadLongerAndLongerAndItsBookingsAreWritten sync/mailbox.TestAnOutageOfAllMailboxesQuarantinesNone",
	43: "TestHardCase43CategoriesOfOurEventAreTheCounsellors",
	44: "TestHardCase44AnEventThatIsGoneAlreadyIsDeleted",
	45: "TestHardCase45ACancellationDoesNotOvertakeTheCreation sync/mailbox.TestACancellationAfterALostAnswerLeavesNothing",
}

func TestEachOfThe45HardCasesIsDecidedByTestsThatExist(t *testing.T) {
	t.Parallel()
	have := testsOfTheTree(t)
	numbered := regexp.MustCompile(`^TestHardCase([0-9]{2})(And([0-9]{2}))?`)
	for n := 1; n <= 45; n++ {
		names := strings.Fields(hardCases[n])
		if len(names) == 0 {
			t.Errorf("case %d is decided by no test", n)
		}
		for _, name := range names {
			if !strings.Contains(name, ".") {
				name = "cmd/internal/e2e." + name
			}
			if !have[name] {
				t.Errorf("case %d: there is no %s", n, name)
			}
		}
	}
	for name := range have {
		test, ours := strings.CutPrefix(name, "cmd/internal/e2e.")
		m := numbered.FindStringSubmatch(test)
		if !ours || m == nil {
			continue
		}
		for _, number := range []string{m[1], m[3]} {
			if n, err := strconv.Atoi(number); err == nil && !strings.Contains(hardCases[n], test) {
				t.Errorf("%s is not listed with case %d", test, n)
			}
		}
	}
}

// testsOfTheTree lists the tests of all packages as package.Test.
func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	tree := os.DirFS("../../..")
	declared := regexp.MustCompile(`^func (Test\w+)\(`)
	err := fs.WalkDir(tree, ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		f, err := tree.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if m := declared.FindStringSubmatch(lines.Text()); m != nil {
				out[path.Dir(file)+"."+m[1]] = true
			}
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
