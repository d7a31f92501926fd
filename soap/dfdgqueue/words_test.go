package dfdgqueue

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestEveryReasonIsPutIntoWords(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("decide.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Reason\w+\s+Reason = "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 15 {
		t.Fatalf("%d reasons", len(found))
	}
	for _, m := range found {
		if text := Words(m[1]); strings.Contains(text, "Teknisk") || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q", m[1], text)
		}
	}
	if text := Words((&Unreadable{"not XML: unexpected end"}).Error()); !strings.HasSuffix(text, "Teknisk årsag: not XML: unexpected end") {
		t.Error(text)
	}
}
