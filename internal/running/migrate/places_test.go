package migrate_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
)

// searches are the constraints under which a server looks for a value of a task queue, in its order.
func searches(namespace, queue, kind string) []map[string]any {
	return []map[string]any{
		{"namespace": namespace, "taskQueueName": queue, "taskType": kind},
		{"namespace": namespace, "taskQueueName": queue},
		{"taskQueueName": queue},
		{"namespace": namespace},
		{},
	}
}

// lookup returns the value of a key as the server finds it in a dynamic config.
func lookup(t interface{ Fatal(...any) }, text, key, namespace, queue, kind string) any {
	var file map[string][]struct {
		Constraints map[string]any
		Value       any
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	for _, constraints := range searches(namespace, queue, kind) {
		for _, entry := range file[key] {
			if fmt.Sprint(entry.Constraints) == fmt.Sprint(constraints) {
				return entry.Value
			}
		}
	}
	return nil
}

// Values of namespaces and task queues that follow anyway are redundant and not written, all others are, and the server
// finds the same value everywhere after the move.
func TestP12RedundantByNamespaceAndTaskQueue(t *testing.T) {
	e := engine
	const key = "matching.numTaskqueueReadPartitions"
	namespaces, queues := []string{"payments", "orders"}, []string{"bulk", "fast"}
	kinds := []string{"Workflow", "Activity"}
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		at := filepath.Join(root, fmt.Sprintf("places%d", round))
		preset := rapid.SampledFrom(presets).Draw(t, "preset")
		base, err := e.Compile(compile.Request{Preset: preset, Platforms: []string{}, SDKs: []string{}})
		if err != nil {
			t.Fatal(err)
		}
		derived, isNumber := base.Profile.Values()[key].(float64)
		if !isNumber {
			t.Fatalf("%s is %v", key, base.Profile.Values()[key])
		}
		values := []int{int(derived), int(derived) + 1}
		q := compile.Request{Preset: preset, Platforms: []string{}, SDKs: []string{}}
		draw := func(place string) (int, bool) {
			return rapid.SampledFrom(values).Draw(t, "value of "+place), rapid.Bool().Draw(t, "has "+place)
		}
		for _, namespace := range namespaces {
			if value, has := draw(namespace); has {
				q.SetNamespaceValue(namespace, key, value)
			}
		}
		for _, queue := range queues {
			if value, has := draw(queue); has {
				q.SetTaskQueueValue(queue, nil, key, value)
			}
			for _, namespace := range namespaces {
				fields := map[string]string{"name": queue, "namespace": namespace}
				if value, has := draw(queue + " in " + namespace); has {
					q.SetTaskQueueValue(queue+"/"+namespace, fields, key, value)
				}
				if value, has := draw("workflow tasks of " + queue + " in " + namespace); has {
					typed := map[string]string{"name": queue, "namespace": namespace, "task_type": "workflow"}
					q.SetTaskQueueValue(queue+"/"+namespace+"/workflow", typed, key, value)
				}
			}
		}
		before, err := e.Compile(q)
		if err != nil {
			t.Fatal(err)
		}
		if len(before.Violations) > 0 {
			t.Fatal(before.Violations)
		}
		file := filepath.Join(at, "dynamic_config.yaml")
		writeFile(t, file, before.Files["dynamic_config.yaml"])
		found, err := migrate.ClassifySettings(t.Context(), e, migrate.Request{
			Settings: readSettings(t, at, map[string]deployed.Format{"dynamic_config.yaml": deployed.DynamicConfig}), Preset: preset,
		})
		if err != nil {
			t.Fatal(err)
		}
		draft, err := found.Draft(e, "moved", preset, "", []string{})
		if err != nil {
			t.Fatal(err)
		}
		after := compileDraft(t, e, filepath.Join(at, "moved"), draft)
		same := func(a, b string) string {
			for _, namespace := range append([]string{"other"}, namespaces...) {
				for _, queue := range append([]string{"other"}, queues...) {
					for _, kind := range kinds {
						x, y := lookup(t, a, key, namespace, queue, kind), lookup(t, b, key, namespace, queue, kind)
						if fmt.Sprint(x) != fmt.Sprint(y) {
							return fmt.Sprintf("%s tasks of %s in %s: %v before, %v after", kind, queue, namespace, x, y)
						}
					}
				}
			}
			return ""
		}
		if d := same(before.Files["dynamic_config.yaml"], after.Files["dynamic_config.yaml"]); d != "" {
			t.Error(d)
		}
		// each of those that are written makes a difference
		for n, place := range draft.Places {
			less := draft
			less.Places = append(append([]scaffold.DraftPlace{}, draft.Places[:n]...), draft.Places[n+1:]...)
			without := compileDraft(t, e, filepath.Join(at, "moved"), less)
			if same(after.Files["dynamic_config.yaml"], without.Files["dynamic_config.yaml"]) == "" {
				t.Errorf("%s %s makes no difference", place.Field, place.Label)
			}
		}
	})
}

// More values of namespaces than guard rails are evaluated for are a finding, which names the first of the others.
func TestManyPlacesAreReported(t *testing.T) {
	at := t.TempDir()
	text := strings.Builder{}
	text.WriteString("frontend.namespaceRPS:\n")
	for n := range 103 {
		fmt.Fprintf(&text, "- {value: %d, constraints: {namespace: n%d}}\n", 1000+n, n)
	}
	writeFile(t, filepath.Join(at, "dynamic_config.yaml"), text.String())
	check := func(context.Context, *artefact.Result) (report.Subject, error) { return report.Subject{}, nil }
	found, err := migrate.Run(t.Context(), engine, migrate.Request{
		Settings: readSettings(t, at, map[string]deployed.Format{"dynamic_config.yaml": deployed.DynamicConfig}),
	}, check)
	if err != nil {
		t.Fatal(err)
	}
	want := "guard rails are checked for the first 100 values of namespaces and task queues: not for frontend.namespaceRPS in n100 and 2 others"
	if len(found.Findings) != 1 || found.Findings[0].Message != want || found.Findings[0].Pos.Line != 102 {
		t.Errorf("got %+v", found.Findings)
	}
	var out strings.Builder
	found.Text(&out, report.Style{})
	if !strings.Contains(out.String(), want) {
		t.Errorf("the text does not say it:\n%s", out.String())
	}
}
