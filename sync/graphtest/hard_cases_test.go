package graphtest_test

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// hardCase is a case of the table in doc.go.
type hardCase struct {
	number int
	name   string // number and words, as they stand there
	tests  []string
}

func hardCases(t *testing.T) (all []hardCase) {
	t.Helper()
	_, table, _ := strings.Cut(doc, "# The 45 hard cases")
	for line := range strings.Lines(table) {
		line, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "//\t")
		test, more := strings.CutPrefix(line, "    ")
		switch {
		case !ok:
		case more && len(all) > 0:
			if !strings.Contains(test, ".") {
				test = "sync/graphtest/hardcases." + test
			}
			c := &all[len(all)-1]
			c.tests = append(c.tests, test)
		default:
			n, err := strconv.Atoi(line[:2])
			if err != nil {
				t.Fatalf("%q is no line of the table", line)
			}
			all = append(all, hardCase{number: n, name: line})
		}
	}
	return all
}

// Each number is decided below sync, so that "go test ./sync/..." proves it; the tests of the whole service come on top.
func TestEachOfThe45HardCasesIsDecidedByTestsThatExist(t *testing.T) {
	t.Parallel()
	have := testsOfTheTree(t)
	all := hardCases(t)
	if len(all) != 45 {
		t.Fatalf("the table has %d cases", len(all))
	}
	for i, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.number != i+1 {
				t.Errorf("it stands in place %d", i+1)
			}
			for _, test := range c.tests {
				if !have[test] {
					t.Errorf("there is no %s", test)
				}
			}
			if !slices.ContainsFunc(c.tests, func(test string) bool { return strings.HasPrefix(test, "sync/") }) {
				t.Errorf("no test below sync decides it: %v", c.tests)
			}
		})
	}
	numbered := regexp.MustCompile(`^sync/graphtest/hardcases\.TestHardCase([0-9]{2})(And([0-9]{2}))?`)
	for test := range have {
		m := numbered.FindStringSubmatch(test)
		if m == nil {
			continue
		}
		for _, number := range []string{m[1], m[3]} {
			if n, err := strconv.Atoi(number); err == nil && (n < 1 || n > len(all) || !slices.Contains(all[n-1].tests, test)) {
				t.Errorf("%s is not listed with case %d", test, n)
			}
		}
	}
}

// testsOfTheTree lists the tests of all packages as package.Test.
func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	tree := os.DirFS("../..")
	declared := regexp.MustCompile(`^func (Test\w+)\(`)
	err := fs.WalkDir(tree, ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		f, err := tree.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if m := declared.FindStringSubmatch(lines.Text()); m != nil {
				out[path.Dir(file)+"."+m[1]] = true
			}
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
