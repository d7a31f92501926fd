package soap

import (
	"crypto/x509"
	"encoding/asn1"
	"net/http"
	"regexp"
	"strings"
)

// Caller is one whose certificate is let in.
type Caller struct {
	CVR string // eight digits
	// UUID narrows to one system's certificate, UI:DK-O:G:<uuid> without what stands before the
	// uuid; "" admits every certificate of the organisation.
	UUID string
}

var (
	organizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}
	subjectSerialNumber    = asn1.ObjectIdentifier{2, 5, 4, 5}

	oces3CVR  = regexp.MustCompile(`^NTRDK-([0-9]{8})$`)
	oces3UUID = regexp.MustCompile(`^UI:DK-O:G:([0-9a-fA-F-]{36})$`)
	oces2     = regexp.MustCompile(`^CVR:([0-9]{8})-FID:[0-9]+$`)
)

// AllowCallers gives a Config.Authorize that admits callers by their client certificate. That TLS has
// verified the chain is needed and not enough: every public OCES certificate passes there, whoever's it is.
//
// The CVR is read from organizationIdentifier (OCES3), or where there is none from the subject's serialNumber
// (the older FOCES). Never from the common name, which an organisation chooses itself. Revocation is
// not looked up here; that belongs to the TLS configuration.
func AllowCallers(allowed []Caller) func(*http.Request) error {
	return func(r *http.Request) error {
		if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.VerifiedChains[0]) == 0 {
			return FaultNoCertificate
		}
		is := callerOf(r.TLS.VerifiedChains[0][0])
		for _, a := range allowed {
			if a.CVR != "" && a.CVR == is.CVR && (a.UUID == "" || strings.EqualFold(a.UUID, is.UUID)) {
				return nil
			}
		}
		return FaultNoAccess
	}
}

// callerOf reads who a certificate was issued to; the zero Caller when it does not say, or says two things.
func callerOf(cert *x509.Certificate) Caller {
	var organisations, serials []string
	for _, n := range cert.Subject.Names {
		value, ok := n.Value.(string)
		switch {
		case !ok:
		case n.Type.Equal(organizationIdentifier):
			organisations = append(organisations, value)
		case n.Type.Equal(subjectSerialNumber):
			serials = append(serials, value)
		}
	}
	if len(organisations) > 1 || len(serials) > 1 {
		return Caller{}
	}
	var c Caller
	if len(organisations) == 1 {
		if m := oces3CVR.FindStringSubmatch(organisations[0]); m != nil {
			c.CVR = m[1]
		}
		if len(serials) == 1 {
			if m := oces3UUID.FindStringSubmatch(serials[0]); m != nil {
				c.UUID = m[1]
			}
		}
	} else if len(serials) == 1 {
		if m := oces2.FindStringSubmatch(serials[0]); m != nil {
			c.CVR = m[1]
		}
	}
	return c
}
