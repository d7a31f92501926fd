package reconcile

// Reason says why. Codes are stored; administrators read the Danish sentence.
type Reason string

// Reasons of any item.
const (
	ReasonInStep    Reason = "in-step"    // nothing differs
	ReasonUnseen    Reason = "unseen"     // a partial read says nothing of it
	ReasonBothAgree Reason = "both-agree" // the same on both sides, not yet noted
	ReasonGoneBoth  Reason = "gone-both"  // on neither side any more
)

// Reasons of a booking.
const (
	ReasonNew               Reason = "new-booking"         // no event yet
	ReasonChangedByOwner    Reason = "booking-changed"     // by citizen, case system or planner
	ReasonRemovedByOwner    Reason = "booking-cancelled"   // by citizen, case system or planner
	ReasonCancelledEditLost Reason = "cancelled-edit-lost" // and an edit in Outlook goes with it
	ReasonMovedInOutlook    Reason = "moved-in-outlook"    // only Outlook's time changed
	ReasonEditedInOutlook   Reason = "edited-in-outlook"   // only Outlook's subject or showAs changed
	ReasonEditedTooOften    Reason = "edited-too-often"    // and was put back before, as often as allowed
	ReasonDeletedInOutlook  Reason = "deleted-in-outlook"  // only Outlook's event went
	ReasonDeletedAgain      Reason = "deleted-again"       // and was made again before
	ReasonChangedAndDeleted Reason = "changed-and-deleted" // booking changed, event deleted
	ReasonBothChanged       Reason = "both-changed"        // each in its own way
	ReasonFoundDifferent    Reason = "found-different"     // our event was found again and differs
	ReasonSettled           Reason = "settled"             // a flag stood, and both agree again
	ReasonWaiting           Reason = "waiting"             // a flag stands, a person decides
	ReasonOrphan            Reason = "orphan"              // carries our stamp, and we know nothing of it
	ReasonReplacedCameBack  Reason = "replaced-came-back"  // an event whose place another took
	ReasonReplacedStaysGone Reason = "replaced-stays-gone" // the same, absent as it should be
)

// Reasons that only show while a decision is carried out; Decide never gives them.
const (
	ReasonRestored    Reason = "restored"     // what was edited stands as it should again
	ReasonMoveRefused Reason = "move-refused" // the planner's rules do not allow Outlook's time
	ReasonRefused     Reason = "refused"      // Outlook will not take our event as it is
)

// Reasons of a mailbox that was moved with all ids replaced, and of what a person decided.
const (
	ReasonMovedFound    Reason = "moved-found"     // our event was known again by its stamp
	ReasonMovedNotFound Reason = "moved-not-found" // no event carries the stamp
	ReasonMovedCopies   Reason = "moved-copies"    // several do
	ReasonRejected      Reason = "rejected"        // a person would not have it
)

// Reasons of a busy block.
const (
	ReasonNewAppointment     Reason = "new-appointment"     // in Outlook
	ReasonAppointmentChanged Reason = "appointment-changed" // in Outlook
	ReasonAppointmentGone    Reason = "appointment-gone"    // from Outlook
	ReasonBlockUnknown       Reason = "block-unknown"       // to Outlook, and never agreed on
	ReasonBlockLost          Reason = "block-lost"          // here; Outlook still has it
	ReasonBlockDiffers       Reason = "block-differs"       // here, from what Outlook has
)

var danish = map[Reason]string{
	ReasonInStep:    "Planneren og Outlook er enige.",
	ReasonUnseen:    "Outlook er kun læst delvist, og aftalen var ikke med. Intet er ændret.",
	ReasonBothAgree: "Planneren og Outlook siger allerede det samme.",
	ReasonGoneBoth:  "Aftalen findes ikke længere nogen af stederne.",

	ReasonNew:               "Der er kommet en ny booking, som skal stå i Outlook.",
	ReasonChangedByOwner:    "Bookingen er ændret, og Outlook skal følge med.",
	ReasonRemovedByOwner:    "Bookingen er aflyst, og mødet skal væk fra Outlook.",
	ReasonCancelledEditLost: "Bookingen er aflyst. Mødet var rettet i Outlook, og den rettelse er gået tabt.",
	ReasonMovedInOutlook:    "Mødet blev flyttet i Outlook.",
	ReasonEditedInOutlook:   "Emnet eller visningen af mødet blev rettet i Outlook.",
	ReasonEditedTooOften:    "Mødet rettes gang på gang i Outlook. Det bliver stående, som det er, til nogen har set på det.",
	ReasonDeletedInOutlook:  "Mødet blev slettet i Outlook.",
	ReasonDeletedAgain:      "Mødet er slettet i Outlook igen, men bookingen gælder stadig. Nogen skal se på det.",
	ReasonChangedAndDeleted: "Bookingen er ændret, og mødet var slettet i Outlook. Det laves igen med de nye oplysninger.",
	ReasonBothChanged:       "Bookingen og mødet i Outlook er ændret hver for sig. Bookingen gælder.",
	ReasonFoundDifferent:    "Planneren fandt sit møde i Outlook igen, men det passer ikke med bookingen og rettes.",
	ReasonSettled:           "Planneren og Outlook er enige igen, og advarslen er fjernet.",
	ReasonWaiting:           "Nogen skal tage stilling. Intet ændres imens.",
	ReasonOrphan:            "Outlook har en aftale med Planneren som afsender, men Planneren kender den ikke. Den er ikke rørt. Nogen skal se på den.",
	ReasonReplacedCameBack:  "En gammel udgave af mødet dukkede op igen i Outlook og fjernes. Den nye bliver stående.",
	ReasonReplacedStaysGone: "Den gamle udgave af mødet er fortsat væk.",

	ReasonRestored:    "Mødet er sat tilbage i Outlook, så det passer med bookingen.",
	ReasonMoveRefused: "Mødet blev flyttet i Outlook til en tid, som reglerne ikke tillader, og sættes tilbage.",
	ReasonRefused:     "Outlook vil ikke tage imod mødet. Nogen skal se på det.",

	ReasonMovedFound:    "Postkassen er flyttet, og mødet er fundet igen i Outlook. Planneren følger det dér.",
	ReasonMovedNotFound: "Postkassen ser ud til at være flyttet, og mødet kan ikke findes i Outlook. Intet er ændret.",
	ReasonMovedCopies:   "Postkassen ser ud til at være flyttet, og mødet står flere gange i Outlook. Slet de overflødige dér. Intet er ændret.",
	ReasonRejected:      "Planen er afvist. Aftalen bliver stående, som den er.",

	ReasonNewAppointment:     "Der er kommet en aftale i Outlook, som optager tid.",
	ReasonAppointmentChanged: "Aftalen er ændret i Outlook.",
	ReasonAppointmentGone:    "Aftalen er væk fra Outlook eller optager ikke længere tid.",
	ReasonBlockUnknown:       "Planneren havde en optaget tid, som Outlook ikke kender. Tiden er fri igen.",
	ReasonBlockLost:          "Planneren manglede en optaget tid, som Outlook har. Den er sat ind igen.",
	ReasonBlockDiffers:       "Den optagne tid passede ikke med Outlook. Outlook gælder.",
}

// Danish is the reason as a sentence for administrators; the code itself for one that this release
// does not know, since rows outlive releases.
func (r Reason) Danish() string {
	if s, ok := danish[r]; ok {
		return s
	}
	return string(r)
}
