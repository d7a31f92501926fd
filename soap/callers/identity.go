package callers

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"regexp"
	"strings"
)

// Identity is who a certificate was issued to.
type Identity struct {
	CVR string // eight digits
	// System is the one system of the organisation: the UUID of an OCES3 certificate in small letters,
	// the FID of an older one.
	System string
}

var (
	organizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}
	subjectSerialNumber    = asn1.ObjectIdentifier{2, 5, 4, 5}

	oces3CVR  = regexp.MustCompile(`^NTRDK-([0-9]{8})$`)
	oces3UUID = regexp.MustCompile(`^UI:DK-O:G:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)
	foces     = regexp.MustCompile(`^CVR:([0-9]{8})-FID:([0-9]{1,20})$`)
)

var (
	errNoOrganisation = errors.New("the certificate's subject names no Danish organisation")
	errNoSystem       = errors.New("the certificate is not an organisation's system certificate")
	errAmbiguous      = errors.New("the certificate's subject names two organisations or two holders")
)

// Identify reads the subject of an OCES3 certificate (CVR in organizationIdentifier, UUID in serialNumber)
// or of the older FOCES form (both in serialNumber). The common name and O are text that the organisation
// chooses, and are not looked at; nor is the subject's printed form, in which such text could pass for another
// attribute. Certificates of employees and persons are refused: STAR asks for function certificates.
func Identify(cert *x509.Certificate) (Identity, error) {
	var organisations, serials []string
	for _, n := range cert.Subject.Names {
		organisation, serial := n.Type.Equal(organizationIdentifier), n.Type.Equal(subjectSerialNumber)
		if !organisation && !serial {
			continue
		}
		value, ok := n.Value.(string)
		switch {
		case !ok:
			return Identity{}, errAmbiguous
		case organisation:
			organisations = append(organisations, value)
		default:
			serials = append(serials, value)
		}
	}
	switch {
	case len(organisations) > 1 || len(serials) > 1:
		return Identity{}, errAmbiguous
	case len(serials) == 0:
		return Identity{}, errNoSystem
	case len(organisations) == 0:
		if m := foces.FindStringSubmatch(serials[0]); m != nil {
			return Identity{CVR: m[1], System: m[2]}, nil
		}
		return Identity{}, errNoOrganisation
	}
	organisation := oces3CVR.FindStringSubmatch(organisations[0])
	if organisation == nil {
		return Identity{}, errNoOrganisation
	}
	system := oces3UUID.FindStringSubmatch(serials[0])
	if system == nil {
		return Identity{}, errNoSystem
	}
	return Identity{CVR: organisation[1], System: strings.ToLower(system[1])}, nil
}
