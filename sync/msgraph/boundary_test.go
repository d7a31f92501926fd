package msgraph

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// TestTheRootPackageOfTheSDKIsNotImported: it more than doubles a cold build.
func TestTheRootPackageOfTheSDKIsNotImported(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range f.Imports {
			if path, _ := strconv.Unquote(imported.Path.Value); path == "github.com/microsoftgraph/msgraph-sdk-go" {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}

func TestNoTypeOfTheSDKLeavesThePackage(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var look func(what string, typ reflect.Type)
	look = func(what string, typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		if strings.Contains(typ.PkgPath(), "microsoft") || strings.Contains(typ.PkgPath(), "Azure") {
			t.Errorf("%s tells of %s", what, typ)
		}
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan:
			look(what, typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				if f := typ.Field(i); f.IsExported() {
					look(what+"."+f.Name, f.Type)
				}
			}
		case reflect.Func:
			for i := range typ.NumIn() {
				look(what, typ.In(i))
			}
			for i := range typ.NumOut() {
				look(what, typ.Out(i))
			}
		}
	}
	client := reflect.TypeFor[*Client]()
	for i := range client.NumMethod() {
		look(client.Method(i).Name, client.Method(i).Type)
	}
	look("New", reflect.TypeOf(New))
	if client.NumMethod() < 11 {
		t.Errorf("%d methods were looked at", client.NumMethod())
	}
}
