package service

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/sync/msgraph"
)

// OpenDatabase gives a pool on the database of the environment as it is, unmigrated, and what closes it.
func OpenDatabase(ctx context.Context, lookup func(string) (string, bool)) (*pgxpool.Pool, func(), error) {
	return open(ctx, lookup, slog.New(slog.DiscardHandler))
}

// Client gives the settings of a client, reading GRAPH_CA_FILE.
func (g GraphConfig) Client(now func() time.Time, observe func(msgraph.Call)) (msgraph.Config, error) {
	out := msgraph.Config{
		BaseURL: g.BaseURL, AuthorityHost: g.AuthorityHost, TenantID: g.TenantID, ClientID: g.ClientID, ClientSecret: g.ClientSecret,
		CertificateFile: g.CertificateFile, CertificatePassword: g.CertificatePassword,
		FederatedTokenFile: g.FederatedTokenFile, ManagedIdentity: g.ManagedIdentity, Now: now, Observe: observe,
	}
	if g.CAFile == "" {
		return out, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	pem, err := os.ReadFile(g.CAFile)
	if err != nil {
		return out, fmt.Errorf("read GRAPH_CA_FILE: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return out, fmt.Errorf("GRAPH_CA_FILE: no certificate in %s", g.CAFile)
	}
	out.RootCAs = roots
	return out, nil
}
