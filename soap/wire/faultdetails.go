package wire

import "encoding/xml"

// FaultDetailsName is the element in the detail of every fault of STAR's services.
var FaultDetailsName = xml.Name{Space: "http://service.bm.dk/xml/schemas/2011/01/12/", Local: "FaultDetails"}

// FaultDetails is STAR's fault detail. InnerException, StackTrace and Source exist in the contract
// and are read over: what they are for must never be sent.
type FaultDetails struct {
	ErrorCode int32
	Message   string
}

// DecodeContent implements Message.
func (f *FaultDetails) DecodeContent(d *Decoder) {
	ns := FaultDetailsName.Space
	if d.Begin(ns, "ErrorCode") {
		f.ErrorCode = d.Int(AnyInt)
	}
	for _, local := range []string{"Message", "InnerException", "StackTrace", "Source"} {
		if d.BeginNillable(ns, local) {
			text := d.Text(&AnyText)
			if local == "Message" {
				f.Message = text
			}
		}
	}
}

// AppendContent implements Message.
func (f *FaultDetails) AppendContent(e *Encoder) {
	e.Open("ErrorCode")
	e.Int(f.ErrorCode)
	e.Close("ErrorCode")
	e.Open("Message")
	e.Text(f.Message)
	e.Close("Message")
}
