package world

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certs are the files of a development certificate authority.
type Certs struct {
	CA                    string
	ServerCert, ServerKey string
	ClientCert, ClientKey string
}

// organizationIdentifier is the attribute in which OCES3 certificates carry the CVR number.
var organizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}

// MakeCerts writes, into dir, an authority and certificates shaped like OCES3's: RSASSA-PSS signatures, no
// ExtendedKeyUsage in the caller's, the CVR in organizationIdentifier. They are for this machine only.
func MakeCerts(dir string, now time.Time) (Certs, error) {
	c := Certs{
		CA: filepath.Join(dir, "ca.pem"), ServerCert: filepath.Join(dir, "server.pem"), ServerKey: filepath.Join(dir, "server-key.pem"),
		ClientCert: filepath.Join(dir, "client.pem"), ClientKey: filepath.Join(dir, "client-key.pem"),
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return c, err
	}
	caKey, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return c, fmt.Errorf("make the authority's key: %w", err)
	}
	name := func(cn string, more ...pkix.AttributeTypeAndValue) pkix.Name {
		return pkix.Name{Country: []string{"DK"}, Organization: []string{"Ærøby Kommune (efterligning)"}, CommonName: cn, ExtraNames: more}
	}
	ca := &x509.Certificate{
		SerialNumber: serial(), Subject: name("Efterligning af OCES3 til udvikling"), NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(2, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SignatureAlgorithm: x509.SHA256WithRSAPSS,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return c, fmt.Errorf("make the authority: %w", err)
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return c, err
	}
	issue := func(certFile, keyFile string, t *x509.Certificate, pub, priv any) error {
		t.SerialNumber, t.NotBefore, t.NotAfter, t.SignatureAlgorithm = serial(), now.Add(-time.Hour), now.AddDate(1, 0, 0), x509.SHA256WithRSAPSS
		der, err := x509.CreateCertificate(rand.Reader, t, ca, pub, caKey)
		if err != nil {
			return err
		}
		key, err := x509.MarshalPKCS8PrivateKey(priv)
		if err != nil {
			return err
		}
		if err := writePEM(certFile, "CERTIFICATE", der, 0o644); err != nil {
			return err
		}
		return writePEM(keyFile, "PRIVATE KEY", key, 0o600)
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, fmt.Errorf("make the server's key: %w", err)
	}
	err = issue(c.ServerCert, c.ServerKey, &x509.Certificate{
		Subject: name("localhost"), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, &serverKey.PublicKey, serverKey)
	if err != nil {
		return c, fmt.Errorf("issue the server's certificate: %w", err)
	}
	clientKey, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return c, fmt.Errorf("make the caller's key: %w", err)
	}
	err = issue(c.ClientCert, c.ClientKey, &x509.Certificate{
		Subject:  name("DFDG (efterligning)", pkix.AttributeTypeAndValue{Type: organizationIdentifier, Value: "NTRDK-12345678"}),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}, &clientKey.PublicKey, clientKey)
	if err != nil {
		return c, fmt.Errorf("issue the caller's certificate: %w", err)
	}
	return c, writePEM(c.CA, "CERTIFICATE", caDER, 0o644)
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return n
}

func writePEM(file, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
