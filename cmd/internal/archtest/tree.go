package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Tree is what the checks know of a checkout.
type Tree struct {
	// Top names what lies beside go.mod.
	Top []string
	// Packages by folder, relative to the module.
	Packages map[string]*Package
	// Texts are files that are neither Go nor data: SQL, templates, shell.
	Texts map[string]string
}

// Package is one folder of Go files. Those that no build holds ("//go:build ignore") are Loose.
type Package struct {
	Dir                 string
	Files, Tests, Loose []*File
}

// File is one parsed Go file.
type File struct {
	Path      string // within the module
	Lines     int
	Generated bool
	Imports   []string
	*ast.File
	set *token.FileSet
}

// At is the position of n as "path:line".
func (f *File) At(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.Path, f.set.Position(n.Pos()).Line)
}

// Read parses every Go file of the tree and keeps the texts that people write. Folders that the go
// command ignores are ignored here too.
func Read(tree fs.FS) (*Tree, error) {
	t := &Tree{Packages: map[string]*Package{}, Texts: map[string]string{}}
	top, err := fs.ReadDir(tree, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range top {
		t.Top = append(t.Top, e.Name())
	}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (base == "testdata" || base == "node_modules" || base == "bin" || base[0] == '.' && name != ".ci" || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		return t.add(tree, name)
	})
	return t, err
}

func (t *Tree) add(tree fs.FS, name string) error {
	goFile := strings.HasSuffix(name, ".go")
	if text := slices.Contains([]string{".sql", ".html", ".sh"}, path.Ext(name)) || name == ".ci/run"; !goFile && !text {
		return nil
	}
	src, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	if !goFile {
		t.Texts[name] = string(src)
		return nil
	}
	f := &File{Path: name, Lines: bytes.Count(src, []byte("\n")), set: token.NewFileSet()}
	if f.File, err = parser.ParseFile(f.set, name, src, parser.ParseComments); err != nil {
		return err
	}
	f.Generated = ast.IsGenerated(f.File)
	for _, spec := range f.File.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f.Imports = append(f.Imports, imported)
	}
	p := t.Packages[path.Dir(name)]
	if p == nil {
		p = &Package{Dir: path.Dir(name)}
		t.Packages[p.Dir] = p
	}
	switch {
	case ignored(f.File):
		p.Loose = append(p.Loose, f)
	case strings.HasSuffix(name, "_test.go"):
		p.Tests = append(p.Tests, f)
	default:
		p.Files = append(p.Files, f)
	}
	return nil
}

// ignored tells whether a file is kept out of every build by the customary tag.
func ignored(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() > f.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			if x, err := constraint.Parse(c.Text); err == nil && !x.Eval(func(tag string) bool { return tag != "ignore" }) {
				return true
			}
		}
	}
	return false
}

// matches tells whether an import path or folder is the pattern, or below it if that ends in "/...".
func matches(pattern, name string) bool {
	if above, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == above || strings.HasPrefix(name, above+"/")
	}
	return name == pattern
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}
