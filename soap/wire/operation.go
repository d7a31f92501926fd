package wire

import "context"

// Message is a generated message type.
type Message interface {
	// DecodeContent reads what is within the message element, up to and without its end tag.
	DecodeContent(*Decoder)
	// AppendContent writes the same.
	AppendContent(*Encoder)
}

// Operation is one operation of a service, bound to who answers it.
type Operation struct {
	Name              string
	Request, Response string // message elements, in the contract's message namespace
	NewRequest        func() Message
	NewResponse       func() Message
	// Invoke answers a request made by NewRequest.
	Invoke func(context.Context, Message) (Message, error)
}

// Contract is a service's messages and operations.
type Contract struct {
	Namespace  string // of the message elements, as in the contract's files
	Prefixes   string // declarations that answers need besides
	Operations []Operation
}
