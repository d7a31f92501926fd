package dfdg

import (
	"kommunalplanner.example/soap/wire"
)

// NamespaceWSRM is the queue protocol's namespace: a draft of the standard, which DFDG does not follow.
const NamespaceWSRM = "http://docs.oasis-open.org/ws-rx/wsrm/200602"

// CreateSequenceRequest begins a transfer. SubQueue "" is the main queue.
type CreateSequenceRequest struct{ SubQueue string }

// DecodeContent implements wire.Message.
func (m *CreateSequenceRequest) DecodeContent(d *wire.Decoder) {
	if d.BeginNillable(NamespaceWSRM, "SubQueueIdentifier") {
		m.SubQueue = d.Text(&wire.AnyText)
	}
}

// AppendContent implements wire.Message.
func (m *CreateSequenceRequest) AppendContent(e *wire.Encoder) {
	if m.SubQueue != "" {
		e.Open("SubQueueIdentifier")
		e.Text(m.SubQueue)
		e.Close("SubQueueIdentifier")
	}
}

// ServiceItem says how many messages wait at a message service.
type ServiceItem struct {
	Name, Endpoint string
	MessageCount   int32
}

// CreateSequenceResponse is the inventory of a transfer, at most 500 messages (told: WsrmService page).
type CreateSequenceResponse struct {
	Identifier wire.GUID
	Inventory  []ServiceItem
}

// DecodeContent implements wire.Message.
func (m *CreateSequenceResponse) DecodeContent(d *wire.Decoder) {
	if d.Need(NamespaceWSRM, "Identifier") {
		m.Identifier = d.GUID()
	}
	if !d.Begin(NamespaceWSRM, "ServiceInventoryCollection") {
		return
	}
	for d.Begin(NamespaceWSRM, "ServiceItem") {
		var i ServiceItem
		if d.Need(NamespaceWSRM, "ServiceName") {
			i.Name = d.Text(&wire.AnyText)
		}
		if d.Need(NamespaceWSRM, "ServiceEndpoint") {
			i.Endpoint = d.Text(&wire.AnyText)
		}
		if d.Need(NamespaceWSRM, "MessageCount") {
			i.MessageCount = d.Int(wire.IntRule{Min: 0, Max: 1 << 30})
		}
		d.End()
		m.Inventory = append(m.Inventory, i)
	}
	d.End()
}

// AppendContent implements wire.Message.
func (m *CreateSequenceResponse) AppendContent(e *wire.Encoder) {
	e.Open("Identifier")
	e.GUID(m.Identifier)
	e.Close("Identifier")
	e.Open("ServiceInventoryCollection")
	for _, i := range m.Inventory {
		e.Raw("<ServiceItem><ServiceName>")
		e.Text(i.Name)
		e.Raw("</ServiceName><ServiceEndpoint>")
		e.Text(i.Endpoint)
		e.Raw("</ServiceEndpoint><MessageCount>")
		e.Int(i.MessageCount)
		e.Raw("</MessageCount></ServiceItem>")
	}
	e.Close("ServiceInventoryCollection")
}

// SequenceReference is the content of CloseSequence and TerminateSequence, both ways.
type SequenceReference struct{ Identifier wire.GUID }

// DecodeContent implements wire.Message.
func (m *SequenceReference) DecodeContent(d *wire.Decoder) {
	if d.Need(NamespaceWSRM, "Identifier") {
		m.Identifier = d.GUID()
	}
}

// AppendContent implements wire.Message.
func (m *SequenceReference) AppendContent(e *wire.Encoder) {
	e.Open("Identifier")
	e.GUID(m.Identifier)
	e.Close("Identifier")
}

// Sequence is the SOAP header of the message services. MessageNumber counts the calls of one transfer from 1.
type Sequence struct {
	Identifier    wire.GUID
	MessageNumber int32 // 0 = not told
	Last          bool
}

// DecodeContent implements wire.Message.
func (m *Sequence) DecodeContent(d *wire.Decoder) {
	if d.Need(NamespaceWSRM, "Identifier") {
		m.Identifier = d.GUID()
	}
	if d.Begin(NamespaceWSRM, "MessageNumber") {
		m.MessageNumber = d.Int(wire.IntRule{Min: 1, Max: 1<<31 - 1})
	}
	if d.Begin(NamespaceWSRM, "LastMessage") {
		m.Last = true
		d.End()
	}
}

// AppendContent implements wire.Message.
func (m *Sequence) AppendContent(e *wire.Encoder) {
	e.Open("Identifier")
	e.GUID(m.Identifier)
	e.Close("Identifier")
	if m.MessageNumber > 0 {
		e.Open("MessageNumber")
		e.Int(m.MessageNumber)
		e.Close("MessageNumber")
	}
	if m.Last {
		e.Raw("<LastMessage/>")
	}
}
