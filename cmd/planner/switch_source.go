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
	"kommunalplanner.example/planner/calendardb"
)

// switchSource changes whose word counts on a case worker's calendar; without -to it tells how things are.
func switchSource(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mailbox switch-source", flag.ContinueOnError)
	worker := flags.String("case-worker", "", "id of the case worker")
	to := flags.String("to", "", "graph or kommuneklient; empty: only tell how things are")
	now := flags.Bool("now", false, "end a switch to the Kommuneklient although it has not told what Graph knows")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	id, err := uuid.Parse(*worker)
	if err != nil {
		return errors.New("mailbox switch-source needs -case-worker")
	}
	if *now && calendardb.Source(*to) == calendardb.Graph {
		return errors.New("-now is for a switch to the Kommuneklient: Graph takes over with its next full round")
	}
	store, done, err := service.OpenCalendars(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	var s calendardb.Sources
	switch {
	case *to != "":
		s, err = store.SwitchTo(ctx, id, calendardb.Source(*to), who())
	default:
		s, err = store.SourceOf(ctx, id)
	}
	if err == nil && *now {
		s, err = store.FinishNow(ctx, id, who())
	}
	if err != nil {
		return err
	}
	tellSources(out, s)
	return nil
}

func tellSources(out io.Writer, s calendardb.Sources) {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.In(planner.Copenhagen()).Format("2006-01-02 15:04:05")
	}
	source := s.Source
	if source == calendardb.NoSource {
		source = "none yet: no mailbox, and no Kommuneklient has told anything"
	}
	fmt.Fprintf(out, "source         %s\n", source)
	if !s.Since.IsZero() {
		fmt.Fprintf(out, "since          %s\n", at(s.Since))
	}
	fmt.Fprintf(out, "blocks         %d from Graph, %d from the Kommuneklient\n", s.GraphBlocks, s.ToldBlocks)
	if s.MailboxState != "" {
		fmt.Fprintf(out, "mailbox        %s\n", s.MailboxState)
	}
	switch s.Next {
	case calendardb.Graph:
		fmt.Fprintln(out, "switching to   graph: over when a full round has committed; until then both count")
	case calendardb.Kommuneklient:
		fmt.Fprintln(out, "switching to   kommuneklient: over when it has compared, told what Graph knows, and been silent for a quarter of an hour; until then both count")
		fmt.Fprintf(out, "has compared   %s\n", at(s.ComparedAt))
		fmt.Fprintf(out, "last word      %s\n", at(s.ToldAt))
		fmt.Fprintf(out, "not told yet   %d of %d of Graph's within its reach\n", s.Missing, s.Reach)
	}
}
