// Command planner is the municipal Planner: `planner serve` runs it, the other commands look after it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"kommunalplanner.example/cmd/internal/service"
)

const usage = `planner – kommunal Planner

  planner serve             run the roles of PLANNER_ROLES (default all) until stopped
  planner migrate           bring the database to this version's schema
  planner migrate -status   tell which steps are applied
  planner doctor            prove that Graph, mailboxes, webhook, clocks, database and certificates
                            work: -mailbox ADDRESS, -outside ADDRESS, -all, -read-only, -days N, -json
  planner mailbox list      one line per calendar
  planner mailbox add       make the calendar of a case worker known
  planner mailbox ACTION ID do what the administrators' page does: sync, reread, pause,
                            resume, subscribe, unflag
  planner mailbox held ID   what the plan is about that the brake holds, and its number
  planner mailbox approve|reject ID PLAN
                            decide on just the plan of that number
  planner mailbox switch-source -case-worker ID [-to graph|kommuneklient]
                            whose word counts on a calendar: change it without a gap, or tell
  planner conformance -jobcentre CODE -citizen CPR URL
                            try every interface of an installation, ours or another's, and print a
                            table (Markdown, Danish): -cert, -key, -ca, -refused NAME=CERT,KEY,
                            -mail ADDRESS, -calendar URL, -group N, -days N, -read-only
  planner certs dev DIR     make an authority and certificates like those of OCES3, for development
  planner evidence -citizen CPR|-jobcentre CODE -from DAY -to DAY [-on DAY]
                            which SOAP calls were made, and what they were offered
  planner audit verify [-from N] [-head NUMBER:HASH]
                            compute the audit trail's chain again: tell the head, or the first link that is broken
  planner audit export -citizen CPR [-format json|csv]
                            everything about a citizen's meetings: who changed what, from where, why
  planner retention [-run]  how much of each kind of data is past its time; -run lets it go now
  planner cpr-keys [-run]   how many CPR numbers each key has sealed; -run seals them with the current key
  planner import deadlines FILE
                            by when citizens must book (CSV: jobcenter, cpr, samtaletype, frist, sidste_afholdelsesdato)
  planner shortage -job-center CODE [-weeks N] [-few N] [-json]
                            how much is free of each option, by week, where there is too little, and
                            which citizens must book within two weeks
  planner why-not -option ID -at "2026-12-02 10:00" [-case-worker IDENTIFIER] [-team ID]
                            what keeps case workers from being offered then, in Danish
  planner staff list        one line per employee with an account
  planner staff add -login L -name N -roles reader,summoner,administrator -job-centers 10100,…|all
                            make an account; the password is read from standard input
  planner staff disable|enable|reset -login L
                            close, open, or give a new password (from standard input)
  planner import code-lists FILE
                            replace STAR's code lists that the file (CSV or JSON) has
  planner import case-workers FILE [-job-center CODE] [-leavers] [-apply]
  planner import group ID-OR-MAIL -job-center CODE [-hours] [-leavers] [-apply]
                            the same from the users of a Microsoft 365 group, and their calendars; -hours takes
                            working hours as Outlook has them
  planner import options FILE.json [-job-center CODE] [-apply]
                            tell what a file would make, change and leave out, line by line;
                            -apply does it, -leavers has those leave who are in no line

Settings come from the environment; README.md lists them.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, errUsage) {
			fmt.Fprint(os.Stderr, usage)
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "planner:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "serve":
		c, err := service.FromEnv(os.LookupEnv)
		if err != nil {
			return fmt.Errorf("settings: %w", err)
		}
		return service.Run(ctx, c, logger(c), nil)
	case "migrate":
		flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
		status := flags.Bool("status", false, "tell which steps are applied, and change nothing")
		if err := flags.Parse(args[1:]); err != nil {
			return errUsage
		}
		return service.Migrate(ctx, os.LookupEnv, out, *status)
	case "conformance":
		return conformanceCommand(ctx, args[1:], os.Stdin, out)
	case "certs":
		return certsCommand(args[1:], out)
	case "evidence":
		return evidence(ctx, args[1:], out)
	case "audit":
		return auditCommand(ctx, args[1:], os.Stdin, out)
	case "retention":
		return retentionCommand(ctx, args[1:], out)
	case "cpr-keys":
		return cprKeys(ctx, args[1:], out)
	case "shortage":
		return shortage(ctx, args[1:], out)
	case "why-not":
		return whyNot(ctx, args[1:], out)
	case "staff":
		return staffCommand(ctx, args[1:], os.Stdin, out)
	case "import":
		return importCommand(ctx, args[1:], out)
	case "doctor":
		return doctorCommand(ctx, args[1:], os.LookupEnv, out)
	case "mailbox":
		if len(args) > 1 && args[1] == "switch-source" {
			return switchSource(ctx, args[2:], out)
		}
		return mailboxCommand(ctx, args[1:], out)
	default:
		return errUsage
	}
}

func logger(c service.Config) *slog.Logger {
	if c.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, nil))
}
