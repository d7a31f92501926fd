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

// explain writes one paragraph per case worker.
func explain(out io.Writer, option planner.InterviewOption, start time.Time, told []plannerdb.Explanation) {
	local := start.In(planner.Copenhagen())
	fmt.Fprintf(out, "%s, %s kl. %s\n", option.Title, planner.DanishDay(local), local.Format("15.04"))
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
			fmt.Fprintf(out, "  – %s%s\n", o.Reason.Danish(), o.DanishSpan(start))
		}
		if e.AsOf != nil {
			read := e.AsOf.In(planner.Copenhagen())
			fmt.Fprintf(out, "  Kalenderen kendes pr. %s kl. %s.\n", planner.DanishDay(read), read.Format("15.04.05"))
		}
	}
}
