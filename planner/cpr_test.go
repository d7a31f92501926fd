package planner

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

// contractCPR is PersonCivilRegistrationIdentifierType's pattern, as the contract writes it.
var contractCPR = regexp.MustCompile(`^(?:((((0[1-9]|1[0-9]|2[0-9]|3[0-1])(01|03|05|07|08|10|12))|((0[1-9]|1[0-9]|2[0-9]|30)(04|06|09|11))|((0[1-9]|1[0-9]|2[0-9])(02)))[0-9]{6})|0000000000)$`)

func FuzzParseCPR(f *testing.F) {
	for _, s := range []string{"0000000000", "0101701234", "2902001234", "3002001234", "3104001234", "010170-1234", "٠١٠١٧٠١٢٣٤", "", "01017012345", "010170123\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cpr, err := ParseCPR(s)
		if legal := contractCPR.MatchString(s) && !strings.HasSuffix(s, "\n"); legal != (err == nil) {
			t.Fatalf("%q: err = %v, the contract's pattern says %v", s, err, legal)
		}
		if err != nil {
			if !errors.Is(err, &Error{Code: CodeInvalidCPR}) {
				t.Fatalf("%q: err = %v", s, err)
			}
			if len(s) > 3 && strings.Contains(err.Error(), s) {
				t.Fatalf("%q: the refusal tells the number", s)
			}
			return
		}
		if cpr.Reveal() != s || cpr.Unknown() != (s == "0000000000") {
			t.Fatalf("%q: revealed %q, unknown %v", s, cpr.Reveal(), cpr.Unknown())
		}
	})
}

func TestACPRNumberIsMaskedHoweverItIsPrinted(t *testing.T) {
	cpr, err := ParseCPR("0101701234")
	if err != nil {
		t.Fatal(err)
	}
	type Holder struct{ CPR CPR }
	holder := Holder{cpr}
	type hider struct{ cpr CPR }
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	x, err := xml.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("test", "cpr", cpr, "holder", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("test", "cpr", cpr)
	for how, text := range map[string]string{
		"json": string(j), "xml": string(x), "slog": log.String(),
		"%v": fmt.Sprintf("%v %v", cpr, holder), "%+v": fmt.Sprintf("%+v %+v", cpr, holder), "%#v": fmt.Sprintf("%#v", cpr), "%s": fmt.Sprintf("%s %q %d %x", cpr, cpr, cpr, cpr),
		"hidden": fmt.Sprintf("%v %+v %#v %d", hider{cpr}, hider{cpr}, hider{cpr}, hider{cpr}) + maskedCPR,
	} {
		if strings.Contains(text, "0101701234") {
			t.Errorf("%s shows the number: %s", how, text)
		}
		if !strings.Contains(text, maskedCPR) {
			t.Errorf("%s shows no mask: %s", how, text)
		}
	}
}
