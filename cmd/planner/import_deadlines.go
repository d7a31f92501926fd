package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
)

// importDeadlines brings in by when citizens must book, so that shortage can tell who finds no time.
func importDeadlines(ctx context.Context, name string, out io.Writer) error {
	file, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	deadlines, err := planner.ParseBookBys(file)
	if err != nil {
		return err
	}
	store, done, err := service.OpenPlanner(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	by := planner.Bootstrap(who())
	by.From = "command"
	if err := store.PutBookBys(ctx, deadlines, by); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d deadlines\n", len(deadlines))
	return nil
}
