package service

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/dfdgqueue"
)

// Where messages and notices are sent to us. The paths are ours: neither DFDG nor the standard has one.
const (
	pushPath     = "/dfdg/push"
	reliablePath = "/dfdg/reliable/{jobCenter}"
)

// Names of these services in the callers file. Their calls have no header, so that a caller with organisations is refused.
const (
	servicePush     = "DFDGPush"
	serviceReliable = "DFDGReliable"
)

// incoming serves what is sent to us, behind the same gate as SOAP.
func (p *Parts) incoming(c Config, mux *http.ServeMux, now func() time.Time, log *slog.Logger) {
	if p.pushed != nil {
		mux.Handle(pushPath, p.admit(servicePush, p.pushed, log))
	}
	if c.DFDG.Reliable {
		mux.Handle(reliablePath, p.admit(serviceReliable, dfdgqueue.NewReliable(dfdgqueue.ReliableConfig{
			Intake: p.intake, Sequences: p.DFDG, Now: now, Log: log,
			JobCenter: func(r *http.Request) (planner.JobCenterCode, bool) {
				jc := planner.JobCenterCode(r.PathValue("jobCenter"))
				return jc, c.DFDG.serves(r, jc)
			},
		}), log))
	}
}

type callKey struct{}

// admit lets through whom the gate lets through, and hands on for which job centres.
func (p *Parts) admit(service string, next http.Handler, log *slog.Logger) http.Handler {
	authorize := p.gate.Authorize(service)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := &soap.Call{Service: service}
		if err := authorize(r, call); err != nil {
			log.WarnContext(r.Context(), "caller refused", "service", service, "error", err)
			var fault *soap.Fault
			if errors.As(err, &fault) && fault.Blame == soap.BlameServer {
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, call)))
	})
}

// serves tells whether the job centre's messages come in here, from this caller.
func (c DFDGConfig) serves(r *http.Request, jc planner.JobCenterCode) bool {
	if !slices.Contains(c.JobCenters, string(jc)) {
		return false
	}
	call, ok := r.Context().Value(callKey{}).(*soap.Call)
	return ok && call.ActFor(string(jc)) == nil
}
