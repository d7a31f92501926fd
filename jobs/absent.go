package jobs

import (
	"context"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgregister"
)

// absent stands in for what this process is not told of, DFDG above all: its jobs wait for a process that is. Every
// process knows every kind of job, or River's rescuer would discard those it does not know.
type absent struct{}

type notHere struct{}

func (notHere) Error() string { return "not configured in this process" }

// RetryAfter implements the advice interface that outcome reads.
func (notHere) RetryAfter() time.Duration { return 10 * time.Minute }

func (absent) Poll(context.Context, planner.JobCenterCode) (dfdgqueue.Outcome, error) {
	return dfdgqueue.Outcome{}, notHere{}
}

func (absent) Report(context.Context) (dfdgregister.Outcome, error) {
	return dfdgregister.Outcome{}, notHere{}
}

func (absent) CarryOut(context.Context, uuid.UUID) (bool, error) { return false, notHere{} }
