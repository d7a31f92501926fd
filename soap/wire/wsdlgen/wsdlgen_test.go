package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The generator runs as a process of its own, because gowsdl has a data race (see doc.go). Inputs and
// sources are read here as well, so that go test knows what its cached answer depends on.
func TestTheGeneratedCodeIsCurrent(t *testing.T) {
	generate, err := os.ReadFile("../doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*.go", "../../contract/*.wsdl", "../../contract/*.xsd", "../../contract/common/*.xsd"} {
		read, err := filepath.Glob(pattern)
		if err != nil || len(read) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(read), err)
		}
		for _, file := range read {
			if _, err := os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	bin := filepath.Join(t.TempDir(), "wsdlgen")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	runs := 0
	for line := range strings.Lines(string(generate)) {
		args, ok := strings.CutPrefix(strings.TrimSpace(line), "//go:generate go run ./wsdlgen ")
		if !ok {
			continue
		}
		runs++
		out := t.TempDir()
		cmd := exec.Command(bin, append([]string{"-out", out}, strings.Fields(args)...)...)
		cmd.Dir = ".."
		if msg, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("wsdlgen %s: %v\n%s", args, err, msg)
		}
		fields := strings.Fields(args)
		pkg := ""
		for i, f := range fields {
			if f == "-package" {
				pkg = fields[i+1]
			}
		}
		made, _ := filepath.Glob(filepath.Join(out, "*.go"))
		committed, _ := filepath.Glob(filepath.Join("..", pkg, "*_gen.go"))
		if len(made) != 3 || len(committed) != 3 {
			t.Fatalf("%s: %d files made, %d committed", pkg, len(made), len(committed))
		}
		for _, file := range made {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join("..", pkg, filepath.Base(file)))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, got) {
				t.Errorf("%s/%s is not what the generator makes: run go generate ./soap/wire", pkg, filepath.Base(file))
			}
		}
	}
	if runs != 2 {
		t.Errorf("%d go:generate lines", runs)
	}
}

func schema(content string) string {
	return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">` + "\n" + content + `</xs:schema>`
}

func TestConstructsThatGowsdlGetsWrongAreRefusedWithTheirPlace(t *testing.T) {
	complexType := func(s string) string { return `<xs:complexType name="T">` + s + `</xs:complexType>` }
	sequence := func(s string) string { return complexType(`<xs:sequence>` + s + `</xs:sequence>`) }
	for name, content := range map[string]string{
		"choice":                 complexType(`<xs:choice><xs:element name="a" type="xs:int"/></xs:choice>`),
		"all":                    complexType(`<xs:all><xs:element name="a" type="xs:int"/></xs:all>`),
		"nested sequence":        sequence(`<xs:sequence/>`),
		"any":                    sequence(`<xs:any/>`),
		"group":                  sequence(`<xs:group ref="t:g"/>`),
		"attribute":              complexType(`<xs:attribute name="a"/>`),
		"attributeGroup":         complexType(`<xs:attributeGroup ref="t:g"/>`),
		"simpleContent":          complexType(`<xs:simpleContent><xs:extension base="xs:string"/></xs:simpleContent>`),
		"complex restriction":    complexType(`<xs:complexContent><xs:restriction base="t:b"/></xs:complexContent>`),
		"mixed":                  `<xs:complexType name="T" mixed="true"/>`,
		"nillable":               sequence(`<xs:element name="a" type="xs:int" nillable="true"/>`),
		"default":                sequence(`<xs:element name="a" type="xs:int" default="1"/>`),
		"anonymous type":         sequence(`<xs:element name="a"><xs:complexType/></xs:element>`),
		"no type":                sequence(`<xs:element name="a"/>`),
		"XMLName":                sequence(`<xs:element name="XMLName" type="xs:int"/>`),
		"minOccurs 2":            sequence(`<xs:element name="a" type="xs:int" minOccurs="2" maxOccurs="3"/>`),
		"include":                `<xs:include schemaLocation="x.xsd"/>`,
		"list":                   `<xs:simpleType name="L"><xs:list itemType="xs:int"/></xs:simpleType>`,
		"union":                  `<xs:simpleType name="U"><xs:union memberTypes="xs:int xs:string"/></xs:simpleType>`,
		"enumeration":            `<xs:simpleType name="E"><xs:restriction base="xs:string"><xs:enumeration value="a"/></xs:restriction></xs:simpleType>`,
		"restriction of decimal": `<xs:simpleType name="D"><xs:restriction base="xs:decimal"/></xs:simpleType>`,
		"two patterns":           `<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="a"/><xs:pattern value="b"/></xs:restriction></xs:simpleType>`,
		"pattern with anchor":    `<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="^a$"/></xs:restriction></xs:simpleType>`,
		"pattern with \\d":       `<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="\d"/></xs:restriction></xs:simpleType>`,
		"pattern with \\i":       `<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="\i\c*"/></xs:restriction></xs:simpleType>`,
		"pattern with dot":       `<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="a.b"/></xs:restriction></xs:simpleType>`,
		"pattern, subtraction":   `<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="[a-z-[aeiou]]"/></xs:restriction></xs:simpleType>`,
		"names alike":            `<xs:complexType name="T"/><xs:complexType name="t"/>`,
		"a type called String":   `<xs:complexType name="String"/>`,
	} {
		err := lint("x.xsd", []byte(schema(content)))
		if err == nil {
			t.Errorf("%s: let through", name)
		} else if !strings.HasPrefix(err.Error(), "x.xsd:2:") {
			t.Errorf("%s: without its place: %v", name, err)
		}
	}
	if err := lint("x.xsd", []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"><xs:element name="a" type="xs:int"/></xs:schema>`)); err == nil {
		t.Error("unqualified elements are let through")
	}
	legal := sequence(`<xs:element name="a" type="xs:int" minOccurs="0" maxOccurs="5"/>`) +
		`<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="([^&gt;\(\)\[\]\\,;:@\s]{0,191}@[-][1]|(\+)?[0-9]{3,20})"/></xs:restriction></xs:simpleType>`
	if err := lint("x.xsd", []byte(schema(legal))); err != nil {
		t.Errorf("a legal schema: %v", err)
	}
}
