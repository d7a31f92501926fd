package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/recorddb"
)

// auditCommand proves that the audit trail is whole, or tells a citizen's part of it.
func auditCommand(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "verify":
		return auditVerify(ctx, args[1:], out)
	case "export":
		return auditExport(ctx, args[1:], in, out)
	}
	return errUsage
}

func auditVerify(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("audit verify", flag.ContinueOnError)
	from := flags.Int64("from", 1, "first link to verify")
	head := flags.String("head", "", "a head that was kept, as the log has it: NUMBER:HASH; the chain must hold it")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	var expect recorddb.Head
	if *head != "" {
		var err error
		if expect, err = recorddb.ParseHead(*head); err != nil {
			return fmt.Errorf("-head: %w", err)
		}
		if expect.Seq < *from {
			return errors.New("-head lies before -from")
		}
	}
	store, done, err := service.OpenRecords(ctx, os.LookupEnv, false)
	if err != nil {
		return err
	}
	defer done()
	v, err := store.Verify(ctx, *from, expect)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d links hold, %d of them of entries that retention let go; %d entries wait for their link\nhead %s\n", v.Links, v.Erased, v.Waiting, v.Head)
	return nil
}

func auditExport(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("audit export", flag.ContinueOnError)
	citizen := flags.String("citizen", "", "CPR number; - reads it from the standard input, so that it stands in no list of processes")
	format := flags.String("format", "json", "json, or csv for the entries alone")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	if *format != "json" && *format != "csv" {
		return fmt.Errorf("-format: %q is neither json nor csv", *format)
	}
	cpr, err := citizenFrom(*citizen, in)
	if err != nil {
		return err
	}
	store, done, err := service.OpenRecords(ctx, os.LookupEnv, true)
	if err != nil {
		return err
	}
	defer done()
	by := planner.Bootstrap(who())
	by.From = "command"
	e, err := store.Export(ctx, cpr, by)
	if err != nil {
		return err
	}
	if *format == "csv" {
		return e.WriteCSV(out)
	}
	return e.WriteJSON(out)
}

// citizenFrom reads a CPR number as a flag gives it: itself, or - for the standard input.
func citizenFrom(given string, in io.Reader) (planner.CPR, error) {
	if given == "-" {
		if _, err := fmt.Fscan(in, &given); err != nil {
			return planner.CPR{}, fmt.Errorf("read the CPR number: %w", err)
		}
	}
	cpr, err := planner.ParseCPR(strings.Replace(given, "-", "", 1))
	if err != nil || cpr.Unknown() {
		return planner.CPR{}, errors.New("-citizen: that is no CPR number of a person")
	}
	return cpr, nil
}
