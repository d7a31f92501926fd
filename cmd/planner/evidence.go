package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/evidencedb"
)

// evidence shows which calls were made, and what they were offered. Who looks is written into the audit trail.
func evidence(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("evidence", flag.ContinueOnError)
	citizen := flags.String("citizen", "", "CPR number; - reads it from the standard input, so that it stands in no list of processes")
	center := flags.String("jobcentre", "", "code of the job centre")
	from := flags.String("from", "", "first day of the calls, 2026-05-01")
	to := flags.String("to", "", "last day of the calls")
	on := flags.String("on", "", "tell of each call how many times it was offered on this day")
	raw := flags.Bool("json", false, "one line of JSON per call")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	ask, day, err := question(*citizen, *center, *from, *to, *on, os.Stdin)
	if err != nil {
		return err
	}
	store, done, err := service.OpenEvidence(ctx, os.LookupEnv, *citizen != "")
	if err != nil {
		return err
	}
	defer done()
	n := 0
	for call, err := range store.Calls(ctx, ask, who()) {
		if err != nil {
			return err
		}
		n++
		if *raw {
			if err := json.NewEncoder(out).Encode(call.CallsRow); err != nil {
				return err
			}
			continue
		}
		tellCall(out, call, day)
	}
	if !*raw {
		fmt.Fprintln(out, n, "calls")
	}
	return nil
}

func question(citizen, center, from, to, on string, in io.Reader) (ask evidencedb.Question, day *time.Time, err error) {
	date := func(name, s string) time.Time {
		t, derr := time.ParseInLocation(time.DateOnly, s, planner.Copenhagen())
		if derr != nil {
			err = errors.Join(err, fmt.Errorf("-%s: %q is no day like 2026-05-03", name, s))
		}
		return t
	}
	if citizen == "" && center == "" {
		return ask, nil, errors.New("evidence needs -citizen or -jobcentre")
	}
	ask.JobCenter = planner.JobCenterCode(center)
	ask.From, ask.To = date("from", from), date("to", to).AddDate(0, 0, 1)
	if on != "" {
		d := date("on", on)
		day = &d
	}
	if err != nil {
		return ask, nil, err
	}
	if citizen != "" {
		if ask.Citizen, err = citizenFrom(citizen, in); err != nil {
			return ask, nil, err
		}
	}
	return ask, day, nil
}

func tellCall(out io.Writer, c evidencedb.Call, day *time.Time) {
	local := func(t time.Time) string { return t.In(planner.Copenhagen()).Format("2006-01-02 15:04:05") }
	fmt.Fprintf(out, "%s  %s", local(c.At), c.Operation)
	if c.JobCenterCode != nil {
		fmt.Fprintf(out, "  job centre %s", *c.JobCenterCode)
	}
	if c.CallerCvr != nil {
		fmt.Fprintf(out, "  caller CVR %s", *c.CallerCvr)
	}
	if c.OnBehalfOf != "" {
		fmt.Fprintf(out, "  for %s", c.OnBehalfOf)
	}
	fmt.Fprintf(out, "  %.1f ms\n", float64(c.DurationUs)/1000)
	if c.AskedFrom != nil {
		fmt.Fprintf(out, "    asked about %s to %s\n", local(*c.AskedFrom), local(*c.AskedTo))
	}
	if c.Fault != 0 || c.FaultCode != "" {
		fmt.Fprintf(out, "    fault %d %s\n", c.Fault, c.FaultCode)
		return
	}
	fmt.Fprintf(out, "    offered %d, answer of %d bytes, hash %x\n", c.Offered, c.AnswerBytes, c.OfferHash)
	for i, d := range c.OfferedDays {
		fmt.Fprintf(out, "    %s: %d times\n", d.Format(time.DateOnly), c.OfferedPerDay[i])
	}
	if day == nil {
		return
	}
	if times, asked := c.TimesOn(day.Date()); asked {
		fmt.Fprintf(out, "    on %s: %d times were offered\n", day.Format(time.DateOnly), times)
	} else {
		fmt.Fprintf(out, "    on %s: not asked about\n", day.Format(time.DateOnly))
	}
}
