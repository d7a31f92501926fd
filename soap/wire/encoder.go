package wire

import (
	"strconv"
	"unicode/utf8"
)

// Encoder appends a message to Buf. The zero value is ready. Not for concurrent use.
type Encoder struct {
	Buf    []byte
	Rename Rename
}

// Root writes the message element around m: ns becomes its default namespace, prefixes are the
// declarations of the others, ready to be written.
func (e *Encoder) Root(ns, prefixes, local string, m Message) {
	e.Buf = append(e.Buf, '<')
	e.Buf = append(e.Buf, local...)
	e.Raw(` xmlns="`)
	e.Text(e.Rename.onWire(ns))
	e.Raw(`"`)
	e.Raw(prefixes)
	e.Raw(">")
	m.AppendContent(e)
	e.Close(local)
}

// Raw appends markup as it is.
func (e *Encoder) Raw(s string) { e.Buf = append(e.Buf, s...) }

// Open appends a start tag.
func (e *Encoder) Open(tag string) {
	e.Buf = append(e.Buf, '<')
	e.Buf = append(e.Buf, tag...)
	e.Buf = append(e.Buf, '>')
}

// Close appends an end tag.
func (e *Encoder) Close(tag string) {
	e.Buf = append(e.Buf, '<', '/')
	e.Buf = append(e.Buf, tag...)
	e.Buf = append(e.Buf, '>')
}

// Text appends s escaped. What XML cannot carry becomes U+FFFD.
func (e *Encoder) Text(s string) {
	from := 0
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(s[i:])
		}
		escape := ""
		switch c {
		case '&':
			escape = "&amp;"
		case '<':
			escape = "&lt;"
		case '>':
			escape = "&gt;"
		case '"':
			escape = "&#34;"
		case '\r':
			escape = "&#13;"
		case '\t', '\n':
		default:
			if !isChar(c) || c == utf8.RuneError && size == 1 {
				escape = "\uFFFD"
			}
		}
		if escape != "" {
			e.Buf = append(append(e.Buf, s[from:i]...), escape...)
			from = i + size
		}
		i += size
	}
	e.Buf = append(e.Buf, s[from:]...)
}

// Int appends n.
func (e *Encoder) Int(n int32) { e.Buf = strconv.AppendInt(e.Buf, int64(n), 10) }

// Bool appends true or false.
func (e *Encoder) Bool(v bool) { e.Buf = strconv.AppendBool(e.Buf, v) }

// DateTime appends t.
func (e *Encoder) DateTime(t DateTime) { e.Buf = t.AppendTo(e.Buf) }

// GUID appends id.
func (e *Encoder) GUID(id GUID) {
	at := len(e.Buf)
	e.Buf = append(e.Buf, "00000000-0000-0000-0000-000000000000"...)
	text := e.Buf[at:]
	const hex = "0123456789abcdef"
	i := 0
	for _, c := range id {
		if text[i] == '-' {
			i++
		}
		text[i], text[i+1] = hex[c>>4], hex[c&15]
		i += 2
	}
}
