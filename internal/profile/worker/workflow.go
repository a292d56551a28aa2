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

// Registered names of the workflow and its activities. Running workflows refer to them, so they must not change.
const (
	workflowName = "AssessCluster"
	collectName  = "CollectProfile"
	judgeName    = "JudgeProfile"
	storeName    = "StoreAssessment"
)

// AssessClusterInput is the plan of a cluster, as its schedule passes it.
type AssessClusterInput struct {
	ClusterID  string          `json:"cluster_id"`
	Namespaces []string        `json:"namespaces,omitempty"` // each assessed separately; empty means the whole cluster
	Every      config.Duration `json:"every"`
	Window     config.Duration `json:"window"`
	Preset     string          `json:"preset_name,omitempty"`
	Except     []string        `json:"except,omitempty"` // promised metrics to leave out
}

func inputOf(p assess.Plan) AssessClusterInput {
	return AssessClusterInput{p.ClusterID, p.Namespaces, config.Duration(p.Every), config.Duration(p.Window), p.Preset, p.Except}
}

func (o AssessClusterInput) toPlan() assess.Plan {
	return assess.Plan{
		ClusterID:  o.ClusterID,
		Namespaces: o.Namespaces,
		Every:      time.Duration(o.Every),
		Window:     time.Duration(o.Window),
		Preset:     o.Preset,
		Except:     o.Except,
	}
}

// Outcome summarises the assessment of one window.
type Outcome struct {
	Namespace    string    `json:"namespace,omitempty"`
	WindowEnd    time.Time `json:"time_window_end"`
	AssessmentID string    `json:"assessment_id"`
	Health       string    `json:"health"`
	// whether it existed already
	Known bool `json:"known"`
}

func newOutcome(a assess.DetailedAssessment, known bool) *Outcome {
	return &Outcome{a.Namespace, a.WindowEnd, a.ID, a.Health, known}
}

// assessmentTimeout is how long a window is worth assessing, for example while its Prometheus is down.
const assessmentTimeout = 6 * time.Hour

// retryPolicy retries an activity until assessmentTimeout, except for permanent errors.
func retryPolicy() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute, NonRetryableErrorTypes: nonRetryable,
	}
}

func activityOptions(once, beat time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		StartToCloseTimeout:    once,
		ScheduleToCloseTimeout: assessmentTimeout,
		HeartbeatTimeout:       beat,
		RetryPolicy:            retryPolicy(),
	}
}

// assessCluster assesses the window that ended before the scheduled time, for each namespace. Late and repeated runs
// assess the same window. A failing namespace does not stop the others.
func assessCluster(ctx workflow.Context, o AssessClusterInput) ([]Outcome, error) {
	p := o.toPlan()
	if p.Every <= 0 || p.Window <= 0 {
		return nil, temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("a window of %s every %s is not valid", p.Window, p.Every),
			typeInvalid,
			nil,
		)
	}
	requests := p.Windows(p.Ended(scheduledTime(ctx)))
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
		return nil, temporal.NewApplicationErrorWithCause(strings.Join(said, "; "), typeAssessmentFailed, first)
	}
	return outcomes, nil
}

func assessWindow(ctx workflow.Context, q assess.Window) (*Outcome, error) {
	var collected CollectResult
	collecting := workflow.WithActivityOptions(ctx, activityOptions(10*time.Minute, 30*time.Second))
	if err := workflow.ExecuteActivity(collecting, collectName, q).Get(ctx, &collected); err != nil || collected.Known != nil {
		return collected.Known, err
	}
	var judged assess.DetailedAssessment
	judging := workflow.WithActivityOptions(ctx, activityOptions(2*time.Minute, 0))
	if err := workflow.ExecuteActivity(judging, judgeName, q, collected.ProfileID).Get(ctx, &judged); err != nil {
		return nil, err
	}
	var kept *Outcome
	storing := workflow.WithActivityOptions(ctx, activityOptions(time.Minute, 0))
	return kept, workflow.ExecuteActivity(storing, storeName, judged).Get(ctx, &kept)
}

// scheduledStartAttribute is the search attribute with the scheduled start time.
const scheduledStartAttribute = "TemporalScheduledStartTime"

// scheduledTime returns the time a schedule planned to fire, or the start time of a workflow started by hand.
func scheduledTime(ctx workflow.Context) time.Time {
	info := workflow.GetInfo(ctx)
	var at time.Time
	//nolint:staticcheck // typed search attributes need a server that states the type
	payload := info.SearchAttributes.GetIndexedFields()[scheduledStartAttribute]
	if payload != nil && converter.GetDefaultDataConverter().FromPayload(payload, &at) == nil {
		return at
	}
	return info.WorkflowStartTime
}
