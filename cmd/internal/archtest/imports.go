package archtest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Imports checks the graph, and that each outside system has one home.
func Imports(t *Tree) (broken []string) {
	for dir, p := range t.Packages {
		for _, f := range slices.Concat(p.Files, p.Tests, p.Loose) {
			for _, imp := range f.Imports {
				if why, bad := nowhere[imp]; bad {
					broken = append(broken, fmt.Sprintf("%s imports %s: %s", f.Path, imp, why))
				}
			}
		}
		allowed, listed := allowedImports(dir)
		if !listed && !matches("cmd/...", dir) && len(p.Files) > 0 {
			broken = append(broken, fmt.Sprintf("%s is not in mayImport: decide which layer it belongs to", dir))
		}
		for _, f := range p.Files {
			for _, imp := range f.Imports {
				if ours, ok := strings.CutPrefix(imp, Module+"/"); ok {
					if listed && !matchesAny(allowed, ours) {
						broken = append(broken, fmt.Sprintf("%s imports %s, which the graph does not allow %s", f.Path, ours, dir))
					}
					continue
				}
				broken = append(broken, awayFromHome(f, dir, imp)...)
			}
		}
	}
	return broken
}

func awayFromHome(f *File, dir, imp string) (broken []string) {
	for _, o := range onlyHere {
		if matches(o.path, imp) && !matchesAny(o.homes, dir) {
			broken = append(broken, fmt.Sprintf("%s imports %s, which only %s may: %s", f.Path, imp, strings.Join(o.homes, ", "), o.why))
		}
	}
	return broken
}

// allowedImports is the line of the graph for a package; the most exact one counts.
func allowedImports(dir string) ([]string, bool) {
	if path.Base(dir) == "dbsqlc" {
		return nil, true
	}
	own := dir + "/dbsqlc"
	if allowed, ok := mayImport[dir]; ok {
		return append([]string{own}, allowed...), true
	}
	for pattern, allowed := range mayImport {
		if strings.HasSuffix(pattern, "/...") && matches(pattern, dir) {
			return append([]string{own}, allowed...), true
		}
	}
	return nil, false
}

// Pure checks that the packages of rules compute their answers from their arguments alone.
func Pure(t *Tree) (broken []string) {
	for _, dir := range pure {
		p := t.Packages[dir]
		if p == nil {
			broken = append(broken, fmt.Sprintf("%s is listed as pure but is not there", dir))
			continue
		}
		for _, f := range p.Files {
			for _, imp := range f.Imports {
				if slices.Contains(impureImports, imp) {
					broken = append(broken, fmt.Sprintf("%s imports %q, and %s must stay pure", f.Path, imp, dir))
				}
			}
			for _, call := range f.uses("time", clockReads) {
				broken = append(broken, call+"; take the instant as an argument")
			}
		}
	}
	return broken
}

// Product checks that nothing made for tests is linked into what municipalities run.
func Product(t *Tree) (broken []string) {
	if t.Packages[product] == nil {
		return []string{product + " is not there, so nothing is known of what it links"}
	}
	for _, pattern := range notInProduct {
		if ours, ok := strings.CutPrefix(pattern, Module+"/"); ok && t.Packages[ours] == nil {
			broken = append(broken, fmt.Sprintf("%s is listed as test support but is not there", ours))
		}
	}
	links := t.reachable(product)
	for _, imp := range slices.Sorted(maps.Keys(links)) {
		if matchesAny(notInProduct, imp) {
			broken = append(broken, fmt.Sprintf("%s links %s: %s", product, imp, chain(links, imp)))
		}
	}
	return broken
}

// reachable gives every import path that a package of ours pulls in, directly or through ours, each
// with who pulls it in.
func (t *Tree) reachable(dir string) map[string]string {
	by := map[string]string{}
	open := []string{dir}
	for len(open) > 0 {
		at := open[0]
		open = open[1:]
		p := t.Packages[at]
		if p == nil {
			continue
		}
		for _, f := range p.Files {
			for _, imp := range f.Imports {
				if _, seen := by[imp]; seen {
					continue
				}
				by[imp] = Module + "/" + at
				if ours, ok := strings.CutPrefix(imp, Module+"/"); ok {
					open = append(open, ours)
				}
			}
		}
	}
	return by
}

func chain(by map[string]string, imp string) string {
	links := []string{imp}
	for at := by[imp]; at != ""; at = by[at] {
		links = append(links, strings.TrimPrefix(at, Module+"/"))
	}
	slices.Reverse(links)
	return strings.Join(links, " → ")
}
