package dfdgcodes

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"kommunalplanner.example/planner"
)

// largest bounds what is read: STAR's lists have some thousand codes.
const largest = 8 << 20

// At is a Source that reads the lists at an address: http, https, or else the path of a file.
type At struct {
	Address string
	// HTTP calls; http.DefaultClient if nil.
	HTTP *http.Client
}

// Codes implements Source.
func (a At) Codes(ctx context.Context) ([]planner.ListedCode, error) {
	text, err := a.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch code lists: %w", err)
	}
	return Parse(text)
}

// Parse reads JSON where the text begins like it, else CSV.
func Parse(text []byte) ([]planner.ListedCode, error) {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return planner.ReadCodesJSON(text)
	}
	return planner.ReadCodesCSV(string(text))
}

func (a At) read(ctx context.Context) ([]byte, error) {
	if !strings.HasPrefix(a.Address, "http://") && !strings.HasPrefix(a.Address, "https://") {
		f, err := os.Open(a.Address)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return bounded(f)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Address, nil)
	if err != nil {
		return nil, err
	}
	client := a.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	return bounded(resp.Body)
}

func bounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, largest+1))
	if err == nil && len(text) > largest {
		err = fmt.Errorf("more than %d bytes", largest)
	}
	return text, err
}
