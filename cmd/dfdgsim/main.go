// Command dfdgsim serves a simulated DFDG: queue, register, and citizens on Jobnet.
//
//	go run ./cmd/dfdgsim -listen 127.0.0.1:8083 -planner http://127.0.0.1:8080/3/ExternalBookingService.svc
//
//	curl -s http://127.0.0.1:8083/control/
//	curl -s -X POST http://127.0.0.1:8083/control/jobnet -d '{"jobCenter":"10100","cpr":"0101701234"}'
//
// With -cert, -key and -client-ca it serves over TLS and asks for a client certificate of that authority; an expired
// one is refused in the handshake. -planner-cert, -planner-key and -planner-ca are for its own calls.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"kommunalplanner.example/soap/dfdgsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dfdgsim:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dfdgsim", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:8083", "address to listen on; the control API has no login, so keep it on loopback")
	planner := flags.String("planner", "", "URL of the planner's ExternalBookingService, for Jobnet's citizens")
	seed := flags.Uint64("seed", 1, "seed of ids and chance")
	cert := flags.String("cert", "", "serve TLS with this certificate (PEM)")
	key := flags.String("key", "", "its key")
	clientCA := flags.String("client-ca", "", "ask for client certificates of this authority (PEM)")
	plannerCert := flags.String("planner-cert", "", "client certificate shown to the planner")
	plannerKey := flags.String("planner-key", "", "its key")
	plannerCA := flags.String("planner-ca", "", "authority of the planner's certificate")
	if err := flags.Parse(args); err != nil {
		return err
	}
	out, err := client(*plannerCert, *plannerKey, *plannerCA)
	if err != nil {
		return err
	}
	cfg := dfdgsim.Config{Seed: *seed, Push: out, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if *planner != "" {
		cfg.Planner = dfdgsim.NewCaller(dfdgsim.CallerConfig{URL: *planner, HTTP: out})
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	scheme := "http"
	if *cert != "" {
		tlsConfig, err := server(*cert, *key, *clientCA)
		if err != nil {
			_ = l.Close()
			return err
		}
		l, scheme = tls.NewListener(l, tlsConfig), "https"
	}
	fmt.Printf("dfdgsim on %s://%s; help at /control/\n", scheme, l.Addr())
	srv := &http.Server{Handler: dfdgsim.New(cfg), ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
	finished := make(chan struct{})
	var shutdown sync.WaitGroup
	shutdown.Go(func() {
		select {
		case <-ctx.Done():
		case <-finished:
			return
		}
		grace, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close()
		}
	})
	err = srv.Serve(l)
	close(finished)
	shutdown.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}

func authority(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read authority: no certificate in %s", file)
	}
	return pool, nil
}

func server(cert, key, clientCA string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read server certificate: %w", err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if clientCA != "" {
		if c.ClientCAs, err = authority(clientCA); err != nil {
			return nil, err
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

func client(cert, key, ca string) (*http.Client, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		var err error
		if c.RootCAs, err = authority(ca); err != nil {
			return nil, err
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = c
	return &http.Client{Transport: transport, Timeout: 60 * time.Second}, nil
}
