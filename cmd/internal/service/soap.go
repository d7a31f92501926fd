package service

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/planner/calendardb"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/callers"
	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/evidencedb"
	"kommunalplanner.example/soap/externalbooking"
	"kommunalplanner.example/soap/externalcalendar"
)

// bookingPath is where DFDG finds ExternalBookingService.
const bookingPath = "/3/ExternalBookingService.svc"

// forDFDGPath is where DFDG finds the calendar service's twin.
const forDFDGPath = "/1/ExternalCalendarServiceForDFDG.svc"

// CalendarConfig names the twin of PlannerExternalCalendarService, through which DFDG may pass on the Kommuneklients'
// calls. Its namespaces are not told publicly.
type CalendarConfig struct {
	Message string // PLANNER_FORDFDG_NAMESPACE: of the messages; empty: as PlannerExternalCalendarService's
	Action  string // PLANNER_FORDFDG_ACTION: soapAction up to and without "#Operation"
}

func calendarFromEnv(e *env) CalendarConfig {
	return CalendarConfig{
		Message: e.text("PLANNER_FORDFDG_NAMESPACE", ""),
		Action:  e.text("PLANNER_FORDFDG_ACTION", "http://service.bm.dk/pjaktass/1/ExternalCalendarServiceForDFDG"),
	}
}

// Answering is what SOAP needs besides the planner.
type Answering struct {
	Calendars *calendardb.Store
	Evidence  *evidencedb.Store

	gate     *callers.Gate // nil when no port looks at certificates
	sealer   *plannerdb.Sealer
	recorder *evidencedb.Recorder // nil when nothing is served
}

// soap serves DFDG and the Kommuneklients. It needs nothing but Postgres, so it answers when Microsoft does not.
func (p *Parts) soap(c Config, now func() time.Time, log *slog.Logger) (err error) {
	if p.gate, err = newGate(c, p.metrics, now, log); err != nil {
		return err
	}
	config := soap.Config{
		Logger: log, Now: now, CheckAnswers: c.ValidateSOAP, HashAnswers: true,
		Observe: func(call soap.Call) {
			p.metrics.soap.WithLabelValues(call.Operation, strconv.Itoa(call.Fault)).Observe(call.Duration.Seconds())
			if p.recorder != nil {
				p.recorder.Observe(call)
			}
		},
	}
	if c.ShowEnvelopes {
		config.Envelopes = func(ctx context.Context, call soap.Call, message, answer string) {
			log.InfoContext(ctx, "soap envelopes", "service", call.Service, "operation", call.Operation, "message", message, "answer", answer)
		}
	}
	at := func(service, path string, names contract.Names) soap.Config {
		config := config
		config.Authorize = p.gate.Authorize(service)
		config.Names = names
		if c.PublicURL != "" {
			config.PublicURL = c.PublicURL + path
		}
		return config
	}
	mux := http.NewServeMux()
	mux.Handle(bookingPath, externalbooking.New(p.Planner, at(contract.ExternalBooking.Name, bookingPath, contract.Names{})))
	mux.Handle(externalcalendar.Path, externalcalendar.New(p.Calendars, at(contract.ExternalCalendar.Name, externalcalendar.Path, contract.Names{})))
	twin := contract.Names{Target: c.Calendar.Action, Action: c.Calendar.Action, Message: c.Calendar.Message}
	mux.Handle(forDFDGPath, externalcalendar.New(p.Calendars, at("ExternalCalendarServiceForDFDG", forDFDGPath, twin)))
	p.incoming(c, mux, now, log)
	p.SOAP = p.withHealth(mux)
	return nil
}

func newAnswering(pool *pgxpool.Pool, jobs calendardb.Outbox, sealer *plannerdb.Sealer, now func() time.Time, log *slog.Logger) Answering {
	return Answering{
		Calendars: calendardb.New(pool, jobs, now, log), Evidence: evidencedb.NewStore(pool, sealer, now), sealer: sealer,
	}
}

// answeringUpkeep is what a tick does, with what SOAP stores looked after as well.
type answeringUpkeep struct {
	jobs.Upkeep
	Answering
}

// Prune implements jobs.Upkeep.
func (u answeringUpkeep) Prune(ctx context.Context, now time.Time) error {
	return errors.Join(u.Upkeep.Prune(ctx, now), u.Calendars.Prune(ctx, now))
}

// record begins to write SOAP calls down, and gives what ends it, once nothing is served any more.
func (p *Parts) record(ctx context.Context, log *slog.Logger) (stop func()) {
	if p.SOAP == nil {
		return func() {}
	}
	r := evidencedb.NewRecorder(p.Pool, evidencedb.Options{Hasher: p.sealer, Log: log})
	p.recorder = r
	p.metrics.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "planner_soap_calls_not_recorded_total", Help: "SOAP calls that were not written down as evidence.",
	}, func() float64 { return float64(r.Dropped()) }))
	return func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		if err := r.Close(end); err != nil {
			log.ErrorContext(ctx, "evidence is incomplete", "error", err)
		}
	}
}
