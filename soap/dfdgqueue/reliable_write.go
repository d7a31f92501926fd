package dfdgqueue

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
)

// rmFault is a fault of the protocol. An empty code is a fault of the message itself.
type rmFault struct{ code, reason string }

func (f *rmFault) Error() string { return f.code + ": " + f.reason }

// The faults; names and texts are the standard's.
var (
	faultUnknownSequence = &rmFault{"UnknownSequence", "The value of wsrm:Identifier is not a known Sequence identifier."}
	faultTerminated      = &rmFault{"SequenceTerminated", "The Sequence has been terminated."}
	faultClosed          = &rmFault{"SequenceClosed", "The Sequence is closed and cannot accept new messages."}
	faultRollover        = &rmFault{"MessageNumberRollover", "The maximum value for wsrm:MessageNumber has been exceeded."}
	faultRequired        = &rmFault{"WSRMRequired", "The RM Destination requires the use of WSRM."}
	faultRefused         = &rmFault{"CreateSequenceRefused", "Acknowledgements are sent on the answer only: AcksTo must be anonymous."}
	faultNumber          = &rmFault{"", "A message of a Sequence needs a MessageNumber from 1 and a body."}
	faultUnderstand      = &rmFault{"MustUnderstand", "A header that must be understood is not."}
)

type rmAck struct {
	sequence string
	accepted []Range
	final    bool
}

type rmAnswer struct {
	version    string
	relatesTo  string
	action     string
	identifier string
	expires    time.Duration
	acks       []rmAck
	fault      *rmFault
}

func (a *rmAnswer) write(w http.ResponseWriter) {
	if a.version == "" {
		a.version = envelope11
	}
	var e wire.Encoder
	e.Raw(`<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<s:Envelope xmlns:s="` + a.version + `" xmlns:a="` + nsAddressing + `" xmlns:r="` + nsRM + `"><s:Header>`)
	action := nsRM + "/" + a.action
	if a.fault != nil {
		action = nsRM + "/fault"
	}
	element(&e, "a:Action", action)
	element(&e, "a:MessageID", "urn:uuid:"+uuid.NewString())
	if a.relatesTo != "" {
		element(&e, "a:RelatesTo", a.relatesTo)
	}
	element(&e, "a:To", anonymous)
	for _, ack := range a.acks {
		ack.append(&e)
	}
	if a.fault != nil && a.fault.subcode() && a.version == envelope11 {
		// In SOAP 1.1 the fault of a sequence travels in a header, beside a plain one in the body.
		e.Raw("<r:SequenceFault>")
		element(&e, "r:FaultCode", "r:"+a.fault.code)
		e.Raw("</r:SequenceFault>")
	}
	e.Raw("</s:Header><s:Body>")
	status := http.StatusOK
	switch {
	case a.fault != nil:
		status = http.StatusInternalServerError // also for 1.2: clients read a fault only from 500
		a.fault.append(&e, a.version)
	case a.identifier != "":
		e.Raw("<r:" + a.action + ">")
		element(&e, "r:Identifier", a.identifier)
		if a.expires > 0 {
			element(&e, "r:Expires", fmt.Sprintf("PT%dS", int64(a.expires/time.Second)))
		}
		e.Raw("</r:" + a.action + ">")
	}
	e.Raw("</s:Body></s:Envelope>")
	media := "text/xml; charset=utf-8"
	if a.version == envelope12 {
		media = `application/soap+xml; charset=utf-8; action="` + action + `"`
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(e.Buf)
}

func element(e *wire.Encoder, tag, text string) {
	e.Open(tag)
	e.Text(text)
	e.Close(tag)
}

func (k rmAck) append(e *wire.Encoder) {
	e.Raw("<r:SequenceAcknowledgement>")
	element(e, "r:Identifier", k.sequence)
	for _, r := range k.accepted {
		e.Raw(`<r:AcknowledgementRange Lower="` + strconv.FormatInt(r.Lower, 10) + `" Upper="` + strconv.FormatInt(r.Upper, 10) + `"/>`)
	}
	if len(k.accepted) == 0 {
		e.Raw("<r:None/>")
	}
	if k.final {
		e.Raw("<r:Final/>")
	}
	e.Raw("</r:SequenceAcknowledgement>")
}

// subcode tells whether the code is one of the standard's own.
func (f *rmFault) subcode() bool { return f.code != "" && f.code != "MustUnderstand" }

func (f *rmFault) append(e *wire.Encoder, version string) {
	if version == envelope11 {
		code := "s:Client"
		if f.code == "MustUnderstand" {
			code = "s:MustUnderstand"
		}
		e.Raw("<s:Fault><faultcode>" + code + "</faultcode><faultstring>")
		e.Text(f.reason)
		e.Raw("</faultstring></s:Fault>")
		return
	}
	code := "s:Sender"
	if f.code == "MustUnderstand" {
		code = "s:MustUnderstand"
	}
	e.Raw("<s:Fault><s:Code><s:Value>" + code + "</s:Value>")
	if f.subcode() {
		e.Raw("<s:Subcode><s:Value>r:" + f.code + "</s:Value></s:Subcode>")
	}
	e.Raw(`</s:Code><s:Reason><s:Text xml:lang="en">`)
	e.Text(f.reason)
	e.Raw("</s:Text></s:Reason></s:Fault>")
}
