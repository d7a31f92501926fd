package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"kommunalplanner.example/cmd/internal/conformance"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/contract"
)

// conformanceCommand tries every interface of an installation and prints a table. It is an error if a check fails, or if none was made.
func conformanceCommand(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	calendar := flags.String("calendar", "", "URL of PlannerExternalCalendarService; - for none")
	center := flags.String("jobcentre", "", "code of the job centre")
	citizen := flags.String("citizen", "", "CPR number of a test citizen who may book; - reads it from standard input")
	group := flags.Int("group", 1, "the citizen's contact group")
	mail := flags.String("mail", "", "address of a case worker whose calendar Kommuneklients feed")
	days := flags.Int("days", 60, "how far ahead times are asked for")
	only := flags.Bool("read-only", false, "neither reserve nor book, and put no event")
	cert := flags.String("cert", "", "certificate of an admitted caller (PEM)")
	key := flags.String("key", "", "its key")
	ca := flags.String("ca", "", "authority of the server's certificate (PEM); else the system's")
	var refused list
	flags.Var(&refused, "refused", "NAME=CERT,KEY: a caller that must be turned away")
	namespace := flags.String("namespace", "", "namespace of ExternalBookingService's messages, if not the contract's draft")
	action := flags.String("action", "", "its soapAction up to and without #Operation, likewise")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 || *center == "" || *citizen == "" {
		return errUsage
	}
	if *citizen == "-" { // so that the number stands neither in the shell's history nor in the list of processes
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && line == "" {
			return fmt.Errorf("read the citizen's number: %w", err)
		}
		*citizen = strings.TrimSpace(line)
	}
	cpr, err := planner.ParseCPR(*citizen)
	if err != nil {
		return fmt.Errorf("-citizen: %w", err)
	}
	base, err := url.Parse(strings.TrimRight(flags.Arg(0), "/"))
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return errUsage
	}
	t := conformance.Target{
		Booking: base.String(), Calendar: *calendar, Names: contract.Names{Message: *namespace, Action: *action}, JobCenter: *center, CPR: cpr.Reveal(),
		ContactGroup: *group, Mail: *mail, Days: *days, ReadOnly: *only, Now: time.Now, Refused: map[string]*http.Client{},
	}
	if !strings.HasSuffix(base.Path, ".svc") {
		t.Booking = base.String() + "/3/ExternalBookingService.svc"
		if *calendar == "" {
			t.Calendar = base.String() + "/1/PlannerExternalCalendarService.svc"
		}
	}
	if t.Calendar == "-" {
		t.Calendar = ""
	}
	if t.Anonymous, err = caller("", "", *ca); err != nil {
		return err
	}
	if t.HTTP, err = caller(*cert, *key, *ca); err != nil {
		return err
	}
	for _, r := range refused {
		name, files, ok := strings.Cut(r, "=")
		certFile, keyFile, both := strings.Cut(files, ",")
		if !ok || !both {
			return errUsage
		}
		if t.Refused[name], err = caller(certFile, keyFile, *ca); err != nil {
			return err
		}
	}
	report := conformance.Run(ctx, t)
	if err := report.Markdown(out); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case report.Count(conformance.Failed) > 0:
		return fmt.Errorf("%d of %d checks failed", report.Count(conformance.Failed), len(report.Results))
	}
	return nil
}

// caller makes a client that shows a certificate, "" none.
func caller(cert, key, ca string) (*http.Client, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("load the certificate %s: %w", cert, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read -ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("-ca: no certificate in %s", ca)
		}
	}
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: c, Proxy: http.ProxyFromEnvironment}, Timeout: time.Minute,
		// A message with a CPR number goes where it was addressed, or nowhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
