package dfdg

import (
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// NamespaceIndkaldelse is the booking message's namespace (proposed).
const NamespaceIndkaldelse = "http://service.bm.dk/WsrmMessageService/GetIndkaldelseVersion1/"

const nsCodeList = "http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/"

// ServiceIndkaldelse is the message service that carries bookings (told: webservicebesked Indkaldelse).
const ServiceIndkaldelse = "GetIndkaldelseVersion1"

// Prefixes are the declarations that a message element of this package needs beside its default namespace.
func Prefixes(ns string) string { return ` xmlns:q="` + ns + `" xmlns:n1="` + nsCodeList + `"` }

// Metadata is WSRMMetadataType, told field by field; every field may be absent.
type Metadata struct {
	MessageIdentifier    *wire.GUID
	ClientSystemType     *int32
	RegisteringAuthority *wire.ActiveOrganisation
	RegisteringUser      *wire.RequestUserMetadata
	Enqueued             *wire.DateTime
}

// Indkaldelse is a summons or self-booking as it now stands: created, changed and annulled look alike, told
// apart by Status.
type Indkaldelse struct {
	Metadata   *Metadata
	Booking    wire.GUID
	CPR        string
	Status     int32
	OwnerType  *int32
	SelfBooked bool
	Details    booking.BookingDetailsType
}

var (
	anyCode = wire.IntRule{Min: 0, Max: 100000000}
	cprRule = wire.TextRule{Pattern: wire.Pattern("((((0[1-9]|1[0-9]|2[0-9]|3[0-1])(01|03|05|07|08|10|12))|((0[1-9]|1[0-9]|2[0-9]|30)(04|06|09|11))|((0[1-9]|1[0-9]|2[0-9])(02)))[0-9]{6})|0000000000")}
)

func decodeCode(d *wire.Decoder) (code int32) {
	if d.Need(nsCodeList, "CodeListItemIdentifier") {
		code = d.Int(anyCode)
	}
	d.End()
	return code
}

func appendCode(e *wire.Encoder, element string, code int32) {
	e.Open("q:" + element)
	e.Open("n1:CodeListItemIdentifier")
	e.Int(code)
	e.Close("n1:CodeListItemIdentifier")
	e.Close("q:" + element)
}

func appendGUID(e *wire.Encoder, element string, id wire.GUID) {
	e.Open("q:" + element)
	e.GUID(id)
	e.Close("q:" + element)
}

func appendText(e *wire.Encoder, element, text string) {
	e.Open("q:" + element)
	e.Text(text)
	e.Close("q:" + element)
}

// appendForeign writes an element of ours whose content is of another namespace.
func appendForeign(e *wire.Encoder, element, ns string, m wire.Message) {
	e.Raw("<q:" + element + ` xmlns="` + ns + `">`)
	m.AppendContent(e)
	e.Close("q:" + element)
}

func (m *Metadata) decode(d *wire.Decoder) {
	const ns = NamespaceIndkaldelse
	if d.Begin(ns, "MessageIdentifier") {
		id := d.GUID()
		m.MessageIdentifier = &id
	}
	if d.Begin(ns, "ClientSystemTypeIdentifier") {
		code := decodeCode(d)
		m.ClientSystemType = &code
	}
	if d.Begin(ns, "RegisteringAuthority") {
		m.RegisteringAuthority = new(wire.ActiveOrganisation)
		m.RegisteringAuthority.DecodeContent(d)
		d.End()
	}
	if d.Begin(ns, "RegisteringUser") {
		m.RegisteringUser = new(wire.RequestUserMetadata)
		m.RegisteringUser.DecodeContent(d)
		d.End()
	}
	if d.Begin(ns, "EnqueuedDateTime") {
		at := d.DateTime()
		m.Enqueued = &at
	}
}

func (m *Metadata) append(e *wire.Encoder) {
	if m.MessageIdentifier != nil {
		appendGUID(e, "MessageIdentifier", *m.MessageIdentifier)
	}
	if m.ClientSystemType != nil {
		appendCode(e, "ClientSystemTypeIdentifier", *m.ClientSystemType)
	}
	if m.RegisteringAuthority != nil {
		appendForeign(e, "RegisteringAuthority", wire.ActiveOrganisationName.Space, m.RegisteringAuthority)
	}
	if m.RegisteringUser != nil {
		appendForeign(e, "RegisteringUser", wire.RequestUserMetadataName.Space, m.RegisteringUser)
	}
	if m.Enqueued != nil {
		e.Open("q:EnqueuedDateTime")
		e.DateTime(*m.Enqueued)
		e.Close("q:EnqueuedDateTime")
	}
}

// DecodeContent implements wire.Message.
func (m *Indkaldelse) DecodeContent(d *wire.Decoder) {
	const ns = NamespaceIndkaldelse
	if d.Begin(ns, "WSRMMetadata") {
		m.Metadata = new(Metadata)
		m.Metadata.decode(d)
		d.End()
	}
	if d.Need(ns, "BookingIdentifier") {
		m.Booking = d.GUID()
	}
	if d.Need(ns, "PersonCivilRegistrationIdentifier") {
		m.CPR = d.Text(&cprRule)
	}
	if d.Need(ns, "BookingStatusTypeIdentifier") {
		m.Status = decodeCode(d)
	}
	if d.Begin(ns, "OwnerSystemTypeIdentifier") {
		code := decodeCode(d)
		m.OwnerType = &code
	}
	if d.Need(ns, "SelfBooked") {
		m.SelfBooked = d.Bool()
	}
	if d.Need(ns, "BookingDetails") {
		m.Details.DecodeContent(d)
		d.End()
	}
}

// AppendContent implements wire.Message; it needs Prefixes declared around it.
func (m *Indkaldelse) AppendContent(e *wire.Encoder) {
	if m.Metadata != nil {
		e.Open("q:WSRMMetadata")
		m.Metadata.append(e)
		e.Close("q:WSRMMetadata")
	}
	appendGUID(e, "BookingIdentifier", m.Booking)
	appendText(e, "PersonCivilRegistrationIdentifier", m.CPR)
	appendCode(e, "BookingStatusTypeIdentifier", m.Status)
	if m.OwnerType != nil {
		appendCode(e, "OwnerSystemTypeIdentifier", *m.OwnerType)
	}
	e.Open("q:SelfBooked")
	e.Bool(m.SelfBooked)
	e.Close("q:SelfBooked")
	appendForeign(e, "BookingDetails", booking.Namespace, &m.Details)
}

// IndkaldelseRequest asks for the next message; what is wanted stands in the header Sequence.
type IndkaldelseRequest struct{}

// DecodeContent implements wire.Message.
func (*IndkaldelseRequest) DecodeContent(*wire.Decoder) {}

// AppendContent implements wire.Message.
func (*IndkaldelseRequest) AppendContent(*wire.Encoder) {}

// IndkaldelseItem is the element that each item of a response stands in.
const IndkaldelseItem = "GetIndkaldelseType"

// IndkaldelseResponse carries messages; the schema has any number.
type IndkaldelseResponse struct{ Items []Indkaldelse }

// DecodeContent implements wire.Message.
func (m *IndkaldelseResponse) DecodeContent(d *wire.Decoder) {
	for d.Begin(NamespaceIndkaldelse, IndkaldelseItem) {
		var i Indkaldelse
		i.DecodeContent(d)
		d.End()
		m.Items = append(m.Items, i)
	}
}

// AppendContent implements wire.Message.
func (m *IndkaldelseResponse) AppendContent(e *wire.Encoder) {
	for i := range m.Items {
		e.Open("q:" + IndkaldelseItem)
		m.Items[i].AppendContent(e)
		e.Close("q:" + IndkaldelseItem)
	}
}
