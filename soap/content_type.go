package soap

import "strings"

type contentType struct {
	media, charset, action string
}

// parseContentType is lenient, which mime.ParseMediaType is not: KDSoap sends action=urn:a:b
// without quotes.
func parseContentType(s string) contentType {
	media, rest, _ := strings.Cut(s, ";")
	t := contentType{media: strings.ToLower(strings.TrimSpace(media))}
	for rest != "" {
		var name, value string
		name, rest, _ = strings.Cut(rest, "=")
		rest = strings.TrimLeft(rest, " \t")
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			value, rest, _ = strings.Cut(quoted, `"`)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			value, rest, _ = strings.Cut(rest, ";")
			value = strings.TrimSpace(value)
		}
		switch strings.ToLower(strings.Trim(name, " \t;")) {
		case "charset":
			t.charset = value
		case "action":
			t.action = value
		}
	}
	return t
}

// version guesses the version before the envelope has been seen.
func (t contentType) version() version {
	if t.media == "application/soap+xml" {
		return soap12
	}
	return soap11
}

// isXML tells whether we read it at all.
func (t contentType) isXML() bool {
	return t.media == "text/xml" || t.media == "application/soap+xml" || t.media == "application/xml"
}
