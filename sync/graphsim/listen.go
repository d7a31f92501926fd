package graphsim

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve answers on l until ctx ends, TLS and plain HTTP on the same port: azidentity insists on an
// https authority, scripts on loopback like http. tlsConfig nil makes a certificate for loopback, see
// SelfSigned. It closes l, and returns nil when ctx ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener, tlsConfig *tls.Config) error {
	if tlsConfig == nil {
		var err error
		if tlsConfig, _, err = SelfSigned(); err != nil {
			_ = l.Close()
			return err
		}
	}
	both := &bothListener{Listener: l, tls: tlsConfig.Clone(), conns: make(chan net.Conn), done: make(chan struct{})}
	both.tls.NextProtos = []string{"http/1.1"}
	both.start()
	srv := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: log.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	finished := make(chan struct{})
	var shutdown sync.WaitGroup
	shutdown.Go(func() {
		select {
		case <-ctx.Done():
		case <-s.ctx.Done():
		case <-finished:
			return
		}
		// Held requests would keep Shutdown waiting; their clients are gone with ctx anyway.
		grace, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(both)
	close(finished)
	shutdown.Wait()
	both.stop()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve graphsim: %w", err)
}

// bothListener hands out connections as plain or TLS, by their first byte: 0x16 begins a TLS handshake and
// no HTTP method.
type bothListener struct {
	net.Listener
	tls   *tls.Config
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	wg    sync.WaitGroup
	mu    sync.Mutex
	open  map[net.Conn]struct{} // not yet told apart
	err   error
}

func (b *bothListener) start() {
	b.open = map[net.Conn]struct{}{}
	b.wg.Go(func() {
		for {
			c, err := b.Listener.Accept()
			if err != nil {
				b.mu.Lock()
				b.err = err
				b.mu.Unlock()
				b.end()
				return
			}
			b.mu.Lock()
			b.open[c] = struct{}{}
			b.mu.Unlock()
			b.wg.Go(func() { b.sort(c) })
		}
	})
}

// sort waits for the first byte in a goroutine of its own, so that a silent client stops nobody.
func (b *bothListener) sort(c net.Conn) {
	r := bufio.NewReaderSize(c, 512)
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
	first, err := r.Peek(1)
	_ = c.SetReadDeadline(time.Time{})
	b.mu.Lock()
	delete(b.open, c)
	b.mu.Unlock()
	if err != nil {
		_ = c.Close()
		return
	}
	var out net.Conn = &peekedConn{Conn: c, r: r}
	if first[0] == 0x16 {
		out = tls.Server(out, b.tls)
	}
	select {
	case b.conns <- out:
	case <-b.done:
		_ = c.Close()
	}
}

func (b *bothListener) end() { b.once.Do(func() { close(b.done) }) }

func (b *bothListener) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.done:
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.err != nil {
			return nil, b.err
		}
		return nil, net.ErrClosed
	}
}

func (b *bothListener) Close() error {
	b.end()
	return b.Listener.Close()
}

// stop waits for the goroutines.
func (b *bothListener) stop() {
	_ = b.Close()
	b.mu.Lock()
	for c := range b.open {
		_ = c.Close()
	}
	b.mu.Unlock()
	b.wg.Wait()
}

type peekedConn struct {
	net.Conn
	r *bufio.Reader
}

func (c *peekedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// SelfSigned makes a certificate for localhost, 127.0.0.1 and ::1, good for a year, and the pool that
// trusts it.
func SelfSigned() (server *tls.Config, roots *x509.CertPool, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "graphsim"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate: %w", err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}}}, roots, nil
}

// TB is the part of testing.TB that NewTest needs.
type TB interface {
	Cleanup(func())
	Fatal(...any)
}

// NewTest serves a new server on a free port of 127.0.0.1 until the test ends. baseURL is
// https://127.0.0.1:port without a path (Graph is below /v1.0, http works too); client trusts its
// certificate.
func NewTest(tb TB, cfg Config) (s *Server, baseURL string, client *tls.Config) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	server, roots, err := SelfSigned()
	if err != nil {
		tb.Fatal(err)
	}
	s = New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Serve(ctx, l, server) })
	tb.Cleanup(func() {
		cancel()
		s.Close()
		wg.Wait()
	})
	return s, "https://" + l.Addr().String(), &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
}
