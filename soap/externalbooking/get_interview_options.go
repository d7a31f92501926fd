package externalbooking

import (
	"context"
	"log/slog"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/bookingform"
	"kommunalplanner.example/soap/wire/booking"
)

// GetSelfbookInterviewOptions tells which kinds of meeting a citizen may book. The citizen's data are
// matched against each option's search rules. HasExternalOperatorReferral and AbsenceCollection are
// deprecated and never decided on.
func (s *service) GetSelfbookInterviewOptions(ctx context.Context, r *booking.GetSelfbookInterviewOptionsRequest) (*booking.GetSelfbookInterviewOptionsResponse, error) {
	jc, cpr, err := who(ctx, r.JobCenterCode, r.PersonCivilRegistrationIdentifier)
	if err != nil {
		return nil, err
	}
	citizen := planner.Citizen{CPR: cpr, ContactGroup: code(r.ContactGroupTypeIdentifier)}
	if c := r.PersonCategory; c != nil && c.PersonCategoryTypeIdentifier != nil {
		category := code(*c.PersonCategoryTypeIdentifier)
		citizen.PersonCategory = &category
	}
	if c := r.PersonGroupProjectIdentifierCollection; c != nil {
		citizen.PersonGroupProjects = c.PersonGroupProjectIdentifier
	}
	options, err := s.planner.InterviewOptions(ctx, jc, citizen)
	if err != nil {
		return nil, err
	}
	offered := make([]booking.InterviewOptionType, 0, len(options))
	for _, o := range options {
		if len(o.ContactTypes) == 0 {
			// The contract needs one, and without it nothing could be booked.
			s.log.WarnContext(ctx, "option without contact type is not offered", slog.Any("option", o.ID))
			continue
		}
		offered = append(offered, interviewOption(o))
	}
	soap.CallFrom(ctx).Offered = len(offered)
	return &booking.GetSelfbookInterviewOptionsResponse{
		InterviewOptionCollection: &booking.InterviewOptionCollectionType{InterviewOption: offered},
	}, nil
}

func interviewOption(o planner.OfferedOption) booking.InterviewOptionType {
	w := booking.InterviewOptionType{
		InterviewOptionID:                        o.ID,
		InterviewTypeIdentifier:                  bookingform.Code(o.InterviewType),
		InterviewFormTypeIdentifier:              bookingform.Code(o.InterviewForm),
		InterviewContactTypeIdentifierCollection: contactTypes(o.ContactTypes),
		InterviewLocationDetail:                  bookingform.Location(o.Location),
		MeetingDurationMinutes:                   int32(o.Duration.Minutes()),
		IsCompulsory:                             o.IsCompulsory,
		MeetingTitle:                             bookingform.Optional[booking.MeetingTitleType](o.Title, bookingform.MaxTitle),
		MeetingDescription:                       bookingform.Optional[booking.MeetingDescriptionType](o.Description, bookingform.MaxDescription),
	}
	if !o.First.IsZero() {
		w.FirstTimeslot = at(o.First)
	}
	if !o.Last.IsZero() {
		w.LastTimeslot = at(o.Last)
	}
	return w
}
