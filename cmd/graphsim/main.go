// Command graphsim serves a simulated Microsoft Graph calendar on one port.
//
//	go run ./cmd/graphsim -listen 127.0.0.1:8082 -users 25
//
// Any Graph client can use it, in any language:
//
//   - Tokens: client credentials at https://127.0.0.1:8082/{tenant}/oauth2/v2.0/token with the tenant, client
//     id and secret that are printed at start. For azidentity set the authority host to
//     https://127.0.0.1:8082, switch instance discovery off, and trust the certificate (-ca FILE writes it).
//   - Graph: base URL https://127.0.0.1:8082/v1.0. The port takes plain http as well, for scripts.
//   - Whoever plays a person in Outlook uses the ordinary routes with Authorization: Bearer and the value of
//     -outlook-token, or the acts under /control/users/{user}/outlook.
//   - Faults, the clock, and what was seen (requests, mail, notices): GET /control/ prints the whole list.
//
// With -clock virtual:2026-12-01T08:00:00+01:00 time stands still until POST /control/clock/advance.
//
//	curl -s http://127.0.0.1:8082/control/users
//	curl -s -X POST http://127.0.0.1:8082/control/faults -d '{"kind":"throttle","path":"/events","count":3,"retryAfter":"7"}'
//	curl -s -H 'Authorization: Bearer outlook' http://127.0.0.1:8082/v1.0/users/vejleder1@kommune.example/events
package main

import (
	"context"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "graphsim:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("graphsim", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:8082", "address to listen on; the control API has no login, so keep it on loopback")
	users := flags.Int("users", 3, "number of mailboxes vejleder1@kommune.example, vejleder2@…")
	seed := flags.Uint64("seed", 1, "seed of ids and chance")
	tenant := flags.String("tenant", graphsim.DefaultTenant, "tenant id")
	clientID := flags.String("client-id", graphsim.DefaultClientID, "application id")
	secret := flags.String("client-secret", graphsim.DefaultSecret, "application secret")
	outlook := flags.String("outlook-token", "outlook", "bearer token of whoever plays the person in Outlook")
	clock := flags.String("clock", "real", "real, or virtual:2006-01-02T15:04:05Z07:00")
	caFile := flags.String("ca", "", "write the certificate to trust to this file")
	verbose := flags.Bool("v", false, "log each request")
	if err := flags.Parse(args); err != nil {
		return err
	}
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	cfg := graphsim.Config{Tenant: *tenant, ClientID: *clientID, ClientSecret: *secret, OutlookToken: *outlook, Seed: *seed,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))}
	if start, ok := strings.CutPrefix(*clock, "virtual:"); ok {
		t, err := time.Parse(time.RFC3339, start)
		if err != nil {
			return fmt.Errorf("-clock: %w", err)
		}
		cfg.Clock = graphsim.NewVirtualClock(t)
	} else if *clock != "real" {
		return fmt.Errorf("-clock: %q is neither real nor virtual:TIME", *clock)
	}
	tlsConfig, _, err := graphsim.SelfSigned()
	if err != nil {
		return err
	}
	if *caFile != "" {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tlsConfig.Certificates[0].Certificate[0]})
		if err := os.WriteFile(*caFile, block, 0o644); err != nil {
			return fmt.Errorf("-ca: %w", err)
		}
	}
	s := graphsim.New(cfg)
	defer s.Close()
	for n := range *users {
		s.AddUser(graphsim.User{UPN: fmt.Sprintf("vejleder%d@kommune.example", n+1), DisplayName: fmt.Sprintf("Vejleder %d", n+1)})
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	_, _ = fmt.Fprintf(out, "graphsim on %s (TLS and plain HTTP)\n  tenant %s\n  client id %s\n  %d mailboxes, listed at http://%s/control/users; help at http://%s/control/\n",
		l.Addr(), *tenant, *clientID, *users, l.Addr(), l.Addr())
	return s.Serve(ctx, l, tlsConfig)
}
