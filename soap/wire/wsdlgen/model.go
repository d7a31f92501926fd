package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hooklift/gowsdl"
)

// model is what the schemas say, with every reference resolved.
type model struct {
	namespace  string // of the messages
	files      map[string][]byte
	schema     string // the message schema's key in files
	complex    map[qname]*complexType
	simple     map[qname]*simpleType
	elements   map[qname]qname // global element → type
	operations []operation
	used       []*complexType // by the messages, in the order of the schema
	prefixes   []string       // other namespaces in use; prefix n1, n2 … by position
	tolerate   []string
}

type qname struct{ ns, local string }

type complexType struct {
	name   qname
	base   *complexType // extended type
	fields []field
	order  int
}

type field struct {
	name     qname // of the element
	typ      qname
	min, max int // max -1: unbounded
}

type simpleType struct {
	name qname
	base string // "string" or "int"
	gowsdl.XSDRestriction
}

type operation struct{ name, request, response string }

const guidType = "guid"

const microsoftTypes = "http://microsoft.com/wsdl/types/"

// load reads, lints and resolves the schemas, and the operations of the WSDL.
func load(o options) (*model, error) {
	m := &model{
		files: map[string][]byte{}, complex: map[qname]*complexType{}, simple: map[qname]*simpleType{},
		elements: map[qname]qname{}, schema: filepath.Base(o.schema), tolerate: o.tolerate,
	}
	var schemas []*gowsdl.XSDSchema
	if err := m.readSchema(filepath.Dir(o.schema), m.schema, &schemas); err != nil {
		return nil, err
	}
	m.namespace = schemas[0].TargetNamespace
	for _, s := range schemas {
		if err := m.add(s); err != nil {
			return nil, err
		}
	}
	// Extensions only now, when every type is known.
	for _, s := range schemas {
		for _, ct := range s.ComplexTypes {
			if base := ct.ComplexContent.Extension.Base; base != "" {
				t := m.complex[qname{s.TargetNamespace, ct.Name}]
				if t.base = m.complex[resolve(s, base)]; t.base == nil {
					return nil, fmt.Errorf("%s extends %s, which is no complex type", ct.Name, base)
				}
			}
		}
	}
	if err := m.readOperations(o.wsdl); err != nil {
		return nil, err
	}
	return m, m.collect()
}

var imported = regexp.MustCompile(`schemaLocation="([^"]+)"`)

func (m *model) readSchema(dir, name string, schemas *[]*gowsdl.XSDSchema) error {
	if m.files[name] != nil {
		return nil
	}
	src, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if err := lint(name, src); err != nil {
		return err
	}
	m.files[name] = src
	s := new(gowsdl.XSDSchema)
	if err := xml.Unmarshal(src, s); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*schemas = append(*schemas, s)
	for _, i := range imported.FindAllSubmatch(src, -1) {
		if err := m.readSchema(dir, filepath.Join(filepath.Dir(name), string(i[1])), schemas); err != nil {
			return err
		}
	}
	return nil
}

func resolve(s *gowsdl.XSDSchema, name string) qname {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		return qname{s.TargetNamespace, name}
	}
	return qname{s.Xmlns[prefix], local}
}

func (m *model) add(s *gowsdl.XSDSchema) error {
	for _, st := range s.SimpleType {
		name := qname{s.TargetNamespace, st.Name}
		base, _ := builtinOf(st.Restriction.Base) // the linter has seen to it
		m.simple[name] = &simpleType{name, base, st.Restriction}
	}
	for _, e := range s.Elements {
		m.elements[qname{s.TargetNamespace, e.Name}] = resolve(s, e.Type)
	}
	for _, ct := range s.ComplexTypes {
		t := &complexType{name: qname{s.TargetNamespace, ct.Name}, order: len(m.complex)}
		members := ct.Sequence
		for i := range ct.ComplexContent.Extension.Sequence {
			members = append(members, &ct.ComplexContent.Extension.Sequence[i])
		}
		for _, e := range members {
			f := field{name: qname{s.TargetNamespace, e.Name}, min: 1, max: 1}
			if e.Ref != "" {
				f.name = resolve(s, e.Ref)
			} else {
				f.typ = resolve(s, e.Type)
			}
			if e.MinOccurs == "0" {
				f.min = 0
			}
			switch e.MaxOccurs {
			case "", "1":
			case "unbounded":
				f.max = -1
			default:
				n, err := strconv.Atoi(e.MaxOccurs)
				if err != nil || n < 2 {
					return fmt.Errorf("%s/%s: maxOccurs %q", ct.Name, e.Name, e.MaxOccurs)
				}
				f.max = n
			}
			t.fields = append(t.fields, f)
		}
		m.complex[t.name] = t
	}
	return nil
}

func (m *model) readOperations(file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var w gowsdl.WSDL
	if err := xml.Unmarshal(src, &w); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	element := map[string]string{}
	for _, msg := range w.Messages {
		if len(msg.Parts) == 1 {
			_, element[msg.Name], _ = strings.Cut(msg.Parts[0].Element, ":")
		}
	}
	of := func(message string) string {
		_, local, _ := strings.Cut(message, ":")
		return element[local]
	}
	for _, pt := range w.PortTypes {
		for _, op := range pt.Operations {
			o := operation{op.Name, of(op.Input.Message), of(op.Output.Message)}
			for _, e := range []string{o.request, o.response} {
				if _, ok := m.complex[m.elements[qname{m.namespace, e}]]; !ok {
					return fmt.Errorf("%s: message element %q of %s is not of a complex type", file, e, op.Name)
				}
			}
			m.operations = append(m.operations, o)
		}
	}
	if len(m.operations) == 0 {
		return fmt.Errorf("%s: no operations", file)
	}
	return nil
}

// collect finds the types that the messages use, and resolves references to global elements.
func (m *model) collect() error {
	seen := map[qname]bool{}
	var visit func(t *complexType) error
	visit = func(t *complexType) error {
		if seen[t.name] {
			return nil
		}
		seen[t.name] = true
		m.used = append(m.used, t)
		if t.base != nil {
			if err := visit(t.base); err != nil {
				return err
			}
		}
		for i := range t.fields {
			f := &t.fields[i]
			if f.typ == (qname{}) {
				f.typ = m.elements[f.name]
			}
			if f.name.ns != m.namespace && !slices.Contains(m.prefixes, f.name.ns) {
				m.prefixes = append(m.prefixes, f.name.ns)
			}
			next, isComplex := m.complex[f.typ]
			_, isSimple := m.simple[f.typ]
			_, isBuiltin := builtinOf("xs:" + f.typ.local)
			switch {
			case isComplex:
				if err := visit(next); err != nil {
					return err
				}
			case !isSimple && (f.typ.ns != xsdNamespace || !isBuiltin):
				return fmt.Errorf("%s/%s: type %s is not handled", t.name.local, f.name.local, f.typ.local)
			}
		}
		return nil
	}
	for _, o := range m.operations {
		for _, e := range []string{o.request, o.response} {
			if err := visit(m.complex[m.elements[qname{m.namespace, e}]]); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(m.used, func(a, b *complexType) int { return a.order - b.order })
	locals := map[string]qname{}
	for name := range seen {
		if other, taken := locals[name.local]; taken {
			return fmt.Errorf("types %v and %v have one name", name, other)
		}
		locals[name.local] = name
	}
	for _, t := range m.tolerate {
		typ, element, _ := strings.Cut(t, "/")
		if ct := m.complex[qname{m.namespace, typ}]; ct == nil || !slices.ContainsFunc(ct.fields, func(f field) bool { return f.name.local == element }) {
			return fmt.Errorf("-tolerate %s: no such element", t)
		}
	}
	return nil
}

// alias is the type that t only gives another name; nil when it adds something.
func (t *complexType) alias() *complexType {
	if t.base == nil || len(t.fields) > 0 {
		return nil
	}
	if deeper := t.base.alias(); deeper != nil {
		return deeper
	}
	return t.base
}
