package main

import (
	"fmt"
	"slices"
	"strings"
)

// codec writes the code that reads, checks and writes every type.
func codec(m *model) string {
	var b strings.Builder
	b.WriteString("import \"kommunalplanner.example/soap/wire\"\n\n")
	fmt.Fprintf(&b, "// Namespace is the messages' namespace in the contract's files.\nconst Namespace = %q\n\n", m.namespace)
	if len(m.prefixes) > 0 {
		b.WriteString("const (\n")
		for i, ns := range m.prefixes {
			fmt.Fprintf(&b, "ns%d = %q\n", i+1, ns)
		}
		b.WriteString(")\n\n")
	}
	if simple := m.usedSimple(); len(simple) > 0 {
		b.WriteString("// Rules of the simple types.\nvar (\n")
		for _, st := range simple {
			fmt.Fprintf(&b, "%s = %s\n", rule(st), ruleValue(st))
		}
		b.WriteString(")\n\n")
	}
	for _, st := range m.usedSimple() {
		if st.base == "string" {
			fmt.Fprintf(&b, "// Conforms tells whether v is a value of the type.\nfunc (v %s) Conforms() bool { return %s.Breach(string(v)) == \"\" }\n\n", st.name.local, rule(st))
		}
	}
	for _, t := range m.used {
		if t.alias() != nil {
			continue
		}
		m.decodeFunc(&b, t)
		m.appendFunc(&b, t)
	}
	return b.String()
}

func rule(st *simpleType) string {
	return strings.ToLower(st.name.local[:1]) + st.name.local[1:] + "Rule"
}

func ruleValue(st *simpleType) string {
	r := st.XSDRestriction
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+": "+value)
		}
	}
	if st.base == "int" {
		add("Min", r.MinInclusive.Value)
		add("Max", r.MaxInclusive.Value)
		return "wire.IntRule{" + strings.Join(parts, ", ") + "}"
	}
	add("Min", r.MinLength.Value)
	add("Max", r.MaxLength.Value)
	if r.Pattern.Value != "" {
		add("Pattern", fmt.Sprintf("wire.Pattern(%q)", r.Pattern.Value))
	}
	return "wire.TextRule{" + strings.Join(parts, ", ") + "}"
}

func (m *model) constant(ns string) string {
	if ns == m.namespace {
		return "Namespace"
	}
	return fmt.Sprintf("ns%d", slices.Index(m.prefixes, ns)+1)
}

func (m *model) tag(name qname) string {
	if name.ns == m.namespace {
		return name.local
	}
	return fmt.Sprintf("n%d:%s", slices.Index(m.prefixes, name.ns)+1, name.local)
}

// read gives an expression for one simple value, which leaves the element as well.
func (m *model) read(f field) string {
	st := m.simple[f.typ]
	switch typ := m.goType(f.typ); {
	case typ == "wire.GUID":
		return "d.GUID()"
	case typ == "wire.DateTime":
		return "d.DateTime()"
	case typ == "bool":
		return "d.Bool()"
	case typ == "string":
		return "d.Text(&wire.AnyText)"
	case typ == "int32":
		return "d.Int(wire.AnyInt)"
	case st.base == "int":
		return fmt.Sprintf("%s(d.Int(%s))", typ, rule(st))
	default:
		return fmt.Sprintf("%s(d.Text(&%s))", typ, rule(st))
	}
}

func (m *model) decodeFunc(b *strings.Builder, t *complexType) {
	receiver := "v"
	if t.base == nil && len(t.fields) == 0 {
		receiver = "_"
	}
	fmt.Fprintf(b, "// DecodeContent implements wire.Message.\nfunc (%s *%s) DecodeContent(d *wire.Decoder) {\n", receiver, t.name.local)
	if t.base != nil {
		fmt.Fprintf(b, "v.%s.DecodeContent(d)\n", baseName(t))
	}
	for _, f := range t.fields {
		name := f.name.local
		verb := "Need"
		if f.min == 0 || slices.Contains(m.tolerate, t.name.local+"/"+name) {
			verb = "Begin"
		}
		_, isComplex := m.complex[f.typ]
		at := fmt.Sprintf("d.%s(%s, %q)", verb, m.constant(f.name.ns), name)
		switch {
		case f.max != 1:
			fmt.Fprintf(b, "for d.Begin(%s, %q) {\n", m.constant(f.name.ns), name)
			if isComplex {
				fmt.Fprintf(b, "var x %s\nx.DecodeContent(d)\nd.End()\nv.%s = append(v.%s, x)\n}\n", m.goType(f.typ), name, name)
			} else {
				fmt.Fprintf(b, "v.%s = append(v.%s, %s)\n}\n", name, name, m.read(f))
			}
			if f.min > 0 || f.max > 0 {
				fmt.Fprintf(b, "d.Count(%q, len(v.%s), %d, %d)\n", name, name, f.min, f.max)
			}
		case f.min == 0 && isComplex:
			fmt.Fprintf(b, "if %s {\nv.%s = new(%s)\nv.%s.DecodeContent(d)\nd.End()\n}\n", at, name, m.goType(f.typ), name)
		case f.min == 0:
			fmt.Fprintf(b, "if %s {\nx := %s\nv.%s = &x\n}\n", at, m.read(f), name)
		case isComplex:
			fmt.Fprintf(b, "if %s {\nv.%s.DecodeContent(d)\nd.End()\n}\n", at, name)
		default:
			fmt.Fprintf(b, "if %s {\nv.%s = %s\n}\n", at, name, m.read(f))
		}
	}
	b.WriteString("}\n\n")
}

func baseName(t *complexType) string {
	if a := t.base.alias(); a != nil {
		return a.name.local
	}
	return t.base.name.local
}

// write gives a statement that writes one simple value.
func (m *model) write(f field, value string) string {
	st := m.simple[f.typ]
	switch typ := m.goType(f.typ); {
	case typ == "wire.GUID":
		return "e.GUID(" + value + ")"
	case typ == "wire.DateTime":
		return "e.DateTime(" + value + ")"
	case typ == "bool":
		return "e.Bool(" + value + ")"
	case typ == "string":
		return "e.Text(" + value + ")"
	case typ == "int32":
		return "e.Int(" + value + ")"
	case st.base == "int":
		return "e.Int(int32(" + value + "))"
	default:
		return "e.Text(string(" + value + "))"
	}
}

func (m *model) appendFunc(b *strings.Builder, t *complexType) {
	receiver, encoder := "v", "e"
	if t.base == nil && len(t.fields) == 0 {
		receiver, encoder = "_", "_"
	}
	fmt.Fprintf(b, "// AppendContent implements wire.Message.\nfunc (%s *%s) AppendContent(%s *wire.Encoder) {\n", receiver, t.name.local, encoder)
	if t.base != nil {
		fmt.Fprintf(b, "v.%s.AppendContent(e)\n", baseName(t))
	}
	for _, f := range t.fields {
		tag, name := m.tag(f.name), f.name.local
		_, isComplex := m.complex[f.typ]
		element := func(value string) {
			fmt.Fprintf(b, "e.Open(%q)\n", tag)
			if isComplex {
				fmt.Fprintf(b, "%s.AppendContent(e)\n", value)
			} else {
				fmt.Fprintf(b, "%s\n", m.write(f, value))
			}
			fmt.Fprintf(b, "e.Close(%q)\n", tag)
		}
		switch {
		case f.max != 1:
			fmt.Fprintf(b, "for i := range v.%s {\n", name)
			element("v." + name + "[i]")
			b.WriteString("}\n")
		case f.min == 0:
			fmt.Fprintf(b, "if v.%s != nil {\n", name)
			value := "v." + name
			if !isComplex {
				value = "*" + value
			}
			element(value)
			b.WriteString("}\n")
		default:
			element("v." + name)
		}
	}
	b.WriteString("}\n\n")
}
