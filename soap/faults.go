package soap

import (
	"context"
	"errors"
	"slices"
	"strings"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire"
)

// Blame says whose fault it is, and so whether the same message can succeed later.
type Blame int

// Blames, with what they are called in SOAP 1.1 and 1.2.
const (
	BlameClient         Blame = iota // Client, Sender: change the message first
	BlameServer                      // Server, Receiver: may succeed later
	BlameVersion                     // VersionMismatch: not an envelope we know
	BlameMustUnderstand              // MustUnderstand: a header that we do not know and must
)

func (b Blame) code(v version) string {
	return [...][2]string{{"Client", "Sender"}, {"Server", "Receiver"}, {"VersionMismatch", "VersionMismatch"}, {"MustUnderstand", "MustUnderstand"}}[b][v]
}

// Fault is a refusal as the caller gets it. It holds nothing internal; what caused it travels
// beside it, for the log.
type Fault struct {
	// Number is STAR's, 0 for a fault about the envelope itself, which has no detail.
	Number int
	Blame  Blame
	// Text is Danish, for people.
	Text  string
	cause error
}

func (f *Fault) Error() string {
	if f.cause != nil {
		return f.Text + " (" + f.cause.Error() + ")"
	}
	return f.Text
}

// Unwrap gives what caused it.
func (f *Fault) Unwrap() error { return f.cause }

// Because gives the same fault with its cause.
func (f *Fault) Because(cause error) *Fault {
	with := *f
	with.cause = cause
	return &with
}

// Faults that any service may give. Numbers from STAR's list of errors common to all SOAP services;
// the texts are ours.
var (
	// FaultPing answers STAR's monitoring. The text is told.
	FaultPing = &Fault{Number: 100, Blame: BlameClient, Text: "dfdgping"}

	FaultInvalid         = &Fault{Number: 1014, Blame: BlameClient, Text: "Meddelelsen er ikke gyldig."}
	FaultMalformed       = &Fault{Number: 1014, Blame: BlameClient, Text: "Meddelelsen er ikke gyldig: den er ikke velformet XML, eller den er større end tilladt."}
	FaultTooLarge        = &Fault{Number: 1014, Blame: BlameClient, Text: "Meddelelsen er ikke gyldig: den er for stor."}
	FaultUnreadable      = &Fault{Number: 1014, Blame: BlameClient, Text: "Meddelelsen er ikke gyldig: tegnsættet eller pakningen kan ikke læses."}
	FaultNoOperation     = &Fault{Number: 1014, Blame: BlameClient, Text: "Meddelelsen er ikke gyldig: operationen findes ikke i tjenesten."}
	FaultActionDisagrees = &Fault{Number: 1014, Blame: BlameClient, Text: "Meddelelsen er ikke gyldig: SOAPAction nævner en anden operation end meddelelsen."}

	FaultInternal = &Fault{Number: 1011, Blame: BlameServer, Text: "Der er sket en intern fejl i planneren."}
	FaultBusy     = &Fault{Number: 1100, Blame: BlameServer, Text: "Planneren har travlt lige nu. Prøv igen om lidt."}

	FaultNoCertificate = &Fault{Number: 1101, Blame: BlameClient, Text: "Kaldet mangler et klientcertifikat."}
	FaultNoAccess      = &Fault{Number: 1013, Blame: BlameClient, Text: "Kalderen har ikke adgang til denne tjeneste."}
	// "Logon failed": for a certificate that is no longer, or not, to be trusted where TLS cannot say so.
	FaultBadCertificate = &Fault{Number: 1012, Blame: BlameClient, Text: "Klientcertifikatet kan ikke godkendes."}
	// A Server fault: the caller did nothing wrong, and the same call may succeed later.
	FaultUnchecked       = &Fault{Number: 1100, Blame: BlameServer, Text: "Det kan ikke kontrolleres lige nu, om klientcertifikatet er spærret. Prøv igen om lidt."}
	FaultNotForJobCenter = &Fault{Number: 4575, Blame: BlameClient, Text: "Kaldet er ikke tilladt: kalderen må ikke handle for jobcenteret."}
	FaultNotAsAuthority  = &Fault{Number: 4575, Blame: BlameClient, Text: "Kaldet er ikke tilladt: kalderen må ikke handle på vegne af organisationen i ActiveOrganisationHeader."}

	FaultOrganisationMissing    = &Fault{Number: 8232, Blame: BlameClient, Text: "SOAP-headeren ActiveOrganisationHeader mangler."}
	FaultUserMissing            = &Fault{Number: 8233, Blame: BlameClient, Text: "SOAP-headeren RequestUserMetadataHeader mangler."}
	FaultOrganisationUnreadable = &Fault{Number: 8234, Blame: BlameClient, Text: "SOAP-headeren ActiveOrganisationHeader kan ikke læses."}
	// The number is told with its text cut off; that it is this header's is proposed.
	FaultUserUnreadable   = &Fault{Number: 8235, Blame: BlameClient, Text: "SOAP-headeren RequestUserMetadataHeader kan ikke læses."}
	FaultOrganisationType = &Fault{Number: 8173, Blame: BlameClient, Text: "Organisationstypen findes ikke i kodelisten."}
	FaultAuthorityType    = &Fault{Number: 4413, Blame: BlameClient, Text: "Myndighedstypen i SOAP-headeren er ikke gyldig for denne tjeneste."}
	FaultUserType         = &Fault{Number: 8174, Blame: BlameClient, Text: "Brugertypen findes ikke i kodelisten."}

	faultVersion        = &Fault{Blame: BlameVersion, Text: "Konvolutten er hverken SOAP 1.1 eller SOAP 1.2."}
	faultMustUnderstand = &Fault{Blame: BlameMustUnderstand, Text: "Kaldet har en SOAP-header med mustUnderstand, som planneren ikke kender."}
)

// refusals maps the Planner's codes. Numbers from the booking error codes of BookingService, which
// DFDG applies to ExternalBookingService as well; four are choices, because no number is told:
//   - a job centre that is not served is "not authorised" (4575), as the caller asks on its behalf;
//   - a case worker who does not hold this meeting is 4770 and not 1014: people leave and change teams
//     between two calls of one citizen, and "no available options" lets Jobnet offer another;
//   - a booking that may not be moved is 4575, the citizen's lack of a right to it;
//   - a BookingIdentifier used again with other content is 1014: the caller contradicts itself.
//
// H9: a time just taken, and a reservation gone, are 4770.
var refusals = map[planner.Code]*Fault{
	planner.CodeInvalidCPR:         {Number: 1001, Blame: BlameClient, Text: "CPR-nummeret er ikke et gyldigt CPR-nummer."},
	planner.CodeUnknownCPR:         {Number: 1010, Blame: BlameClient, Text: "CPR-nummeret er ukendt."},
	planner.CodeUnknownJobCenter:   {Number: 4575, Blame: BlameClient, Text: "Kaldet er ikke tilladt: jobcenteret betjenes ikke af denne planner."},
	planner.CodeUnknownOption:      {Number: 4770, Blame: BlameClient, Text: "Der er ingen ledige mødetider: mødetilbuddet findes ikke eller gælder ikke for borgeren."},
	planner.CodeUnknownCaseWorker:  {Number: 4770, Blame: BlameClient, Text: "Der er ingen ledige mødetider hos den valgte sagsbehandler."},
	planner.CodeUnknownBooking:     {Number: 4768, Blame: BlameClient, Text: "Bookingen findes ikke i planneren."},
	planner.CodeNotCitizensBooking: {Number: 8107, Blame: BlameClient, Text: "Bookingen tilhører ikke borgeren med det angivne CPR-nummer."},
	planner.CodeBadInterval:        {Number: 4792, Blame: BlameClient, Text: "Sluttidspunktet ligger før starttidspunktet."},
	planner.CodePast:               {Number: 4783, Blame: BlameClient, Text: "Tidspunktet er passeret."},
	planner.CodeTaken:              {Number: 4770, Blame: BlameClient, Text: "Mødetiden er ikke længere ledig. Vælg en anden tid."},
	planner.CodeReservationGone:    {Number: 4770, Blame: BlameClient, Text: "Reservationen er udløbet, og mødetiden er ikke længere ledig. Vælg en anden tid."},
	planner.CodeNotRebookable:      {Number: 4575, Blame: BlameClient, Text: "Kaldet er ikke tilladt: mødet kan ikke flyttes af borgeren."},
	planner.CodeBadContactType:     {Number: 4708, Blame: BlameClient, Text: "Samtaleformen kan ikke vælges til dette møde."},
	planner.CodeConflictingRepeat:  {Number: 1014, Blame: BlameClient, Text: "Meddelelsen er ikke gyldig: bookingens id er allerede brugt med et andet indhold."},
}

// breaches say in Danish what a Violation's rule is.
var breaches = map[wire.Rule]string{
	wire.RuleMissing:    "elementet mangler eller står forkert",
	wire.RuleUnexpected: "der står et element for meget eller et ukendt element",
	wire.RuleText:       "der står tekst, hvor kun elementer er tilladt",
	wire.RuleAttribute:  "der står en ukendt attribut",
	wire.RuleNil:        "elementet må ikke være nil",
	wire.RuleType:       "værdien har ikke den rigtige type",
	wire.RulePattern:    "værdien har ikke den rigtige form",
	wire.RuleLength:     "værdien er for kort eller for lang",
	wire.RuleRange:      "værdien er for lille eller for stor",
	wire.RuleCount:      "elementet står for få eller for mange gange",
}

const cprElement = "PersonCivilRegistrationIdentifier"

// FaultOf says how an error is told to the caller. What it does not know is internal.
func FaultOf(err error) *Fault {
	var (
		fault     *Fault
		refusal   *planner.Error
		violation *wire.Violation
		syntax    *wire.SyntaxError
	)
	switch {
	case errors.As(err, &fault):
		return fault
	case errors.As(err, &refusal):
		if f := refusals[refusal.Code]; f != nil {
			return f.Because(err)
		}
	case errors.As(err, &violation):
		// A CPR that is missing is no malformed CPR.
		broken := []wire.Rule{wire.RulePattern, wire.RuleLength, wire.RuleType}
		if violation.Element() == cprElement && slices.Contains(broken, violation.Rule) {
			return refusals[planner.CodeInvalidCPR].Because(err)
		}
		f := FaultInvalid.Because(err)
		f.Text = "Meddelelsen er ikke gyldig: " + strings.Join(violation.Path, "/") + ": " + breaches[violation.Rule] + "."
		return f
	case errors.As(err, &syntax):
		return FaultMalformed.Because(err)
	case errors.Is(err, wire.ErrCharset):
		return FaultUnreadable.Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return FaultBusy.Because(err) // canceled: the caller has gone, and nobody reads it
	}
	return FaultInternal.Because(err)
}
