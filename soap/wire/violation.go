package wire

import (
	"fmt"
	"strings"
)

// Rule is what a message breaks.
type Rule string

// Rules of Violation.
const (
	RuleMissing    Rule = "missing"    // a required element is not where it should be
	RuleUnexpected Rule = "unexpected" // an element that is unknown, out of order or too many
	RuleText       Rule = "text"       // text where only elements may be
	RuleAttribute  Rule = "attribute"  // an attribute that the contract does not have
	RuleNil        Rule = "nil"        // xsi:nil on what may not be nil
	RuleType       Rule = "type"       // not a value of the type
	RulePattern    Rule = "pattern"    // a value of the type that breaks its pattern
	RuleLength     Rule = "length"     // too short or too long
	RuleRange      Rule = "range"      // too small or too great
	RuleCount      Rule = "count"      // too few or too many of a repeated element
)

// Violation is the first breach of the contract in a message. Path names elements of the contract
// only, from the message element down, so that nothing of the sender's text is in it.
type Violation struct {
	Path []string
	Rule Rule
}

func (v *Violation) Error() string { return fmt.Sprintf("%s: %s", strings.Join(v.Path, "/"), v.Rule) }

// Element is the last name of the path.
func (v *Violation) Element() string {
	if len(v.Path) == 0 {
		return ""
	}
	return v.Path[len(v.Path)-1]
}
