package wire

import "encoding/xml"

// Namespaces of the two SOAP headers of STAR's services (told: soap/contract/PROVENANCE.md).
const (
	nsAMS          = "http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/"
	nsUserMetadata = "http://service.bm.dk/RequestUserMetadata/2015/01/21/"
	nsUser         = "http://service.bm.dk/pjaktass/2015/01/21/RequestUserStructure/"
	nsUserType     = "http://service.bm.dk/pjaktass/2015/01/21/RequestUserTypeIdentifierCodeList/"
	nsOrganisation = "http://service.bm.dk/pjaktass/2015/01/21/RequestOrganisationStructure/"
	nsCodeList     = "http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/"
)

// Names of the header elements.
var (
	ActiveOrganisationName  = xml.Name{Space: nsAMS, Local: "ActiveOrganisationHeader"}
	RequestUserMetadataName = xml.Name{Space: nsUserMetadata, Local: "RequestUserMetadataHeader"}
)

// ActiveOrganisation is the header that names the authority the caller acts as.
type ActiveOrganisation struct {
	OrganisationTypeIdentifier int32
	OrganisationCode           string
}

// RequestUserMetadata is the header that names the person or system behind the call.
// UserIdentifier may be a CPR number (when the user is a citizen): never log it.
type RequestUserMetadata struct {
	UserFullName               string
	RequestUserTypeIdentifier  int32
	UserIdentifier             string
	UserEmail                  string // "" = not told
	OrganisationTypeIdentifier int32
	OrganisationCode           string
	RegistrationDateTime       DateTime
}

var (
	codeRule             = IntRule{0, 100000000}
	activeTypeRule       = IntRule{1, 100}
	activeCodeRule       = TextRule{Min: 1, Max: 20}
	userNameRule         = TextRule{Min: 1, Max: 140}
	userIdentifierRule   = TextRule{Min: 1, Max: 255}
	userEmailRule        = TextRule{Pattern: Pattern(`([^>\(\)\[\]\\,;:@\s]{0,191}@[^>\(\)\[\]\\,;:@\s]{1,64})`)}
	organisationCodeRule = TextRule{Pattern: Pattern(`[-][1]|[0-9]{1,8}`)}
)

// DecodeContent implements Message.
func (h *ActiveOrganisation) DecodeContent(d *Decoder) {
	if d.Need(nsAMS, "OrganisationTypeIdentifier") {
		h.OrganisationTypeIdentifier = d.Int(activeTypeRule)
	}
	if d.Need(nsAMS, "OrganisationCode") {
		h.OrganisationCode = d.Text(&activeCodeRule)
	}
}

// AppendContent implements Message. It belongs within an element whose default namespace is the header's.
func (h *ActiveOrganisation) AppendContent(e *Encoder) {
	e.Open("OrganisationTypeIdentifier")
	e.Int(h.OrganisationTypeIdentifier)
	e.Close("OrganisationTypeIdentifier")
	e.Open("OrganisationCode")
	e.Text(h.OrganisationCode)
	e.Close("OrganisationCode")
}

// DecodeContent implements Message.
func (h *RequestUserMetadata) DecodeContent(d *Decoder) {
	if d.Need(nsUser, "RequestUserStructure") {
		if d.Need(nsUser, "UserFullName") {
			h.UserFullName = d.Text(&userNameRule)
		}
		h.RequestUserTypeIdentifier = decodeCode(d, nsUserType, "RequestUserTypeIdentifier")
		if d.Need(nsUser, "UserIdentifier") {
			h.UserIdentifier = d.Text(&userIdentifierRule)
		}
		if d.Begin(nsUser, "UserEmail") {
			h.UserEmail = d.Text(&userEmailRule)
		}
		d.End()
	}
	if d.Need(nsOrganisation, "RequestOrganisationStructure") {
		h.OrganisationTypeIdentifier = decodeCode(d, nsOrganisation, "OrganisationTypeIdentifier")
		if d.Need(nsOrganisation, "OrganisationCode") {
			h.OrganisationCode = d.Text(&organisationCodeRule)
		}
		d.End()
	}
	if d.Need(nsUserMetadata, "RegistrationDateTime") {
		h.RegistrationDateTime = d.DateTime()
	}
}

func decodeCode(d *Decoder, ns, local string) (code int32) {
	if d.Need(ns, local) {
		if d.Need(nsCodeList, "CodeListItemIdentifier") {
			code = d.Int(codeRule)
		}
		d.End()
	}
	return code
}

// AppendContent implements Message.
func (h *RequestUserMetadata) AppendContent(e *Encoder) {
	e.Raw(`<RequestUserStructure xmlns="` + nsUser + `"><UserFullName>`)
	e.Text(h.UserFullName)
	e.Raw(`</UserFullName><RequestUserTypeIdentifier xmlns="` + nsUserType + `">`)
	appendCode(e, h.RequestUserTypeIdentifier)
	e.Raw(`</RequestUserTypeIdentifier><UserIdentifier>`)
	e.Text(h.UserIdentifier)
	e.Raw(`</UserIdentifier>`)
	if h.UserEmail != "" {
		e.Raw(`<UserEmail>`)
		e.Text(h.UserEmail)
		e.Raw(`</UserEmail>`)
	}
	e.Raw(`</RequestUserStructure><RequestOrganisationStructure xmlns="` + nsOrganisation + `"><OrganisationTypeIdentifier>`)
	appendCode(e, h.OrganisationTypeIdentifier)
	e.Raw(`</OrganisationTypeIdentifier><OrganisationCode>`)
	e.Text(h.OrganisationCode)
	e.Raw(`</OrganisationCode></RequestOrganisationStructure><RegistrationDateTime>`)
	e.DateTime(h.RegistrationDateTime)
	e.Raw(`</RegistrationDateTime>`)
}

func appendCode(e *Encoder, code int32) {
	e.Raw(`<CodeListItemIdentifier xmlns="` + nsCodeList + `">`)
	e.Int(code)
	e.Raw(`</CodeListItemIdentifier>`)
}

// AppendHeader writes a whole header element, for callers of STAR's services.
func AppendHeader(e *Encoder, name xml.Name, h Message) { e.Root(name.Space, "", name.Local, h) }
