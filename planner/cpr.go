package planner

import "strings"

// CPR is a citizen's civil registration number (PersonCivilRegistrationIdentifier), ten
// digits without hyphen. Every way of printing it is masked; only Reveal gives the digits,
// and only packages that seal or send the number may call it.
type CPR struct{ digits string }

const maskedCPR = "******-****"

// ParseCPR reads the contract's form: DDMMYYNNNN with a day that the month can have
// (29 February in any year), or 0000000000 for "required but unknown". The modulus-11 check
// is not applied: numbers without it are issued since 2007 (CPR-kontoret).
func ParseCPR(s string) (CPR, error) {
	if len(s) != 10 || strings.Trim(s, "0123456789") != "" {
		return CPR{}, &Error{Code: CodeInvalidCPR}
	}
	if s == "0000000000" {
		return CPR{s}, nil
	}
	day, month := int(s[0]-'0')*10+int(s[1]-'0'), int(s[2]-'0')*10+int(s[3]-'0')
	if month < 1 || month > 12 || day < 1 || day > longestMonth[month-1] {
		return CPR{}, &Error{Code: CodeInvalidCPR}
	}
	return CPR{s}, nil
}

var longestMonth = [12]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// Unknown tells whether this is 0000000000, the contract's "required but unknown".
func (c CPR) Unknown() bool { return c.digits == "0000000000" || c.digits == "" }

// Reveal gives the ten digits.
func (c CPR) Reveal() string { return c.digits }

// String masks.
func (c CPR) String() string { return maskedCPR }

// GoString masks.
func (c CPR) GoString() string { return maskedCPR }

// MarshalText masks, so that JSON, XML and slog print no digits.
func (c CPR) MarshalText() ([]byte, error) { return []byte(maskedCPR), nil }
