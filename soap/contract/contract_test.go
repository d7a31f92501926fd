package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
)

var services = map[string]Service{"booking": ExternalBooking, "calendar": ExternalCalendar}

const at = "https://planner.eksempel.dk:8443/3/ExternalBookingService.svc"

func wellFormed(t *testing.T, name string, doc []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestServedDocumentsAreWellFormedAndReferToOneAnother(t *testing.T) {
	for name, s := range services {
		docs := map[string][]byte{"1.1": s.WSDL(Names{}, at, false), "1.2": s.WSDL(Names{}, at, true)}
		for _, schema := range s.SchemaNames() {
			doc, ok := s.Schema(schema, Names{}, at)
			if !ok {
				t.Fatalf("%s: schema %s is listed and not served", name, schema)
			}
			docs[schema] = doc
		}
		if len(docs) < 10 {
			t.Fatalf("%s: only %d documents", name, len(docs))
		}
		for file, doc := range docs {
			wellFormed(t, name+" "+file, doc)
			for _, m := range location.FindAllStringSubmatch(string(doc), -1) {
				schema, ok := strings.CutPrefix(m[1], at+"?xsd=")
				if _, served := s.Schema(schema, Names{}, at); !ok || !served {
					t.Errorf("%s %s refers to %s, which leads nowhere", name, file, m[1])
				}
			}
		}
	}
}

func TestTheEndpointsAddressStandsInEveryPort(t *testing.T) {
	for name, s := range services {
		for both, want := range map[bool]int{false: 1, true: 2} {
			doc := string(s.WSDL(Names{}, at, both))
			if got := strings.Count(doc, `address location="`+at+`"`); got != want {
				t.Errorf("%s, both=%v: the address stands in %d ports, want %d", name, both, got, want)
			}
			if strings.Contains(doc, "planner.example.dk") {
				t.Errorf("%s, both=%v: the file's own address is served", name, both)
			}
		}
	}
}

func TestOnlyTheWiderWSDLSpeaksOfSOAP12(t *testing.T) {
	for name, s := range services {
		narrow, wide := string(s.WSDL(Names{}, at, false)), string(s.WSDL(Names{}, at, true))
		if strings.Contains(narrow, "soap12") {
			t.Errorf("%s: the plain WSDL has a SOAP 1.2 binding, which Axis refuses", name)
		}
		n := strings.Count(narrow, "<soap:operation ")
		if got := strings.Count(wide, "<soap12:operation "); got != n || n == 0 {
			t.Errorf("%s: %d operations in the SOAP 1.2 binding, %d in the other", name, got, n)
		}
		for _, name12 := range []string{`name="` + s.Name + `Binding12"`, `binding="tns:` + s.Name + `Binding12"`, `name="` + s.Name + `12"`} {
			if strings.Count(wide, name12) != 1 {
				t.Errorf("%s: %s is not there exactly once", name, name12)
			}
		}
	}
}

func TestConfiguredNamesReplaceTheProposedOnesEverywhere(t *testing.T) {
	names := Names{Target: "urn:maal", Message: "urn:besked?a=1&b=2", Action: "urn:handling"}
	for name, s := range services {
		docs := [][]byte{s.WSDL(names, at, false), s.WSDL(names, at, true)}
		for _, schema := range s.SchemaNames() {
			doc, _ := s.Schema(schema, names, at)
			docs = append(docs, doc)
		}
		for _, doc := range docs {
			wellFormed(t, name, doc)
			for _, old := range []string{s.Target, s.Message, s.Action} {
				if bytes.Contains(doc, []byte(`"`+old)) {
					t.Errorf("%s: a document still says %s", name, old)
				}
			}
		}
		wsdl := string(docs[0])
		for _, want := range []string{`targetNamespace="urn:maal"`, `namespace="urn:besked?a=1&amp;b=2"`, `soapAction="urn:handling#`} {
			if !strings.Contains(wsdl, want) {
				t.Errorf("%s: the WSDL lacks %s", name, want)
			}
		}
	}
}

func TestAnAddressFromOutsideCannotBreakOut(t *testing.T) {
	doc := ExternalBooking.WSDL(Names{}, `https://x"><evil/>&`, true)
	wellFormed(t, "wsdl", doc)
	if bytes.Contains(doc, []byte("<evil")) {
		t.Error("the address became markup")
	}
}

func TestSchemasOfOtherServicesAndPathsAreNotServed(t *testing.T) {
	for _, name := range []string{"BookingQueue.xsd", "Wsrm200602.xsd", "common/OioAms20050901.xsd", "../doc.go", ""} {
		if _, ok := ExternalBooking.Schema(name, Names{}, at); ok {
			t.Errorf("%q is served", name)
		}
	}
}

// A changed contract must be told in PROVENANCE.md.
func TestProvenanceKnowsTheChecksumOfEveryFile(t *testing.T) {
	provenance, err := os.ReadFile("PROVENANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		if line := "| " + file + " | `" + hex.EncodeToString(sum[:])[:16] + "` |"; !strings.Contains(string(provenance), line) {
			t.Errorf("PROVENANCE.md lacks the line %s", line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
