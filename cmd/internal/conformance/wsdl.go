package conformance

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// described is what of a WSDL or schema matters.
type described struct {
	operations, locations []string
	address               string
	root                  string
}

func describe(text string) (d described, err error) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	inPort := false
	for {
		t, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return d, nil
		}
		if err != nil {
			return d, wrong("Teksten er ikke velformet XML: %v", err)
		}
		switch e := t.(type) {
		case xml.StartElement:
			if d.root == "" {
				d.root = e.Name.Local
			}
			at := map[string]string{}
			for _, a := range e.Attr {
				at[a.Name.Local] = a.Value
			}
			switch e.Name.Local {
			case "portType":
				inPort = true
			case "operation":
				if inPort {
					d.operations = append(d.operations, at["name"])
				}
			case "import", "include":
				for _, name := range []string{"schemaLocation", "location"} {
					if at[name] != "" {
						d.locations = append(d.locations, at[name])
					}
				}
			case "address":
				d.address = at["location"]
			}
		case xml.EndElement:
			if e.Name.Local == "portType" {
				inPort = false
			}
		}
	}
}

// wsdl checks what a service tells of itself.
func (k *kit) wsdl(part, at string, operations []string) {
	k.part = part
	var d described
	address := at + "?wsdl"
	read := k.check("?wsdl", "HTTP 200 med en WSDL, der har alle operationer og tjenestens adresse", func() (string, error) {
		status, _, text, err := get(k.ctx, k.HTTP, address)
		if err != nil {
			return "", err
		}
		if status != http.StatusOK {
			return "", wrong("HTTP %d", status)
		}
		if d, err = describe(text); err != nil {
			return "", err
		}
		for _, o := range operations {
			if !slices.Contains(d.operations, o) {
				return "", wrong("Operationen %s mangler.", o)
			}
		}
		if d.address == "" {
			return "", wrong("Tjenestens adresse (address location) mangler.")
		}
		return fmt.Sprintf("%d operationer, adresse %s", len(d.operations), d.address), nil
	})
	k.check("Skemaer, som WSDL'en henviser til", "Alle kan hentes og er velformede", func() (string, error) {
		if !read {
			return "", skip("WSDL'en kunne ikke læses.")
		}
		base, err := url.Parse(address)
		if err != nil {
			return "", err
		}
		seen := map[string]bool{}
		var follow func(from *url.URL, locations []string) error
		follow = func(from *url.URL, locations []string) error {
			for _, l := range locations {
				u, err := from.Parse(l)
				if err != nil || u.Host != base.Host {
					return wrong("Henvisningen %q fører ud af tjenesten.", l)
				}
				if seen[u.String()] {
					continue
				}
				seen[u.String()] = true
				status, _, text, err := get(k.ctx, k.HTTP, u.String())
				if err != nil {
					return err
				}
				s, err := describe(text)
				if status != http.StatusOK || err != nil || s.root != "schema" && s.root != "definitions" {
					return wrong("%s: HTTP %d, %s", u, status, s.root)
				}
				if err := follow(u, s.locations); err != nil {
					return err
				}
			}
			return nil
		}
		if err := follow(base, d.locations); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d filer", len(seen)), nil
	})
}
