package main

import (
	"fmt"
	"strings"
)

// service writes the interface that answers the operations, and their table.
func service(m *model) string {
	var b strings.Builder
	b.WriteString("import (\n\"context\"\n\n\"kommunalplanner.example/soap/wire\"\n)\n\n")
	b.WriteString("// Service answers the operations of the contract.\ntype Service interface {\n")
	for _, o := range m.operations {
		fmt.Fprintf(&b, "%s(context.Context, *%s) (*%s, error)\n", o.name, o.request, o.response)
	}
	b.WriteString("}\n\n// Contract binds the operations to who answers them.\nfunc Contract(s Service) wire.Contract {\nreturn wire.Contract{\nNamespace: Namespace,\n")
	var prefixes string
	for i, ns := range m.prefixes {
		prefixes += fmt.Sprintf(` xmlns:n%d="%s"`, i+1, ns)
	}
	fmt.Fprintf(&b, "Prefixes: %q,\nOperations: []wire.Operation{\n", prefixes)
	for _, o := range m.operations {
		fmt.Fprintf(&b, "{\nName: %q, Request: %q, Response: %q,\nNewRequest: func() wire.Message { return new(%s) },\nNewResponse: func() wire.Message { return new(%s) },\n", o.name, o.request, o.response, o.request, o.response)
		fmt.Fprintf(&b, "Invoke: func(ctx context.Context, m wire.Message) (wire.Message, error) {\nanswer, err := s.%s(ctx, m.(*%s))\nif err != nil {\nreturn nil, err\n}\nreturn answer, nil\n},\n},\n", o.name, o.request)
	}
	b.WriteString("},\n}\n}\n")
	return b.String()
}
