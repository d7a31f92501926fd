package dfdgqueue

import (
	"encoding/xml"
	"strconv"

	"kommunalplanner.example/soap/wire"
)

// answerLimits are for one answer of a message service, which the schema lets hold any number of messages.
var answerLimits = wire.Limits{Depth: 64, Attributes: 64, Tokens: 200_000, Text: 64 << 10}

var (
	envelope11 = "http://schemas.xmlsoap.org/soap/envelope/"
	envelope12 = "http://www.w3.org/2003/05/soap-envelope"
)

// items gives the elements within the body's one element, each standing alone: with every namespace that it uses declared in
// it, so that it can be stored and read by itself. The envelope must have been read before: its form is not
// checked again.
func items(envelope []byte) ([][]byte, error) {
	r := wire.NewReader(envelope, answerLimits)
	var out [][]byte
	depth, body := 0, 0 // depth of the body element; 0 = not met
	for {
		t, err := r.Next()
		switch {
		case err != nil:
			return nil, err
		case t.Kind == wire.EOF:
			return out, nil
		case t.Kind == wire.End:
			depth--
		case t.Kind != wire.Start:
		case body > 0 && depth == body+1:
			item, err := standing(r, t)
			if err != nil {
				return nil, err
			}
			out = append(out, item)
		default:
			depth++
			if body == 0 && isBody(t.Name) {
				body = depth
			}
		}
	}
}

func isBody(n xml.Name) bool {
	return n.Local == "Body" && (n.Space == envelope11 || n.Space == envelope12)
}

// standing copies the element whose start was read. Comments are left out.
func standing(r *wire.Reader, t wire.Token) ([]byte, error) {
	var e wire.Encoder
	var spaces []string // namespace of each open element, by depth
	var tags []string
	for {
		switch t.Kind {
		case wire.Start:
			e.Raw("<" + t.Name.Local)
			if len(spaces) == 0 || spaces[len(spaces)-1] != t.Name.Space {
				e.Raw(` xmlns="`)
				e.Text(t.Name.Space)
				e.Raw(`"`)
			}
			for i, a := range t.Attr {
				name := a.Name.Local
				if a.Name.Space == "http://www.w3.org/XML/1998/namespace" {
					name = "xml:" + name
				} else if a.Name.Space != "" {
					prefix := "a" + strconv.Itoa(i)
					e.Raw(" xmlns:" + prefix + `="`)
					e.Text(a.Name.Space)
					e.Raw(`"`)
					name = prefix + ":" + name
				}
				e.Raw(" " + name + `="`)
				e.Text(a.Value)
				e.Raw(`"`)
			}
			e.Raw(">")
			spaces, tags = append(spaces, t.Name.Space), append(tags, t.Name.Local)
		case wire.Text:
			e.Text(string(t.Text))
		case wire.End:
			e.Close(tags[len(tags)-1])
			spaces, tags = spaces[:len(spaces)-1], tags[:len(tags)-1]
			if len(tags) == 0 {
				return e.Buf, nil
			}
		}
		var err error
		if t, err = r.Next(); err != nil {
			return nil, err
		}
	}
}
