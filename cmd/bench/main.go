// Command bench measures the system, each measure beside its floor or peer from the same run.
//
//	go run ./cmd/bench                  all measures
//	go run ./cmd/bench freshness        one
//	go run ./cmd/bench -json FILE …     the results also as JSON
//
// A number alone says little on a shared machine; the ratio to a floor measured in the same minutes does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"kommunalplanner.example/migrations/pglaunch"
)

// result is one measure beside one floor.
type result struct {
	Name   string  `json:"name"`
	Beside string  `json:"beside"`
	Value  float64 `json:"value"`
	Floor  float64 `json:"floor"`
	Unit   string  `json:"unit"`
	Ratio  float64 `json:"ratio"`
	Aim    string  `json:"aim"`
	Met    bool    `json:"met"`
	Rounds int     `json:"rounds"`
}

// bench is one thing that can be measured.
type bench struct {
	name, what string
	run        func(ctx context.Context, db string, scratch string) ([]result, error)
}

var benches = []bench{
	{"soap", "answers of 200 times from the state in Postgres", soapAnswers},
	{"availability", "the times of 50 case workers in 30 days, under all rules", availability},
	{"hostile", "memory, and the answers that an honest caller gets, while others do their worst", hostile},
	{"book", "commits of bookings, and rivals for the same time", book},
	{"freshness", "from a change in Outlook to its showing in GetSelfbookTimeslots", freshness},
	{"quiet", "one round of 2,000 mailboxes in which nothing has changed", quiet},
	{"throttled", "one round of 500 mailboxes of which Graph refuses 5 % at first", throttled},
	{"dfdg", "messages of DFDG's queue, taken in with all that follows from them", dfdgMessages},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) == 3 && (os.Args[1] == serveSOAP || os.Args[1] == serveBytes || os.Args[1] == servePlanner) {
		if err := serveFor(ctx, os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	file := flag.String("json", "", "write the results to this file as well")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "bench [-json FILE] [NAME…]")
		for _, b := range benches {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-12s %s\n", b.name, b.what)
		}
	}
	flag.Parse()
	if err := run(ctx, *file, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file string, names []string) error {
	for _, n := range names {
		if !slices.ContainsFunc(benches, func(b bench) bool { return b.name == n }) {
			return fmt.Errorf("no measure %q", n)
		}
	}
	scratch, err := os.MkdirTemp("", "planner-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	// The server may run as another user, who must be able to reach its directory.
	if err := os.Chmod(scratch, 0o755); err != nil {
		return err
	}
	db, err := pglaunch.Start(ctx, pglaunch.Options{URL: os.Getenv("DATABASE_URL"), StateDir: scratch + "/postgres", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { _ = db.Stop() }()
	var all []result
	for _, b := range benches {
		if len(names) > 0 && !slices.Contains(names, b.name) {
			continue
		}
		fmt.Printf("%s: %s\n", b.name, b.what)
		began := time.Now()
		// A database of its own, so that measures do not meet.
		own, err := freshDatabase(ctx, db.URL, "measure_"+b.name)
		if err != nil {
			return err
		}
		rs, err := b.run(ctx, own, scratch)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		for _, r := range rs {
			met := "met"
			if !r.Met {
				met = "not met"
			}
			fmt.Printf("  %-34s %10.2f %-4s  floor %10.2f (%s)  ratio %6.2f  aim %s: %s  (%d rounds)\n", r.Name, r.Value, r.Unit, r.Floor, r.Beside, r.Ratio, r.Aim, met, r.Rounds)
		}
		fmt.Printf("  took %s\n", time.Since(began).Round(time.Second))
		all = append(all, rs...)
	}
	if file == "" {
		return nil
	}
	raw, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}

// atMost is a result that should be at most so many times its floor.
func atMost(name, beside, unit string, value, floor, times float64, rounds int) result {
	r := result{Name: name, Beside: beside, Value: value, Floor: floor, Unit: unit, Aim: fmt.Sprintf("≤ %g", times), Rounds: rounds}
	if floor > 0 {
		r.Ratio = value / floor
	}
	r.Met = floor > 0 && r.Ratio <= times
	return r
}

// quantile is the q-th of the durations, in milliseconds.
func quantile(d []time.Duration, q float64) float64 {
	d = slices.Clone(d)
	slices.Sort(d)
	i := min(int(q*float64(len(d))), len(d)-1)
	return float64(d[i].Microseconds()) / 1000
}

var errNoTimes = errors.New("no times are offered to begin with")
