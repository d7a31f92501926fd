package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func readAll(doc string, l Limits) ([]Token, error) {
	r := NewReader([]byte(doc), l)
	var all []Token
	for {
		t, err := r.Next()
		if err != nil || t.Kind == EOF {
			return all, err
		}
		t.Text = bytes.Clone(t.Text)
		if n := len(all); t.Kind == Text && n > 0 && all[n-1].Kind == Text {
			all[n-1].Text = append(all[n-1].Text, t.Text...)
			continue
		}
		all = append(all, t)
	}
}

func TestTheReaderRefusesWhatEncodingXMLLetsThrough(t *testing.T) {
	refused := map[string]string{
		"DOCTYPE":                           `<!DOCTYPE a><a/>`,
		"DOCTYPE with an entity":            `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`,
		"an outside entity":                 `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`,
		"an entity never declared":          `<a>&x;</a>`,
		"a processing instruction":          `<a><?php x?></a>`,
		"an instruction before the root":    `<?xml-stylesheet href="x"?><a/>`,
		"a late XML declaration":            `<a><?xml version="1.0"?></a>`,
		"a blank before the declaration":    ` <?xml version="1.0"?><a/>`,
		"a declaration without version":     `<?xml encoding="UTF-8"?><a/>`,
		"a declaration of XML 1.1":          `<?xml version="1.1"?><a/>`,
		"trailing text":                     `<a/>x`,
		"trailing blanks in CDATA":          `<a/><![CDATA[ ]]>`,
		"leading text":                      `x<a/>`,
		"two documents":                     `<a/><a/>`,
		"nothing":                           ``,
		"only a comment":                    `<!-- a -->`,
		"a cut document":                    `<a><b></b>`,
		"a cut tag":                         `<a><b`,
		"an end tag too many":               `<a></a></a>`,
		"tags that cross":                   `<a><b></a></b>`,
		"end tag with another prefix":       `<a xmlns:p="u" xmlns:q="u"><p:b></q:b></a>`,
		"a duplicated attribute":            `<a b="1" b="2"/>`,
		"one attribute under two prefixes":  `<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>`,
		"a duplicated default namespace":    `<a xmlns="u" xmlns="v"/>`,
		"a duplicated prefix":               `<a xmlns:p="u" xmlns:p="v"/>`,
		"an unbound prefix":                 `<p:a/>`,
		"an unbound attribute prefix":       `<a p:b="1"/>`,
		"a prefix out of scope":             `<a><b xmlns:p="u"/><p:c/></a>`,
		"a prefix undeclared":               `<a xmlns:p="u"><b xmlns:p=""/></a>`,
		"the prefix xmlns declared":         `<a xmlns:xmlns="u"/>`,
		"the prefix xmlns on an element":    `<xmlns:a/>`,
		"the prefix xml bound elsewhere":    `<a xmlns:xml="u"/>`,
		"another prefix for xml":            `<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`,
		"xmlns as default namespace":        `<a xmlns="http://www.w3.org/2000/xmlns/"/>`,
		"a colon first":                     `<:a/>`,
		"a colon last":                      `<a:/>`,
		"two colons":                        `<a xmlns:b="u"><b:c:d/></a>`,
		"a name that begins with a digit":   `<a xmlns:b="u"><b:1/></a>`,
		"no blank between attributes":       `<a b="1"c="2"/>`,
		"an attribute without quotes":       `<a b=1/>`,
		"an attribute without value":        `<a b/>`,
		"< in an attribute":                 `<a b="<"/>`,
		"a bare ampersand":                  `<a>&</a>`,
		"]]> in text":                       `<a>]]></a>`,
		"-- in a comment":                   `<a><!-- -- --></a>`,
		"NUL by reference":                  `<a>&#0;</a>`,
		"a control character by reference":  `<a>&#x1;</a>`,
		"a surrogate by reference":          `<a>&#xD800;</a>`,
		"a surrogate in an attribute":       `<a b="&#xDFFF;"/>`,
		"U+FFFE by reference":               `<a>&#xFFFE;</a>`,
		"a reference beyond Unicode":        `<a>&#x110000;</a>`,
		"NUL":                               "<a>\x00</a>",
		"a control character":               "<a>\x08</a>",
		"invalid UTF-8":                     "<a>\xff</a>",
		"an overlong sequence":              "<a>\xc0\xaf</a>",
		"a blank before the element's name": `< a/>`,
		"a blank before the end tag's name": `<a></ a>`,
	}
	for name, doc := range refused {
		_, err := readAll(doc, DefaultLimits)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}

func TestTheReaderTakesWhatIsLegal(t *testing.T) {
	for name, doc := range map[string]string{
		"a declaration":              `<?xml version="1.0" encoding="UTF-8" standalone='yes' ?>` + "\n<a/>\n",
		"comments anywhere":          `<!-- x --><a><!-- y --></a><!-- z -->`,
		"CDATA":                      `<a><![CDATA[<&#xD800;>]]></a>`,
		"character references":       `<a b="&#xE6;&#10;">&#230;&#x1F600;&lt;</a>`,
		"one prefix, two namespaces": `<h:a xmlns:h="u"><h:b xmlns:h="v"/></h:a>`,
		"the default taken back":     `<a xmlns="u"><b xmlns=""/></a>`,
		"xml:lang":                   `<a xml:lang="da"/>`,
		"xml declared":               `<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="da"/>`,
		"same local name, other ns":  `<a xmlns:p="u" b="1" p:b="2"/>`,
		"Danish names":               `<mødetid ærø="å"/>`,
		"> in an attribute":          `<a b=">" c='"'/>`,
		"a declared UTF-16, read":    `<?xml version="1.0" encoding="utf-16"?><a/>`,
	} {
		if _, err := readAll(doc, DefaultLimits); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamesAreResolvedByScope(t *testing.T) {
	got, err := readAll(`<h:a xmlns:h="u" x="1" h:y="2"><h:b xmlns:h="v"/><c xmlns="w"><d/></c><h:e/></h:a>`, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tok := range got {
		if tok.Kind == Start {
			names = append(names, tok.Name.Space+"|"+tok.Name.Local)
		}
	}
	if s := strings.Join(names, " "); s != "u|a v|b w|c w|d u|e" {
		t.Errorf("got %s", s)
	}
	if a := got[0].Attr; len(a) != 2 || a[0].Name.Space != "" || a[1].Name.Space != "u" {
		t.Errorf("attributes %v", a)
	}
}

func TestLimitsStopADocumentEarly(t *testing.T) {
	l := Limits{Depth: 5, Attributes: 3, Tokens: 50, Text: 10}
	for name, doc := range map[string]string{
		"depth":             strings.Repeat("<a>", 6) + strings.Repeat("</a>", 6),
		"attributes":        `<a b="" c="" d="" e=""/>`,
		"declarations":      `<a xmlns:b="u" xmlns:c="u" xmlns:d="u" xmlns:e="u"/>`,
		"tokens":            `<a>` + strings.Repeat("<b/>", 30) + `</a>`,
		"comments":          `<a>` + strings.Repeat("<!---->", 60) + `</a>`,
		"text":              `<a>` + strings.Repeat("x", 11) + `</a>`,
		"a long attribute":  `<a b="` + strings.Repeat("x", 11) + `"/>`,
		"a long namespace":  `<a xmlns="` + strings.Repeat("x", 11) + `"/>`,
		"references to one": `<a>` + strings.Repeat("&lt;", 11) + `</a>`,
	} {
		if _, err := readAll(doc, l); err == nil {
			t.Errorf("%s: no limit met", name)
		}
	}
	nested := ""
	for range 40 {
		nested += `<a xmlns:b="u" xmlns:c="u" xmlns:d="u" xmlns:e="u" xmlns:f="u" xmlns:g="u" xmlns:h="u">`
	}
	if _, err := readAll(nested, DefaultLimits); err == nil || !strings.Contains(err.Error(), "namespaces") {
		t.Errorf("namespaces in force: %v", err)
	}
	d := NewDecoder(NewReader([]byte(`<a>`+strings.Repeat("xxxxx<!---->", 3)+`</a>`), l), Rename{})
	if d.Need("", "a") {
		d.Text(&AnyText)
	}
	var syntax *SyntaxError
	if !errors.As(d.Err(), &syntax) {
		t.Errorf("long text cut up by comments: %v", d.Err())
	}
	if _, err := readAll(`<a><a><a><a><a b="1" c="2" d="3">`+strings.Repeat("x", 10)+`</a></a></a></a></a>`, l); err != nil {
		t.Errorf("at the limits: %v", err)
	}
}

func TestARefusalQuotesNothingOfTheDocument(t *testing.T) {
	for _, doc := range []string{`<a>&hemmelig;</a>`, `<hemmelig></a>`, `<a hemmelig></a>`, `<hemmelig:a/>`, `<a><hemmelig`} {
		_, err := readAll(doc, DefaultLimits)
		if err == nil || strings.Contains(err.Error(), "hemmelig") {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

// What the reader takes, encoding/xml takes as well, and sees the same in it.
func FuzzReaderAgainstEncodingXML(f *testing.F) {
	for _, s := range []string{
		`<a xmlns="u" b="1"><c>t&amp;<![CDATA[x]]></c><!-- k --></a>`, `<p:a xmlns:p="u"><p:b p:c="2"/></p:a>`,
		`<?xml version="1.0"?><a/>`, `<a b="1"c="2"/>`, `<!DOCTYPE a><a/>`, `<a>&#xD800;</a>`, `<a/><b/>`, "<a>\r\n</a>", `<a><b/></a> `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got, err := readAll(string(src), DefaultLimits)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error of another type: %v", err)
			}
			return
		}
		d := xml.NewDecoder(bytes.NewReader(src))
		d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
		depth := 0
		for i := 0; ; {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				if i != len(got) {
					t.Fatalf("%d tokens more than encoding/xml sees", len(got)-i)
				}
				return
			}
			if err != nil {
				t.Fatalf("encoding/xml refuses what we take: %v", err)
			}
			switch tok := tok.(type) {
			case xml.StartElement:
				depth++
				if got[i].Kind != Start || got[i].Name != tok.Name {
					t.Fatalf("token %d: %v, encoding/xml sees %v", i, got[i], tok)
				}
				i++
			case xml.EndElement:
				depth--
				if got[i].Kind != End || got[i].Name != tok.Name {
					t.Fatalf("token %d: %v, encoding/xml sees %v", i, got[i], tok)
				}
				i++
			case xml.CharData:
				if depth == 0 || len(tok) == 0 && (i >= len(got) || got[i].Kind != Text) {
					continue
				}
				rest, ok := bytes.CutPrefix(got[i].Text, tok)
				if got[i].Kind != Text || !ok {
					t.Fatalf("token %d: text %q, encoding/xml sees %q", i, got[i].Text, tok)
				}
				if got[i].Text = rest; len(rest) == 0 {
					i++
				}
			case xml.Directive:
				t.Fatal("a directive was let through")
			}
		}
	})
}

// FuzzPlainReading compares with encoding/xml alone, what is refused and where included.
func FuzzPlainReading(f *testing.F) {
	for _, s := range []string{
		`<?xml version="1.0" encoding="utf-8"?><s:a xmlns:s="u" b='1'><s:c/>tæt<d>	</d ></s:a>`, `<a><b c="1" d="2"/></a> `, `<a:b:c/>`, `<a :b=""/>`, `<a b="1"c="2"/>`,
		`<a>]]></a>`, `<a>x</a><!-- k -->`, `<a b="&lt;"><c>1</c></a>`, `<a><b>1</a>`, `<a`, `<a>`, `<é/>`, "<a>\r</a>", "<a>\ufffe</a>", `x<a/>`, `<a-.1 xmlns="u"/>`, `<a/><b/>`, ` <?xml version="1.0"?><a/>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		limits := Limits{Depth: 8, Attributes: 4, Tokens: 50, Text: 40}
		plain, strict := NewReader(src, limits), NewReader(src, limits)
		strict.at, strict.tokens = 0, 0
		strict.xml = xml.NewDecoder(bytes.NewReader(src))
		strict.xml.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
		for n := 0; ; n++ {
			got, err := plain.Next()
			want, wantErr := strict.Next()
			if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
				t.Fatalf("token %d: %v, encoding/xml says %v", n, err, wantErr)
			}
			if got.Kind != want.Kind || got.Name != want.Name || !slices.Equal(got.Attr, want.Attr) || !bytes.Equal(got.Text, want.Text) {
				t.Fatalf("token %d: %v, encoding/xml sees %v", n, got, want)
			}
			if err != nil || got.Kind == EOF {
				return
			}
		}
	})
}

func TestCharsetsAreRead(t *testing.T) {
	utf16be := []byte("\x00<\x00a\x00>\x00\xe6\xd8\x3d\xde\x00\x00<\x00/\x00a\x00>")
	utf16le := make([]byte, len(utf16be))
	for i := range utf16be {
		utf16le[i^1] = utf16be[i]
	}
	want := "<a>æ😀</a>"
	for name, c := range map[string]struct {
		src     string
		charset string
		want    string
	}{
		"UTF-8":                       {want, "", want},
		"UTF-8, said":                 {want, "UTF-8", want},
		"UTF-8 with mark":             {"\xEF\xBB\xBF" + want, "", want},
		"mark beats what is said":     {"\xEF\xBB\xBF" + want, "iso-8859-1", want},
		"UTF-16 big with mark":        {"\xFE\xFF" + string(utf16be), "utf-16", want},
		"UTF-16 little with mark":     {"\xFF\xFE" + string(utf16le), "", want},
		"UTF-16 big, guessed":         {string(utf16be), "", want},
		"UTF-16 little, guessed":      {string(utf16le), "", want},
		"UTF-16 little, said only 16": {string(utf16le), "utf-16", want},
		"UTF-16BE":                    {string(utf16be), "utf-16be", want},
		"ISO-8859-1, said":            {"<a>\xe6</a>", "ISO-8859-1", "<a>æ</a>"},
		"ISO-8859-1, declared":        {"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe6</a>", "", "<?xml version='1.0' encoding='iso-8859-1'?><a>æ</a>"},
		"said beats declared":         {"<?xml version='1.0' encoding='iso-8859-1'?><a>æ</a>", "utf-8", "<?xml version='1.0' encoding='iso-8859-1'?><a>æ</a>"},
		"ASCII":                       {"<a/>", "us-ascii", "<a/>"},
	} {
		got, err := ToUTF8([]byte(c.src), c.charset)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, c := range map[string][2]string{
		"broken UTF-8":        {"<a>\xe6</a>", ""},
		"half a character":    {"\xFE\xFF\x00", ""},
		"half a surrogate":    {"\xFE\xFF\xd8\x3d", ""},
		"surrogates reversed": {"\xFE\xFF\xde\x00\xd8\x3d", ""},
		"not ASCII":           {"<a>æ</a>", "us-ascii"},
		"another charset":     {"<a/>", "utf-7"},
		"another declared":    {`<?xml version="1.0" encoding="ebcdic-cp-be"?><a/>`, ""},
	} {
		if got, err := ToUTF8([]byte(c[0]), c[1]); err == nil {
			t.Errorf("%s: taken as %q", name, got)
		}
	}
}

func TestTimesAreDanishWhenNothingElseIsSaid(t *testing.T) {
	for in, want := range map[string]string{
		"2026-12-01T10:00:00":                "2026-12-01T10:00:00+01:00",
		"2026-07-01T10:00:00":                "2026-07-01T10:00:00+02:00",
		" \n2026-12-01T10:00:00Z\t":          "2026-12-01T11:00:00+01:00",
		"2026-12-01T10:00:00+00:00":          "2026-12-01T11:00:00+01:00",
		"2026-12-01T10:00:00-05:30":          "2026-12-01T16:30:00+01:00",
		"2026-12-01T10:00:00+14:00":          "2026-11-30T21:00:00+01:00",
		"2026-12-01T24:00:00":                "2026-12-02T00:00:00+01:00",
		"2026-12-31T24:00:00.000+01:00":      "2027-01-01T00:00:00+01:00",
		"2026-12-01T10:00:00.1234567":        "2026-12-01T10:00:00.1234567+01:00",
		"2026-12-01T10:00:00.1234567891":     "2026-12-01T10:00:00.123456789+01:00",
		"2026-12-01T10:00:00.500+01:00":      "2026-12-01T10:00:00.5+01:00",
		"2026-10-25T02:30:00":                "2026-10-25T02:30:00+02:00", // twice: the first
		"2026-10-25T02:30:00+01:00":          "2026-10-25T02:30:00+01:00",
		"2026-03-29T02:30:00":                "2026-03-29T03:30:00+02:00", // never: as the clock stood before
		"2024-02-29T00:00:00":                "2024-02-29T00:00:00+01:00",
		"1850-01-01T00:00:00Z":               "1850-01-01T00:00:00+00:00",
		"9999-12-31T23:59:59.999999999Z":     "", // a Danish clock shows the year 10000
		"9999-12-31T22:59:59.999999999Z":     "9999-12-31T23:59:59.999999999+01:00",
		"2026-12-01T24:00:00.0000000001":     "",
		"2026-12-01T24:00:01":                "",
		"2026-12-01T24:01:00":                "",
		"2026-12-01T25:00:00":                "",
		"2026-12-01T10:60:00":                "",
		"2026-12-01T10:00:60":                "",
		"2026-02-29T10:00:00":                "",
		"2026-13-01T10:00:00":                "",
		"2026-00-01T10:00:00":                "",
		"2026-12-00T10:00:00":                "",
		"0000-12-01T10:00:00":                "",
		"-2026-12-01T10:00:00":               "",
		"12026-12-01T10:00:00":               "",
		"2026-12-01":                         "",
		"2026-12-01T10:00":                   "",
		"2026-12-01 10:00:00":                "",
		"2026-12-01T10:00:00.":               "",
		"2026-12-01T10:00:00,5":              "",
		"2026-12-01T10:00:00z":               "",
		"2026-12-01T10:00:00+14:01":          "",
		"2026-12-01T10:00:00+1:00":           "",
		"2026-12-01T10:00:00+0100":           "",
		"2026-12-01T10:00:00Z ekstra":        "",
		"":                                   "",
		"NaN":                                "",
		"2026-12-01T10:00:00 +01:00":         "",
		"２０２６-12-01T10:00:00":                "",
		"2026-12-01T10:00:00\u00a0":          "",
		"2026-12-01T10:00:00+01:00:00":       "",
		"2026-12-01T1000:00":                 "",
		"2026-12-01T10:00:00.123.4":          "",
		"2026-12-01T10:00:00Z2026-12-01":     "",
		"99999999999999999999-01-01T0:00:00": "",
	} {
		got, err := ParseDateTime(in)
		if want == "" {
			if err == nil {
				t.Errorf("%q is taken as %v", in, got)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", in, got, err, want)
		}
	}
}

func FuzzDateTime(f *testing.F) {
	for _, s := range []string{"2026-12-01T10:00:00", "2026-10-25T02:30:00", "2026-03-29T02:30:00.5Z", "2026-12-01T24:00:00+14:00", "0001-01-01T00:00:00", "1894-01-01T00:00:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseDateTime(s)
		if err != nil {
			return
		}
		out := v.String()
		again, err := ParseDateTime(out)
		if err != nil || !again.Equal(v.Time) {
			t.Fatalf("%q became %s, which reads as %v, %v", s, out, again, err)
		}
		if std, err := time.Parse(time.RFC3339Nano, out); err != nil || !std.Equal(v.Time) {
			t.Fatalf("%q became %s, which the standard library reads as %v, %v", s, out, std, err)
		}
	})
}

// plainMessage is much like what DFDG sends.
const plainMessage = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Request xmlns="http://service.bm.dk/1"><JobCenterCode>10100</JobCenterCode><StartTime>2026-12-01T09:00:00+01:00</StartTime><EndTime>2026-12-31T09:00:00+01:00</EndTime></Request></s:Body></s:Envelope>`

func BenchmarkReading(b *testing.B) {
	for name, src := range map[string]string{"plain": plainMessage, "encoding-xml": "<!-- -->" + plainMessage[38:]} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				r := NewReader([]byte(src), DefaultLimits)
				for {
					t, err := r.Next()
					if err != nil {
						b.Fatal(err)
					}
					if t.Kind == EOF {
						break
					}
				}
			}
		})
	}
}
