package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// historyVariable names a file that the history of a run is written into: that
// which internal/profile/worker replays.
const historyVariable = "E2E_HISTORY"

// Two workers and a service that assesses by itself share a store: the schedule
// that the workers make fires, and each window is kept once. What runs again makes
// nothing new, and the schedules follow the configuration.
func TestWorkersAssessOnSchedules(t *testing.T) {
	server := startServer(t, compiled[0])
	temporal := dial(t, server)
	dir := t.TempDir()
	prometheus := startPrometheus(t)
	configured := func(clusters string) string {
		t.Helper()
		name := filepath.Join(dir, fmt.Sprintf("service-%d.json", len(clusters)))
		text := fmt.Sprintf(
			`{"data_dir": %q, "prometheus": {"url": %q}, "clusters": {%s}}`,
			filepath.Join(dir, "data"),
			prometheus,
			clusters,
		)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	both := configured(
		`"eu": {"namespaces": ["payments", "orders"], "assess": {"every": "10s", "window": "5m"}}, "us": {"assess": ` +
			`{"every": "1h", "window": "1h"}}`,
	)
	work := func(config string) *exec.Cmd {
		t.Helper()
		cmd, err := product.Command(
			dir,
			"worker",
			"--config",
			config,
			"--address",
			server.HostPort,
			"--temporal-namespace",
			server.Namespace,
			"--listen",
			"127.0.0.1:0",
		)
		if err != nil {
			t.Fatal(err)
		}
		probes := listening(t, cmd, cmd.StdoutPipe, regexp.MustCompile(`^worker of task queue temporal-dsql at .*, probes at (\S+)`))
		if text := fetched(t, probes+"/metrics"); !strings.Contains(text, "temporal_worker_start_total") {
			t.Errorf("the worker does not show what the SDK counts: %.300s", text)
		}
		fetched(t, probes+"/readyz")
		return cmd
	}
	first := work(both)
	work(both)
	serve, err := product.Command(dir, "serve", "--config", both, "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := listening(t, serve, serve.StdoutPipe, regexp.MustCompile(`^serving at (\S+)`))

	type assessment struct {
		ID, Namespace string
		ClusterID     string    `json:"cluster_id"`
		End           time.Time `json:"time_window_end"`
	}
	kept := func(command ...string) (all []assessment) {
		t.Helper()
		out, err := exec.Command(serve.Path, append(command, "--limit", "0", "--server", url, "-o", "json")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	schedule := temporal.ScheduleClient().GetHandle(t.Context(), "temporal-dsql/eu")
	var runs []client.ScheduleActionResult
	await(t, "three runs of the schedule", func() bool {
		said, err := schedule.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		runs = said.Info.RecentActions
		return len(runs) >= 3
	})
	var end time.Time
	for i, run := range runs {
		outcomes := result(t, temporal, run.StartWorkflowResult.WorkflowID)
		if len(outcomes) != 2 || outcomes[0].Namespace != "payments" || outcomes[0].Health != "unknown" {
			t.Errorf("%s: %+v", run.StartWorkflowResult.WorkflowID, outcomes)
		}
		if late := run.ScheduleTime.Sub(outcomes[0].End); late != time.Second {
			t.Errorf("meant for %s, the window ends %s before", run.ScheduleTime, late)
		}
		if i == 0 {
			end = outcomes[0].End
			keepHistory(t, temporal, run.StartWorkflowResult.WorkflowID)
		}
	}
	once := func() {
		t.Helper()
		for what, all := range map[string][]assessment{"assessments": kept("assess", "list"), "profiles": kept("profile", "list")} {
			seen := map[string]int{}
			for _, a := range all {
				seen[a.ClusterID+"/"+a.Namespace+" "+a.End.String()]++
			}
			if len(seen) < 6 {
				t.Errorf("%d %s", len(seen), what)
			}
			for of, n := range seen {
				if n != 1 {
					t.Errorf("%s of %s are kept %d times", what, of, n)
				}
			}
		}
	}
	once()

	// a window that is asked for again is known
	backfill := client.ScheduleBackfill{Start: end, End: end.Add(2 * time.Second), Overlap: enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL}
	if err := schedule.Backfill(t.Context(), client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{backfill}}); err != nil {
		t.Fatal(err)
	}
	await(t, "the window again", func() bool {
		id := runs[0].StartWorkflowResult.WorkflowID
		said, err := temporal.DescribeWorkflowExecution(t.Context(), id, "")
		if err != nil {
			t.Fatal(err)
		}
		if said.WorkflowExecutionInfo.Execution.RunId == runs[0].StartWorkflowResult.FirstExecutionRunID {
			return false
		}
		for _, o := range result(t, temporal, id) {
			if !o.Known || !o.End.Equal(end) {
				t.Errorf("again: %+v", o)
			}
		}
		return true
	})
	once()

	// another configuration: what it does not name goes, what it changes is changed,
	// and who has paused a schedule keeps it paused
	if err := schedule.Pause(t.Context(), client.SchedulePauseOptions{Note: "quiet, please"}); err != nil {
		t.Fatal(err)
	}
	work(configured(`"eu": {"assess": {"every": "20s", "window": "5m"}}`))
	await(t, "the schedule of us to be removed", func() bool { return slices.Equal(scheduled(t, temporal), []string{"temporal-dsql/eu"}) })
	said, err := schedule.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if every := said.Schedule.Spec.Intervals[0].Every; every != 20*time.Second || !said.Schedule.State.Paused {
		t.Errorf("every %s, %+v", every, said.Schedule.State)
	}

	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("a worker that is told to end: %v", err)
	}
}

func scheduled(t *testing.T, c client.Client) (ids []string) {
	t.Helper()
	all, err := c.ScheduleClient().List(t.Context(), client.ScheduleListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for all.HasNext() {
		each, err := all.Next()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, each.ID)
	}
	slices.Sort(ids)
	return ids
}

type outcome struct {
	Namespace, Health string
	Known             bool
	End               time.Time `json:"time_window_end"`
}

func result(t *testing.T, c client.Client, workflow string) (all []outcome) {
	t.Helper()
	limited, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := c.GetWorkflow(limited, workflow, "").Get(limited, &all); err != nil {
		t.Fatalf("%s: %v", workflow, err)
	}
	return all
}

// keepHistory keeps the history of a run, where somebody asks for it.
func keepHistory(t *testing.T, c client.Client, workflow string) {
	t.Helper()
	name := os.Getenv(historyVariable)
	if name == "" {
		return
	}
	h := &historypb.History{}
	for events := c.GetWorkflowHistory(t.Context(), workflow, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	data, err := temporalproto.CustomJSONMarshalOptions{Indent: "  "}.Marshal(h)
	if err == nil {
		err = os.WriteFile(name, append(data, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func fetched(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", url, answer.Status, err, text)
	}
	return string(text)
}

// await waits until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(2 * time.Minute); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
