package python

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// keywordOf says which keyword of Worker holds a parameter.
var keywordOf = map[string]string{
	"sdk.max_concurrent_workflow_tasks":    "max_concurrent_workflow_tasks",
	"sdk.max_concurrent_activities":        "max_concurrent_activities",
	"sdk.max_concurrent_local_activities":  "max_concurrent_local_activities",
	"sdk.max_concurrent_nexus_tasks":       "max_concurrent_nexus_tasks",
	"sdk.sticky_schedule_to_start_timeout": "sticky_queue_schedule_to_start_timeout",
	"sdk.sticky_cache_size":                "max_cached_workflows",
	"sdk.disable_eager_activities":         "disable_eager_activity_execution",
}

func TestPythonKeywordsAreTheWorkers_R4a3(t *testing.T) {
	known := workerParameters(t)
	for _, a := range compiled {
		t.Run(a.Name(), func(t *testing.T) {
			for keyword := range workerKeywords(t, path(t, a)) {
				if !known[keyword] {
					t.Errorf("Worker takes no keyword %q", keyword)
				}
			}
		})
	}
}

func TestPythonValuesAreTheProfiles_R4a3(t *testing.T) {
	for _, a := range compiled {
		t.Run(a.Name(), func(t *testing.T) {
			keywords := workerKeywords(t, path(t, a))
			for parameter, keyword := range keywordOf {
				want, ok := a.Profile.Value(parameter)
				if !ok || !same(keywords[keyword], want) {
					t.Errorf("%s is %v, the profile says %s %v", keyword, keywords[keyword], parameter, want)
				}
			}
		})
	}
}

func TestPythonTakesTheModesOfAWorker_R4a3(t *testing.T) {
	tuned, err := product.CompileTuned(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	known := workerParameters(t)
	calls := map[string]string{}
	for _, a := range append(tuned, compiled[0]) {
		keywords := workerKeywords(t, path(t, a))
		for keyword, value := range keywords {
			if !known[keyword] {
				t.Errorf("Worker takes no keyword %q", keyword)
			}
			if call, ok := value.(map[string]any); ok {
				calls[keyword], _ = call["call"].(string)
			}
		}
		if keywords["tuner"] != nil && keywords["max_concurrent_activities"] != nil {
			t.Error("Worker takes either a tuner or numbers of slots")
		}
	}
	for keyword, call := range map[string]string{
		"workflow_task_poller_behavior": "PollerBehaviorAutoscaling", "nexus_task_poller_behavior": "PollerBehaviorAutoscaling",
		"tuner": "create_resource_based", "deployment_config": "WorkerDeploymentConfig",
	} {
		if calls[keyword] != call {
			t.Errorf("%s is %q, want %q", keyword, calls[keyword], call)
		}
	}
}

func TestControlMisspeltKeywordIsFound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "worker_config.py")
	if err := os.WriteFile(file, []byte("options = dict(max_concurrent_activites=1)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if keywords := workerKeywords(t, file); len(keywords) != 1 || workerParameters(t)["max_concurrent_activites"] {
		t.Errorf("want one unknown keyword, got %v", keywords)
	}
}

// workerKeywords parses a file with Python.
func workerKeywords(t *testing.T, file string) map[string]any {
	t.Helper()
	var stderr bytes.Buffer
	parse := exec.Command("python3", "keywords.py", file)
	parse.Stderr = &stderr
	out, err := parse.Output()
	if err != nil {
		t.Fatalf("parse %s: %v\n%s", file, err, &stderr)
	}
	var keywords map[string]any
	if err := json.Unmarshal(out, &keywords); err != nil {
		t.Fatal(err)
	}
	return keywords
}

func workerParameters(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/worker_parameters.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			known[strings.TrimSpace(line)] = true
		}
	}
	return known
}

func path(t *testing.T, a product.Artefacts) string {
	t.Helper()
	path, err := a.Path("worker_config.py")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// same compares a constant of Python with a value of the profile, where a
// duration is text.
func same(python, profile any) bool {
	if delta, ok := python.(map[string]any); ok {
		text, _ := profile.(string)
		d, err := time.ParseDuration(text)
		seconds, _ := delta["seconds"].(float64)
		return err == nil && d == time.Duration(math.Round(seconds*1e6))*time.Microsecond
	}
	return python == profile
}
