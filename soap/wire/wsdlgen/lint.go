package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

const xsdNamespace = "http://www.w3.org/2001/XMLSchema"

// allowed says which schema element may stand in which. What is not here, gowsdl drops, merges or
// cannot compile.
var allowed = map[string][]string{
	"schema":         {""},
	"import":         {"schema"},
	"element":        {"schema", "sequence"},
	"complexType":    {"schema"},
	"sequence":       {"complexType", "extension"},
	"complexContent": {"complexType"},
	"extension":      {"complexContent"},
	"simpleType":     {"schema"},
	"restriction":    {"simpleType"},
	"pattern":        {"restriction"},
	"minLength":      {"restriction"},
	"maxLength":      {"restriction"},
	"minInclusive":   {"restriction"},
	"maxInclusive":   {"restriction"},
}

// builtin are the simple types that the generated code knows how to read and write.
var builtin = []string{"string", "int", "boolean", "dateTime"}

// samePattern lets through the part of XML Schema's regular expressions that means the same in Go:
// no anchors (which are plain characters there), no ".", no class escapes but \s, no subtraction.
var samePattern = regexp.MustCompile(`^(?:[^\\.^$\[\]]|\\[s()\[\]\\.+*?{}|-]|\[\^?(?:[^\\\[\]]|\\[s()\[\]\\.-])+\])*$`)

// lint refuses what the rest of the program does not handle. Every file is linted that gowsdl will read.
func lint(file string, src []byte) error {
	d := xml.NewDecoder(bytes.NewReader(src))
	var open []string
	var errs []error
	patterns := 0
	names := map[string]string{}
	for {
		line, column := d.InputPos()
		complain := func(format string, a ...any) {
			errs = append(errs, fmt.Errorf("%s:%d:%d: %s", file, line, column, fmt.Sprintf(format, a...)))
		}
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return errors.Join(errs...)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.StartElement:
			parent := ""
			if len(open) > 0 {
				parent = open[len(open)-1]
			}
			open = append(open, t.Name.Local)
			if t.Name.Space != xsdNamespace {
				complain("%s is not a schema element", t.Name.Local)
				continue
			}
			parents, known := allowed[t.Name.Local]
			if !known || !slices.Contains(parents, parent) {
				complain("xs:%s in xs:%s is not handled", t.Name.Local, parent)
				continue
			}
			at := map[string]string{}
			for _, a := range t.Attr {
				at[a.Name.Local] = a.Value
			}
			switch t.Name.Local {
			case "schema":
				if at["targetNamespace"] == "" {
					complain("a schema without target namespace is not handled")
				}
				// A schema without elements has none that could be unqualified.
				if at["elementFormDefault"] != "qualified" && bytes.Contains(src, []byte(":element")) {
					complain(`elementFormDefault must be "qualified"`)
				}
			case "element":
				lintElement(at, parent, complain)
			case "complexType":
				for _, a := range []string{"mixed", "abstract", "final", "block"} {
					if at[a] != "" {
						complain("%s types are not handled", a)
					}
				}
			case "restriction":
				patterns = 0
				if base, ok := builtinOf(at["base"]); !ok || base != "string" && base != "int" {
					complain("a restriction of %s is not handled", at["base"])
				}
			case "pattern":
				if patterns++; patterns > 1 {
					complain("of several patterns gowsdl keeps the last")
				}
				if !samePattern.MatchString(at["value"]) {
					complain("pattern %q may mean something else in Go", at["value"])
				}
			}
			if n := at["name"]; n != "" && parent == "schema" && t.Name.Local != "element" {
				if before, taken := names[strings.ToLower(n)]; taken {
					complain("%s: types of one name (before: %s) become one", n, before)
				}
				names[strings.ToLower(n)] = n
				if slices.Contains([]string{"string", "date", "time", "token", "long", "int", "integer", "boolean", "decimal", "byte", "short", "float", "double"}, strings.ToLower(n)) {
					complain("a type called %s is taken for the built-in one", n)
				}
			}
		}
	}
}

func lintElement(at map[string]string, parent string, complain func(string, ...any)) {
	for _, a := range []string{"nillable", "default", "fixed", "form", "substitutionGroup", "abstract"} {
		if at[a] != "" {
			complain("an element with %s is not handled", a)
		}
	}
	if at["type"] == "" && at["ref"] == "" {
		complain("an element without type or ref is not handled")
	}
	if n := at["name"]; n == "XMLName" {
		complain("an element called XMLName cannot be a field")
	}
	if parent == "sequence" && at["minOccurs"] != "" && at["minOccurs"] != "0" && at["minOccurs"] != "1" {
		complain("minOccurs must be 0 or 1")
	}
}

// builtinOf tells the name of a built-in type; the prefix is xs in all our files, and held to that.
func builtinOf(qname string) (string, bool) {
	name, ok := strings.CutPrefix(qname, "xs:")
	return name, ok && slices.Contains(builtin, name)
}
