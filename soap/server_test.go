package soap

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEachVersionOfSOAPIsAnsweredInKind(t *testing.T) {
	h := newServer(nil, Config{})
	for _, v := range []version{soap11, soap12} {
		if r := post(t, h, valid(v)); r.fault || r.status != 200 || r.version != v || !strings.Contains(r.body, "<CreateBookingResponse ") {
			t.Errorf("SOAP %s: %+v", v, r)
		}
		r := post(t, newServer(failing(&planner.Error{Code: planner.CodeTaken}), Config{}), valid(v))
		if want := [...]string{"Client", "Sender"}[v]; r.code != want || r.number() != 4770 || r.version != v {
			t.Errorf("SOAP %s: %+v", v, r)
		}
	}
	// The envelope decides, whatever the Content-Type says.
	if r := post(t, h, valid(soap12), with("Content-Type", "text/xml")); r.version != soap12 || r.fault {
		t.Errorf("%+v", r)
	}
}

func TestEveryRefusalOfThePlannerHasItsNumber(t *testing.T) {
	for code, number := range map[planner.Code]int{
		planner.CodeInvalidCPR: 1001, planner.CodeUnknownCPR: 1010, planner.CodeUnknownJobCenter: 4575, planner.CodeUnknownOption: 4770,
		planner.CodeUnknownCaseWorker: 4770, planner.CodeUnknownBooking: 4768, planner.CodeNotCitizensBooking: 8107, planner.CodeBadInterval: 4792,
		planner.CodePast: 4783, planner.CodeTaken: 4770, planner.CodeReservationGone: 4770, planner.CodeNotRebookable: 4575,
		planner.CodeBadContactType: 4708, planner.CodeConflictingRepeat: 1014,
	} {
		r := post(t, newServer(failing(fmt.Errorf("around: %w", &planner.Error{Code: code, Detail: "indre detalje"})), Config{}), valid(soap11))
		if r.number() != number || r.code != "Client" || strings.Contains(r.body, "indre") || strings.Contains(r.body, "around") {
			t.Errorf("%s: %s", code, r.body)
		}
	}
	if len(refusals) != 14 {
		t.Errorf("%d refusals are mapped; this table has 14", len(refusals))
	}
	if r := post(t, newServer(failing(&planner.Error{Code: "en-ny-kode"}), Config{}), valid(soap11)); r.number() != 1011 || r.code != "Server" {
		t.Errorf("a code not mapped: %s", r.body)
	}
}

func TestNothingInternalReachesTheCaller(t *testing.T) {
	secrets := []string{"db.intern", "goroutine", "server_test.go", "SELECT"}
	for name, do := range map[string]func(context.Context, *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error){
		"an error": failing(errors.New("SELECT … from db.intern: connection refused")),
		"a panic": func(context.Context, *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
			panic("db.intern")
		},
		"a nil pointer": func(_ context.Context, r *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
			return nil, fmt.Errorf("never reached: %s", *r.CaseWorkerIdentifier)
		},
	} {
		for _, v := range []version{soap11, soap12} {
			r := post(t, newServer(do, Config{}), valid(v))
			if r.number() != 1011 || r.code != [...]string{"Server", "Receiver"}[v] {
				t.Errorf("%s: %+v", name, r)
			}
			for _, s := range secrets {
				if strings.Contains(r.body, s) {
					t.Errorf("%s: the answer tells %q", name, s)
				}
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	const (
		unknown = `<x:Ukendt xmlns:x="urn:x" %s>tekst<x:y/></x:Ukendt>`
		must11  = `xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:mustUnderstand=`
		must12  = `xmlns:s="http://www.w3.org/2003/05/soap-envelope" s:mustUnderstand=`
	)
	extra := func(attrs string) string { return fmt.Sprintf(unknown, attrs) }
	strict := Config{RequireOrganisation: true, RequireUser: true}
	for name, c := range map[string]struct {
		v      version
		config Config
		header string
		number int
		code   string // "" = answered
	}{
		"both":                       {soap11, strict, orgHeader + userHeader, 0, ""},
		"both, turned round":         {soap11, strict, userHeader + orgHeader, 0, ""},
		"none, by default":           {soap11, Config{}, "", 0, ""},
		"no organisation":            {soap11, strict, userHeader, 8232, "Client"},
		"no user":                    {soap12, strict, orgHeader, 8233, "Sender"},
		"organisation unreadable":    {soap11, Config{}, strings.Replace(orgHeader, ">8<", ">otte<", 1), 8234, "Client"},
		"organisation type 0":        {soap11, Config{}, strings.Replace(orgHeader, ">8<", ">0<", 1), 8234, "Client"},
		"organisation twice":         {soap11, Config{}, orgHeader + orgHeader, 8234, "Client"},
		"user unreadable":            {soap11, Config{}, strings.Replace(userHeader, "<UserFullName>Navn Navnesen</UserFullName>", "", 1), 8235, "Client"},
		"user twice":                 {soap11, Config{}, userHeader + userHeader, 8235, "Client"},
		"organisation type unknown":  {soap11, Config{}, strings.Replace(orgHeader, ">8<", ">99<", 1), 8173, "Client"},
		"user's organisation type":   {soap11, Config{}, strings.Replace(userHeader, ">8<", ">99<", 1), 8173, "Client"},
		"user type unknown":          {soap11, Config{}, strings.Replace(userHeader, ">1<", ">9<", 1), 8174, "Client"},
		"user type admitted":         {soap11, Config{UserTypes: []int32{9}}, strings.Replace(userHeader, ">1<", ">9<", 1), 0, ""},
		"any type admitted":          {soap11, Config{UserTypes: []int32{}, OrganisationTypes: []int32{}}, strings.Replace(orgHeader, ">8<", ">99<", 1) + strings.Replace(userHeader, ">1<", ">9<", 1), 0, ""},
		"the ping, by name":          {soap11, strict, strings.Replace(userHeader, "Navn Navnesen", "dfdgping", 1), 100, "Client"},
		"the ping, by identifier":    {soap11, Config{}, strings.Replace(userHeader, "0202804321", "DFDGPING", 1), 100, "Client"},
		"another header":             {soap11, Config{}, extra(""), 0, ""},
		"another that may be passed": {soap11, Config{}, extra(must11 + `"0"`), 0, ""},
		"must be understood":         {soap11, Config{}, extra(must11 + `"1"`), 0, "MustUnderstand"},
		"must, after known ones":     {soap11, Config{}, orgHeader + userHeader + extra(must11+`"1"`), 0, "MustUnderstand"},
		"must, by the next":          {soap11, Config{}, extra(must11 + `"1" s:actor="http://schemas.xmlsoap.org/soap/actor/next"`), 0, "MustUnderstand"},
		"must, by someone else":      {soap11, Config{}, extra(must11 + `"1" s:actor="urn:en-anden"`), 0, ""},
		"must, true in 1.1":          {soap11, Config{}, extra(must11 + `"true"`), 1014, "Client"},
		"must, true in 1.2":          {soap12, Config{}, extra(must12 + `"true"`), 0, "MustUnderstand"},
		"must, false in 1.2":         {soap12, Config{}, extra(must12 + `"false"`), 0, ""},
		"must, for a role":           {soap12, Config{}, extra(must12 + `"1" s:role="http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"`), 0, "MustUnderstand"},
		"must, for nobody":           {soap12, Config{}, extra(must12 + `"1" s:role="http://www.w3.org/2003/05/soap-envelope/role/none"`), 0, ""},
		"must, nonsense":             {soap12, Config{}, extra(must12 + `"ja"`), 1014, "Sender"},
		"1.2's attribute in 1.1":     {soap11, Config{}, extra(must12 + `"1"`), 0, ""},
		"known ones with must":       {soap11, strict, strings.Replace(orgHeader, "xmlns:o", must11+`"1" s:actor="" xmlns:o`, 1) + userHeader, 0, ""},
	} {
		r := post(t, newServer(nil, c.config), envelope(c.v, c.header, messages))
		if r.code != c.code || r.number() != c.number {
			t.Errorf("%s: %d %s, want %d %s: %s", name, r.number(), r.code, c.number, c.code, r.body)
		}
	}
}

func TestSOAPActionIsOnlyHeldAgainstACallWhenItNamesAnotherOperation(t *testing.T) {
	const base = "http://service.bm.dk/pjaktass/3/ExternalBookingService#"
	h := newServer(nil, Config{})
	for action, ok := range map[string]bool{
		``: true, `""`: true, `"` + base + `CreateBooking"`: true, base + "CreateBooking": true, `"urn:hvad-som-helst"`: true,
		`"` + base + `RescheduleBooking"`: false, base + "RescheduleBooking": false,
	} {
		if r := post(t, h, valid(soap11), with("SOAPAction", action)); r.fault == ok {
			t.Errorf("1.1, %s: %s", action, r.body)
		}
		// KDSoap writes it without quotes.
		for _, form := range []string{"application/soap+xml;charset=utf-8;action=%s", "application/soap+xml; action=%s; charset=\"utf-8\""} {
			if r := post(t, h, valid(soap12), with("Content-Type", fmt.Sprintf(form, action)), with("SOAPAction", base+"RescheduleBooking")); r.fault == ok {
				t.Errorf("1.2, %s: %s", action, r.body)
			}
		}
	}
}

func TestTheNamesOfTheContractAreSettings(t *testing.T) {
	h := newServer(nil, Config{Names: contract.Names{Message: "urn:besked", Action: "urn:handling"}})
	old := "http://service.bm.dk/ExternalBookingService/2017/04/28/"
	if r := post(t, h, valid(soap11)); r.number() != 1014 {
		t.Errorf("the proposed namespace is still taken: %s", r.body)
	}
	renamed := strings.ReplaceAll(valid(soap11), old, "urn:besked")
	if r := post(t, h, renamed); r.fault || !strings.Contains(r.body, `<CreateBookingResponse xmlns="urn:besked"`) || strings.Contains(r.body, old) {
		t.Errorf("%s", r.body)
	}
	if r := post(t, h, renamed, with("SOAPAction", `"urn:handling#RescheduleBooking"`)); !r.fault {
		t.Error("the configured action is not known")
	}
}

func zip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func utf16(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, c := range s {
		b = append(b, byte(c), byte(c>>8))
	}
	return string(b)
}

func TestWhatPeersSendIsTaken(t *testing.T) {
	h := newServer(nil, Config{})
	v := valid(soap11)
	for name, c := range map[string]struct {
		body   string
		header []string
	}{
		"with declaration":         {`<?xml version="1.0" encoding="UTF-8"?>` + "\r\n" + v, nil},
		"with byte order mark":     {"\xEF\xBB\xBF" + v, nil},
		"UTF-16":                   {utf16(`<?xml version="1.0" encoding="utf-16"?>` + v), []string{"Content-Type", "text/xml; charset=utf-16"}},
		"UTF-16, said nowhere":     {utf16(v), []string{"Content-Type", "text/xml"}},
		"ISO-8859-1":               {"<?xml version='1.0' encoding='ISO-8859-1'?>" + strings.Replace(envelope(soap11, strings.Replace(userHeader, "Navn", "S\xf8ren", 1), messages), "", "", 1), []string{"Content-Type", "text/xml"}},
		"charset in quotes":        {v, []string{"Content-Type", `text/xml; charset="UTF-8"`}},
		"gzip":                     {zip(v), []string{"Content-Encoding", "gzip"}},
		"comments and blanks":      {"<!-- a -->\n" + strings.ReplaceAll(strings.ReplaceAll(v, "><b:", ">\n<!-- b --> <b:"), "<s:Body>", "<s:Body>\n\t"), nil},
		"default namespaces":       {`<Envelope xmlns="` + namespaces[soap11] + `"><Body>` + strings.NewReplacer("<b:", "<", "</b:", "</", "xmlns:b", "xmlns").Replace(messages) + `</Body></Envelope>`, nil},
		"encodingStyle outside":    {strings.Replace(v, "<s:Envelope ", `<s:Envelope s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" `, 1), nil},
		"an id on the Body":        {strings.Replace(v, "<s:Body>", `<s:Body xmlns:u="urn:wsu" u:Id="b">`, 1), nil},
		"xsi:type":                 {strings.Replace(v, "<b:JobCenterCode>", `<b:JobCenterCode xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="b:JobCenterCodeType">`, 1), nil},
		"application/xml":          {v, []string{"Content-Type", "application/xml"}},
		"WS-Addressing, -Security": {envelope(soap11, `<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">x</a:Action><w:Security xmlns:w="urn:w"><w:T/></w:Security>`+orgHeader, messages), nil},
	} {
		var change []func(*http.Request)
		if c.header != nil {
			change = append(change, with(c.header[0], c.header[1]))
		}
		if r := post(t, h, c.body, change...); r.fault || r.status != 200 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestHostileInputIsRefusedAndTheNextCallAnswered(t *testing.T) {
	h := newServer(nil, Config{MaxBody: 100_000})
	v := valid(soap11)
	inBody := func(s string) string { return envelope(soap11, "", s) }
	bomb := zip(strings.Repeat(" ", 10_000_000))
	type attack struct {
		body   string
		number int
		code   string
		change []func(*http.Request)
	}
	for name, c := range map[string]attack{
		"nothing":                    {"", 1014, "Client", nil},
		"no XML":                     {"goddag", 1014, "Client", nil},
		"JSON as XML":                {`{"a":1}`, 1014, "Client", nil},
		"DOCTYPE":                    {`<!DOCTYPE s:Envelope>` + v, 1014, "Client", nil},
		"outside entity":             {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + strings.Replace(v, "10100", "&x;", 1), 1014, "Client", nil},
		"billion laughs":             {`<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>` + strings.Replace(v, "10100", "&b;", 1), 1014, "Client", nil},
		"instruction":                {strings.Replace(v, "<s:Body>", "<?x y?><s:Body>", 1), 1014, "Client", nil},
		"trailing garbage":           {v + "x", 1014, "Client", nil},
		"two documents":              {v + v, 1014, "Client", nil},
		"cut short":                  {v[:len(v)-20], 1014, "Client", nil},
		"duplicated attribute":       {strings.Replace(v, "<s:Body>", `<s:Body a="1" a="2">`, 1), 1014, "Client", nil},
		"unbound prefix":             {strings.Replace(v, "<b:JobCenterCode>", "<q:JobCenterCode>", 1), 1014, "Client", nil},
		"NUL":                        {strings.Replace(v, "10100", "1\x00100", 1), 1014, "Client", nil},
		"invalid UTF-8":              {strings.Replace(v, "10100", "\xff", 1), 1014, "Client", nil},
		"wrong charset told":         {v, 1014, "Client", []func(*http.Request){with("Content-Type", "text/xml; charset=utf-16")}},
		"unknown charset":            {v, 1014, "Client", []func(*http.Request){with("Content-Type", "text/xml; charset=klingon")}},
		"unknown encoding":           {v, 1014, "Client", []func(*http.Request){with("Content-Encoding", "br")}},
		"broken gzip":                {zip(v)[:50], 1014, "Client", []func(*http.Request){with("Content-Encoding", "gzip")}},
		"gzip that is none":          {v, 1014, "Client", []func(*http.Request){with("Content-Encoding", "gzip")}},
		"gzip bomb":                  {bomb, 1014, "Client", []func(*http.Request){with("Content-Encoding", "gzip")}},
		"too large":                  {strings.Repeat(" ", 100_001), 1014, "Client", nil},
		"deep":                       {inBody(strings.Repeat("<a>", 10_000) + strings.Repeat("</a>", 10_000)), 1014, "Client", nil},
		"deep in a header":           {envelope(soap11, strings.Repeat("<a>", 5_000)+strings.Repeat("</a>", 5_000), messages), 1014, "Client", nil},
		"many attributes":            {inBody("<a " + strings.Repeat(`b="" `, 10_000) + "/>"), 1014, "Client", nil},
		"many distinct attributes":   {inBody("<a " + many(5_000, ` a%d=""`) + "/>"), 1014, "Client", nil},
		"many namespaces":            {inBody("<a " + many(3_000, ` xmlns:a%d="u"`) + "/>"), 1014, "Client", nil},
		"long text":                  {strings.Replace(v, "10100", strings.Repeat("1", 90_000), 1), 1014, "Client", nil},
		"no envelope":                {messages, 1014, "Client", nil},
		"envelope of no namespace":   {`<Envelope><Body/></Envelope>`, 0, "VersionMismatch", nil},
		"envelope of another":        {strings.ReplaceAll(v, namespaces[soap11], "http://example.org/soap"), 0, "VersionMismatch", nil},
		"no body":                    {`<s:Envelope xmlns:s="` + namespaces[soap11] + `"/>`, 1014, "Client", nil},
		"empty body":                 {inBody(""), 1014, "Client", nil},
		"text as body":               {inBody("hej"), 1014, "Client", nil},
		"two messages":               {inBody(messages + messages), 1014, "Client", nil},
		"two bodies":                 {strings.Replace(v, "</s:Body>", "</s:Body><s:Body/>", 1), 1014, "Client", nil},
		"header after body":          {strings.Replace(v, "</s:Body>", "</s:Body><s:Header/>", 1), 1014, "Client", nil},
		"two headers":                {strings.Replace(v, "<s:Body>", "<s:Header/><s:Body>", 1), 1014, "Client", nil},
		"body of the other version":  {strings.NewReplacer("<s:Body>", `<t:Body xmlns:t="`+namespaces[soap12]+`">`, "</s:Body>", "</t:Body>").Replace(v), 1014, "Client", nil},
		"text in the envelope":       {strings.Replace(v, "<s:Body>", "x<s:Body>", 1), 1014, "Client", nil},
		"unknown operation":          {inBody(`<b:DropTables xmlns:b="http://service.bm.dk/ExternalBookingService/2017/04/28/"/>`), 1014, "Client", nil},
		"operation unqualified":      {inBody(`<CreateBookingRequest/>`), 1014, "Client", nil},
		"operation of another ns":    {inBody(strings.Replace(messages, "2017/04/28", "2018/04/28", 1)), 1014, "Client", nil},
		"response as request":        {inBody(strings.ReplaceAll(messages, "CreateBookingRequest", "CreateBookingResponse")), 1014, "Client", nil},
		"unqualified child":          {strings.NewReplacer("<b:JobCenterCode>", "<JobCenterCode>", "</b:JobCenterCode>", "</JobCenterCode>").Replace(v), 1014, "Client", nil},
		"duplicated child":           {strings.Replace(v, "<b:JobCenterCode>", "<b:JobCenterCode>10100</b:JobCenterCode><b:JobCenterCode>", 1), 1014, "Client", nil},
		"malformed CPR":              {strings.Replace(v, "0101801234", "9999999999", 1), 1001, "Client", nil},
		"CPR with hyphen":            {strings.Replace(v, "0101801234", "010180-1234", 1), 1001, "Client", nil},
		"no CPR":                     {strings.Replace(v, "<b:PersonCivilRegistrationIdentifier>0101801234</b:PersonCivilRegistrationIdentifier>", "", 1), 1014, "Client", nil},
		"hostile text in an element": {strings.Replace(v, ">10100</b:", ">10100&lt;script></b:", 1), 1014, "Client", nil},
	} {
		for _, vers := range []version{soap11, soap12} {
			body, code := c.body, c.code
			if vers == soap12 {
				if !strings.Contains(body, namespaces[soap11]) || c.change != nil {
					continue
				}
				// Swap the two namespaces.
				body = strings.NewReplacer(namespaces[soap11], namespaces[soap12], namespaces[soap12], namespaces[soap11]).Replace(body)
				if code == "Client" {
					code = "Sender"
				}
			}
			r := post(t, h, body, c.change...)
			if vers == soap12 && r.version == soap11 {
				// Refused before the envelope told its version.
				code = c.code
			}
			if r.number() != c.number || r.code != code {
				t.Errorf("%s, SOAP %s: %d %s, want %d %s: %s", name, vers, r.number(), r.code, c.number, code, r.body)
			}
			for _, echo := range []string{"script", "DropTables", "passwd", "0101801234"} {
				if strings.Contains(r.body, echo) {
					t.Errorf("%s: the answer echoes %q", name, echo)
				}
			}
		}
		if r := post(t, h, v); r.fault || r.status != 200 {
			t.Fatalf("after %s a good call gets %s", name, r.body)
		}
	}
}

func many(n int, form string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

func TestWhatIsNoSOAPCallGetsItsHTTPStatus(t *testing.T) {
	h := newServer(nil, Config{})
	for name, c := range map[string]struct {
		method, contentType string
		want                int
	}{
		"PUT": {"PUT", "text/xml", 405}, "DELETE": {"DELETE", "", 405}, "GET": {"GET", "", 404},
		"JSON": {"POST", "application/json", 415}, "a form": {"POST", "application/x-www-form-urlencoded", 415},
		"MTOM": {"POST", "multipart/related; type=\"text/xml\"", 415}, "no type": {"POST", "", 415},
	} {
		r := httptest.NewRequest(c.method, "/3/ExternalBookingService.svc", strings.NewReader(valid(soap11)))
		r.Header.Set("Content-Type", c.contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want || c.want == 405 && w.Header().Get("Allow") == "" {
			t.Errorf("%s: HTTP %d", name, w.Code)
		}
	}
}

func TestTheContractIsServedWithTheAddressThatWasCalled(t *testing.T) {
	get := func(h http.Handler, url string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		return w.Code, w.Body.String()
	}
	h := newServer(nil, Config{})
	for url, address := range map[string]string{
		"http://lokal:8080/3/ExternalBookingService.svc?wsdl":      "http://lokal:8080/3/ExternalBookingService.svc",
		"https://planner.eksempel.dk/vej/Service.svc?WSDL":         "https://planner.eksempel.dk/vej/Service.svc",
		"https://planner.eksempel.dk:8443/S.svc?wsdl=1.2":          "https://planner.eksempel.dk:8443/S.svc",
		"https://planner.eksempel.dk/S.svc?xsd=OioAms20050901.xsd": "",
		"https://p/S.svc?xsd=ExternalBookingService.xsd":           "https://p/S.svc?xsd=MicrosoftWsdlTypes.xsd",
	} {
		code, body := get(h, url)
		if code != 200 || !strings.Contains(body, `"`+address) {
			t.Errorf("%s: HTTP %d %.300s", url, code, body)
		}
		if strings.Contains(body, "soap12:") != strings.Contains(url, "1.2") {
			t.Errorf("%s: SOAP 1.2 told wrongly", url)
		}
	}
	if code, _ := get(h, "https://p/S.svc?xsd=../faults.go"); code != 404 {
		t.Errorf("HTTP %d for a schema that is none", code)
	}
	h = newServer(nil, Config{PublicURL: "https://udadtil.eksempel.dk/b"})
	if _, body := get(h, "http://indre:1/S.svc?wsdl"); !strings.Contains(body, `location="https://udadtil.eksempel.dk/b"`) || strings.Contains(body, "indre") {
		t.Error("PublicURL is not used")
	}
}

func TestACallThatFindsNoPlaceIsAskedToTryAgain(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	h := newServer(func(ctx context.Context, r *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
		entered <- struct{}{}
		<-leave
		return stub{}.CreateBooking(ctx, r)
	}, Config{MaxCalls: 1, WaitFor: time.Millisecond})
	first := make(chan result)
	go func() { first <- post(t, h, valid(soap11)) }()
	<-entered
	if r := post(t, h, valid(soap12)); r.code != "Receiver" || r.number() != 1100 || r.header.Get("Retry-After") == "" {
		t.Errorf("%s", r.body)
	}
	close(leave)
	if r := <-first; r.fault {
		t.Errorf("%s", r.body)
	}
	go func() { <-entered }()
	if r := post(t, h, valid(soap11)); r.fault {
		t.Errorf("the place was not given back: %s", r.body)
	}
}

func TestAnOperationEndsInTime(t *testing.T) {
	h := newServer(func(ctx context.Context, _ *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
		<-ctx.Done()
		return nil, fmt.Errorf("query: %w", ctx.Err())
	}, Config{AnswerWithin: time.Millisecond})
	if r := post(t, h, valid(soap11)); r.code != "Server" || r.number() != 1100 {
		t.Errorf("%s", r.body)
	}
}

func TestServerFaultsCanBeSentWithoutDetail(t *testing.T) {
	h := newServer(failing(errors.New("x")), Config{PlainServerFaults: true})
	if r := post(t, h, valid(soap11)); r.code != "Server" || r.detail != nil {
		t.Errorf("%s", r.body)
	}
	h = newServer(failing(&planner.Error{Code: planner.CodeTaken}), Config{PlainServerFaults: true})
	if r := post(t, h, valid(soap11)); r.number() != 4770 {
		t.Errorf("%s", r.body)
	}
}

func TestACallerMayBeRefusedBeforeItsMessageIsRead(t *testing.T) {
	h := newServer(nil, Config{Authorize: func(*http.Request, *Call) error { return FaultNoAccess }})
	if r := post(t, h, "ikke XML"); r.number() != 1013 {
		t.Errorf("%s", r.body)
	}
}

// A body that trickles in, one byte at a time, is cut off; the peers that were tried wait for ever.
func TestABodyThatDoesNotArriveInTimeIsCutOff(t *testing.T) {
	srv := httptest.NewServer(newServer(nil, Config{ReadFor: 50 * time.Millisecond}))
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n")); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, 1000)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 408") {
		t.Errorf("%q, %v", answer[:n], err)
	}
}

// The deadline for the body must not end the operation that follows it.
func TestTheBodysDeadlineDoesNotEndTheOperation(t *testing.T) {
	over := make(chan struct{})
	srv := httptest.NewServer(newServer(func(ctx context.Context, r *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
		timer := time.NewTimer(150 * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		close(over)
		return stub{}.CreateBooking(ctx, r)
	}, Config{ReadFor: 50 * time.Millisecond}))
	defer srv.Close()
	res, err := srv.Client().Post(srv.URL, "text/xml", strings.NewReader(valid(soap11)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	<-over
	if res.StatusCode != 200 {
		t.Errorf("HTTP %d", res.StatusCode)
	}
}

func TestOneLineIsLoggedPerCallAndTellsNoPerson(t *testing.T) {
	var log bytes.Buffer
	var calls []Call
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	config := Config{
		Logger: slog.New(slog.NewJSONHandler(&log, nil)), Observe: func(c Call) { calls = append(calls, c) },
		Now: func() time.Time { now = now.Add(time.Second); return now },
	}
	post(t, newServer(func(ctx context.Context, r *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
		CallFrom(ctx).JobCenter, CallFrom(ctx).Offered = "10100", 7
		return stub{}.CreateBooking(ctx, r)
	}, config), valid(soap12))
	post(t, newServer(failing(errors.New("row of 010180-1234 and 0202804321 is broken")), config), valid(soap11))
	post(t, newServer(nil, config), strings.Replace(valid(soap11), ">10100</o:", ">0303801111</o:", 1))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 3 || len(calls) != 3 {
		t.Fatalf("%d lines, %d calls: %s", len(lines), len(calls), log.String())
	}
	for _, secret := range []string{"0101801234", "010180", "0202804321", "0303801111", "Navnesen"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %s: %s", secret, log.String())
		}
	}
	for i, want := range []string{`"operation":"CreateBooking","soap":"1.2","duration":1000000000,"jobcenter":"10100","offered":7}`, `"fault":1011,"code":"Server","cause":"row of ******-**** and ******-**** is broken"}`, `"jobcenter":"******-****"`} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d: %s, want %s", i, lines[i], want)
		}
	}
	if !strings.Contains(lines[1], `"level":"ERROR"`) || !strings.Contains(lines[0], `"level":"INFO"`) {
		t.Error(log.String())
	}
	if c := calls[0]; c.Fault != 0 || c.Duration != time.Second || c.RequestBytes != len(valid(soap12)) || c.AnswerBytes == 0 || c.Headers.Organisation == nil {
		t.Errorf("%+v", c)
	}
	if c := calls[1]; c.Fault != 1011 || c.Code != "Server" {
		t.Errorf("%+v", c)
	}
}

func TestMaskHidesEveryCPR(t *testing.T) {
	for in, want := range map[string]string{
		"0101801234": "******-****", "cpr=010180-1234.": "cpr=******-****.", "0101801234 0202801234": "******-**** ******-****",
		"0101801234,0202801234,0303801234": "******-****,******-****,******-****", "010180 1234": "******-****",
		"10100": "10100", "CVR:12345678-FID:9100000000000": "CVR:12345678-FID:9100000000000", "æ0101801234ø": "æ******-****ø",
		"0b5f1c3a-54d1-4f2e-9a55-6d1f5b7f1a01": "0b5f1c3a-54d1-4f2e-9a55-6d1f5b7f1a01",
	} {
		if got := Mask(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Whatever comes, the answer is an envelope of ours, and nothing of a citizen is in it.
func FuzzServer(f *testing.F) {
	for _, v := range []version{soap11, soap12} {
		f.Add([]byte(valid(v)), "text/xml; charset=utf-8")
		f.Add([]byte(envelope(v, "", messages)), "application/soap+xml;action=urn:a:b")
		f.Add([]byte(envelope(v, `<x:a xmlns:x="u" s:mustUnderstand="1"/>`, messages)), "text/xml")
	}
	f.Add([]byte(utf16(valid(soap11))), "text/xml; charset=utf-16")
	f.Add([]byte(`<!DOCTYPE a><a/>`), "text/xml; charset=iso-8859-1")
	h := newServer(nil, Config{})
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 415 {
			return
		}
		res := read(t, w.Code, w.Header(), w.Body.Bytes())
		if res.number() == 1011 {
			t.Fatalf("internal fault: %s", res.body)
		}
		if _, err := wire.NewReader(w.Body.Bytes(), wire.DefaultLimits).Next(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestACallerMayBeRefusedForTheOrganisationInItsHeader(t *testing.T) {
	var as *wire.ActiveOrganisation
	h := newServer(nil, Config{Authorize: func(_ *http.Request, c *Call) error {
		c.MayActFor = func(o *wire.ActiveOrganisation, jobCenter string) error {
			if as = o; o == nil || o.OrganisationCode != "10100" || jobCenter != "" {
				return FaultNotAsAuthority
			}
			return nil
		}
		return nil
	}})
	if r := post(t, h, valid(soap11)); r.fault || as == nil || as.OrganisationTypeIdentifier != 8 {
		t.Errorf("%+v: %s", as, r.body)
	}
	if r := post(t, h, envelope(soap11, "", messages)); r.number() != 4575 || as != nil {
		t.Errorf("%s", r.body)
	}
}
