package doctor

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

// File is a certificate on disk.
type File struct {
	Setting, Path string
	// Authorities: the file holds several, each of which matters.
	Authorities bool
	// Parse reads what is not PEM; nil: nothing else is understood.
	Parse func([]byte) ([]*x509.Certificate, error)
}

func examineFiles(p Patient, r *Report) {
	for _, f := range p.Files {
		body, err := os.ReadFile(f.Path)
		if err != nil {
			r.add(Fail, "certificate", f.Setting, err.Error(), "")
			continue
		}
		certs, err := parse(f, body)
		if err != nil || len(certs) == 0 {
			r.add(Fail, "certificate", f.Setting, fmt.Sprintf("no certificate can be read from %s", f.Path), "give a PEM file")
			continue
		}
		if !f.Authorities {
			certs = certs[:1] // the leaf; those that follow are its issuers
		}
		judge(p, r, "certificate", f.Setting, certs)
	}
}

func parse(f File, body []byte) ([]*x509.Certificate, error) {
	if !bytes.Contains(body, []byte("-----BEGIN")) && f.Parse != nil {
		return f.Parse(body)
	}
	var certs []*x509.Certificate
	for {
		var block *pem.Block
		if block, body = pem.Decode(body); block == nil {
			return certs, nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, c)
	}
}

// judge tells of the certificate that ends first.
func judge(p Patient, r *Report, check, subject string, certs []*x509.Certificate) {
	now := p.Now()
	first := certs[0]
	for _, c := range certs {
		if c.NotAfter.Before(first.NotAfter) {
			first = c
		}
		if c.NotBefore.After(now) {
			r.add(Fail, check, subject, "not valid before "+c.NotBefore.UTC().Format(time.RFC3339), "compare the clocks")
			return
		}
	}
	left := first.NotAfter.Sub(now)
	detail := fmt.Sprintf("valid for %d days, until %s", int(left.Hours()/24), first.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case left <= 0:
		r.add(Fail, check, subject, "expired on "+first.NotAfter.UTC().Format(time.DateOnly), "renew it")
	case left < time.Duration(p.Days)*24*time.Hour:
		r.add(Warn, check, subject, detail, fmt.Sprintf("renew it: fewer than %d days are left", p.Days))
	default:
		r.add(OK, check, subject, detail, "")
	}
}
