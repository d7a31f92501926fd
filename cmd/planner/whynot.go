package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// whyNot tells, in Danish since summoners ask it, what keeps case workers from being offered at a time.
func whyNot(ctx context.Context, args []string, out io.Writer) error {
	ask, err := whyNotQuery(args)
	if err != nil {
		return err
	}
	store, done, err := service.OpenPlanner(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	option, told, err := store.WhyNot(ctx, ask)
	if err != nil {
		return err
	}
	explain(out, option, ask.Start, told)
	return nil
}

func whyNotQuery(args []string) (ask plannerdb.WhyNotQuery, err error) {
	flags := flag.NewFlagSet("why-not", flag.ContinueOnError)
	option := flags.String("option", "", "id of the option")
	worker := flags.String("case-worker", "", "identifier of a case worker")
	team := flags.String("team", "", "id of a team")
	at := flags.String("at", "", `start, Danish time: "2026-12-02 10:00"`)
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return ask, errUsage
	}
	ask.CaseWorkerIdentifier = *worker
	if ask.Option, err = uuid.Parse(*option); err != nil {
		return ask, errors.New("why-not needs -option, the id of an option")
	}
	if *team != "" {
		if ask.Team, err = uuid.Parse(*team); err != nil {
			return ask, fmt.Errorf("-team %q is no id of a team", *team)
		}
	}
	if ask.Start, err = time.ParseInLocation("2006-01-02 15:04", *at, planner.Copenhagen()); err != nil {
		return ask, errors.New(`why-not needs -at, a start such as "2026-12-02 10:00"`)
	}
	return ask, nil
}

var danishReasons = map[planner.Reason]string{
	planner.ReasonWithdrawn:   "Mødetilbuddet er trukket tilbage.",
	planner.ReasonNotHolder:   "Vejlederen holder ikke disse møder, hverken selv eller gennem et team.",
	planner.ReasonCompetence:  "Vejlederen mangler en kompetence, som mødetilbuddet kræver.",
	planner.ReasonInactive:    "Vejlederen er fratrådt.",
	planner.ReasonUnknown:     "Vejlederens kalender er ikke læst eller kan ikke læses.",
	planner.ReasonStale:       "Vejlederens kalender er ikke læst inden for jobcenterets grænse.",
	planner.ReasonPast:        "Tidspunktet er passeret.",
	planner.ReasonNotice:      "Det er kortere frem end mødetilbuddets varsel.",
	planner.ReasonHorizon:     "Det er længere frem, end mødetilbuddet vises.",
	planner.ReasonInterval:    "Mødet ligger uden for det tidsrum, der er spurgt om.",
	planner.ReasonGrid:        "Møder begynder ikke på det minut (mødetilbuddets trin).",
	planner.ReasonFull:        "Gruppemødet er fuldt.",
	planner.ReasonClosed:      "Jobcenteret har lukket den dag.",
	planner.ReasonException:   "Uden for de timer, vejlederen har netop den dato (eller fri).",
	planner.ReasonHours:       "Uden for vejlederens arbejdstid.",
	planner.ReasonHeld:        "Tiden er givet til et andet møde eller reserveret.",
	planner.ReasonBusy:        "Vejlederen er optaget i sin kalender.",
	planner.ReasonBuffer:      "For tæt på noget før eller efter (mødetilbuddets luft).",
	planner.ReasonCitizenBusy: "Borgeren er i et andet møde.",
	planner.ReasonDayLimit:    "Vejlederen har så mange møder den dag, som der må være.",
	planner.ReasonOptionLimit: "Vejlederen har så mange af disse møder den dag, som der må være.",
	planner.ReasonContact:     "Vejlederen holder ikke møder i nogen af mødetilbuddets samtaleformer den ugedag.",
	planner.ReasonRoom:        "Der er intet ledigt lokale.",
}

// explain writes one paragraph per case worker.
func explain(out io.Writer, option planner.InterviewOption, start time.Time, told []plannerdb.Explanation) {
	local := start.In(planner.Copenhagen())
	fmt.Fprintf(out, "%s, %s kl. %s\n", option.Title, danishDay(local), local.Format("15.04"))
	if len(told) == 0 {
		fmt.Fprintln(out, "\nIngen vejledere holder disse møder.")
	}
	for _, e := range told {
		name := e.CaseWorker.Name()
		fmt.Fprintf(out, "\n%s (%s)\n", name, e.CaseWorker.Identifier)
		if len(e.Obstacles) == 0 {
			fmt.Fprintln(out, "  Tilbydes.")
		}
		for _, o := range e.Obstacles {
			fmt.Fprintf(out, "  – %s%s\n", danishReasons[o.Reason], danishSpan(o.Span, local))
		}
		if e.AsOf != nil {
			read := e.AsOf.In(planner.Copenhagen())
			fmt.Fprintf(out, "  Kalenderen kendes pr. %s kl. %s.\n", danishDay(read), read.Format("15.04.05"))
		}
	}
}

// danishSpan tells when the thing in the way is, with the days only where they are others than that of the meeting.
func danishSpan(s planner.Span, meeting time.Time) string {
	if s.Empty() {
		return ""
	}
	moment := func(t time.Time) string {
		t = t.In(planner.Copenhagen())
		if planner.DateOf(t) == planner.DateOf(meeting) {
			return t.Format("15.04")
		}
		return danishDay(t) + " kl. " + t.Format("15.04")
	}
	return fmt.Sprintf(" (%s – %s)", moment(s.Start), moment(s.End))
}

var (
	danishWeekdays = [...]string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"}
	danishMonths   = [...]string{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"}
)

func danishDay(t time.Time) string {
	return fmt.Sprintf("%s den %d. %s %d", danishWeekdays[t.Weekday()], t.Day(), danishMonths[t.Month()-1], t.Year())
}
