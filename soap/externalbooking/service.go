package externalbooking

import (
	"log/slog"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/wire/booking"
)

// Path is where the service lives by default.
const Path = "/3/ExternalBookingService.svc"

type service struct {
	planner Planner
	log     *slog.Logger
}

// New serves ExternalBookingService from p.
func New(p Planner, config soap.Config) *soap.Server {
	log := config.Logger
	if log == nil {
		log = slog.Default()
	}
	return soap.NewServer(contract.ExternalBooking, booking.Contract(&service{p, log}), config)
}

var _ booking.Service = (*service)(nil)
