package worker

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
)

// Names by which a Temporal server knows the workflow and its activities: what
// runs already refers to them.
const (
	workflowName = "AssessCluster"
	collectName  = "CollectProfile"
	judgeName    = "JudgeProfile"
	storeName    = "StoreAssessment"
)

// An Order is what a schedule asks for: the plan of a cluster.
type Order struct {
	ClusterID  string          `json:"cluster_id"`
	Namespaces []string        `json:"namespaces,omitempty"` // each by itself; none is the whole cluster
	Every      config.Duration `json:"every"`
	Window     config.Duration `json:"window"`
	Preset     string          `json:"preset_name,omitempty"`
}

func orderOf(p assess.Plan) Order {
	return Order{p.ClusterID, p.Namespaces, config.Duration(p.Every), config.Duration(p.Window), p.Preset}
}

func (o Order) plan() assess.Plan {
	return assess.Plan{ClusterID: o.ClusterID, Namespaces: o.Namespaces, Every: time.Duration(o.Every), Window: time.Duration(o.Window), Preset: o.Preset}
}

// An Outcome is what became of one window.
type Outcome struct {
	Namespace    string    `json:"namespace,omitempty"`
	WindowEnd    time.Time `json:"time_window_end"`
	AssessmentID string    `json:"assessment_id"`
	Health       string    `json:"health"`
	// whether somebody else had assessed it
	Known bool `json:"known"`
}

func outcome(a assess.Detailed, known bool) *Outcome {
	return &Outcome{a.Namespace, a.WindowEnd, a.ID, a.Health, known}
}

// patience is how long a window is worth assessing: its Prometheus may be away.
const patience = 6 * time.Hour

// retries of an activity: as long as patience lasts, but not of what stays wrong.
func retries() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute, NonRetryableErrorTypes: hopeless,
	}
}

func options(once, beat time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{StartToCloseTimeout: once, ScheduleToCloseTimeout: patience, HeartbeatTimeout: beat, RetryPolicy: retries()}
}

// assessCluster assesses the window that ended before the time that the schedule
// meant, one of each namespace. When it runs, and how often, makes no difference.
// What one namespace fails at keeps no other from being assessed.
func assessCluster(ctx workflow.Context, o Order) ([]Outcome, error) {
	p := o.plan()
	if p.Every <= 0 || p.Window <= 0 {
		return nil, temporal.NewNonRetryableApplicationError(fmt.Sprintf("a window of %s every %s cannot be assessed", p.Window, p.Every), invalid, nil)
	}
	requests := p.Requests(p.Ended(meant(ctx)))
	found, errs := make([]*Outcome, len(requests)), make([]error, len(requests))
	all := workflow.NewWaitGroup(ctx)
	for i, q := range requests {
		all.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			found[i], errs[i] = assessWindow(ctx, q)
			all.Done()
		})
	}
	all.Wait(ctx)
	var outcomes []Outcome
	var said []string
	var first error
	for i, q := range requests {
		if errs[i] == nil {
			outcomes = append(outcomes, *found[i])
			continue
		}
		said = append(said, fmt.Sprintf("namespace %q: %v", q.Namespace, errs[i]))
		first = cmp.Or(first, errs[i])
	}
	if first != nil {
		return nil, temporal.NewApplicationErrorWithCause(strings.Join(said, "; "), failed, first)
	}
	return outcomes, nil
}

func assessWindow(ctx workflow.Context, q assess.Request) (*Outcome, error) {
	var collected Collected
	collecting := workflow.WithActivityOptions(ctx, options(10*time.Minute, 30*time.Second))
	if err := workflow.ExecuteActivity(collecting, collectName, q).Get(ctx, &collected); err != nil || collected.Known != nil {
		return collected.Known, err
	}
	var judged assess.Detailed
	judging := workflow.WithActivityOptions(ctx, options(2*time.Minute, 0))
	if err := workflow.ExecuteActivity(judging, judgeName, q, collected.ProfileID).Get(ctx, &judged); err != nil {
		return nil, err
	}
	var kept *Outcome
	storing := workflow.WithActivityOptions(ctx, options(time.Minute, 0))
	return kept, workflow.ExecuteActivity(storing, storeName, judged).Get(ctx, &kept)
}

// scheduled is the search attribute by which a schedule tells when it meant to fire.
const scheduled = "TemporalScheduledStartTime"

// meant is the time that the schedule meant, whenever it has fired; of a workflow
// that was started by hand, its start.
func meant(ctx workflow.Context) time.Time {
	info := workflow.GetInfo(ctx)
	var at time.Time
	payload := info.SearchAttributes.GetIndexedFields()[scheduled] //nolint:staticcheck // a typed one takes a server that states its type
	if payload != nil && converter.GetDefaultDataConverter().FromPayload(payload, &at) == nil {
		return at
	}
	return info.WorkflowStartTime
}
