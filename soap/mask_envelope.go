package soap

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// harmless is text that may be seen when faults are searched for: numbers too short for a person's, ids, times, flags. All other
// text is a name, a title, an address or something that nobody foresaw.
var harmless = regexp.MustCompile(`^(|-?[0-9]{1,7}|true|false|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})?)$`)

// MaskEnvelope is a message with its elements, and of their text only what is harmless; of the rest the length. Attributes keep
// namespace declarations only; comments and CDATA go. It makes something of any bytes, XML or not.
func MaskEnvelope(doc []byte) string {
	var out strings.Builder
	for len(doc) > 0 {
		at := bytes.IndexByte(doc, '<')
		if at < 0 {
			at = len(doc)
		}
		if text := strings.TrimSpace(string(doc[:at])); harmless.MatchString(text) && !cprLike.MatchString(text) {
			out.WriteString(text)
		} else {
			fmt.Fprintf(&out, "[%d]", len(text))
		}
		doc = doc[at:]
		if len(doc) == 0 {
			break
		}
		tag := doc
		end := []byte(">")
		switch {
		case bytes.HasPrefix(doc, []byte("<!--")):
			end = []byte("-->")
		case bytes.HasPrefix(doc, []byte("<![CDATA[")):
			end = []byte("]]>")
		}
		if n := bytes.Index(doc, end); n >= 0 {
			tag = doc[:n+len(end)]
		}
		doc = doc[len(tag):]
		writeTag(&out, tag)
	}
	return out.String()
}

var (
	tagName     = regexp.MustCompile(`^</?[A-Za-z_][A-Za-z0-9_.-]{0,60}(:[A-Za-z_][A-Za-z0-9_.-]{0,60})?`)
	declaration = regexp.MustCompile(`\sxmlns(:[A-Za-z_][A-Za-z0-9_.-]{0,60})?\s*=\s*("[a-z]+:[A-Za-z0-9/._:-]*"|'[a-z]+:[A-Za-z0-9/._:-]*')`)
)

func writeTag(out *strings.Builder, tag []byte) {
	name := tagName.Find(tag)
	if name == nil || cprLike.Match(name) {
		fmt.Fprintf(out, "<![%d]>", len(tag))
		return
	}
	out.Write(name)
	for _, d := range declaration.FindAll(tag[len(name):], -1) {
		if !cprLike.Match(d) {
			out.Write(d)
		}
	}
	if bytes.HasSuffix(tag, []byte("/>")) {
		out.WriteByte('/')
	}
	out.WriteByte('>')
}
