// Package msgraph is Microsoft Graph as the planner needs it: changes of a calendar page by page,
// writes of our own events, subscriptions; and who is in a group. It is the only package that knows the SDK, and none of the
// SDK's types leaves it. Each of its operations is a file.
//
// # Who does what
//
// The SDK builds requests: paths, queries, bodies. Everything else is here.
//
//	operation ─ SDK builder ─ transport (host, token, length) ─ net/http ─▶ Graph
//	    ▲                                                                     │
//	    └── package calendar ◀─ decode / refusal ◀─ response handler ◀────────┘
//
// Answers go to a response handler before the SDK has seen them. What is read of an event is what
// wireEvent names; the rest is passed over by the JSON decoder and never becomes a value. So text of
// other people's appointments cannot get into a log, an error, a trace or a row: it is nowhere to be
// had. The subject is decoded for our own events only. Of a refusal the status, the code and
// Retry-After are kept; its message is not, for it may quote what was sent.
//
// # One try
//
// A call is one try within Config.Timeout. River is the one authority on trying again: a retry
// inside a call holds a worker and a slot of the mailbox, and multiplies with those outside. The one
// exception is a 401, after which the same request goes out once more with a fresh token; it had no
// effect the first time. If the fresh token is refused too, or Entra refuses to give one, that is
// MailboxDenied: every mailbox waits for a person, none is hammered, nothing local is deleted. When
// Entra or Graph is merely not to be reached it is UnavailableError.
//
// # What a refusal means
//
// See refusal in errors.go; every row is a case of TestEachRefusalOfGraphMeansOneThing. Three
// choices need their reason:
//
//   - "Gone" is believed only in Graph's own words. A 404 without an error code is some gateway's, and
//     taking it for a deletion would make every appointment anew beside the one that is there.
//   - Any 400 to a link is taken for an expired link. The full round that follows asks the same
//     question with a plain window, so a true bad request shows there.
//   - An event without readable identity or time fails its page. Leaving it out would offer time that
//     may be taken, and nobody would know; a mailbox that fails is seen.
//
// # Time
//
// Read in UTC, asked for on each page. Written as Danish clock time ("Romance Standard Time"), in
// which Outlook shows and keeps it, but in UTC when either edge lies in the hour that autumn repeats.
// All-day events are dates, and become whole Danish days. Zones that say nothing are Danish.
//
// # The SDK's defects, and the tests that guard against them
//
// msgraph-sdk-go v1.89.0, kiota-abstractions-go v1.9.3, kiota-http-go v1.5.4.
//
//   - Changes to a fetched model are not tracked, so a PATCH of one sends nothing and answers 200.
//     Writes are new models. TestEachOperationSendsExactlyTheseRequests, TestOurEventLivesAndDies.
//   - The retry handler repeats POST and PATCH, three times even if told 0; redirects are followed; request
//     bodies are compressed; the order of all that is random. No middleware is used.
//     TestEachRefusalOfGraphMeansOneThing (one request each), TestEachOperationSendsExactlyTheseRequests.
//   - A body that is not JSON loses the status; headers with it. Same table, "503 as a web page".
//   - Prefer is dropped after the first page by the page iterator. Links are followed by hand.
//     TestEachOperationSendsExactlyTheseRequests ("next page"), TestARoundReadsEveryPageWithImmutableIDs.
//   - A null in a page is a panic. TestAPageHoldsWhatTheItemsSay, TestARoundReadsEveryPageWithImmutableIDs.
//   - Repeated header values go out in random order. Prefer is one line. The golden file again.
//   - Requests to a host that is not on a list go out without a token, silently; those on it get one,
//     whatever link named them. TestATokenGoesToGraphOnly.
//   - A challenge whose claims are not quoted is a panic. TestAMalformedChallengeDoesNoHarm.
//   - Errors, Graph's message in them, are recorded in OpenTelemetry spans. TestPrivateTextLeavesByNoWay.
//   - An empty id makes another path ("DELETE …/events"). TestNothingIsSentForAnIDThatIsNone.
//   - A context without deadline leaves a timer of 100 s behind. Every call has one; goleak watches.
//   - Decoding a page takes 20 ms for 200 events, 213,000 allocations; ours 3 ms and 3,200 (BenchmarkPage,
//     BenchmarkPageBySDK).
//   - The root package costs 280 CPU-seconds more to compile than the three packages that it collects.
//     TestTheRootPackageOfTheSDKIsNotImported.
//
// azidentity keeps tokens of managed identities in a cache of the whole process, which a new credential does not
// empty: TestARevokedTokenOfAManagedIdentityIsReplaced. It reads PKCS #12 only as OpenSSL 1 wrote it:
// TestAPKCS12FileSignsInOrSaysHowToConvertIt.
//
// Not to be had: a delta page without bodies. The feed takes no $select, so they cross the wire; they
// are asked for as plain text, being smaller.
//
// Fuzzing here compiles the SDK a second time, for coverage, which takes minutes and 5 GB once.
package msgraph
