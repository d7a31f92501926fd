package externalbooking

import (
	"context"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// who reads the two fields that begin every request, and lets nobody past who may not act for the job centre.
func who(ctx context.Context, jc booking.JobCenterCodeType, cpr booking.PersonCivilRegistrationIdentifierType) (planner.JobCenterCode, planner.CPR, error) {
	call := soap.CallFrom(ctx)
	if err := call.ActFor(string(jc)); err != nil {
		return "", planner.CPR{}, err
	}
	number, err := planner.ParseCPR(string(cpr))
	call.Asked.Citizen = number
	return planner.JobCenterCode(jc), number, err
}

// caller is who the headers tell is calling, and whose certificate they came with; for the audit trail. UserIdentifier may be a CPR and stays behind.
func caller(ctx context.Context) planner.Caller {
	call := soap.CallFrom(ctx)
	h, c := call.Headers, planner.Caller{From: "soap"}
	if call.CallerCVR != "" {
		c.From += " CVR:" + call.CallerCVR
	}
	if u := h.User; u != nil {
		c.OrganisationType, c.OrganisationCode = int(u.OrganisationTypeIdentifier), u.OrganisationCode
		c.UserType = int(u.RequestUserTypeIdentifier)
	}
	if o := h.Organisation; o != nil {
		c.OrganisationType, c.OrganisationCode = int(o.OrganisationTypeIdentifier), o.OrganisationCode
	}
	return c
}

func span(start, end wire.DateTime) (planner.Span, error) {
	if end.Before(start.Time) {
		return planner.Span{}, &planner.Error{Code: planner.CodeBadInterval}
	}
	return planner.Span{Start: start.Time, End: end.Time}, nil
}

func code(c booking.CodeListItemIdentifierType) int { return int(c.CodeListItemIdentifier) }

func optionalCode(c *booking.CodeListItemIdentifierType) *int {
	if c == nil {
		return nil
	}
	n := code(*c)
	return &n
}

func text(s *booking.CaseWorkerIdentifierType) string {
	if s == nil {
		return ""
	}
	return string(*s)
}
