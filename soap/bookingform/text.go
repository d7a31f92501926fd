package bookingform

import (
	"strings"
	"unicode/utf8"
)

// Longest texts of the contract, in characters.
const (
	MaxTitle               = 200
	MaxDescription         = 2000
	maxLocationDescription = 200
	maxGivenName           = 50
	maxName                = 40 // middle name and surname
)

// clip cuts to so many characters, with an ellipsis where something was lost.
func clip(s string, most int) string {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

// Required puts another text in the place of an empty one.
func Required[T ~string](s string, most int, otherwise string) T {
	if s = clip(s, most); s == "" {
		s = otherwise
	}
	return T(s)
}

// Optional leaves an empty text out.
func Optional[T ~string](s string, most int) *T {
	if s = clip(s, most); s == "" {
		return nil
	}
	t := T(s)
	return &t
}
