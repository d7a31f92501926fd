package planner

import (
	"fmt"
	"time"
)

var danishReasons = map[Reason]string{
	ReasonWithdrawn:   "Mødetilbuddet er trukket tilbage.",
	ReasonNotHolder:   "Vejlederen holder ikke disse møder, hverken selv eller gennem et team.",
	ReasonCompetence:  "Vejlederen mangler en kompetence, som mødetilbuddet kræver.",
	ReasonInactive:    "Vejlederen er fratrådt.",
	ReasonUnknown:     "Vejlederens kalender er ikke læst eller kan ikke læses.",
	ReasonStale:       "Vejlederens kalender er ikke læst inden for jobcenterets grænse.",
	ReasonPast:        "Tidspunktet er passeret.",
	ReasonNotice:      "Det er kortere frem end mødetilbuddets varsel.",
	ReasonHorizon:     "Det er længere frem, end mødetilbuddet vises.",
	ReasonInterval:    "Mødet ligger uden for det tidsrum, der er spurgt om.",
	ReasonGrid:        "Møder begynder ikke på det minut (mødetilbuddets trin).",
	ReasonFull:        "Gruppemødet er fuldt.",
	ReasonClosed:      "Jobcenteret har lukket den dag.",
	ReasonException:   "Uden for de timer, vejlederen har netop den dato (eller fri).",
	ReasonHours:       "Uden for vejlederens arbejdstid.",
	ReasonHeld:        "Tiden er givet til et andet møde eller reserveret.",
	ReasonBusy:        "Vejlederen er optaget i sin kalender.",
	ReasonBuffer:      "For tæt på noget før eller efter (mødetilbuddets luft).",
	ReasonCitizenBusy: "Borgeren er i et andet møde.",
	ReasonDayLimit:    "Vejlederen har så mange møder den dag, som der må være.",
	ReasonOptionLimit: "Vejlederen har så mange af disse møder den dag, som der må være.",
	ReasonContact:     "Vejlederen holder ikke møder i nogen af mødetilbuddets samtaleformer den ugedag.",
	ReasonRoom:        "Der er intet ledigt lokale.",
}

// Danish is the reason as summoners read it, a whole sentence. One that this release does not know is told as it is.
func (r Reason) Danish() string {
	if words, ok := danishReasons[r]; ok {
		return words
	}
	return string(r)
}

// DanishSpan tells in parentheses when the thing in the way is, with the days only where they are others than that of the
// meeting; "" when the reason is not about a time.
func (o Obstacle) DanishSpan(meeting time.Time) string {
	if o.Span.Empty() {
		return ""
	}
	moment := func(t time.Time) string {
		t = t.In(copenhagen)
		if DateOf(t) == DateOf(meeting) {
			return t.Format("15.04")
		}
		return DanishDay(t) + " kl. " + t.Format("15.04")
	}
	return fmt.Sprintf(" (%s – %s)", moment(o.Span.Start), moment(o.Span.End))
}
