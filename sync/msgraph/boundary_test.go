package msgraph

import (
	"reflect"
	"strings"
	"testing"
)

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
