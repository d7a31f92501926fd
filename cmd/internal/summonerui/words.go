package summonerui

import (
	"errors"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/summons"
	"kommunalplanner.example/planner/summonsdb"
)

// refusalWords tell people why something could not be done.
var refusalWords = map[planner.Code]string{
	planner.CodeInvalidCPR:         "Det er ikke et CPR-nummer. Skriv ti cifre.",
	planner.CodeUnknownCPR:         "CPR-nummeret mangler.",
	planner.CodeUnknownJobCenter:   "Jobcenteret findes ikke her.",
	planner.CodeUnknownOption:      "Mødetilbuddet findes ikke eller er trukket tilbage.",
	planner.CodeUnknownCaseWorker:  "Vejlederen holder ikke disse møder, er fratrådt, eller kalenderen kan ikke læses.",
	planner.CodeUnknownBooking:     "Mødet findes ikke.",
	planner.CodeBadInterval:        "Tidsrummet er forkert: slut skal være efter start.",
	planner.CodePast:               "Tidspunktet er passeret.",
	planner.CodeTaken:              "Tiden er ikke ledig. Vælg en anden.",
	planner.CodeNotRebookable:      "Mødet kan ikke ændres her: det er aflyst, begyndt eller oprettet i fagsystemet. Møder fra fagsystemet ændres dér.",
	planner.CodeBadContactType:     "Samtaleformen er ikke mulig på det tidspunkt.",
	planner.CodeConflictingRepeat:  "Formularen er allerede brugt til et andet møde. Begynd forfra.",
	planner.CodeBreaksRules:        "Tiden bryder regler, som du kan tilsidesætte med en begrundelse.",
	planner.CodeBadOverride:        "Reglerne kan kun tilsidesættes med en begrundelse.",
	planner.CodeBadText:            "Teksten må højst have 200 tegn på én linje og må ikke indeholde et CPR-nummer.",
	planner.CodeReservationGone:    "Tiden er ikke ledig. Vælg en anden.",
	planner.CodeNotCitizensBooking: "Mødet er en anden borgers.",
}

// refusal is what to tell of an error; "" when it is not a refusal by rule.
func refusal(err error) string {
	var e *planner.Error
	if !errors.As(err, &e) {
		return ""
	}
	if words := refusalWords[e.Code]; words != "" {
		return words
	}
	return "Det kan ikke lade sig gøre."
}

var lineWords = map[string]string{
	string(summons.ProblemNoCPR):      "CPR-nummeret mangler",
	string(summons.ProblemBadCPR):     "Ikke et CPR-nummer",
	string(summons.ProblemNineDigits): "CPR-nummeret har ni cifre; et regneark har måske fjernet et foranstillet nul",
	string(summons.ProblemTwice):      "Borgeren står på listen to gange",
	string(summons.ProblemCaseWorker): "Den ønskede vejleder er ikke blandt de valgte",
	string(summons.ProblemHasMeeting): "Borgeren har allerede et kommende møde af den type",
	string(summons.NoTimes):           "Der er ingen ledige tider i perioden",
	string(summons.UsedUp):            "De ledige tider er givet til andre på listen",
	string(summons.OwnMeetings):       "De ledige tider falder sammen med borgerens egne møder",
	"unreadable":                      "CPR-nummeret kan ikke læses, fordi nøglen mangler",
}

var stateWords = map[summonsdb.State]string{
	summonsdb.Planned: "Klar til godkendelse", summonsdb.Running: "I gang", summonsdb.Paused: "Sat på pause", summonsdb.Cancelled: "Annulleret", summonsdb.Done: "Færdig",
}

var lineStateWords = map[summonsdb.State]string{
	summonsdb.Planned: "Planlagt", summonsdb.Refused: "Fejl i listen", summonsdb.Unplaced: "Ingen tid", summonsdb.Booked: "Indkaldt",
	summonsdb.Failed: "Ikke indkaldt", summonsdb.Left: "Annulleret",
}

// why puts a line's reason into words.
func why(l summonsdb.Line) string {
	if words := lineWords[l.Reason]; words != "" {
		if l.Earlier > 0 {
			words += " (også linje " + webui.Number(l.Earlier) + ")"
		}
		return words
	}
	if l.Reason != "" {
		return refusal(&planner.Error{Code: planner.Code(l.Reason)})
	}
	if l.Replanned {
		return "Den planlagte tid var taget; en anden er fundet"
	}
	return ""
}

var excuseWords = map[planner.ExcuseReason]string{
	planner.ExcuseIllness: "Sygdom", planner.ExcuseChild: "Barns sygdom", planner.ExcuseWork: "Arbejde", planner.ExcuseInterview: "Jobsamtale",
	planner.ExcuseEducation: "Uddannelse", planner.ExcuseHoliday: "Ferie", planner.ExcuseTransport: "Transport", planner.ExcuseOther: "Andet",
}

var originWords = map[planner.Origin]string{
	planner.OriginSelf: "Borgeren selv (Jobnet)", planner.OriginPlanner: "Jobcenteret", planner.OriginKSS: "Fagsystemet",
}

var actionWords = map[string]string{
	"create": "Oprettet", "move": "Flyttet", "cancel": "Aflyst", "excuse": "Afbud modtaget", "reserve": "Tid reserveret til flytning",
	"expire": "Reservation udløbet", "audit-export": "Historik læst", "evidence-read": "Opslag i tilbudte tider",
}

// cprText is the number in the form that people, and spreadsheets, keep whole; masked for who may not see it.
func cprText(c planner.CPR, full bool) string {
	switch digits := c.Reveal(); {
	case c.Unknown():
		return ""
	case full:
		return digits[:6] + "-" + digits[6:]
	default:
		return c.String()
	}
}
