package soap

import (
	"net/http"
	"strconv"
)

// serveContract answers ?wsdl (SOAP 1.1 only), ?wsdl=1.2 (both bindings) and ?xsd=NAME.
func (s *Server) serveContract(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	address := s.address(r)
	var doc []byte
	ok := false
	// Clients write ?wsdl and ?WSDL.
	for _, key := range []string{"wsdl", "WSDL", "Wsdl"} {
		if value, asked := query[key]; asked {
			doc, ok = s.service.WSDL(s.config.Names, address, value[0] == "1.2"), true
		}
	}
	if name := query.Get("xsd"); !ok && name != "" {
		doc, ok = s.service.Schema(name, s.config.Names, address)
	}
	if !ok {
		http.Error(w, "Her svarer "+s.service.Name+" på POST. Kontrakten hentes med ?wsdl eller ?wsdl=1.2.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(doc)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(doc)
	}
}

// address is where this service is called. X-Forwarded headers are anybody's to send, so that
// behind a proxy PublicURL must be set.
func (s *Server) address(r *http.Request) string {
	if s.config.PublicURL != "" {
		return s.config.PublicURL
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + r.URL.EscapedPath()
}
