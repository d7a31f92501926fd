package callers

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"regexp"
	"testing"
)

func TestOnlyTheAttributesThatTheAuthorityVouchesForTellWhoACallerIs(t *testing.T) {
	ca := authority(t, "CA")
	const other = "99999999-2222-4333-8444-555555555555"
	for name, c := range map[string]struct {
		cn    string
		names []pkix.AttributeTypeAndValue
		want  Identity
		err   error
	}{
		"OCES3":                          {names: []pkix.AttributeTypeAndValue{org("NTRDK-12345678"), holder("UI:DK-O:G:" + uuid)}, want: Identity{cvr, uuid}},
		"OCES3 in capitals":              {names: []pkix.AttributeTypeAndValue{org("NTRDK-12345678"), holder("UI:DK-O:G:ABCDEF12-2222-4333-8444-555555555555")}, want: Identity{cvr, "abcdef12-2222-4333-8444-555555555555"}},
		"FOCES":                          {names: []pkix.AttributeTypeAndValue{holder("CVR:12345678-FID:9100000000518")}, want: Identity{cvr, "9100000000518"}},
		"the CVR in the common name":     {cn: "NTRDK-12345678 CVR:12345678-FID:1", names: []pkix.AttributeTypeAndValue{org("NTRDK-11111111"), holder("UI:DK-O:G:" + other)}, want: Identity{"11111111", other}},
		"only in the common name":        {cn: "CVR:12345678-FID:1", err: errNoSystem},
		"the CVR in O":                   {names: []pkix.AttributeTypeAndValue{part(asn1.ObjectIdentifier{2, 5, 4, 10}, "NTRDK-12345678"), holder("UI:DK-O:G:" + uuid)}, err: errNoOrganisation},
		"a VAT number":                   {names: []pkix.AttributeTypeAndValue{org("VATDK-12345678"), holder("UI:DK-O:G:" + uuid)}, err: errNoOrganisation},
		"another country":                {names: []pkix.AttributeTypeAndValue{org("NTRSE-12345678"), holder("UI:DK-O:G:" + uuid)}, err: errNoOrganisation},
		"nine digits":                    {names: []pkix.AttributeTypeAndValue{org("NTRDK-123456789"), holder("UI:DK-O:G:" + uuid)}, err: errNoOrganisation},
		"a line break after it":          {names: []pkix.AttributeTypeAndValue{org("NTRDK-12345678\n"), holder("UI:DK-O:G:" + uuid)}, err: errNoOrganisation},
		"two organisations":              {names: []pkix.AttributeTypeAndValue{org("NTRDK-12345678"), org("NTRDK-11111111"), holder("UI:DK-O:G:" + uuid)}, err: errAmbiguous},
		"two holders":                    {names: []pkix.AttributeTypeAndValue{holder("CVR:12345678-FID:1"), holder("CVR:11111111-FID:1")}, err: errAmbiguous},
		"an employee":                    {names: []pkix.AttributeTypeAndValue{org("NTRDK-12345678"), holder("UI:DK-E:G:" + uuid)}, err: errNoSystem},
		"an employee of the older kind":  {names: []pkix.AttributeTypeAndValue{holder("CVR:12345678-RID:1")}, err: errNoOrganisation},
		"the older kind beside an org":   {names: []pkix.AttributeTypeAndValue{org("NTRDK-11111111"), holder("CVR:12345678-FID:1")}, err: errNoSystem},
		"an organisation without system": {names: []pkix.AttributeTypeAndValue{org("NTRDK-12345678")}, err: errNoSystem},
		"nothing":                        {err: errNoSystem},
	} {
		cert := issue(t, ca, x509.Certificate{Subject: pkix.Name{CommonName: c.cn, ExtraNames: c.names}})
		got, err := Identify(cert.Certificate)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, err, c.want, c.err)
		}
	}
}

// FuzzIdentify reads whatever stands in a subject.
func FuzzIdentify(f *testing.F) {
	ca := authority(f, "CA")
	f.Add(system(f, ca, nil).RawSubject)
	f.Add(issue(f, ca, x509.Certificate{Subject: pkix.Name{CommonName: "x", SerialNumber: "CVR:12345678-FID:1"}}).RawSubject)
	f.Add([]byte{0x30, 0})
	form := regexp.MustCompile(`^[0-9]{8}$`)
	f.Fuzz(func(t *testing.T, subject []byte) {
		var names pkix.RDNSequence
		if rest, err := asn1.Unmarshal(subject, &names); err != nil || len(rest) > 0 {
			return
		}
		cert := new(x509.Certificate)
		cert.Subject.FillFromRDNSequence(&names)
		who, err := Identify(cert)
		if err == nil != (form.MatchString(who.CVR) && systemForm.MatchString(who.System)) {
			t.Errorf("%+v, %v", who, err)
		}
		if err != nil {
			return
		}
		// Whatever was read stands in one of the two attributes, and in no other.
		for _, n := range cert.Subject.Names {
			if v, ok := n.Value.(string); ok && (v == "NTRDK-"+who.CVR && n.Type.Equal(organizationIdentifier) ||
				v == "CVR:"+who.CVR+"-FID:"+who.System && n.Type.Equal(subjectSerialNumber)) {
				return
			}
		}
		t.Errorf("%+v from %v", who, cert.Subject.Names)
	})
}
