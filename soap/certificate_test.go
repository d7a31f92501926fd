package soap

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/http/httptest"
	"testing"
	"time"
)

// certificate makes one with these parts of the subject, read back from its bytes.
func certificate(t *testing.T, cn string, names ...pkix.AttributeTypeAndValue) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cn, ExtraNames: names}, NotAfter: time.Unix(4e9, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestOnlyCertificatesOfAllowedCallersAreLetIn(t *testing.T) {
	const uuid, other = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
	part := func(oid asn1.ObjectIdentifier, v string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: oid, Value: v}
	}
	org := func(v string) pkix.AttributeTypeAndValue { return part(organizationIdentifier, v) }
	serial := func(v string) pkix.AttributeTypeAndValue { return part(subjectSerialNumber, v) }
	allow := AllowCallers([]Caller{{CVR: "12345678"}, {CVR: "87654321", UUID: uuid}, {}})
	for name, c := range map[string]struct {
		cert *x509.Certificate
		want error
	}{
		"the organisation":             {certificate(t, "x", org("NTRDK-12345678"), serial("UI:DK-O:G:"+other)), nil},
		"the organisation and system":  {certificate(t, "x", org("NTRDK-87654321"), serial("UI:DK-O:G:"+uuid)), nil},
		"another system of it":         {certificate(t, "x", org("NTRDK-87654321"), serial("UI:DK-O:G:"+other)), FaultNoAccess},
		"its system not told":          {certificate(t, "x", org("NTRDK-87654321")), FaultNoAccess},
		"another organisation":         {certificate(t, "x", org("NTRDK-11111111")), FaultNoAccess},
		"the CVR only in the name":     {certificate(t, "NTRDK-12345678 CVR:12345678-FID:1", org("NTRDK-11111111")), FaultNoAccess},
		"the CVR in O":                 {certificate(t, "x", part(asn1.ObjectIdentifier{2, 5, 4, 10}, "NTRDK-12345678")), FaultNoAccess},
		"another kind of number":       {certificate(t, "x", org("VATDK-12345678")), FaultNoAccess},
		"a number within another":      {certificate(t, "x", org("NTRDK-123456789")), FaultNoAccess},
		"another country":              {certificate(t, "x", org("NTRSE-12345678")), FaultNoAccess},
		"two organisations":            {certificate(t, "x", org("NTRDK-12345678"), org("NTRDK-11111111")), FaultNoAccess},
		"the older kind":               {certificate(t, "x", serial("CVR:12345678-FID:9100000000518")), nil},
		"the older kind, a person's":   {certificate(t, "x", serial("CVR:12345678-RID:1")), FaultNoAccess},
		"the older kind beside an org": {certificate(t, "x", org("NTRDK-11111111"), serial("CVR:12345678-FID:1")), FaultNoAccess},
		"nothing told":                 {certificate(t, "x"), FaultNoAccess},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{c.cert}}}
		if err := allow(r); err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c.cert}}
		if err := allow(r); err != FaultNoCertificate {
			t.Errorf("%s, without a verified chain: %v", name, err)
		}
	}
	if err := allow(httptest.NewRequest("POST", "/", nil)); err != FaultNoCertificate {
		t.Errorf("without TLS: %v", err)
	}
}
