package migrate_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
)

// What a service states of its own is all that is written for it: what follows from it is redundant, and with it a
// compile gives each service the same environment again.
func TestP12RedundantByService(t *testing.T) {
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		preset := rapid.SampledFrom(presets).Draw(t, "preset")
		stated := map[string]map[string]any{}
		services := rapid.SampledFrom([]string{"history", "matching", "frontend", "worker"})
		for _, service := range rapid.SliceOfNDistinct(services, 1, 3, rapid.ID).Draw(t, "services") {
			stated[service] = map[string]any{}
			if rapid.Bool().Draw(t, "conns of "+service) {
				stated[service]["persistence.maxConns"] = rapid.IntRange(11, 60).Draw(t, "maxConns of "+service)
			}
			if len(stated[service]) == 0 || rapid.Bool().Draw(t, "rate of "+service) {
				stated[service]["dsql.connection_burst_limit"] = rapid.IntRange(5, 90).Draw(t, "burst of "+service)
			}
		}
		checkServiceValues(t, filepath.Join(root, fmt.Sprintf("services%d", round)), preset, stated)
	})
}

// Four services with four values: each keeps its own.
func TestEachServiceKeepsItsValue(t *testing.T) {
	checkServiceValues(t, filepath.Join(root, "four_values"), "mid-scale", map[string]map[string]any{
		"matching": {"dsql.connection_burst_limit": 6},
		"frontend": {"dsql.connection_burst_limit": 9},
		"history":  {"dsql.connection_burst_limit": 30},
	})
}

// checkServiceValues compiles a preset with values of services, moves the result over, and compiles it again.
func checkServiceValues(t rapid.TB, at, preset string, stated map[string]map[string]any) {
	e := engine
	q := compile.Request{Preset: preset, Platforms: []string{"compose"}, SDKs: []string{}}
	for service, values := range stated {
		for key, value := range values {
			q.SetServiceValue(service, key, value)
		}
	}
	before, err := e.Compile(q)
	if err != nil {
		t.Fatal(err)
	}
	if len(before.Violations) > 0 {
		t.Skip(before.Violations)
	}
	for name, text := range before.Files {
		writeFile(t, filepath.Join(at, name), text)
	}
	found, err := migrate.ClassifySettings(context.Background(), e, migrate.Request{
		Settings: readSettings(t, at, map[string]deployed.Format{"compose.override.yaml": deployed.Compose}), Preset: q.Preset,
	})
	if err != nil {
		t.Fatal(err)
	}
	draft, err := found.Draft(e, "moved", q.Preset, "", q.Platforms)
	if err != nil {
		t.Fatal(err)
	}
	// of two or three, their common value can become the one that holds for all
	if isAlone := len(stated) == 1; isAlone {
		for _, o := range draft.Overrides {
			t.Errorf("%s = %v holds for all services", o.Key, o.Value)
		}
		for _, place := range draft.Places {
			for _, o := range place.Overrides {
				if value, ok := stated[place.Label][o.Key]; !ok || fmt.Sprint(value) != fmt.Sprint(o.Value) {
					t.Errorf("%s has %s = %v, and was %v", place.Label, o.Key, o.Value, stated)
				}
			}
		}
	}
	after := compileDraft(t, e, filepath.Join(at, "moved"), draft)
	for _, service := range []string{"history", "matching", "frontend", "worker"} {
		if d := cmp.Diff(environment(before.Files, service), environment(after.Files, service)); d != "" {
			t.Errorf("%s: %s", service, d)
		}
	}
}

// environment returns the variables of a service: those of all, and its own.
func environment(files map[string]string, service string) map[string]string {
	all := map[string]string{}
	for _, name := range []string{"dsql.env", "dsql." + service + ".env"} {
		for line := range strings.Lines(settingLines(files[name])) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
				all[key] = value
			}
		}
	}
	return all
}
