package service

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/syncdb"
	"kommunalplanner.example/sync/webhook"
)

// metrics are what /metrics tells. Labels are closed lists: no ids, no names.
type metrics struct {
	registry *prometheus.Registry
	graph    *prometheus.HistogramVec
	notices  *prometheus.CounterVec
	jobRun   *prometheus.HistogramVec
	jobWait  *prometheus.HistogramVec
	soap     *prometheus.HistogramVec
	looks    *prometheus.CounterVec
}

func newMetrics(pool *pgxpool.Pool, store *syncdb.Store, now func() time.Time) *metrics {
	buckets := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		graph:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "planner_graph_request_seconds", Help: "Requests to Microsoft Graph.", Buckets: buckets}, []string{"operation", "status"}),
		notices:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "planner_graph_notices_total", Help: "Change notices received."}, []string{"outcome"}),
		jobRun:   prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "planner_job_run_seconds", Help: "Jobs worked.", Buckets: buckets}, []string{"kind", "outcome"}),
		jobWait:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "planner_job_wait_seconds", Help: "Time jobs waited for a worker.", Buckets: buckets}, []string{"kind"}),
		soap:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "planner_soap_call_seconds", Help: "SOAP calls answered; fault 0 is none.", Buckets: buckets}, []string{"operation", "fault"}),
		looks:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "planner_live_looks_total", Help: "Looks at Graph for just the time that was about to be taken."}, []string{"outcome"}),
	}
	m.registry.MustRegister(m.graph, m.notices, m.jobRun, m.jobWait, m.soap, m.looks,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&fleet{pool: pool, store: store, now: now})
	return m
}

func (m *metrics) graphCall(c msgraph.Call) {
	m.graph.WithLabelValues(c.Operation, statusClass(c.Status)).Observe(c.Duration.Seconds())
}

func (m *metrics) looked(outcome string) { m.looks.WithLabelValues(outcome).Inc() }

func (m *metrics) noticed(c webhook.Counts) {
	m.notices.WithLabelValues("accepted").Add(float64(c.Accepted))
	m.notices.WithLabelValues("unknown").Add(float64(c.Unknown))
	m.notices.WithLabelValues("forged").Add(float64(c.Forged))
}

func (m *metrics) job(kind, outcome string, wait, run time.Duration) {
	m.jobRun.WithLabelValues(kind, outcome).Observe(run.Seconds())
	m.jobWait.WithLabelValues(kind).Observe(wait.Seconds())
}

func statusClass(status int) string {
	switch {
	case status == 0:
		return "none"
	case status == 429:
		return "429"
	default:
		return string(rune('0'+status/100)) + "xx"
	}
}

// fleet tells, at each scrape, how the calendars are: what to alert on is their age, not failures of jobs.
type fleet struct {
	pool  *pgxpool.Pool
	store *syncdb.Store
	now   func() time.Time

	mu   sync.Mutex
	at   time.Time
	rows []syncdb.MailboxRow
}

var (
	fleetState   = prometheus.NewDesc("planner_mailboxes", "Calendars by state.", []string{"state"}, nil)
	fleetAge     = prometheus.NewDesc("planner_calendar_age_seconds_max", "Age of the calendar that was read longest ago, of those that should be read.", nil, nil)
	fleetPending = prometheus.NewDesc("planner_pending_writes", "Bookings not yet told to Outlook.", nil, nil)
	fleetFlagged = prometheus.NewDesc("planner_flagged_events", "Events that wait for a person.", nil, nil)
	fleetExpiry  = prometheus.NewDesc("planner_subscription_remaining_seconds_min", "Time left of the subscription that ends first.", nil, nil)
	fleetSick    = prometheus.NewDesc("planner_mailboxes_in_quarantine", "Calendars that Graph cannot read, left unread for a while so that they do not hold up the others.", nil, nil)
	fleetShunned = prometheus.NewDesc("planner_mailboxes_read_page_by_page", "Calendars whose change feed is out of order.", nil, nil)
	fleetRefused = prometheus.NewDesc("planner_subscription_refused", "Calendars to which Graph refuses a subscription.", nil, nil)
	poolConns    = prometheus.NewDesc("planner_database_connections", "Connections of the pool.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (f *fleet) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{fleetState, fleetAge, fleetPending, fleetFlagged, fleetExpiry, fleetSick, fleetShunned, fleetRefused, poolConns} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. The rows are kept for ten seconds.
func (f *fleet) Collect(ch chan<- prometheus.Metric) {
	stat := f.pool.Stat()
	ch <- prometheus.MustNewConstMetric(poolConns, prometheus.GaugeValue, float64(stat.AcquiredConns()), "busy")
	ch <- prometheus.MustNewConstMetric(poolConns, prometheus.GaugeValue, float64(stat.IdleConns()), "idle")
	now := f.now()
	rows, err := f.read(now)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(fleetState, err)
		return
	}
	states := map[string]int{"new": 0, "active": 0, "held": 0, "denied": 0, "missing": 0, "paused": 0}
	var age, pending, flagged, sick, shunned, refused float64
	expiry := -1.0
	for _, r := range rows {
		states[r.State]++
		pending += float64(r.Pending)
		flagged += float64(r.Flagged)
		if r.State == "paused" {
			continue
		}
		if r.QuarantinedUntil != nil && r.QuarantinedUntil.After(now) {
			sick++
		}
		if r.FeedShunnedUntil != nil && r.FeedShunnedUntil.After(now) {
			shunned++
		}
		if r.SubscribeError != nil {
			refused++
		}
		if r.AsOf != nil {
			age = max(age, now.Sub(*r.AsOf).Seconds())
		}
		if left := r.SubscribedUntil.Sub(now).Seconds(); !r.SubscribedUntil.IsZero() && (expiry < 0 || left < expiry) {
			expiry = left
		}
	}
	for s, n := range states {
		ch <- prometheus.MustNewConstMetric(fleetState, prometheus.GaugeValue, float64(n), s)
	}
	ch <- prometheus.MustNewConstMetric(fleetAge, prometheus.GaugeValue, age)
	ch <- prometheus.MustNewConstMetric(fleetPending, prometheus.GaugeValue, pending)
	ch <- prometheus.MustNewConstMetric(fleetFlagged, prometheus.GaugeValue, flagged)
	ch <- prometheus.MustNewConstMetric(fleetSick, prometheus.GaugeValue, sick)
	ch <- prometheus.MustNewConstMetric(fleetShunned, prometheus.GaugeValue, shunned)
	ch <- prometheus.MustNewConstMetric(fleetRefused, prometheus.GaugeValue, refused)
	ch <- prometheus.MustNewConstMetric(fleetExpiry, prometheus.GaugeValue, expiry)
}

func (f *fleet) read(now time.Time) ([]syncdb.MailboxRow, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.at) < 10*time.Second && f.rows != nil {
		return f.rows, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	rows, err := f.store.Mailboxes(ctx)
	if err == nil {
		f.rows, f.at = rows, now
	}
	return rows, err
}
