package dfdgqueue

import "strings"

// words are the reasons in Danish, for administrators; of those that wait for a person, with what to do.
var words = map[Reason]string{
	ReasonNew:            "Ny indkaldelse fra fagsystemet.",
	ReasonOtherPlanner:   "Booking lavet i et andet planlægningssystem.",
	ReasonUnknownSelf:    "Selvbooking, som ikke er lavet i dette system.",
	ReasonMoved:          "Flyttet i et andet system.",
	ReasonCancelled:      "Aflyst i et andet system.",
	ReasonRevived:        "Booket igen i et andet system.",
	ReasonGone:           "Bookingen findes ikke længere i DFDG.",
	ReasonConfirmed:      "Borgeren har bekræftet fremmøde.",
	ReasonExcused:        "Borgeren har sendt afbud.",
	ReasonUnchanged:      "Ingen ændring i tid, form eller vejleder.",
	ReasonOurs:           "Vores egen ændring, som er kommet retur fra DFDG.",
	ReasonOlder:          "Ældre end det, vi allerede ved.",
	ReasonOurChangeNewer: "Vores egen ændring er nyere.",
	ReasonUnreported:     "Vores egen ændring er ikke indberettet endnu og går forud.",
	ReasonDFDGDiffers:    "DFDG har et andet indhold, som er overtaget.",
	ReasonNeverKnown:     "Aflyst, før vi kendte bookingen.",
	ReasonNoCaseWorker:   "Vejlederen kendes ikke i jobcenteret. Opret vejlederen, og vælg »Prøv igen«.",
	ReasonOtherCitizen:   "Bookingen står på en anden borger hos os. Afklar det i fagsystemet, og vælg »Afslut«.",
	ReasonOtherJobCenter: "Bookingen hører til et andet jobcenter hos os. Afklar det i fagsystemet, og vælg »Afslut«.",
	ReasonUnreadable:     "Meddelelsen kan ikke forstås. Læs den, ret bookingen i hånden, og vælg »Afslut«.",
	ReasonForeignService: "En meddelelse, som systemet ikke bruger.",
}

// Words puts the reason of an inbox row into Danish. A row that could not be understood tells the technical cause; it is
// English, names elements of the contract only, and is added for whoever supports the installation.
func Words(reason string) string {
	if text, ok := words[Reason(reason)]; ok {
		return text
	}
	cause := strings.TrimPrefix(reason, "message cannot be understood: ")
	return words[ReasonUnreadable] + " Teknisk årsag: " + cause
}
