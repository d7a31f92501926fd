package reconcile

// Reason says why. Codes are stored; administrators read the Danish sentence.
type Reason string

// The reasons, a closed list. Of any item:
const (
	InStep    Reason = "in-step"    // nothing differs
	Unseen    Reason = "unseen"     // a partial read says nothing of it
	BothAgree Reason = "both-agree" // the same on both sides, not yet noted
	GoneBoth  Reason = "gone-both"  // on neither side any more
	Settled   Reason = "settled"    // a flag stood, and both agree again
	Waiting   Reason = "waiting"    // a flag stands, a person decides
	Returned  Reason = "returned"   // a replaced event of ours came back
	StaysGone Reason = "stays-gone" // a replaced event of ours is still gone
	Orphan    Reason = "orphan"     // carries our stamp, and we know nothing of it
)

// Of a booking:
const (
	NewBooking        Reason = "new-booking"         // no event yet
	BookingChanged    Reason = "booking-changed"     // by citizen, case system or planner
	BookingCancelled  Reason = "booking-cancelled"   //
	CancelledEditLost Reason = "cancelled-edit-lost" // cancelled; an edit in Outlook goes with it
	MovedInOutlook    Reason = "moved-in-outlook"    // only Outlook's time changed
	EditedInOutlook   Reason = "edited-in-outlook"   // only Outlook's subject or showAs changed
	EditedTooOften    Reason = "edited-too-often"    // and was put back before, as often as allowed
	DeletedInOutlook  Reason = "deleted-in-outlook"  // only Outlook's event went
	DeletedAgain      Reason = "deleted-again"       // and was made again before
	ChangedAndDeleted Reason = "changed-and-deleted" // booking changed, event deleted
	BothChanged       Reason = "both-changed"        // each in its own way
	FoundDifferent    Reason = "found-different"     // our event was found again and differs
)

// Of a busy block:
const (
	NewAppointment     Reason = "new-appointment"     // in Outlook
	AppointmentChanged Reason = "appointment-changed" // in Outlook
	AppointmentGone    Reason = "appointment-gone"    // from Outlook
	BlockUnknown       Reason = "block-unknown"       // to Outlook, and never agreed on
	BlockLost          Reason = "block-lost"          // here, Outlook still has it
	BlockDiffers       Reason = "block-differs"       // here, from what Outlook has
)

var danish = map[Reason]string{
	InStep:    "Planneren og Outlook er enige.",
	Unseen:    "Outlook er kun læst delvist, og aftalen var ikke med; intet er ændret.",
	BothAgree: "Planneren og Outlook siger allerede det samme.",
	GoneBoth:  "Aftalen findes ikke længere nogen af stederne.",
	Settled:   "Planneren og Outlook er enige igen; advarslen er fjernet.",
	Waiting:   "Et menneske skal tage stilling; intet er ændret imens.",
	Returned:  "En gammel udgave af mødet dukkede op igen i Outlook og er fjernet; den nye bliver.",
	StaysGone: "Den gamle udgave af mødet er fortsat væk.",
	Orphan:    "Outlook har en aftale med Planners mærke, som Planneren ikke kender. Den er ikke rørt; se på den.",

	NewBooking:        "Der er kommet en ny booking, som skal stå i Outlook.",
	BookingChanged:    "Bookingen er ændret, og Outlook skal følge med.",
	BookingCancelled:  "Bookingen er aflyst, og mødet skal væk fra Outlook.",
	CancelledEditLost: "Bookingen er aflyst. Mødet var rettet i Outlook, og den rettelse er gået tabt.",
	MovedInOutlook:    "Mødet blev flyttet i Outlook.",
	EditedInOutlook:   "Emne eller visning af mødet blev rettet i Outlook og sættes tilbage.",
	EditedTooOften:    "Mødet rettes gang på gang i Outlook. Det bliver stående, som det er; se på det.",
	DeletedInOutlook:  "Mødet blev slettet i Outlook, men bookingen gælder.",
	DeletedAgain:      "Mødet er slettet igen i Outlook, men bookingen gælder. Det laves ikke igen; se på det.",
	ChangedAndDeleted: "Bookingen er ændret, og mødet var slettet i Outlook. Det laves igen med de nye oplysninger.",
	BothChanged:       "Bookingen og mødet i Outlook er ændret hver for sig. Bookingen gælder.",
	FoundDifferent:    "Planneren fandt sit møde i Outlook, men det passer ikke med bookingen og rettes.",

	NewAppointment:     "Der er kommet en aftale i Outlook, som optager tid.",
	AppointmentChanged: "Aftalen er ændret i Outlook.",
	AppointmentGone:    "Aftalen er væk fra Outlook eller optager ikke længere tid.",
	BlockUnknown:       "Planneren havde en optaget tid, som Outlook ikke kender.",
	BlockLost:          "Planneren manglede en optaget tid, som Outlook har.",
	BlockDiffers:       "Den optagne tid passede ikke med Outlook; Outlook gælder.",
}

// Danish is the reason as a sentence for administrators; the code itself for one that this release
// does not know (rows outlive releases).
func (r Reason) Danish() string {
	if s, ok := danish[r]; ok {
		return s
	}
	return string(r)
}
