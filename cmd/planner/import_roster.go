package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// importFlags are those of the imports that tell first and do when asked. The file may stand before or after them.
type importFlags struct {
	what           string
	jobCenter      planner.JobCenterCode
	leavers, apply bool
	hours          bool // of a group
}

func parseImport(name string, args []string) (f importFlags, err error) {
	flags := flag.NewFlagSet("import "+name, flag.ContinueOnError)
	center := flags.String("job-center", "", "code of the job centre of those that name none")
	flags.BoolVar(&f.leavers, "leavers", false, "those who are missing have left")
	if name == "group" {
		flags.BoolVar(&f.hours, "hours", false, "working hours as Outlook has them")
	}
	flags.BoolVar(&f.apply, "apply", false, "do it, instead of telling what would be done")
	if !strings.HasPrefix(args[0], "-") {
		f.what, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil || flags.NArg() > 1 || (flags.NArg() == 1) == (f.what != "") {
		return f, errUsage
	}
	if f.what == "" {
		f.what = flags.Arg(0)
	}
	f.jobCenter = planner.JobCenterCode(*center)
	return f, nil
}

func importWorkers(ctx context.Context, args []string, out io.Writer) error {
	f, err := parseImport("case-workers", args)
	if err != nil {
		return err
	}
	file, err := os.ReadFile(f.what)
	if err != nil {
		return err
	}
	rows, err := roster.ReadTable(file)
	if err != nil {
		return fmt.Errorf("%s: %w", f.what, err)
	}
	store, done, err := service.OpenRoster(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	steps, err := store.Import(ctx, rows, roster.PlanOptions{JobCenter: f.jobCenter, Leavers: f.leavers}, "admin:"+who(), "imported from a file", f.apply)
	if err != nil {
		return err
	}
	return tellSteps(ctx, out, store, steps, source{"line", "not in the file"}, f.apply)
}

// source words where steps come from.
type source struct{ unit, missing string }

func (s source) at(number int) string {
	if number == 0 {
		return s.missing
	}
	return fmt.Sprintf("%s %d", s.unit, number)
}

// tellSteps writes a line for each step that is not to keep things, and the sums; after leavers, the meetings that must be moved.
func tellSteps(ctx context.Context, out io.Writer, store *rosterdb.Store, steps []roster.Step, from source, applied bool) error {
	count := map[roster.Verb]int{}
	for _, s := range steps {
		count[s.Verb]++
		tellStep(out, from.at(s.Line), s.Verb, fmt.Sprintf("%s %s", s.After.Identifier, s.After.Name()), s.Changes, s.Faults)
	}
	tellSums(out, count, applied)
	if count[roster.Leave] == 0 {
		return nil
	}
	if !applied {
		fmt.Fprintf(out, "%d have left. Their later meetings stay, for a person to move\n", count[roster.Leave])
		return nil
	}
	toMove, err := store.ToMove(ctx, "")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d meetings must be moved:\n", len(toMove))
	for _, m := range toMove {
		fmt.Fprintf(out, "  %s  %s  %s\n", m.Span.Start.In(planner.Copenhagen()).Format("2006-01-02 15:04"), m.CaseWorkerName, m.Title)
	}
	return nil
}

var verbs = map[roster.Verb]string{
	roster.Make: "made", roster.Change: "changed", roster.Keep: "as before", roster.Leave: "left", roster.Refuse: "left out",
}

func tellStep(out io.Writer, at string, verb roster.Verb, name string, changes []string, faults roster.Faults) {
	if verb == roster.Keep {
		return
	}
	detail := ""
	switch {
	case verb == roster.Refuse:
		detail = ": " + faults.Error()
	case verb == roster.Change:
		detail = ": " + strings.Join(changes, ", ")
	}
	fmt.Fprintf(out, "%-10s %-9s %s%s\n", at, verbs[verb], strings.TrimSpace(name), detail)
}

func tellSums(out io.Writer, count map[roster.Verb]int, applied bool) {
	var sums []string
	for _, v := range []roster.Verb{roster.Make, roster.Change, roster.Leave, roster.Keep, roster.Refuse} {
		if count[v] > 0 || v == roster.Refuse {
			sums = append(sums, fmt.Sprintf("%d %s", count[v], verbs[v]))
		}
	}
	fmt.Fprintln(out, strings.Join(sums, ", "))
	if !applied && slices.ContainsFunc([]roster.Verb{roster.Make, roster.Change, roster.Leave}, func(v roster.Verb) bool { return count[v] > 0 }) {
		fmt.Fprintln(out, "Nothing was changed: -apply does it")
	}
}

func importOptions(ctx context.Context, args []string, out io.Writer) error {
	f, err := parseImport("options", args)
	if err != nil || f.leavers {
		return errUsage
	}
	file, err := os.ReadFile(f.what)
	if err != nil {
		return err
	}
	rows, err := roster.ReadOptions(file)
	if err != nil {
		return fmt.Errorf("%s: %w", f.what, err)
	}
	store, done, err := service.OpenRoster(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	steps, err := store.ImportOptions(ctx, rows, f.jobCenter, "admin:"+who(), "imported from a file", f.apply)
	if err != nil {
		return err
	}
	count := map[roster.Verb]int{}
	for _, s := range steps {
		count[s.Verb]++
		tellStep(out, source{unit: "option"}.at(s.Number), s.Verb, s.After.Title, s.Changes, s.Faults)
	}
	tellSums(out, count, f.apply)
	return nil
}
