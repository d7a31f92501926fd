package externalcalendar

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/wire/calendar"
)

// Path is where the service lives by default.
const Path = "/1/PlannerExternalCalendarService.svc"

// jobCenter is the organisation type of a job centre (told by the client and its code list).
const jobCenter = 8

type service struct {
	store Store
	now   func() time.Time
	newID func() uuid.UUID
}

// New serves PlannerExternalCalendarService from s. The organisation header is always required, as
// it alone tells which job centre is meant. ExternalCalendarServiceForDFDG is the same with other Names.
func New(s Store, config soap.Config) *soap.Server {
	return serve(&service{store: s, now: config.Now, newID: uuid.New}, config)
}

func serve(s *service, config soap.Config) *soap.Server {
	if s.now == nil {
		s.now = time.Now
	}
	config.RequireOrganisation = true
	config.PlainServerFaults = true
	return soap.NewServer(contract.ExternalCalendar, calendar.Contract(s), config)
}

var _ calendar.Service = (*service)(nil)

// caseWorkers are those of a job centre who can be told of: with a mail address that no other has.
type caseWorkers struct {
	jc     planner.JobCenterCode
	all    []Resource
	byMail map[string]Resource
	byID   map[uuid.UUID]Resource
}

func (s *service) caseWorkers(ctx context.Context) (caseWorkers, error) {
	call := soap.CallFrom(ctx)
	o := call.Headers.Organisation
	if o.OrganisationTypeIdentifier != jobCenter {
		return caseWorkers{}, soap.FaultAuthorityType
	}
	call.JobCenter = o.OrganisationCode
	c := caseWorkers{jc: planner.JobCenterCode(o.OrganisationCode), byMail: map[string]Resource{}, byID: map[uuid.UUID]Resource{}}
	found, err := s.store.ToldCaseWorkers(ctx, c.jc)
	if err != nil {
		return caseWorkers{}, err
	}
	count := map[string]int{}
	for _, w := range found {
		count[fold(w.Email)]++
	}
	for _, w := range found {
		if mail := calendar.EmailAddressIdentifierType(w.Email); !mail.Conforms() || count[fold(w.Email)] > 1 {
			continue // two of one mail, and the client drops both; which one is meant could not be told either
		}
		c.all = append(c.all, w)
		c.byMail[fold(w.Email)], c.byID[w.ID] = w, w
	}
	return c, nil
}

func fold(mail string) string { return strings.ToLower(strings.TrimSpace(mail)) }

// named gives the case workers of these mails, each once; all of the job centre's when none is named.
func (c caseWorkers) named(mails []string) []Resource {
	if len(mails) == 0 {
		return c.all
	}
	var found []Resource
	for _, m := range mails {
		w, ok := c.byMail[fold(m)]
		if ok && !slices.ContainsFunc(found, func(o Resource) bool { return o.ID == w.ID }) {
			found = append(found, w)
		}
	}
	return found
}
