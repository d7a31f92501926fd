package wire

import (
	"bytes"
	"encoding/xml"
	"unicode/utf8"
)

// Nearly all of what callers send is plain: tags of ASCII names, values without references, text. plain reads that several
// times as fast as encoding/xml. At the first thing that is anything else, wrong or not, encoding/xml takes over for the rest of the
// document, so that there is one judge of it. A fuzz test compares the two.

// plain gives the next token as encoding/xml's RawToken would; nil when it is not plain.
func (r *Reader) plain() xml.Token {
	if r.closing {
		r.closing = false
		return xml.EndElement{Name: r.last}
	}
	rest := r.src[r.at:]
	switch {
	case len(rest) == 0:
		return nil
	case rest[0] != '<':
		return r.plainText(rest)
	case len(rest) > 1 && rest[1] == '/':
		name, n := plainName(rest[2:])
		if n == 0 || len(rest) <= 2+n || rest[2+n] != '>' {
			return nil
		}
		r.at += 2 + n + 1
		return xml.EndElement{Name: name}
	}
	return r.plainStart(rest)
}

func (r *Reader) plainText(rest []byte) xml.Token {
	n := bytes.IndexByte(rest, '<')
	if n < 0 {
		n = len(rest)
	}
	wide := false
	for _, c := range rest[:n] {
		switch {
		case c >= utf8.RuneSelf:
			wide = true
		case c == '&' || c == ']' || c < ' ' && c != '\t' && c != '\n':
			return nil
		}
	}
	for i := 0; wide && i < n; {
		c, size := utf8.DecodeRune(rest[i:n])
		if c == utf8.RuneError && size == 1 || !isChar(c) {
			return nil
		}
		i += size
	}
	r.at += n
	return xml.CharData(rest[:n:n])
}

func (r *Reader) plainStart(rest []byte) xml.Token {
	name, n := plainName(rest[1:])
	if n == 0 {
		return nil
	}
	t, i := xml.StartElement{Name: name}, 1+n
	for {
		blanks := i
		for i < len(rest) && (rest[i] == ' ' || rest[i] == '\n' || rest[i] == '\t') {
			i++
		}
		switch {
		case i >= len(rest):
			return nil
		case rest[i] == '>':
			r.at += i + 1
			return t
		case rest[i] == '/':
			if i+1 >= len(rest) || rest[i+1] != '>' {
				return nil
			}
			r.at += i + 2
			r.closing, r.last = true, name
			return t
		case i == blanks:
			return nil
		}
		attribute, n := plainName(rest[i:])
		i += n
		if n == 0 || i+1 >= len(rest) || rest[i] != '=' || rest[i+1] != '"' && rest[i+1] != '\'' {
			return nil
		}
		value := rest[i+2:]
		end := bytes.IndexByte(value, rest[i+1])
		if end < 0 {
			return nil
		}
		for _, c := range value[:end] {
			if c < ' ' || c >= utf8.RuneSelf || c == '<' || c == '&' {
				return nil
			}
		}
		t.Attr = append(t.Attr, xml.Attr{Name: attribute, Value: string(value[:end])})
		i += 2 + end + 1
	}
}

// plainName reads a name of ASCII letters, with a prefix or without; n is its length, 0 when it is not plain.
func plainName(s []byte) (name xml.Name, n int) {
	colon := 0
	for first := true; n < len(s); n++ {
		c := s[n]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
		switch {
		case letter:
			first = false
			continue
		case !first && ('0' <= c && c <= '9' || c == '-' || c == '.'):
			continue
		case !first && c == ':' && colon == 0:
			colon, first = n, true
			continue
		case first || c == ':' || c >= utf8.RuneSelf:
			return name, 0
		}
		break
	}
	if n == 0 || colon == n-1 && colon > 0 {
		return name, 0
	}
	if colon > 0 {
		return xml.Name{Space: string(s[:colon]), Local: string(s[colon+1 : n])}, n
	}
	return xml.Name{Local: string(s[:n])}, n
}

// begin is where the document's declaration ends, if it is the usual one.
func begin(src []byte) int {
	for _, usual := range []string{
		`<?xml version="1.0" encoding="utf-8"?>`, `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version='1.0' encoding='utf-8'?>`, `<?xml version='1.0' encoding='UTF-8'?>`,
	} {
		if bytes.HasPrefix(src, []byte(usual)) {
			return len(usual)
		}
	}
	return 0
}
