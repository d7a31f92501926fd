package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits bound what one document may cost. They are checked while reading, before anything is built.
type Limits struct {
	Depth      int // elements within elements
	Attributes int // of one element, namespace declarations included
	Tokens     int // tags and pieces of text in the whole document
	Text       int // bytes of one piece of text or attribute value
}

// DefaultLimits are wide for every message of the contracts.
var DefaultLimits = Limits{Depth: 64, Attributes: 64, Tokens: 50_000, Text: 64 << 10}

// SyntaxError says why a document is not XML that we take. Its text holds nothing of the document.
type SyntaxError struct {
	Reason string
	Offset int64 // bytes from the start of the UTF-8 text
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("XML at byte %d: %s", e.Offset, e.Reason) }

// Kind is the kind of a token.
type Kind int

// Kinds of tokens.
const (
	EOF Kind = iota
	Start
	End
	Text
)

// Token is a tag or a piece of text. Names are resolved: Space is a namespace, never a prefix.
type Token struct {
	Kind Kind
	Name xml.Name
	// Attr holds no namespace declarations.
	Attr []xml.Attr
	// Text is valid until the next token is read. Text may come in several pieces.
	Text []byte
}

type nsBinding struct{ prefix, uri string }

// mostBindings bounds the declarations in force at once, which every name is looked up in.
const mostBindings = 256

type openElement struct {
	raw, name xml.Name
	bindings  int // bindings in force outside it
}

// Reader reads the tokens of one document and refuses what is not namespace-well-formed XML 1.0,
// any DOCTYPE, any processing instruction, and what goes beyond its limits. Comments are passed over.
// It is not for concurrent use.
type Reader struct {
	src      []byte
	at       int          // how much of it has been read as plain
	xml      *xml.Decoder // of the rest of it; nil as long as all is plain
	closing  bool         // an empty element's end comes next, and it is last's
	last     xml.Name
	limits   Limits
	open     []openElement
	bindings []nsBinding
	tokens   int
	rooted   bool // the root element has begun
	err      error
}

// NewReader reads src, which must be UTF-8 without a byte order mark (see ToUTF8).
func NewReader(src []byte, limits Limits) *Reader {
	r := &Reader{src: src, limits: limits, at: begin(src)}
	if r.at > 0 {
		r.tokens = 1 // the declaration
	}
	return r
}

// raw gives the next token and what of the source it stands for, which nothing need be looked up in if it was plain.
func (r *Reader) raw() (xml.Token, []byte, error) {
	if r.xml == nil {
		if t := r.plain(); t != nil {
			return t, nil, nil
		}
		r.xml = xml.NewDecoder(bytes.NewReader(r.src[r.at:]))
		r.xml.Strict = true
		// The text is UTF-8 by now, whatever its declaration says.
		r.xml.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	}
	from := r.Offset()
	t, err := r.xml.RawToken()
	return t, r.src[from:r.Offset()], err
}

// Offset is how many bytes have been read.
func (r *Reader) Offset() int64 {
	if r.xml == nil {
		return int64(r.at)
	}
	return int64(r.at) + r.xml.InputOffset()
}

func (r *Reader) fail(reason string) (Token, error) {
	r.err = &SyntaxError{Reason: reason, Offset: r.Offset()}
	return Token{}, r.err
}

var declaration = regexp.MustCompile(`^version\s*=\s*(?:"1\.0"|'1\.0')(?:\s+encoding\s*=\s*(?:"[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*$`)

// Next gives the next token, Kind EOF after the whole document. Every error is a *SyntaxError and final.
func (r *Reader) Next() (Token, error) {
	if r.err != nil {
		return Token{}, r.err
	}
	for {
		from := r.Offset()
		raw, source, err := r.raw()
		if errors.Is(err, io.EOF) {
			if len(r.open) > 0 || !r.rooted {
				return r.fail("unexpected end")
			}
			return Token{Kind: EOF}, nil
		}
		if err != nil {
			return r.fail(reasonOf(err))
		}
		if r.tokens++; r.tokens > r.limits.Tokens {
			return r.fail("too many tokens")
		}
		switch t := raw.(type) {
		case xml.Directive:
			return r.fail("DOCTYPE is not taken")
		case xml.ProcInst:
			if from != 0 || t.Target != "xml" || !declaration.Match(t.Inst) {
				return r.fail("processing instruction is not taken")
			}
		case xml.Comment:
		case xml.CharData:
			if len(r.open) == 0 {
				if source == nil {
					source = t
				}
				if len(bytes.Trim(source, " \t\r\n")) > 0 { // the source: also a CDATA section of blanks
					return r.fail("text outside the root element")
				}
				continue
			}
			if len(t) > r.limits.Text {
				return r.fail("text too long")
			}
			if !bytes.HasPrefix(source, []byte("<![CDATA[")) && !charRefsLegal(source) {
				return r.fail("illegal character reference")
			}
			return Token{Kind: Text, Text: t}, nil
		case xml.StartElement:
			return r.start(t, source)
		case xml.EndElement:
			return r.end(t)
		}
	}
}

// reasonOf keeps the parser's own words only where they cannot quote the document.
func reasonOf(err error) string {
	var s *xml.SyntaxError
	if errors.As(err, &s) && strings.HasPrefix(s.Msg, "unexpected EOF") {
		return "unexpected end"
	}
	return "not well-formed"
}

func (r *Reader) start(t xml.StartElement, source []byte) (Token, error) {
	switch {
	case len(r.open) == 0 && r.rooted:
		return r.fail("two root elements")
	case len(r.open) >= r.limits.Depth:
		return r.fail("too deep")
	case len(t.Attr) > r.limits.Attributes:
		return r.fail("too many attributes")
	case !attributesApart(source):
		return r.fail("no blank between attributes")
	case !charRefsLegal(source):
		return r.fail("illegal character reference")
	}
	if len(r.bindings) > mostBindings {
		return r.fail("too many namespaces")
	}
	r.rooted = true
	element := openElement{raw: t.Name, bindings: len(r.bindings)}

	// Declarations first: they hold for the element that carries them.
	attrs := t.Attr[:0]
	for _, a := range t.Attr {
		if len(a.Value) > r.limits.Text {
			return r.fail("attribute too long")
		}
		switch {
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			if a.Value == xmlNamespace || a.Value == xmlnsNamespace {
				return r.fail("illegal default namespace")
			}
			if r.declared(element.bindings, "") {
				return r.fail("duplicated attribute")
			}
			r.bindings = append(r.bindings, nsBinding{"", a.Value})
		case a.Name.Space == "xmlns":
			if !legalBinding(a.Name.Local, a.Value) {
				return r.fail("illegal namespace declaration")
			}
			if r.declared(element.bindings, a.Name.Local) {
				return r.fail("duplicated attribute")
			}
			r.bindings = append(r.bindings, nsBinding{a.Name.Local, a.Value})
		default:
			attrs = append(attrs, a)
		}
	}
	var ok bool
	if element.name, ok = r.resolve(t.Name, true); !ok {
		return r.fail("prefix without namespace")
	}
	for i := range attrs {
		if attrs[i].Name, ok = r.resolve(attrs[i].Name, false); !ok {
			return r.fail("prefix without namespace")
		}
		if slices.ContainsFunc(attrs[:i], func(a xml.Attr) bool { return a.Name == attrs[i].Name }) {
			return r.fail("duplicated attribute")
		}
	}
	r.open = append(r.open, element)
	return Token{Kind: Start, Name: element.name, Attr: attrs}, nil
}

func (r *Reader) end(t xml.EndElement) (Token, error) {
	if len(r.open) == 0 {
		return r.fail("end tag without start")
	}
	last := r.open[len(r.open)-1]
	if last.raw != t.Name {
		return r.fail("end tag of another element")
	}
	r.open = r.open[:len(r.open)-1]
	r.bindings = r.bindings[:last.bindings]
	return Token{Kind: End, Name: last.name}, nil
}

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// legalBinding holds the rules of Namespaces in XML 1.0, § 3.
func legalBinding(prefix, uri string) bool {
	return uri != "" && uri != xmlnsNamespace && prefix != "xmlns" &&
		(prefix == "xml") == (uri == xmlNamespace) && isNCName(prefix)
}

func (r *Reader) declared(from int, prefix string) bool {
	return slices.ContainsFunc(r.bindings[from:], func(b nsBinding) bool { return b.prefix == prefix })
}

func (r *Reader) resolve(n xml.Name, element bool) (xml.Name, bool) {
	if !isNCName(n.Local) || n.Space != "" && !isNCName(n.Space) {
		return n, false
	}
	if n.Space == "" && !element {
		return n, true // the default namespace is not for attributes
	}
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == n.Space {
			n.Space = r.bindings[i].uri
			return n, true
		}
	}
	if n.Space == "xml" && !element {
		n.Space = xmlNamespace
		return n, true
	}
	return n, n.Space == ""
}

// isNCName checks what encoding/xml leaves open: a colon, or a start that only later characters may have.
func isNCName(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return first != utf8.RuneError && (first == '_' || unicode.IsLetter(first) || unicode.Is(unicode.Nl, first)) && strings.IndexByte(s, ':') < 0
}

// attributesApart tells whether every attribute value of a start tag is followed by a blank or the
// tag's end, which encoding/xml does not ask for.
func attributesApart(tag []byte) bool {
	for {
		open := bytes.IndexAny(tag, `"'`)
		if open < 0 {
			return true
		}
		length := bytes.IndexByte(tag[open+1:], tag[open])
		if length < 0 {
			return true // the tag's second token, of <a/>: nothing left to read
		}
		tag = tag[open+length+2:]
		if len(tag) > 0 && !strings.ContainsRune(" \t\r\n/>", rune(tag[0])) {
			return false
		}
	}
}

// charRefsLegal tells whether every &#…; names a character of XML 1.0; encoding/xml turns
// surrogates into U+FFFD instead.
func charRefsLegal(source []byte) bool {
	for {
		at := bytes.Index(source, []byte("&#"))
		if at < 0 {
			return true
		}
		source = source[at+2:]
		end := bytes.IndexByte(source, ';')
		if end < 0 {
			return false
		}
		digits, base := string(source[:end]), 10
		if strings.HasPrefix(digits, "x") {
			digits, base = digits[1:], 16
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err != nil || !isChar(rune(n)) {
			return false
		}
	}
}

func isChar(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || 0x20 <= c && c <= 0xD7FF || 0xE000 <= c && c <= 0xFFFD || 0x10000 <= c && c <= utf8.MaxRune
}
