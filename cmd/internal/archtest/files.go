package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Names checks that every package is called like its folder, and like nothing in the standard
// library.
func Names(t *Tree) (broken []string) {
	for dir, p := range t.Packages {
		for _, f := range p.Files {
			name := f.Name.Name
			switch {
			case name == "main":
				if !matchesAny(programs, dir) {
					broken = append(broken, fmt.Sprintf("%s: programs lie below cmd", f.Path))
				}
			case name != path.Base(dir):
				broken = append(broken, fmt.Sprintf("%s: package %s in folder %s", f.Path, name, dir))
			case strings.Contains(standardNames, " "+name+" ") || strings.Contains(standardNames, "\n "+name+" "):
				broken = append(broken, fmt.Sprintf("%s: package %s has the name of a standard one; readers and goimports would mix them up", f.Path, name))
			}
		}
	}
	return broken
}

// Comments checks that every package has one package comment, which is its design note, in doc.go
// (of a program, or where there is but one file: there).
func Comments(t *Tree) (broken []string) {
	for dir, p := range t.Packages {
		files := p.Files
		if len(files) == 0 {
			files = p.Tests
		}
		if len(files) == 0 || !slices.ContainsFunc(files, func(f *File) bool { return !f.Generated }) {
			continue
		}
		var with []string
		for _, f := range files {
			if f.Doc == nil {
				continue
			}
			with = append(with, path.Base(f.Path))
			first := "Package " + strings.TrimSuffix(f.Name.Name, "_test") + " "
			if f.Name.Name == "main" {
				first = "Command " + path.Base(dir) + " "
			}
			if !strings.HasPrefix(f.Doc.Text(), first) {
				broken = append(broken, fmt.Sprintf("%s: the package comment does not begin with %q", f.Path, first))
			}
		}
		switch {
		case len(with) == 0:
			broken = append(broken, fmt.Sprintf("%s has no package comment; say in doc.go what it is for", dir))
		case len(with) > 1:
			broken = append(broken, fmt.Sprintf("%s has %d package comments (%s); one is enough", dir, len(with), strings.Join(with, ", ")))
		case with[0] != "doc.go" && files[0].Name.Name != "main" && len(p.Files) > 1:
			broken = append(broken, fmt.Sprintf("%s has its package comment in %s; it belongs in doc.go", dir, with[0]))
		}
	}
	return broken
}

// Tests checks that tests neither wait for time to pass nor leave themselves out.
func Tests(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		for _, f := range p.Tests {
			for _, call := range f.uses("time", []string{"Sleep"}) {
				broken = append(broken, call+" in a test; wait for a signal, or inject the clock")
			}
			for _, call := range f.skips() {
				broken = append(broken, call+": a test that is left out proves nothing; let it fail and say what is missing")
			}
		}
	}
	return broken
}

// skips finds t.Skip of the testing package's types. Others may have a method of that name (rapid's
// gives up one random action, not the test).
func (f *File) skips() (found []string) {
	ast.Inspect(f.File, func(n ast.Node) bool {
		var params *ast.FieldList
		var body *ast.BlockStmt
		switch fn := n.(type) {
		case *ast.FuncDecl:
			params, body = fn.Type.Params, fn.Body
		case *ast.FuncLit:
			params, body = fn.Type.Params, fn.Body
		}
		if params == nil || body == nil {
			return true
		}
		names := map[string]bool{}
		for _, param := range params.List {
			typ := param.Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			if sel, ok := typ.(*ast.SelectorExpr); ok && isIdent(sel.X, "testing") {
				for _, name := range param.Names {
					names[name.Name] = true
				}
			}
		}
		ast.Inspect(body, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				if id, ok := sel.X.(*ast.Ident); ok && names[id.Name] {
					found = append(found, fmt.Sprintf("%s calls %s.%s", f.At(sel), id.Name, sel.Sel.Name))
				}
			}
			return true
		})
		return true
	})
	slices.Sort(found)
	return slices.Compact(found)
}

func isIdent(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

// uses finds what of a package a file uses, under whatever name it is imported.
func (f *File) uses(imported string, names []string) (found []string) {
	local := ""
	for i, imp := range f.Imports {
		if imp == imported {
			local = path.Base(imp)
			if alias := f.File.Imports[i].Name; alias != nil {
				local = alias.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && isIdent(sel.X, local) && slices.Contains(names, sel.Sel.Name) {
			found = append(found, fmt.Sprintf("%s uses %s.%s", f.At(sel), imported, sel.Sel.Name))
		}
		return true
	})
	return found
}

// leftOver is put together so that this file is not one.
var leftOver = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// LeftOvers checks that no note to oneself stays behind.
func LeftOvers(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		for _, f := range slices.Concat(p.Files, p.Tests, p.Loose) {
			if f.Generated {
				continue
			}
			for _, group := range f.File.Comments {
				for _, c := range group.List {
					if leftOver.MatchString(c.Text) {
						broken = append(broken, fmt.Sprintf("%s: %q; do it, or file it", f.At(c), leftOver.FindString(c.Text)))
					}
				}
			}
		}
	}
	for name, text := range t.Texts {
		for i, line := range strings.Split(text, "\n") {
			if leftOver.MatchString(line) {
				broken = append(broken, fmt.Sprintf("%s:%d: %q; do it, or file it", name, i+1, leftOver.FindString(line)))
			}
		}
	}
	return broken
}

// Layout checks the top level, and that no file grows past reading.
func Layout(t *Tree) (broken []string) {
	for _, name := range t.Top {
		if !slices.Contains(topLevel, name) {
			broken = append(broken, fmt.Sprintf("%s lies at the top; only %s do", name, strings.Join(topLevel, ", ")))
		}
	}
	for _, p := range t.Packages {
		for _, f := range slices.Concat(p.Files, p.Tests, p.Loose) {
			if f.Lines > longestFile && !f.Generated {
				broken = append(broken, fmt.Sprintf("%s has %d lines: it holds more than one thing", f.Path, f.Lines))
			}
		}
	}
	return broken
}
