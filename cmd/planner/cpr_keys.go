package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner/recorddb"
)

// cprKeys tells which keys have sealed how much, and with -run seals anew what old ones did.
func cprKeys(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("cpr-keys", flag.ContinueOnError)
	run := flags.Bool("run", false, "seal anew, now, what older keys have sealed")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	store, done, err := service.OpenRecords(ctx, os.LookupEnv, true)
	if err != nil {
		return err
	}
	defer done()
	if *run {
		did, err := store.Reseal(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%d rows were sealed anew, %d cannot be read\n", did.Rows, did.Unreadable)
	}
	rows, err := store.Keys(ctx)
	if err != nil {
		return err
	}
	tellKeys(out, rows, store.SealingKey())
	return nil
}

func tellKeys(out io.Writer, rows []recorddb.KeyRows, current byte) {
	total := map[byte]int64{current: 0}
	for _, r := range rows {
		total[r.Key] += r.Rows
		fmt.Fprintf(out, "  key %d: %s, %d rows\n", r.Key, r.Table, r.Rows)
	}
	for _, key := range slices.Sorted(maps.Keys(total)) {
		switch {
		case key == current:
			fmt.Fprintf(out, "key %d seals: %d rows\n", key, total[key])
		case key < current:
			fmt.Fprintf(out, "key %d is still needed: %d rows wait to be sealed anew\n", key, total[key])
		default:
			fmt.Fprintf(out, "key %d is newer than this program's: %d rows\n", key, total[key])
		}
	}
	if len(total) == 1 {
		fmt.Fprintln(out, "every other key may be dropped, once no process has it as PLANNER_CPR_KEY and no backup needs it")
	}
}
