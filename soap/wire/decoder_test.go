package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// small is a message as wsdlgen would write it.
type small struct {
	Number int32
	Word   *string
	Many   []bool
	ID     GUID
}

var wordRule = TextRule{Min: 2, Max: 4, Pattern: Pattern(`[a-zæøå]*`)}

func (v *small) DecodeContent(d *Decoder) {
	if d.Need("u", "Number") {
		v.Number = d.Int(IntRule{-5, 100})
	}
	if d.Begin("u", "Word") {
		x := d.Text(&wordRule)
		v.Word = &x
	}
	for d.Begin("u", "Many") {
		v.Many = append(v.Many, d.Bool())
	}
	d.Count("Many", len(v.Many), 1, 2)
	if d.Need("u", "ID") {
		v.ID = d.GUID()
	}
}

func (v *small) AppendContent(e *Encoder) {
	e.Open("Number")
	e.Int(v.Number)
	e.Close("Number")
	if v.Word != nil {
		e.Open("Word")
		e.Text(*v.Word)
		e.Close("Word")
	}
	for _, m := range v.Many {
		e.Open("Many")
		e.Bool(m)
		e.Close("Many")
	}
	e.Open("ID")
	e.GUID(v.ID)
	e.Close("ID")
}

func decode(doc string, ns string, m Message) error {
	d := NewDecoder(NewReader([]byte(doc), DefaultLimits), Rename{"u", ns})
	if d.Need("u", "Message") {
		m.DecodeContent(d)
		d.End()
	}
	return d.Err()
}

const anID = `<ID>6F9619FF-8b86-d011-b42d-00c04fc964ff</ID>`

func TestTheDecoderNamesTheFirstBreach(t *testing.T) {
	for name, c := range map[string]struct{ content, path, rule string }{
		"legal":                 {`<Number> 7 </Number><Word>æøå</Word><Many>1</Many><Many>false</Many>` + anID, "", ""},
		"a plus sign":           {`<Number>+007</Number><Many>true</Many>` + anID, "", ""},
		"the optional left out": {`<Number>-5</Number><Many>0</Many>` + anID, "", ""},
		"text in two pieces":    {`<Number>1<!-- x -->2</Number><Many><![CDATA[1]]></Many>` + anID, "", ""},
		"xsi attributes":        {`<Number xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="x:int" i:nil="false">1</Number><Many>1</Many>` + anID, "", ""},
		"missing":               {`<Many>1</Many>` + anID, "Message/Number", "missing"},
		"nothing at all":        {``, "Message/Number", "missing"},
		"wrong order":           {anID + `<Number>1</Number><Many>1</Many>`, "Message/Number", "missing"},
		"unknown":               {`<Number>1</Number><Many>1</Many>` + anID + `<X/>`, "Message", "unexpected"},
		"twice":                 {`<Number>1</Number><Many>1</Many>` + anID + anID, "Message", "unexpected"},
		"another namespace":     {`<Number xmlns="v">1</Number><Many>1</Many>` + anID, "Message/Number", "missing"},
		"stray text":            {`<Number>1</Number>x<Many>1</Many>` + anID, "Message", "text"},
		"element in text":       {`<Number><b/>1</Number>`, "Message/Number", "unexpected"},
		"not a number":          {`<Number>1.0</Number>`, "Message/Number", "type"},
		"an underscore":         {`<Number>1_0</Number>`, "Message/Number", "type"},
		"hexadecimal":           {`<Number>0x1</Number>`, "Message/Number", "type"},
		"empty":                 {`<Number/>`, "Message/Number", "type"},
		"beyond int":            {`<Number>2147483648</Number>`, "Message/Number", "type"},
		"too great":             {`<Number>101</Number>`, "Message/Number", "range"},
		"too small":             {`<Number>-6</Number>`, "Message/Number", "range"},
		"too short":             {`<Number>1</Number><Word>æ</Word>`, "Message/Word", "length"},
		"too long":              {`<Number>1</Number><Word>abcde</Word>`, "Message/Word", "length"},
		"pattern":               {`<Number>1</Number><Word>AB</Word>`, "Message/Word", "pattern"},
		"pattern, blank after":  {`<Number>1</Number><Word>ab </Word>`, "Message/Word", "pattern"},
		"pattern, newline":      {"<Number>1</Number><Word>ab\n</Word>", "Message/Word", "pattern"},
		"boolean in words":      {`<Number>1</Number><Many>TRUE</Many>`, "Message/Many", "type"},
		"too many":              {`<Number>1</Number><Many>1</Many><Many>1</Many><Many>1</Many>` + anID, "Message/Many", "count"},
		"too few":               {`<Number>1</Number>` + anID, "Message/Many", "count"},
		"guid in braces":        {`<Number>1</Number><Many>1</Many><ID>{6F9619FF-8b86-d011-b42d-00c04fc964ff}</ID>`, "Message/ID", "pattern"},
		"guid with hyphens off": {`<Number>1</Number><Many>1</Many><ID>6F9619FF8-b86-d011-b42d-00c04fc964ff</ID>`, "Message/ID", "pattern"},
		"guid with blanks":      {`<Number>1</Number><Many>1</Many><ID> 6F9619FF-8b86-d011-b42d-00c04fc964ff</ID>`, "Message/ID", "pattern"},
		"an attribute":          {`<Number a="1">1</Number>`, "Message/Number", "attribute"},
		"nil":                   {`<Number xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>`, "Message/Number", "nil"},
	} {
		for _, ns := range []string{"", "urn:andet"} {
			wire := "u"
			if ns != "" {
				wire = ns
			}
			err := decode(`<Message xmlns="`+wire+`">`+c.content+`</Message>`, ns, new(small))
			var v *Violation
			if c.path == "" {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if !errors.As(err, &v) || strings.Join(v.Path, "/") != c.path || string(v.Rule) != c.rule {
				t.Errorf("%s: got %v, want %s: %s", name, err, c.path, c.rule)
			}
		}
	}
}

func TestARenamedNamespaceIsNoLongerTakenUnderItsOldName(t *testing.T) {
	doc := `<Message xmlns="u"><Number>1</Number><Many>1</Many>` + anID + `</Message>`
	if err := decode(doc, "urn:andet", new(small)); err == nil {
		t.Error("the old name is taken")
	}
}

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := small{
			Number: rapid.Int32Range(-5, 100).Draw(t, "number"),
			Many:   rapid.SliceOfN(rapid.Bool(), 1, 2).Draw(t, "many"),
			ID:     uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")),
		}
		if rapid.Bool().Draw(t, "has word") {
			w := rapid.StringMatching(`[a-zæøå]{2,4}`).Draw(t, "word")
			m.Word = &w
		}
		e := Encoder{Rename: Rename{"u", "urn:a&b"}}
		e.Root("u", "", "Message", &m)
		var back small
		if err := decode(string(e.Buf), "urn:a&b", &back); err != nil {
			t.Fatalf("%s: %v", e.Buf, err)
		}
		if diff := cmp.Diff(m, back); diff != "" {
			t.Fatalf("%s: %s", e.Buf, diff)
		}
	})
}

// Every text survives; what XML cannot carry becomes U+FFFD.
func TestTextSurvivesEscaping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		var e Encoder
		e.Open("a")
		e.Text(s)
		e.Close("a")
		got, err := readAll(string(e.Buf), DefaultLimits)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", s, e.Buf, err)
		}
		want := strings.Map(func(c rune) rune {
			if !isChar(c) {
				return '\uFFFD'
			}
			return c
		}, s)
		text := ""
		if len(got) == 3 {
			text = string(got[1].Text)
		}
		if text != want {
			t.Fatalf("%q came back as %q", s, text)
		}
	})
}

const userHeader = `<RequestUserMetadataHeader xmlns="http://service.bm.dk/RequestUserMetadata/2015/01/21/">
 <RequestUserStructure xmlns="http://service.bm.dk/pjaktass/2015/01/21/RequestUserStructure/"><UserFullName>PlannerCalendarClient : CreateEvents</UserFullName>
  <RequestUserTypeIdentifier xmlns="http://service.bm.dk/pjaktass/2015/01/21/RequestUserTypeIdentifierCodeList/"><CodeListItemIdentifier xmlns="http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/">3</CodeListItemIdentifier></RequestUserTypeIdentifier>
  <UserIdentifier>CVR:12345678-FID:9100000000000</UserIdentifier></RequestUserStructure>
 <RequestOrganisationStructure xmlns="http://service.bm.dk/pjaktass/2015/01/21/RequestOrganisationStructure/"><OrganisationTypeIdentifier><CodeListItemIdentifier xmlns="http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/">8</CodeListItemIdentifier></OrganisationTypeIdentifier><OrganisationCode>10100</OrganisationCode></RequestOrganisationStructure>
 <RegistrationDateTime>2026-11-22T23:00:00.1234567+01:00</RegistrationDateTime>
</RequestUserMetadataHeader>`

func decodeUser(doc []byte) (RequestUserMetadata, error) {
	var h RequestUserMetadata
	d := NewDecoder(NewReader(doc, DefaultLimits), Rename{})
	if d.Need(RequestUserMetadataName.Space, RequestUserMetadataName.Local) {
		h.DecodeContent(d)
		d.End()
	}
	return h, d.Err()
}

func TestTheKommuneklientsHeaderIsRead(t *testing.T) {
	got, err := decodeUser([]byte(userHeader))
	if err != nil {
		t.Fatal(err)
	}
	at, _ := ParseDateTime("2026-11-22T23:00:00.1234567+01:00")
	want := RequestUserMetadata{
		UserFullName: "PlannerCalendarClient : CreateEvents", RequestUserTypeIdentifier: 3, UserIdentifier: "CVR:12345678-FID:9100000000000",
		OrganisationTypeIdentifier: 8, OrganisationCode: "10100", RegistrationDateTime: at,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(userHeader))
	f.Add([]byte(strings.Replace(userHeader, "</UserIdentifier>", "</UserIdentifier><UserEmail>a@b.dk</UserEmail>", 1)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		h, err := decodeUser(doc)
		if err != nil {
			return
		}
		var e Encoder
		AppendHeader(&e, RequestUserMetadataName, &h)
		back, err := decodeUser(e.Buf)
		if err != nil || !cmp.Equal(h, back) {
			t.Fatalf("%q was read, and is written as %q: %v", doc, e.Buf, err)
		}
	})
}

func TestFaultDetailsReadBack(t *testing.T) {
	var e Encoder
	e.Root(FaultDetailsName.Space, "", FaultDetailsName.Local, &FaultDetails{4770, "Tiden er optaget & væk"})
	var got FaultDetails
	d := NewDecoder(NewReader(e.Buf, DefaultLimits), Rename{})
	if !d.BeginNillable(FaultDetailsName.Space, FaultDetailsName.Local) {
		t.Fatal(d.Err())
	}
	got.DecodeContent(d)
	d.End()
	if d.Err() != nil || got != (FaultDetails{4770, "Tiden er optaget & væk"}) {
		t.Errorf("%v, %v", got, d.Err())
	}
	// .NET sends nil elements.
	nil11 := bytes.Replace(e.Buf, []byte("</Message>"), []byte(`</Message><InnerException i:nil="true" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/>`), 1)
	d = NewDecoder(NewReader(nil11, DefaultLimits), Rename{})
	d.BeginNillable(FaultDetailsName.Space, FaultDetailsName.Local)
	got.DecodeContent(d)
	d.End()
	if d.Err() != nil {
		t.Error(d.Err())
	}
}
