package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
)

// importCommand brings in what is kept as data.
func importCommand(ctx context.Context, args []string, out io.Writer) error {
	if len(args) < 2 {
		return errUsage
	}
	switch args[0] {
	case "code-lists":
		if len(args) > 2 {
			return errUsage
		}
		return importCodes(ctx, args[1], out)
	case "deadlines":
		if len(args) > 2 {
			return errUsage
		}
		return importDeadlines(ctx, args[1], out)
	case "case-workers":
		return importWorkers(ctx, args[1:], out)
	case "group":
		return importGroup(ctx, args[1:], out)
	case "options":
		return importOptions(ctx, args[1:], out)
	}
	return errUsage
}

func importCodes(ctx context.Context, file string, out io.Writer) error {
	codes, err := readCodes(file)
	if err != nil {
		return err
	}
	store, done, err := service.OpenPlanner(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	if err := store.PutCodeLists(ctx, codes); err != nil {
		return err
	}
	perList, order := map[string]int{}, []string{}
	for _, c := range codes {
		if perList[c.List] == 0 {
			order = append(order, c.List)
		}
		perList[c.List]++
	}
	for _, list := range order {
		fmt.Fprintf(out, "%s: %d codes\n", list, perList[list])
	}
	return nil
}

// readCodes reads JSON where the file begins like it, else CSV.
func readCodes(file string) ([]planner.ListedCode, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return planner.ReadCodesJSON(text)
	}
	return planner.ReadCodesCSV(string(text))
}
