package callers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
)

// List is who may call, as the callers file tells it:
//
//	{"callers": [{
//	  "name": "DFDG",
//	  "cvr": "12345678",
//	  "certificates": ["11111111-2222-4333-8444-555555555555", "9100000000518"],
//	  "services": ["ExternalBookingService"],
//	  "jobCenters": ["10100"],
//	  "organisations": [{"type": 7, "code": "101", "jobCenters": ["10100"]}]
//	}]}
//
// Only cvr and jobCenters must be there; "*" among job centres, or as a code, is any. What is left out does not
// limit: certificates (UUID or FID), services, organisations. Where several callers fit a certificate, what
// one of them allows is allowed.
type List struct {
	Callers []Caller `json:"callers"`
}

// Caller is an organisation, or some of its systems, and what it may do.
type Caller struct {
	Name         string   `json:"name,omitempty"` // for people
	CVR          string   `json:"cvr"`
	Certificates []string `json:"certificates,omitempty"`
	Services     []string `json:"services,omitempty"`
	JobCenters   []string `json:"jobCenters"`
	// Organisations are those that the caller may name in ActiveOrganisationHeader; with any given, a call
	// without the header is refused. With none given it may name any, but of job centres only its own.
	Organisations []Organisation `json:"organisations,omitempty"`
}

// Organisation is one on whose behalf a caller may act.
type Organisation struct {
	Type int32  `json:"type"` // OrganisationTypeIdentifier
	Code string `json:"code"` // OrganisationCode
	// JobCenters that it may act for; none given: the caller's.
	JobCenters []string `json:"jobCenters,omitempty"`
}

// Any stands for every job centre, or every code.
const Any = "*"

// jobCenterType is a job centre's OrganisationTypeIdentifier.
const jobCenterType = 8

var (
	cvrForm    = regexp.MustCompile(`^[0-9]{8}$`)
	systemForm = regexp.MustCompile(`^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{1,20})$`)
)

// ParseList reads a callers file. A misspelt name is an error: it would be a limit that does not limit.
func ParseList(text []byte) (List, error) {
	var l List
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return List{}, fmt.Errorf("read the list of callers: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return List{}, errors.New("read the list of callers: something follows the list")
	}
	if l.Callers == nil {
		return List{}, errors.New(`read the list of callers: no "callers" in it`)
	}
	for i := range l.Callers {
		if err := l.Callers[i].normalise(); err != nil {
			return List{}, fmt.Errorf("caller %d (%s): %w", i+1, l.Callers[i].Name, err)
		}
	}
	return l, nil
}

func (c *Caller) normalise() error {
	if !cvrForm.MatchString(c.CVR) {
		return fmt.Errorf("cvr %q is not eight digits", c.CVR)
	}
	if len(c.JobCenters) == 0 || slices.Contains(c.JobCenters, "") {
		return errors.New(`jobCenters must name job centres, or "*"`)
	}
	// An empty list is not "none given": whoever emptied it meant nobody.
	if c.Certificates != nil && len(c.Certificates) == 0 || c.Services != nil && len(c.Services) == 0 || c.Organisations != nil && len(c.Organisations) == 0 {
		return errors.New("an empty list allows nothing; leave it out to allow all")
	}
	for i, s := range c.Certificates {
		s = strings.ToLower(s)
		s = strings.TrimPrefix(strings.TrimPrefix(s, "ui:dk-o:g:"), "fid:")
		if c.Certificates[i] = s; !systemForm.MatchString(s) {
			return fmt.Errorf("certificate %q is neither a UUID nor a FID", s)
		}
	}
	for _, o := range c.Organisations {
		if o.Type < 1 || o.Type > 100 || o.Code == "" {
			return fmt.Errorf("organisation with type %d and code %q", o.Type, o.Code)
		}
		if o.JobCenters != nil && len(o.JobCenters) == 0 {
			return errors.New("an empty list of job centres allows none; leave it out for the caller's")
		}
	}
	return nil
}

// entitled are the callers that a certificate and a service fit.
func (l List) entitled(who Identity, service string) (found []Caller) {
	for _, c := range l.Callers {
		if c.CVR == who.CVR && (c.Certificates == nil || slices.Contains(c.Certificates, who.System)) &&
			(c.Services == nil || slices.Contains(c.Services, service)) {
			found = append(found, c)
		}
	}
	return found
}

// mayActFor tells whether one of the callers may act as the organisation, nil when no header names one, for the
// job centre, "" when none is known yet.
func mayActFor(callers []Caller, as *wire.ActiveOrganisation, jobCenter string) error {
	refusal := soap.FaultNotAsAuthority
	for _, c := range callers {
		centres, ok := c.speaksFor(as)
		switch {
		case !ok:
		case jobCenter == "" || covers(centres, jobCenter):
			return nil
		default:
			refusal = soap.FaultNotForJobCenter
		}
	}
	return refusal
}

// speaksFor gives the job centres for which the caller may act as the organisation.
func (c Caller) speaksFor(as *wire.ActiveOrganisation) (centres []string, ok bool) {
	if c.Organisations == nil {
		return c.JobCenters, as == nil || as.OrganisationTypeIdentifier != jobCenterType || covers(c.JobCenters, as.OrganisationCode)
	}
	if as == nil {
		return nil, false
	}
	for _, o := range c.Organisations {
		if o.Type != as.OrganisationTypeIdentifier || o.Code != Any && o.Code != as.OrganisationCode {
			continue
		}
		own := o.JobCenters
		if own == nil {
			own = c.JobCenters
		}
		// A job centre is also the job centre it asks about, in the calendar service.
		if o.Type != jobCenterType || covers(own, as.OrganisationCode) {
			centres, ok = append(centres, own...), true
		}
	}
	return centres, ok
}

func covers(list []string, code string) bool {
	return slices.Contains(list, Any) || slices.Contains(list, code)
}
