package soap

import (
	"encoding/xml"
	"errors"
	"slices"
	"strings"

	"kommunalplanner.example/soap/wire"
)

// pingMark is what STAR's monitoring is taken to sign its calls with. Only number and text of the
// answer are told (H16).
const pingMark = "dfdgping"

var errTwice = errors.New("header sent twice")

// readHeaders reads up to and with the end of the Header.
func (s *Server) readHeaders(r *wire.Reader, v version) (Headers, error) {
	var h Headers
	for {
		t, err := next(r)
		if err != nil || t.Kind == wire.End {
			return h, err
		}
		// What only SOAP nodes may say is not part of the header's own type.
		own := slices.DeleteFunc(slices.Clone(t.Attr), func(a xml.Attr) bool { return a.Name.Space == namespaces[v] })
		switch t.Name {
		case wire.ActiveOrganisationName:
			if h.Organisation != nil {
				return h, FaultOrganisationUnreadable.Because(errTwice)
			}
			h.Organisation = new(wire.ActiveOrganisation)
			t.Attr = own
			err = readHeader(r, t, h.Organisation, FaultOrganisationUnreadable)
		case wire.RequestUserMetadataName:
			if h.User != nil {
				return h, FaultUserUnreadable.Because(errTwice)
			}
			h.User = new(wire.RequestUserMetadata)
			t.Attr = own
			err = readHeader(r, t, h.User, FaultUserUnreadable)
		default:
			must, legal := mustUnderstand(t.Attr, v)
			switch {
			case !legal:
				return h, FaultInvalid.Because(errShape)
			case must:
				return h, faultMustUnderstand
			}
			err = skip(r)
		}
		if err != nil {
			return h, err
		}
	}
}

func readHeader(r *wire.Reader, t wire.Token, h wire.Message, unreadable *Fault) error {
	d := wire.NewDecoder(r, wire.Rename{})
	d.Enter(t, false)
	h.DecodeContent(d)
	d.End()
	var violation *wire.Violation
	if errors.As(d.Err(), &violation) {
		return unreadable.Because(violation)
	}
	return d.Err()
}

// skip reads past an element whose start has been read.
func skip(r *wire.Reader) error {
	for depth := 1; depth > 0; {
		t, err := r.Next()
		if err != nil {
			return err
		}
		switch t.Kind {
		case wire.Start:
			depth++
		case wire.End:
			depth--
		}
	}
	return nil
}

// ours are the roles in which we act; none named is the ultimate receiver's.
var ours = []string{
	"", "http://schemas.xmlsoap.org/soap/actor/next",
	"http://www.w3.org/2003/05/soap-envelope/role/next", "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
}

// mustUnderstand tells whether a header asks us to understand it; legal is false when it cannot be told.
func mustUnderstand(attrs []xml.Attr, v version) (must, legal bool) {
	value, role := "", ""
	for _, a := range attrs {
		if a.Name.Space != namespaces[v] {
			continue
		}
		switch a.Name.Local {
		case "mustUnderstand":
			value = strings.TrimSpace(a.Value)
		case "actor", "role":
			role = strings.TrimSpace(a.Value)
		}
	}
	switch value {
	case "", "0":
		return false, true
	case "1":
		return slices.Contains(ours, role), true
	case "false":
		return false, v == soap12
	case "true":
		return slices.Contains(ours, role), v == soap12
	}
	return false, false
}

func (s *Server) checkHeaders(h Headers) error {
	if u := h.User; u != nil && (strings.EqualFold(u.UserFullName, pingMark) || strings.EqualFold(u.UserIdentifier, pingMark)) {
		return FaultPing
	}
	unknown := func(list []int32, code int32) bool { return len(list) > 0 && !slices.Contains(list, code) }
	switch {
	case h.Organisation == nil && s.config.RequireOrganisation:
		return FaultOrganisationMissing
	case h.User == nil && s.config.RequireUser:
		return FaultUserMissing
	case h.Organisation != nil && unknown(s.config.OrganisationTypes, h.Organisation.OrganisationTypeIdentifier),
		h.User != nil && unknown(s.config.OrganisationTypes, h.User.OrganisationTypeIdentifier):
		return FaultOrganisationType
	case h.User != nil && unknown(s.config.UserTypes, h.User.RequestUserTypeIdentifier):
		return FaultUserType
	}
	return nil
}
