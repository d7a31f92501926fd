package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrCharset is text in an encoding that we do not read, or that is broken in its own.
var ErrCharset = errors.New("unknown or broken character encoding")

var declaredEncoding = regexp.MustCompile(`^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// ToUTF8 gives src as UTF-8 without byte order mark. What src is in is told, in this order, by its
// byte order mark, charset (of the Content-Type; may be empty) and its own declaration (RFC 7303 § 3);
// without any it is UTF-8. Read are UTF-8, UTF-16, ISO-8859-1 and US-ASCII; the result may share
// memory with src.
func ToUTF8(src []byte, charset string) ([]byte, error) {
	switch {
	case bytes.HasPrefix(src, []byte("\xEF\xBB\xBF")):
		return validUTF8(src[3:])
	case bytes.HasPrefix(src, []byte("\xFE\xFF")):
		return fromUTF16(src[2:], binary.BigEndian)
	case bytes.HasPrefix(src, []byte("\xFF\xFE")):
		return fromUTF16(src[2:], binary.LittleEndian)
	}
	if charset == "" {
		// Without a mark and without being told, the first character is "<".
		switch {
		case bytes.HasPrefix(src, []byte("\x00<")):
			return fromUTF16(src, binary.BigEndian)
		case bytes.HasPrefix(src, []byte("<\x00")):
			return fromUTF16(src, binary.LittleEndian)
		}
		if m := declaredEncoding.FindSubmatch(src[:min(len(src), 200)]); m != nil {
			charset = string(m[1])
		}
	}
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8":
		return validUTF8(src)
	case "us-ascii", "ascii":
		if bytes.ContainsFunc(src, func(c rune) bool { return c >= utf8.RuneSelf }) {
			return nil, ErrCharset
		}
		return src, nil
	case "iso-8859-1", "latin1":
		return fromLatin1(src), nil
	case "utf-16":
		if bytes.HasPrefix(src, []byte("<\x00")) {
			return fromUTF16(src, binary.LittleEndian)
		}
		return fromUTF16(src, binary.BigEndian)
	case "utf-16be":
		return fromUTF16(src, binary.BigEndian)
	case "utf-16le":
		return fromUTF16(src, binary.LittleEndian)
	}
	return nil, ErrCharset
}

func validUTF8(src []byte) ([]byte, error) {
	if !utf8.Valid(src) {
		return nil, ErrCharset
	}
	return src, nil
}

func fromLatin1(src []byte) []byte {
	out := make([]byte, 0, len(src)+len(src)/8)
	for _, c := range src {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

func fromUTF16(src []byte, order binary.ByteOrder) ([]byte, error) {
	if len(src)%2 != 0 {
		return nil, ErrCharset
	}
	out := make([]byte, 0, len(src)/2)
	for ; len(src) > 0; src = src[2:] {
		c := rune(order.Uint16(src))
		if utf16.IsSurrogate(c) {
			if src = src[2:]; len(src) == 0 {
				return nil, ErrCharset
			}
			if c = utf16.DecodeRune(c, rune(order.Uint16(src))); c == utf8.RuneError {
				return nil, ErrCharset
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return out, nil
}
