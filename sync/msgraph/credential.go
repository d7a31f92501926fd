package msgraph

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// credential gives the way to build the one credential that cfg names.
func credential(cfg Config, base http.RoundTripper) (func() (azcore.TokenCredential, error), error) {
	named := 0
	for _, given := range []bool{cfg.ClientSecret != "", cfg.CertificateFile != "", cfg.FederatedTokenFile != "", cfg.ManagedIdentity} {
		if given {
			named++
		}
	}
	if named != 1 {
		return nil, errors.New("configure exactly one of client secret, certificate file, federated token file and managed identity")
	}
	if cfg.ManagedIdentity {
		client := platformClient(cfg)
		return func() (azcore.TokenCredential, error) {
			opts := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: azcore.ClientOptions{
				Transport: client, Retry: oneTry, Telemetry: policy.TelemetryOptions{Disabled: true},
			}}
			if cfg.ClientID != "" {
				opts.ID = azidentity.ClientID(cfg.ClientID)
			}
			return azidentity.NewManagedIdentityCredential(opts)
		}, nil
	}
	if cfg.TenantID == "" || cfg.ClientID == "" {
		return nil, errors.New("tenant id and client id are needed")
	}
	options, known, err := clientOptions(cfg, base)
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.ClientSecret != "":
		return func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(cfg.TenantID, cfg.ClientID, cfg.ClientSecret,
				&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: !known})
		}, nil
	case cfg.CertificateFile != "":
		return func() (azcore.TokenCredential, error) {
			file, err := os.ReadFile(cfg.CertificateFile)
			if err != nil {
				return nil, fmt.Errorf("read certificate: %w", err)
			}
			var password []byte
			if cfg.CertificatePassword != "" {
				password = []byte(cfg.CertificatePassword)
			}
			certs, key, err := azidentity.ParseCertificates(file, password)
			if err != nil {
				return nil, fmt.Errorf("read certificate %s: %w%s", cfg.CertificateFile, err, certificateHint(file, password))
			}
			return azidentity.NewClientCertificateCredential(cfg.TenantID, cfg.ClientID, certs, key,
				&azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: !known})
		}, nil
	default:
		return func() (azcore.TokenCredential, error) {
			return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
				ClientOptions: options, DisableInstanceDiscovery: !known,
				TenantID: cfg.TenantID, ClientID: cfg.ClientID, TokenFilePath: cfg.FederatedTokenFile})
		}, nil
	}
}

// clientOptions are those of every credential that asks Entra; known tells whether the authority is
// one of Microsoft's clouds. Others (simulators, Azure Stack) are not in Microsoft's directory of
// authorities, so it is not asked about them.
func clientOptions(cfg Config, base http.RoundTripper) (opts azcore.ClientOptions, known bool, err error) {
	authority := cfg.AuthorityHost
	if authority == "" {
		authority = cloud.AzurePublic.ActiveDirectoryAuthorityHost
	}
	u, err := url.Parse(authority)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		// azidentity would say so too, at the first token.
		return opts, false, errors.New("authority host must be an https URL")
	}
	for _, c := range []cloud.Configuration{cloud.AzurePublic, cloud.AzureGovernment, cloud.AzureChina} {
		ms, err := url.Parse(c.ActiveDirectoryAuthorityHost)
		known = known || err == nil && strings.EqualFold(ms.Host, u.Host)
	}
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: authority},
		Transport: entra{base, cfg.Observe, cfg.Now},
		Retry:     oneTry,
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}, known, nil
}

// Certificates reads the certificates of a file as CertificateFile takes it, the app's own first.
func Certificates(file []byte, password string) ([]*x509.Certificate, error) {
	certs, _, err := azidentity.ParseCertificates(file, []byte(password))
	return certs, err
}

// certificateHint says what to do about a file that azidentity cannot read: it knows no encrypted PEM, and of
// PKCS #12 only what OpenSSL 3 calls legacy, which newer tools no longer write.
func certificateHint(file, password []byte) string {
	block, _ := pem.Decode(file)
	switch {
	case block == nil:
		return `; if password and file are right, convert it: openssl pkcs12 -in FILE -nodes -out FILE.pem, and use that without a password`
	case len(password) > 0:
		return `; a PEM file must hold its key unencrypted (protect the file itself) and takes no password`
	default:
		return `; a PEM file must hold the certificate and its unencrypted private key`
	}
}

// oneTry: whoever called us tries again; two who do are minutes with a worker held.
var oneTry = policy.RetryOptions{MaxRetries: -1}

// platformClient speaks with the machine we run on, which gives managed identities their tokens, over a loopback
// or link-local address: never through a proxy, and without a connection kept, since a token lasts for hours. It
// is an *http.Client because azidentity insists on one on some platforms.
func platformClient(cfg Config) *http.Client {
	base := newBaseTransport(cfg.RootCAs)
	base.Proxy, base.DisableKeepAlives = nil, true
	return &http.Client{Transport: platform{entra{base, cfg.Observe, cfg.Now}}, CheckRedirect: noRedirects}
}

type platform struct{ entra }

// RoundTrip implements http.RoundTripper.
func (p platform) RoundTrip(req *http.Request) (*http.Response, error) { return p.Do(req) }

// entra is azcore's transport, so that requests for tokens are counted as well. It follows no
// redirects.
type entra struct {
	base    http.RoundTripper
	observe func(Call)
	now     func() time.Time
}

// Do implements policy.Transporter.
func (e entra) Do(req *http.Request) (*http.Response, error) {
	resp, err := observed(e.base, req, opToken, e.observe, e.now)
	if f, ok := req.Context().Value(failureKey{}).(*connectionFailure); ok && err != nil {
		f.cause = cause(err)
	}
	return resp, err
}

// connectionFailure remembers why Entra was not reached, which azidentity turns into text.
type connectionFailure struct{ cause error }

type failureKey struct{}
