package soapclient

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/soap/wire"
)

const nsEnvelope = "http://schemas.xmlsoap.org/soap/envelope/"

// Part is a header or body element.
type Part struct {
	Name     xml.Name // namespace as in the contract
	Prefixes string   // further declarations, ready to be written
	Content  wire.Message
}

// Call is one operation on one endpoint.
type Call struct {
	URL, Action string
	Header      []Part
	Body        Part
	// Answer is what the body must hold; its content is read into. A nil Content takes any one element
	// unread (see Answer.Body).
	Answer Part
	// AnswerHeader are headers to be read where the answer has them.
	AnswerHeader []Part
	// Rename makes the messages' namespace travel under another name.
	Rename wire.Rename
	// Limits bound the answer; zero is wire.DefaultLimits.
	Limits wire.Limits
}

// Client calls over HTTP. The zero value uses http.DefaultClient's transport. For concurrent use.
type Client struct {
	// HTTP carries the client certificate; its Timeout bounds a call if the context does not.
	HTTP *http.Client
	// MaxAnswer bounds an answer in bytes; zero is 8 MiB.
	MaxAnswer int64
}

// Answer is what came back.
type Answer struct {
	// Raw is the whole envelope in UTF-8.
	Raw []byte
	// Body holds the body's one element, with its tags; standing in Raw, it may use prefixes declared outside it.
	Body []byte
	// Headers tells which of Call.AnswerHeader were there.
	Headers []bool
}

// Encode writes a call's envelope.
func Encode(c Call) []byte {
	e := wire.Encoder{Rename: c.Rename, Buf: make([]byte, 0, 2048)}
	e.Raw(`<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<s:Envelope xmlns:s="` + nsEnvelope + `">`)
	if len(c.Header) > 0 {
		e.Raw("<s:Header>")
		for _, h := range c.Header {
			e.Root(h.Name.Space, h.Prefixes, h.Name.Local, h.Content)
		}
		e.Raw("</s:Header>")
	}
	e.Raw("<s:Body>")
	e.Root(c.Body.Name.Space, c.Body.Prefixes, c.Body.Name.Local, c.Body.Content)
	e.Raw("</s:Body></s:Envelope>")
	return e.Buf
}

// Do makes a call. Errors are *Fault, *BadAnswer or *NoAnswer, wrapped with the operation's name.
func (c *Client) Do(ctx context.Context, call Call) (*Answer, error) {
	answer, err := c.do(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", call.Body.Name.Local, err)
	}
	return answer, nil
}

func (c *Client) do(ctx context.Context, call Call) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, call.URL, bytes.NewReader(Encode(call)))
	if err != nil {
		return nil, &NoAnswer{Err: errors.New("the endpoint's address cannot be used")}
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("SOAPAction", `"`+call.Action+`"`)
	req.Header.Set("Accept", "text/xml")
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return nil, &NoAnswer{Sent: !neverSent(err), Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	most := c.MaxAnswer
	if most == 0 {
		most = 8 << 20
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, &NoAnswer{Sent: true, Err: err}
	}
	if int64(len(raw)) > most {
		return nil, &BadAnswer{HTTPStatus: resp.StatusCode, Reason: "longer than " + strconv.FormatInt(most, 10) + " bytes"}
	}
	media, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	// A proxy's page is no answer of the service, whatever its status.
	if !strings.HasSuffix(media, "xml") || len(raw) == 0 {
		return nil, &NoAnswer{HTTPStatus: resp.StatusCode, RetryAfter: retryAfter(resp.Header), Sent: resp.StatusCode < 400 || resp.StatusCode >= 500}
	}
	text, err := wire.ToUTF8(raw, params["charset"])
	if err != nil {
		return nil, &BadAnswer{HTTPStatus: resp.StatusCode, Reason: err.Error(), Raw: raw}
	}
	return decode(call, resp.StatusCode, text)
}

// neverSent knows only what is certain: no connection was made.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
