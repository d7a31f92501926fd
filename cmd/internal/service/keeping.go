package service

import (
	"github.com/prometheus/client_golang/prometheus"

	"kommunalplanner.example/planner/plannerdb"
)

// keeping tells how much of what citizens ask is answered from memory.
type keeping struct{ planner *plannerdb.Store }

var (
	keptAnswers   = prometheus.NewDesc("planner_kept_answers_total", "Answers about times that were in memory, or had to be made.", []string{"outcome"}, nil)
	keptQuestions = prometheus.NewDesc("planner_kept_questions_total", "Questions that looked for changes before they were answered from memory.", nil, nil)
	keptLooks     = prometheus.NewDesc("planner_kept_looks_total", "Looks for changes; several questions share one.", nil, nil)
	keptCalendars = prometheus.NewDesc("planner_kept_calendars_read_total", "Calendars read into memory.", nil, nil)
	keptBytes     = prometheus.NewDesc("planner_kept_bytes", "About how much memory the kept answers and calendars take.", nil, nil)
)

// Describe implements prometheus.Collector.
func (keeping) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{keptAnswers, keptQuestions, keptLooks, keptCalendars, keptBytes} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (k keeping) Collect(ch chan<- prometheus.Metric) {
	s, on := k.planner.Kept()
	if !on {
		return
	}
	ch <- prometheus.MustNewConstMetric(keptAnswers, prometheus.CounterValue, float64(s.Hits), "kept")
	ch <- prometheus.MustNewConstMetric(keptAnswers, prometheus.CounterValue, float64(s.Misses), "made")
	ch <- prometheus.MustNewConstMetric(keptQuestions, prometheus.CounterValue, float64(s.Questions))
	ch <- prometheus.MustNewConstMetric(keptLooks, prometheus.CounterValue, float64(s.Looks))
	ch <- prometheus.MustNewConstMetric(keptCalendars, prometheus.CounterValue, float64(s.Calendars))
	ch <- prometheus.MustNewConstMetric(keptBytes, prometheus.GaugeValue, float64(s.Bytes))
}
