package dfdg

import (
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// NamespaceRegister is BookingService's message namespace (proposed).
const NamespaceRegister = "http://service.bm.dk/BookingService/2017/04/28/"

// SaveBooking is the content of CreateBookingRequest and UpdateBookingRequest.
type SaveBooking struct {
	Booking    wire.GUID
	CPR        string
	JobCenter  string
	SelfBooked bool
	// OwnerType, when given, lets only that system change the booking (EjersystemType).
	OwnerType *int32
	Details   booking.BookingDetailsType
}

var jobCenterRule = wire.TextRule{Pattern: wire.Pattern("[0-9]{5}")}

// DecodeContent implements wire.Message.
func (m *SaveBooking) DecodeContent(d *wire.Decoder) {
	const ns = NamespaceRegister
	m.Booking, m.CPR, m.JobCenter = decodeKey(d)
	if d.Need(ns, "SelfBooked") {
		m.SelfBooked = d.Bool()
	}
	if d.Begin(ns, "OwnerSystemTypeIdentifier") {
		code := decodeCode(d)
		m.OwnerType = &code
	}
	if d.Need(ns, "BookingDetails") {
		m.Details.DecodeContent(d)
		d.End()
	}
}

// AppendContent implements wire.Message; it needs Prefixes declared around it.
func (m *SaveBooking) AppendContent(e *wire.Encoder) {
	appendKey(e, m.Booking, m.CPR, m.JobCenter)
	e.Open("q:SelfBooked")
	e.Bool(m.SelfBooked)
	e.Close("q:SelfBooked")
	if m.OwnerType != nil {
		appendCode(e, "OwnerSystemTypeIdentifier", *m.OwnerType)
	}
	appendForeign(e, "BookingDetails", booking.Namespace, &m.Details)
}

// BookingKey is the content of DeleteBookingRequest and GetBookingRequest.
type BookingKey struct {
	Booking   wire.GUID
	CPR       string
	JobCenter string
}

// DecodeContent implements wire.Message.
func (m *BookingKey) DecodeContent(d *wire.Decoder) { m.Booking, m.CPR, m.JobCenter = decodeKey(d) }

// AppendContent implements wire.Message; it needs Prefixes declared around it.
func (m *BookingKey) AppendContent(e *wire.Encoder) { appendKey(e, m.Booking, m.CPR, m.JobCenter) }

func decodeKey(d *wire.Decoder) (id wire.GUID, cpr, jobCenter string) {
	const ns = NamespaceRegister
	if d.Need(ns, "BookingIdentifier") {
		id = d.GUID()
	}
	if d.Need(ns, "PersonCivilRegistrationIdentifier") {
		cpr = d.Text(&cprRule)
	}
	if d.Need(ns, "JobCenterCode") {
		jobCenter = d.Text(&jobCenterRule)
	}
	return id, cpr, jobCenter
}

func appendKey(e *wire.Encoder, id wire.GUID, cpr, jobCenter string) {
	appendGUID(e, "BookingIdentifier", id)
	appendText(e, "PersonCivilRegistrationIdentifier", cpr)
	appendText(e, "JobCenterCode", jobCenter)
}

// Receipt answers CreateBooking, UpdateBooking and DeleteBooking, shaped like STAR's ServiceReceipt.
type Receipt struct {
	Booking   wire.GUID
	EventDate wire.DateTime
	Message   wire.GUID
}

// DecodeContent implements wire.Message.
func (m *Receipt) DecodeContent(d *wire.Decoder) {
	const ns = NamespaceRegister
	if d.Need(ns, "BookingIdentifier") {
		m.Booking = d.GUID()
	}
	if d.Need(ns, "EventDate") {
		m.EventDate = d.DateTime()
	}
	if d.Need(ns, "MessageIdentifier") {
		m.Message = d.GUID()
	}
}

// AppendContent implements wire.Message; it needs Prefixes declared around it.
func (m *Receipt) AppendContent(e *wire.Encoder) {
	appendGUID(e, "BookingIdentifier", m.Booking)
	e.Open("q:EventDate")
	e.DateTime(m.EventDate)
	e.Close("q:EventDate")
	appendGUID(e, "MessageIdentifier", m.Message)
}

// BookingAnswer answers GetBooking with the message that the queue would have carried: pushed messages
// have no body, and what they speak of is fetched here.
type BookingAnswer struct{ Indkaldelse Indkaldelse }

// DecodeContent implements wire.Message.
func (m *BookingAnswer) DecodeContent(d *wire.Decoder) {
	if d.Need(NamespaceIndkaldelse, IndkaldelseItem) {
		m.Indkaldelse.DecodeContent(d)
		d.End()
	}
}

// AppendContent implements wire.Message.
func (m *BookingAnswer) AppendContent(e *wire.Encoder) {
	e.Raw("<q:" + IndkaldelseItem + Prefixes(NamespaceIndkaldelse) + ">")
	m.Indkaldelse.AppendContent(e)
	e.Close("q:" + IndkaldelseItem)
}
