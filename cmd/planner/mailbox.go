package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/sync/syncdb"
)

func mailboxCommand(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	store, closeStore, err := service.OpenSync(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer closeStore()
	switch args[0] {
	case "list":
		return listMailboxes(ctx, store, out)
	case "add":
		flags := flag.NewFlagSet("mailbox add", flag.ContinueOnError)
		worker := flags.String("case-worker", "", "id of the case worker")
		object := flags.String("user", "", "object id of the user in Entra ID")
		email := flags.String("email", "", "mail address, for people to read")
		if err := flags.Parse(args[1:]); err != nil {
			return errUsage
		}
		id, err := uuid.Parse(*worker)
		if err != nil || *object == "" || *email == "" {
			return errors.New("mailbox add needs -case-worker, -user and -email")
		}
		box, err := store.AddMailbox(ctx, id, *object, *email)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "mailbox", box)
		return nil
	}
	if len(args) < 2 {
		return errUsage
	}
	id, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return fmt.Errorf("mailbox number %q", args[1])
	}
	switch action := syncdb.Action(args[0]); action {
	case "held":
		return showHeld(ctx, store, id, out)
	case syncdb.Approve, syncdb.Reject:
		return decidePlan(ctx, store, action, id, args[2:], out)
	}
	if len(args) != 2 {
		return errUsage
	}
	applied, err := store.Do(ctx, id, syncdb.Action(args[0]), "admin:"+who())
	if err != nil {
		return err
	}
	if !applied {
		return fmt.Errorf("mailbox %d is not in a state to %s", id, args[0])
	}
	return nil
}

func listMailboxes(ctx context.Context, store *syncdb.Store, out io.Writer) error {
	rows, err := store.Mailboxes(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tCASE WORKER\tSTATE\tAS OF\tBLOCKS\tPENDING\tLAST ERROR")
	for _, r := range rows {
		asOf, last := "never", ""
		if r.AsOf != nil {
			asOf = r.AsOf.Local().Format(time.DateTime)
		}
		if r.LastError != nil {
			last = *r.LastError
		}
		fmt.Fprintf(w, "%d\t%s %s\t%s\t%s\t%d\t%d\t%s\n", r.ID, r.GivenName, r.Surname, r.State, asOf, r.Blocks, r.Pending, last)
	}
	return w.Flush()
}

// who names the person at the keyboard, for the audit trail.
func who() string {
	if u, err := user.Current(); err == nil {
		return u.Username + "@console"
	}
	return "console"
}
