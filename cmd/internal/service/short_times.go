package service

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

const (
	// shortWeeks are those counted, this one and the next.
	shortWeeks = 4
	// shortEvery is how old the count may be: all options of all job centres are asked for their times.
	shortEvery = 15 * time.Minute
)

// shortTimes tells of how many options there are few times or none. The worker's tick counts, a scrape tells what was counted. Options
// are counted, not named: labels are closed lists, and the page "Mangel på tider" has the names.
type shortTimes struct {
	planner *plannerdb.Store

	mu   sync.Mutex
	at   time.Time
	told []prometheus.Metric
}

var optionsByTimes = prometheus.NewDesc("planner_options_by_free_times",
	"Options by how many citizens can be met: none, few, or enough. Week 0 is this one, Danish time.", []string{"job_center", "week", "times"}, nil)

// Describe implements prometheus.Collector.
func (s *shortTimes) Describe(ch chan<- *prometheus.Desc) { ch <- optionsByTimes }

// Collect implements prometheus.Collector.
func (s *shortTimes) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.told {
		ch <- m
	}
}

// Count counts anew when it is time. One that finds another at it leaves it to that.
func (s *shortTimes) Count(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	due := now.Sub(s.at) >= shortEvery
	if due {
		s.at = now
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	centers, err := s.planner.JobCenters(ctx)
	if err != nil {
		return fmt.Errorf("list job centres to count their times: %w", err)
	}
	var told []prometheus.Metric
	for _, c := range centers {
		options, err := s.planner.Forecast(ctx, c.Code, shortWeeks)
		if err != nil {
			return fmt.Errorf("count times of job centre %s: %w", c.Code, err)
		}
		var none, few, enough [shortWeeks]int
		for _, o := range options {
			for i, w := range o.Weeks {
				switch {
				case w.Capacity == 0:
					none[i]++
				case w.Short(planner.FewTimes):
					few[i]++
				default:
					enough[i]++
				}
			}
		}
		for i := range shortWeeks {
			for times, n := range map[string]int{"none": none[i], "few": few[i], "enough": enough[i]} {
				told = append(told, prometheus.MustNewConstMetric(optionsByTimes, prometheus.GaugeValue, float64(n), string(c.Code), strconv.Itoa(i), times))
			}
		}
	}
	s.mu.Lock()
	s.told = told
	s.mu.Unlock()
	return nil
}
