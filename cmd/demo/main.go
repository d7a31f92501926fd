// Command demo runs the whole world on one machine: PostgreSQL, a Microsoft 365 tenant and DFDG (both
// simulated), the Planner's services in processes of their own, and a fictional municipality.
//
//	go run ./cmd/demo            runs until interrupted; prints where everything is
//	go run ./cmd/demo -tour      runs every flow once against the running services, tells the time of each
//	                             step, and exits 0 only if all held
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/migrations/pglaunch"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if world.IsChild() {
		os.Exit(child(ctx))
	}
	state := flag.String("state", "", "directory for the database, certificates and demo.json (default: a directory of this user)")
	base := flag.Int("port-base", 8080, "first of the ports: +0 SOAP, +1 admin, +2 Graph, +3 DFDG, +4 webhook, +443 SOAP over mutual TLS")
	mailboxes := flag.Int("mailboxes", 25, "how many counsellors")
	tour := flag.Bool("tour", false, "run every flow once and exit")
	flag.Parse()
	if err := run(ctx, *state, *base, *mailboxes, *tour); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// child is a service process.
func child(ctx context.Context) int {
	c, err := service.FromEnv(os.LookupEnv)
	if err == nil {
		err = service.Run(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, nil)), world.SayReady)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, state string, base, mailboxes int, tour bool) (err error) {
	if mailboxes < 1 || mailboxes > 2000 {
		return fmt.Errorf("-mailboxes %d: 1 to 2000", mailboxes)
	}
	if state == "" {
		dir, err := pglaunch.DefaultStateDir()
		if err != nil {
			return err
		}
		state = filepath.Join(dir, "demo")
	}
	if state, err = filepath.Abs(state); err != nil {
		return err
	}
	w, err := start(ctx, state, base, mailboxes)
	if w != nil {
		defer func() { err = errors.Join(err, w.stop()) }()
	}
	if err != nil {
		return err
	}
	if tour {
		return w.tour(ctx)
	}
	w.welcome(os.Stdout)
	select {
	case <-ctx.Done():
		fmt.Println("\nstopping …")
		return nil
	case err := <-w.broken:
		return err
	}
}
