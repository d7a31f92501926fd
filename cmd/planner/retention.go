package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
)

// retentionCommand tells what is past its time, by kind of data, and with -run lets it go.
func retentionCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("retention", flag.ContinueOnError)
	run := flags.Bool("run", false, "delete it now")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	store, done, err := service.OpenRecords(ctx, os.LookupEnv, false)
	if err != nil {
		return err
	}
	defer done()
	due, err := store.Due(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "kind\tdays\tcounted from\trows older\toldest\tdeleted")
	for _, d := range due {
		oldest, deleted := "-", "-"
		if !d.Oldest.IsZero() {
			oldest = d.Oldest.In(planner.Copenhagen()).Format(time.DateOnly)
		}
		if *run {
			n, err := store.Retain(ctx, d.Kind.Name, "command admin:"+who())
			if err != nil {
				return err
			}
			deleted = fmt.Sprint(n)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%s\n", d.Kind.Name, d.Days, d.Kind.Since, d.Rows, oldest, deleted)
	}
	return w.Flush()
}
