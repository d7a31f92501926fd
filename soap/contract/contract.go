package contract

import (
	"embed"
	"encoding/xml"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed *.wsdl *.xsd common/*.xsd
var files embed.FS

// Names are the names of a service that differ from installation to installation.
type Names struct {
	Target  string // target namespace of the WSDL
	Message string // namespace of the message elements
	Action  string // soapAction up to and without "#Operation"
}

// Service is one contract as it stands in the files.
type Service struct {
	Name string // of the wsdl:service
	File string // the WSDL
	Names
}

// The services that we serve.
var (
	ExternalBooking = Service{
		Name: "ExternalBookingService",
		File: "ExternalBookingService.wsdl",
		Names: Names{
			Target:  "http://service.bm.dk/pjaktass/3/ExternalBookingService",
			Message: "http://service.bm.dk/ExternalBookingService/2017/04/28/",
			Action:  "http://service.bm.dk/pjaktass/3/ExternalBookingService",
		},
	}
	ExternalCalendar = Service{
		Name: "PlannerExternalCalendarService",
		File: "ExternalCalendarService.wsdl",
		Names: Names{
			Target:  "http://service.bm.dk/pjaktass/1/PlannerExternalCalendarService",
			Message: "http://service.bm.dk/PlannerExternalCalendarService/2015/03/27/",
			Action:  "http://service.bm.dk/pjaktass/1/PlannerExternalCalendarService",
		},
	}
)

// Or gives n with every empty name taken from standard.
func (n Names) Or(standard Names) Names {
	pick := func(a, b string) string {
		if a == "" {
			return b
		}
		return a
	}
	return Names{pick(n.Target, standard.Target), pick(n.Message, standard.Message), pick(n.Action, standard.Action)}
}

// WSDL gives the service's WSDL with these names, for the endpoint at address. Schemas are
// referred to as address?xsd=NAME. With both set there is a SOAP 1.2 binding beside the 1.1 one.
func (s Service) WSDL(n Names, address string, both bool) []byte {
	text := s.read(s.File)
	if both {
		text = withSOAP12(text)
	}
	return []byte(s.localise(text, n, address))
}

// Schema gives one of the schemas that the service's WSDL leads to, by its file name without
// folder; false when there is none of that name.
func (s Service) Schema(name string, n Names, address string) ([]byte, bool) {
	for _, file := range s.schemas() {
		if path.Base(file) == name {
			return []byte(s.localise(s.read(file), n, address)), true
		}
	}
	return nil, false
}

// SchemaNames lists what Schema knows.
func (s Service) SchemaNames() []string {
	var names []string
	for _, file := range s.schemas() {
		names = append(names, path.Base(file))
	}
	return names
}

func (s Service) read(file string) string {
	b, err := files.ReadFile(file)
	if err != nil {
		panic("contract: " + err.Error()) // embedded: missing only when the program is put together wrongly
	}
	return string(b)
}

var location = regexp.MustCompile(`schemaLocation="([^"]+)"`)

// schemas lists the files that the WSDL leads to, each once.
func (s Service) schemas() []string {
	var found []string
	var follow func(file string)
	follow = func(file string) {
		for _, m := range location.FindAllStringSubmatch(s.read(file), -1) {
			next := path.Join(path.Dir(file), m[1])
			if !slices.Contains(found, next) {
				found = append(found, next)
				follow(next)
			}
		}
	}
	follow(s.File)
	return found
}

var endpoint = regexp.MustCompile(`(<soap(?:12)?:address location=")[^"]*"`)

func (s Service) localise(text string, n Names, address string) string {
	n = n.Or(s.Names)
	address = attribute(address)
	text = location.ReplaceAllStringFunc(text, func(m string) string {
		file := location.FindStringSubmatch(m)[1]
		return `schemaLocation="` + address + `?xsd=` + path.Base(file) + `"`
	})
	text = endpoint.ReplaceAllStringFunc(text, func(m string) string {
		return endpoint.FindStringSubmatch(m)[1] + address + `"`
	})
	// One pass, so that no replacement is replaced again; soapAction first, as it begins with the
	// target namespace.
	return strings.NewReplacer(
		`soapAction="`+s.Action+`#`, `soapAction="`+attribute(n.Action)+`#`,
		`"`+s.Target+`"`, `"`+attribute(n.Target)+`"`,
		`"`+s.Message+`"`, `"`+attribute(n.Message)+`"`,
	).Replace(text)
}

func attribute(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
	return b.String()
}

var (
	binding = regexp.MustCompile(`(?s)  <wsdl:binding .*?</wsdl:binding>\n`)
	port    = regexp.MustCompile(`<wsdl:port .*?</wsdl:port>`)
	toSOAP  = strings.NewReplacer("<soap:", "<soap12:", "</soap:", "</soap12:")
)

// withSOAP12 repeats the binding and the port for SOAP 1.2.
func withSOAP12(text string) string {
	const soap = `xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"`
	text = strings.Replace(text, soap, soap+` xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"`, 1)
	text = binding.ReplaceAllStringFunc(text, func(b string) string {
		second := toSOAP.Replace(b)
		return b + strings.Replace(second, `Binding" type=`, `Binding12" type=`, 1)
	})
	return port.ReplaceAllStringFunc(text, func(p string) string {
		second := toSOAP.Replace(p)
		second = strings.Replace(second, `" binding=`, `12" binding=`, 1)
		second = strings.Replace(second, `Binding">`, `Binding12">`, 1)
		return p + second
	})
}
