package certs

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"kommunalplanner.example/soap/callers"
)

func TestEveryCertificateIsWhatItsNameSays(t *testing.T) {
	t.Parallel()
	now := time.Now()
	f, err := Write(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	// The files are those of a service that can start.
	if _, err := callers.New(callers.Config{
		CertFile: f.ServerCert, KeyFile: f.ServerKey, CAFile: f.CA, CallersFile: f.Callers, CRLFiles: []string{f.CRLs}, Methods: []callers.Method{callers.CRL}, Log: slog.New(slog.DiscardHandler),
	}); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(f.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	want := map[string]struct {
		who   callers.Identity
		trust bool
	}{
		"client":             {callers.Identity{CVR: CVR, System: System}, true},
		"foces":              {callers.Identity{CVR: CVR, System: FID}, true},
		"other-organisation": {callers.Identity{CVR: OtherCVR, System: otherSystem}, true},
		"spoofed-cn":         {callers.Identity{CVR: OtherCVR, System: otherSystem}, true},
		"other-system":       {callers.Identity{CVR: CVR, System: otherSystem}, true},
		"revoked":            {callers.Identity{CVR: CVR, System: System}, true},
		"expired":            {callers.Identity{CVR: CVR, System: System}, false},
		"not-yet-valid":      {callers.Identity{CVR: CVR, System: System}, false},
		"strange-issuer":     {callers.Identity{CVR: CVR, System: System}, false},
		"self-signed":        {callers.Identity{CVR: CVR, System: System}, false},
	}
	files := maps.Clone(f.Others)
	files["client"] = f.ClientCert
	if !slices.Equal(slices.Sorted(maps.Keys(files)), slices.Sorted(maps.Keys(want))) {
		t.Errorf("made %v", slices.Sorted(maps.Keys(files)))
	}
	for name, file := range files {
		pair, err := tls.LoadX509KeyPair(file, keyOf(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		who, err := callers.Identify(pair.Leaf)
		if err != nil || who != want[name].who {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		if (err == nil) != want[name].trust {
			t.Errorf("%s: verified: %v", name, err)
		}
		if pair.Leaf.SignatureAlgorithm != x509.SHA256WithRSAPSS || len(pair.Leaf.ExtKeyUsage) > 0 {
			t.Errorf("%s: signed with %s, for %v", name, pair.Leaf.SignatureAlgorithm, pair.Leaf.ExtKeyUsage)
		}
	}
}
