package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/syncdb"
)

// plans is what these commands need of the sync's store.
type plans interface {
	HeldPlan(ctx context.Context, mailbox int64) ([]syncdb.HeldRow, error)
	DecidePlan(ctx context.Context, mailbox int64, a syncdb.Action, number int, who string) (applied bool, err error)
}

// showHeld prints a held plan: each appointment that it is about, in Danish time.
func showHeld(ctx context.Context, store plans, id int64, out io.Writer) error {
	rows, err := store.HeldPlan(ctx, id)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		fmt.Fprintf(out, "mailbox %d: no plan is held\n", id)
		return nil
	}
	first := rows[0]
	fmt.Fprintf(out, "mailbox %d: plan %d, %d of %d\n", id, first.HeldNumber, len(rows), first.HeldBlocks)
	if first.RejectedBy != nil && first.RejectedAt != nil {
		fmt.Fprintf(out, "rejected by %s, %s\n", *first.RejectedBy, danish(*first.RejectedAt))
	}
	if first.ApprovedBy != nil && first.ApprovedUntil != nil {
		fmt.Fprintf(out, "approved by %s, until %s\n", *first.ApprovedBy, danish(*first.ApprovedUntil))
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "START\tEND\tWHAT\tSHOWN AS\tPRIVATE\tWHY")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%t\t%s\n", danish(r.StartsAt), danish(r.EndsAt), r.ItemKind, r.ShowAs, r.Private, r.Reason)
	}
	return w.Flush()
}

func danish(t time.Time) string { return t.In(planner.Copenhagen()).Format("2006-01-02 15:04") }

func decidePlan(ctx context.Context, store plans, a syncdb.Action, id int64, args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("%w: name the plan that you saw: planner mailbox held %d tells its number", errUsage, id)
	}
	number, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("plan number %q", args[0])
	}
	applied, err := store.DecidePlan(ctx, id, a, number, "admin:"+who())
	if err != nil {
		return err
	}
	if !applied {
		return fmt.Errorf("plan %d of mailbox %d is not waiting any more: it has changed, or somebody has decided on it", number, id)
	}
	fmt.Fprintf(out, "mailbox %d: plan %d, %s\n", id, number, map[syncdb.Action]string{syncdb.Approve: "approved", syncdb.Reject: "rejected"}[a])
	return nil
}
