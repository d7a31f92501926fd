package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/staffdb"
)

// staffCommand looks after employees' accounts. Passwords come from in, one line, so that they stand in no list of processes.
func staffCommand(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet("staff", flag.ContinueOnError)
	login := flags.String("login", "", "login")
	name := flags.String("name", "", "whole name")
	roles := flags.String("roles", "reader", "roles, by comma: administrator, summoner, reader")
	centers := flags.String("job-centers", "", "codes of job centres, by comma, or all")
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	store, done, err := service.OpenStaff(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	by := "admin:" + who()
	if args[0] == "list" {
		return listStaff(ctx, store, out)
	}
	if args[0] == "add" {
		a := planner.Staff{Login: *login, Name: *name}
		for _, r := range commas(*roles) {
			a.Roles = append(a.Roles, planner.Role(r))
		}
		for _, c := range commas(*centers) {
			if a.AllJobCenters = a.AllJobCenters || c == "all"; c != "all" {
				a.JobCenters = append(a.JobCenters, planner.JobCenterCode(c))
			}
		}
		password, err := line(in)
		if err != nil {
			return err
		}
		if !staffdb.GoodPassword(a.Login, password) {
			return staffdb.ErrBadPassword
		}
		if a.ID, err = store.Put(ctx, a, by); err != nil {
			return err
		}
		return store.SetPassword(ctx, a, password, by)
	}
	a, err := store.Named(ctx, *login)
	if err != nil {
		return fmt.Errorf("login %q: %w", *login, err)
	}
	switch args[0] {
	case "disable", "enable":
		return store.SetActive(ctx, a.ID, args[0] == "enable", by)
	case "reset":
		password, err := line(in)
		if err != nil {
			return err
		}
		return store.SetPassword(ctx, a.Staff, password, by)
	}
	return errUsage
}

func commas(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func line(in io.Reader) (string, error) {
	text, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}

func listStaff(ctx context.Context, store *staffdb.Store, out io.Writer) error {
	all, err := store.Accounts(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "LOGIN\tNAME\tROLES\tJOB CENTRES\tACTIVE\tLAST LOGIN")
	for _, a := range all {
		centers, last := "all", "never"
		if !a.AllJobCenters {
			centers = join(a.JobCenters)
		}
		if a.LastLogin != nil {
			last = a.LastLogin.Local().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%v\t%s\n", a.Login, a.Name, join(a.Roles), centers, a.Active, last)
	}
	return w.Flush()
}

func join[T ~string](all []T) string {
	var out []string
	for _, v := range all {
		out = append(out, string(v))
	}
	return strings.Join(out, ",")
}
