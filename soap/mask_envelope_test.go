package soap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAMaskedEnvelopeKeepsWhatIsNeededAndNothingOfAPerson(t *testing.T) {
	got := MaskEnvelope([]byte(`<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body at="Åse"><!-- 0101901234 -->` +
		`<Ask xmlns='urn:a'><Cpr>010190-1234</Cpr><Cpr>0101901234</Cpr><JobCenterCode>10100</JobCenterCode><Name>Åse Ærø</Name><N/>` +
		`<Start>2026-05-03T09:00:00+02:00</Start><ID>6f9619ff-8b86-4011-b42d-00c04fc964ff</ID><Possible>true</Possible><![CDATA[<hemmeligt>]]></Ask></s:Body></s:Envelope>`))
	want := `<![21]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><![19]>` +
		`<Ask xmlns='urn:a'><Cpr>[11]</Cpr><Cpr>[10]</Cpr><JobCenterCode>10100</JobCenterCode><Name>[10]</Name><N/>` +
		`<Start>2026-05-03T09:00:00+02:00</Start><ID>6f9619ff-8b86-4011-b42d-00c04fc964ff</ID><Possible>true</Possible><![23]></Ask></s:Body></s:Envelope>`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzNoCPRPassesTheMask(f *testing.F) {
	files, _ := filepath.Glob("externalcalendar/testdata/*.xml")
	for _, file := range files {
		if doc, err := os.ReadFile(file); err == nil {
			f.Add(string(doc), "0101901234")
		}
	}
	f.Add(`<a b="0101901234"><010190-1234/><!--`, "0101901234")
	f.Fuzz(func(t *testing.T, doc, cpr string) {
		if !cprLike.MatchString(cpr) || strings.ContainsAny(cpr, "<>") {
			cpr = "010190-1234"
		}
		for _, whole := range []string{doc, doc + cpr, doc + "<a>" + cpr + "</a>", "<a b='" + cpr + "'>" + doc} {
			if got := MaskEnvelope([]byte(whole)); cprLike.MatchString(got) {
				t.Fatalf("%q became %q", whole, got)
			}
		}
	})
}
