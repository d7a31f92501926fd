package planner

import (
	"fmt"
	"strings"
	"unique"
)

// CPR is a citizen's civil registration number (PersonCivilRegistrationIdentifier), ten
// digits without hyphen. Every way of printing it is masked; only Reveal gives the digits,
// and only packages that seal or send the number may call it. Equal numbers compare equal with ==.
type CPR struct {
	// A handle, since fmt calls no methods of unexported fields: whoever prints a struct that
	// hides a CPR sees an address.
	digits unique.Handle[string]
}

const (
	maskedCPR  = "******-****"
	unknownCPR = "0000000000"
)

// ParseCPR reads the contract's form: DDMMYYNNNN with a day that the month can have
// (29 February in any year), or 0000000000 for "required but unknown". The modulus-11 check
// is not applied: numbers without it are issued since 2007 (CPR-kontoret).
func ParseCPR(s string) (CPR, error) {
	if len(s) != 10 || strings.Trim(s, "0123456789") != "" {
		return CPR{}, &Error{Code: CodeInvalidCPR}
	}
	if s == unknownCPR {
		return CPR{unique.Make(s)}, nil
	}
	day, month := int(s[0]-'0')*10+int(s[1]-'0'), int(s[2]-'0')*10+int(s[3]-'0')
	if month < 1 || month > 12 || day < 1 || day > longestMonth[month-1] {
		return CPR{}, &Error{Code: CodeInvalidCPR}
	}
	return CPR{unique.Make(s)}, nil
}

var longestMonth = [12]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// Unknown tells whether this is 0000000000, the contract's "required but unknown", or no number at all.
func (c CPR) Unknown() bool { return c == CPR{} || c.Reveal() == unknownCPR }

// Reveal gives the ten digits; the zero value has none.
func (c CPR) Reveal() string {
	if c == (CPR{}) {
		return ""
	}
	return c.digits.Value()
}

// BirthDate is the number without its last four digits, for people who may see citizens: "010190-****".
func (c CPR) BirthDate() string {
	if c.Unknown() {
		return maskedCPR
	}
	return c.Reveal()[:6] + "-****"
}

// Equal tells whether both are the same number.
func (c CPR) Equal(o CPR) bool { return c == o }

// String masks.
func (c CPR) String() string { return maskedCPR }

// Format masks, whatever the verb.
func (c CPR) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(maskedCPR)) }

// MarshalText masks, so that JSON, XML and slog print no digits.
func (c CPR) MarshalText() ([]byte, error) { return []byte(maskedCPR), nil }
