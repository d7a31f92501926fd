package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hooklift/gowsdl"
)

// goTypes lets gowsdl make types of the schemas, and mends them.
func goTypes(m *model) (string, error) {
	src, err := runGowsdl(m)
	if err != nil {
		return "", err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "gowsdl", src, 0)
	if err != nil {
		return "", fmt.Errorf("gowsdl's output: %w", err)
	}
	specs := map[string]*ast.TypeSpec{}
	for _, decl := range file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
			for _, s := range gen.Specs {
				s := s.(*ast.TypeSpec)
				specs[s.Name.Name] = s
			}
		}
	}

	var b strings.Builder
	b.WriteString("import \"kommunalplanner.example/soap/wire\"\n\n")
	print := func(doc string, s *ast.TypeSpec) error {
		var out bytes.Buffer
		if err := format.Node(&out, token.NewFileSet(), s); err != nil {
			return err
		}
		fmt.Fprintf(&b, "// %s\ntype %s\n\n", doc, out.String())
		return nil
	}

	for _, st := range m.usedSimple() {
		spec := specs[st.name.local]
		if spec == nil {
			return "", fmt.Errorf("gowsdl dropped simple type %s", st.name.local)
		}
		if want := map[string]string{"string": "string", "int": "int32"}[st.base]; !isIdent(spec.Type, want) {
			return "", fmt.Errorf("gowsdl did not make %s of simple type %s", want, st.name.local)
		}
		if err := print(spec.Name.Name+" is a simple type of the contract"+facets(st)+".", spec); err != nil {
			return "", err
		}
	}
	for _, t := range m.used {
		spec := specs[t.name.local]
		if spec == nil {
			return "", fmt.Errorf("gowsdl dropped type %s", t.name.local)
		}
		doc := spec.Name.Name + " is a type of the contract."
		if a := t.alias(); a != nil {
			spec = &ast.TypeSpec{Name: spec.Name, Assign: 1, Type: ast.NewIdent(a.name.local)}
		} else if err := mend(m, t, spec); err != nil {
			return "", err
		}
		if err := print(doc, spec); err != nil {
			return "", err
		}
	}
	for _, o := range m.operations {
		for _, e := range []string{o.request, o.response} {
			typ := m.elements[qname{m.namespace, e}].local
			if e != typ {
				fmt.Fprintf(&b, "// %s is the content of the message element of that name.\ntype %s = %s\n\n", e, e, typ)
			}
		}
	}
	return b.String(), nil
}

// mend makes of gowsdl's struct what the schema says.
func mend(m *model, t *complexType, spec *ast.TypeSpec) error {
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return fmt.Errorf("gowsdl did not make a struct of %s", t.name.local)
	}
	given := map[string]*ast.Field{}
	for _, f := range st.Fields.List {
		if len(f.Names) == 1 {
			given[f.Names[0].Name] = f
		}
	}
	var fields []*ast.Field
	if t.base != nil {
		base := t.base
		if a := base.alias(); a != nil {
			base = a
		}
		fields = append(fields, &ast.Field{Type: ast.NewIdent(base.name.local)})
	}
	for _, f := range t.fields {
		field := given[f.name.local]
		if field == nil {
			return fmt.Errorf("gowsdl dropped %s/%s", t.name.local, f.name.local)
		}
		var typ ast.Expr = ast.NewIdent(m.goType(f.typ))
		switch {
		case f.max != 1:
			typ = &ast.ArrayType{Elt: typ}
		case f.min == 0:
			typ = &ast.StarExpr{X: typ}
		}
		fields = append(fields, &ast.Field{Names: []*ast.Ident{ast.NewIdent(f.name.local)}, Type: typ})
	}
	st.Fields.List = fields
	return nil
}

// goType is the Go type of one value of a schema type.
func (m *model) goType(typ qname) string {
	switch {
	case typ.ns == xsdNamespace:
		return map[string]string{"string": "string", "int": "int32", "boolean": "bool", "dateTime": "wire.DateTime"}[typ.local]
	case typ == qname{microsoftTypes, guidType}:
		return "wire.GUID"
	}
	return typ.local
}

// usedSimple lists the named simple types in use, but for guid, by name.
func (m *model) usedSimple() []*simpleType {
	var found []*simpleType
	for _, t := range m.used {
		for _, f := range t.fields {
			if st := m.simple[f.typ]; st != nil && m.goType(f.typ) == f.typ.local && !slices.Contains(found, st) {
				found = append(found, st)
			}
		}
	}
	slices.SortFunc(found, func(a, b *simpleType) int { return strings.Compare(a.name.local, b.name.local) })
	return found
}

func facets(st *simpleType) string {
	switch r := st.XSDRestriction; {
	case st.base == "int":
		return fmt.Sprintf(", %s to %s", r.MinInclusive.Value, r.MaxInclusive.Value)
	case r.Pattern.Value != "":
		return " with a pattern"
	case r.MaxLength.Value != "":
		return fmt.Sprintf(" of %s to %s characters", r.MinLength.Value, r.MaxLength.Value)
	}
	return ""
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// runGowsdl gives gowsdl's types for the message schema and what it imports.
func runGowsdl(m *model) (src []byte, err error) {
	dir, err := os.MkdirTemp("", "wsdlgen")
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := os.RemoveAll(dir); err == nil {
			err = e
		}
	}()
	for name, text := range m.files {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return nil, err
		}
	}
	wsdl := filepath.Join(dir, "types.wsdl")
	text := `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="` + xsdNamespace + `"><wsdl:types><xs:schema><xs:import namespace="` +
		m.namespace + `" schemaLocation="` + m.schema + `"/></xs:schema></wsdl:types></wsdl:definitions>`
	if err := os.WriteFile(wsdl, []byte(text), 0o644); err != nil {
		return nil, err
	}
	g, err := gowsdl.NewGoWSDL(wsdl, "types", false, true)
	if err != nil {
		return nil, fmt.Errorf("gowsdl: %w", err)
	}
	code, err := g.Start()
	if err != nil {
		return nil, fmt.Errorf("gowsdl: %w", err)
	}
	return append(slices.Clone(code["header"]), code["types"]...), nil
}

func write(file, text string) error {
	out, err := format.Source([]byte(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, out, 0o644)
}
