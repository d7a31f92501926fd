package service

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/externalbooking"
)

// bookingPath is where DFDG finds ExternalBookingService.
const bookingPath = "/3/ExternalBookingService.svc"

// soap serves DFDG. It needs nothing but Postgres, so it answers when Microsoft does not.
func (p *Parts) soap(c Config, now func() time.Time, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	config := soap.Config{
		Logger: log, Now: now, CheckAnswers: c.ValidateSOAP,
		Observe: func(call soap.Call) {
			p.metrics.soap.WithLabelValues(call.Operation, strconv.Itoa(call.Fault)).Observe(call.Duration.Seconds())
		},
	}
	if c.PublicURL != "" {
		config.PublicURL = c.PublicURL + bookingPath
	}
	mux.Handle(bookingPath, externalbooking.New(p.Planner, config))
	return mux
}
