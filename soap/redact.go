package soap

import "regexp"

// ten digits, with or without the hyphen or blank after the sixth, that are not part of a longer number.
var cprLike = regexp.MustCompile(`(^|[^0-9])[0-9]{6}[- ]?[0-9]{4}($|[^0-9])`)

// Mask hides everything in s that could be a CPR number. Every text from outside, and every error
// from below, passes through it before it is logged.
func Mask(s string) string {
	for {
		masked := cprLike.ReplaceAllString(s, "${1}******-****${2}")
		if masked == s { // again, because two numbers may share the character between them
			return s
		}
		s = masked
	}
}
