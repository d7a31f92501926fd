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

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
)

// shortage tells how much is free of each option in the weeks to come, and marks those of which there is too little.
func shortage(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("shortage", flag.ContinueOnError)
	center := flags.String("job-center", "", "code of the job centre")
	weeks := flags.Int("weeks", 4, "how many weeks, from this one on")
	few := flags.Int("few", 5, "a week in which fewer citizens can be met is short")
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
			rows = append(rows, row{o.Option.ID.String(), o.Option.Title, w, w.Capacity < *few})
		}
	}
	if *asJSON {
		return json.NewEncoder(out).Encode(rows)
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
	return w.Flush()
}
