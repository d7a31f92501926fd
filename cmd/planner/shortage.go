package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
)

// shortage tells how much is free of each option in the weeks to come, and marks those of which there is too little.
func shortage(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("shortage", flag.ContinueOnError)
	center := flags.String("job-center", "", "code of the job centre")
	weeks := flags.Int("weeks", 4, "how many weeks, from this one on")
	few := flags.Int("few", planner.FewTimes, "a week in which fewer citizens can be met is short")
	asJSON := flags.Bool("json", false, "as JSON")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	if *center == "" || *weeks < 1 || *weeks > 28 {
		return errors.New("shortage needs -job-center, and -weeks of 1 to 28")
	}
	store, done, err := service.OpenPlanner(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	found, err := store.Forecast(ctx, planner.JobCenterCode(*center), *weeks)
	if err != nil {
		return err
	}
	type row struct {
		Option string `json:"option"`
		Title  string `json:"title"`
		planner.WeekTimes
		Short bool `json:"short"`
	}
	rows := []row{}
	for _, o := range found {
		for _, w := range o.Weeks {
			rows = append(rows, row{o.Option.ID.String(), o.Option.Title, w, w.Short(*few)})
		}
	}
	pressing, err := store.Pressing(ctx, planner.JobCenterCode(*center), planner.PressingDays)
	if err != nil {
		return err
	}
	if *asJSON {
		type citizen struct {
			Citizen       string `json:"citizen"`
			InterviewType int    `json:"interviewType"`
			BookBy        string `json:"bookBy"`
			HoldBy        string `json:"holdBy"`
			HasTime       bool   `json:"hasTime"`
		}
		citizens := []citizen{}
		for _, p := range pressing {
			citizens = append(citizens, citizen{p.CPR.BirthDate(), p.InterviewType, p.Book.Format(time.DateOnly), p.Hold.Format(time.DateOnly), !p.Earliest.IsZero()})
		}
		return json.NewEncoder(out).Encode(map[string]any{"options": rows, "citizens": citizens})
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "option\tweek\tstarts\tcitizens\t")
	for _, r := range rows {
		mark := ""
		if r.Short {
			mark = "SHORT"
		}
		fmt.Fprintf(w, "%s\t%d-W%02d\t%d\t%d\t%s\n", r.Title, r.Year, r.Week, r.Starts, r.Capacity, mark)
	}
	if len(pressing) > 0 {
		fmt.Fprintln(w, "\ncitizen\tkind\tmust book by\tmeet by\tfirst time")
	}
	for _, p := range pressing {
		first := "NO TIME"
		if !p.Earliest.IsZero() {
			first = p.Earliest.In(planner.Copenhagen()).Format("2006-01-02 15:04")
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", p.CPR.BirthDate(), p.InterviewType, p.Book.Format(time.DateOnly), p.Hold.Format(time.DateOnly), first)
	}
	return w.Flush()
}
