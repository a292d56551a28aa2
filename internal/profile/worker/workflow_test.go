package worker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
)

// a bench is a store with all that assesses into it.
type bench struct {
	*apitest.Service
	activities *activities
}

func newBench(t *testing.T, adjust ...func(*apitest.Setup)) bench {
	t.Helper()
	var made *apitest.Setup
	s := world.Serve(t, store.Options{DataDir: t.TempDir()}, append(adjust, func(setup *apitest.Setup) { made = setup })...)
	return bench{s, &activities{made.Server.Watcher.(*assess.Watcher), time.Now}}
}

// every ten minutes, of two namespaces
var order = AssessClusterInput{
	ClusterID:  "eu",
	Namespaces: []string{"payments", "orders"},
	Every:      config.Duration(10 * time.Minute),
	Window:     config.Duration(15 * time.Minute),
}

// when the schedule of the order fires, for the window that ends at 9:20
var fired = apitest.Start.Add(20*time.Minute + 30*time.Second)

// environment of one run, which the schedule meant for a time.
func (b bench) environment(t *testing.T, at time.Time) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	registerAll(env, b.activities)
	if err := env.SetTypedSearchAttributesOnStart(
		temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyTime(scheduledStartAttribute).ValueSet(at)),
	); err != nil {
		t.Fatal(err)
	}
	return env
}

func (b bench) run(t *testing.T, o AssessClusterInput, at time.Time) ([]Outcome, error) {
	t.Helper()
	env := b.environment(t, at)
	env.ExecuteWorkflow(workflowName, o)
	if err := env.GetWorkflowError(); err != nil {
		return nil, err
	}
	var out []Outcome
	if err := env.GetWorkflowResult(&out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

// kept counts what the store has of windows.
func (b bench) kept(t *testing.T) (assessments, profiles int) {
	t.Helper()
	a, err := b.Kept.Assessments(t.Context(), store.AssessmentFilter{}, store.MaxLimit, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Kept.List(t.Context(), store.Filter{}, store.MaxLimit, "")
	if err != nil {
		t.Fatal(err)
	}
	return len(a.Assessments), len(p.Profiles)
}

// The window is the one before the time that the schedule meant, whenever it runs;
// run again, nothing is made.
func TestTheWindowThatTheScheduleMeant(t *testing.T) {
	b := newBench(t)
	first, err := b.run(t, order, fired)
	if err != nil {
		t.Fatal(err)
	}
	end := apitest.Start.Add(20 * time.Minute)
	for i, namespace := range order.Namespaces {
		if o := first[i]; o.Namespace != namespace || !o.WindowEnd.Equal(end) || o.Known || o.Health == "" {
			t.Errorf("%+v", o)
		}
		a, _, err := b.Kept.Assessment(t.Context(), first[i].AssessmentID)
		if err != nil || !a.WindowStart.Equal(end.Add(-15*time.Minute)) || a.Namespace != namespace {
			t.Errorf("%+v, %v", a, err)
		}
	}
	again, err := b.run(t, order, fired.Add(9*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		if !again[i].Known || again[i].AssessmentID != first[i].AssessmentID {
			t.Errorf("again: %+v after %+v", again[i], first[i])
		}
	}
	if a, p := b.kept(t); a != 2 || p != 2 {
		t.Errorf("%d assessments of %d profiles", a, p)
	}
}

// Four that run at once, as where two workers and a service do, keep it once.
func TestAtOnceItIsKeptOnce(t *testing.T) {
	b := newBench(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := b.run(t, order, fired); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if a, p := b.kept(t); a != 2 || p != 2 {
		t.Errorf("%d assessments of %d profiles", a, p)
	}
}

// A Prometheus that recovers is queried again, and the progress of a profile is sent as
// a heartbeat.
func TestFailuresThatPassAreRetried(t *testing.T) {
	var asked atomic.Int32
	prometheus := world.InterceptPrometheus(t, func(w http.ResponseWriter, _ *http.Request) bool {
		if asked.Add(1) <= 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	b := newBench(t, func(s *apitest.Setup) { s.Telemetry.URL = prometheus })
	env := b.environment(t, fired)
	var beats atomic.Int32
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var f heartbeatProgress
		if err := details.Get(&f); err != nil {
			t.Error(err)
		}
		beats.Add(1)
	})
	one := order
	one.Namespaces = one.Namespaces[:1]
	env.ExecuteWorkflow(workflowName, one)
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if n := beats.Load(); n < 2 {
		t.Errorf("%d heartbeats over two attempts", n)
	}
	if a, _ := b.kept(t); a != 1 {
		t.Errorf("%d assessments", a)
	}
}

// What stays wrong is not tried again, and keeps no other namespace from being
// assessed.
func TestFailuresThatStayAreNot(t *testing.T) {
	b := newBench(t, func(s *apitest.Setup) {
		s.Record.Clusters = map[string]record.Cluster{"eu": {Namespaces: []string{"payments"}}}
	})
	env := b.environment(t, fired)
	attempts := map[string]int{}
	var mu sync.Mutex
	env.SetOnActivityStartedListener(func(i *activity.Info, _ context.Context, _ converter.EncodedValues) {
		mu.Lock()
		defer mu.Unlock()
		attempts[i.ActivityType.Name]++
	})
	env.ExecuteWorkflow(workflowName, order)
	err := env.GetWorkflowError()
	var wrong *temporal.ApplicationError
	if !errors.As(err, &wrong) || wrong.Type() != typeAssessmentFailed ||
		!strings.Contains(err.Error(), `cluster "eu" has no namespace "orders" (use one of payments)`) {
		t.Errorf("%v", err)
	}
	if attempts[collectName] != 2 || attempts[storeName] != 1 {
		t.Errorf("%v", attempts)
	}
	if a, _ := b.kept(t); a != 1 {
		t.Errorf("%d assessments", a)
	}
}

// By a clock that is behind, the window is not over: it waits.
func TestAClockThatIsBehind(t *testing.T) {
	b := newBench(t)
	behind := order.toPlan().Ended(fired).Add(-3 * time.Second)
	b.activities.now = func() time.Time {
		behind = behind.Add(2 * time.Second)
		return behind
	}
	one := order
	one.Namespaces = nil
	if out, err := b.run(t, one, fired); err != nil || len(out) != 1 || out[0].Namespace != "" {
		t.Errorf("%+v, %v", out, err)
	}
}

// A plan is a schedule that fires when serve would assess.
func TestAScheduleFiresAsServeAssesses(t *testing.T) {
	for _, every := range []time.Duration{10 * time.Second, 15 * time.Second, time.Minute, 7 * time.Minute, time.Hour, 25 * time.Hour} {
		p := assess.Plan{ClusterID: "eu", Every: every, Window: time.Hour}
		fires := scheduleSpec(inputOf(p)).Intervals[0]
		for n := range int64(3) {
			at := time.Unix(0, 0).Add(time.Duration(1_000+n)*fires.Every + fires.Offset)
			end := p.Ended(at)
			if late := at.Sub(end); late != fires.Offset || late < p.Late() || late >= p.Late()+time.Second {
				t.Errorf("every %s: fires at %s for the window that ended %s before", every, at, late)
			}
		}
	}
}

// history is of a run on a real server; e2e/server writes it.
const history = "testdata/history.json"

func replay(does any) error {
	r := sdk.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(does, workflow.RegisterOptions{Name: workflowName})
	return r.ReplayWorkflowHistoryFromJSONFile(sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))), history)
}

// Runs in progress continue with this version of the workflow.
func TestReplay(t *testing.T) {
	if err := replay(assessCluster); err != nil {
		t.Errorf("%v\nruns that are under way would break: make it a version (workflow.GetVersion)", err)
	}
}

// The history tells a workflow that does otherwise.
func TestReplayTellsAnotherWorkflow(t *testing.T) {
	for name, other := range map[string]any{
		"another activity first": func(ctx workflow.Context, o AssessClusterInput) ([]Outcome, error) {
			ctx = workflow.WithActivityOptions(ctx, activityOptions(time.Minute, 0))
			return nil, workflow.ExecuteActivity(ctx, judgeName, o).Get(ctx, nil)
		},
		"a timer before": func(ctx workflow.Context, o AssessClusterInput) ([]Outcome, error) {
			if err := workflow.Sleep(ctx, time.Second); err != nil {
				return nil, err
			}
			return assessCluster(ctx, o)
		},
		"one namespace only": func(ctx workflow.Context, o AssessClusterInput) ([]Outcome, error) {
			o.Namespaces = o.Namespaces[:1]
			return assessCluster(ctx, o)
		},
	} {
		if err := replay(other); err == nil || !strings.Contains(err.Error(), "TMPRL1100") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
