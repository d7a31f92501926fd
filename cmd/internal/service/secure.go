package service

import (
	"errors"
	"net/http"
	"time"
)

// Secure gives the server of SOAP over mutual TLS, for whoever opens the port himself; its certificate is in it.
func (p *Parts) Secure() (*http.Server, error) {
	if p.SOAP == nil || p.gate == nil || p.gate.TLS() == nil {
		return nil, errors.New("SOAP over mutual TLS is not set up")
	}
	return &http.Server{Handler: p.gate.Direct(p.SOAP), TLSConfig: p.gate.TLS(), ReadHeaderTimeout: 10 * time.Second}, nil
}
