package lint

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile/compiletest"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// interplayRules are the rules about values that another value replaces, switches off or undercuts.
var interplayRules = []string{"replaced_key", "switched_off_key", "undercut_key", "unread_key", "blocking_value"}

// P35: a compile writes no dynamic-config key that the server does not use, with every preset, modifier and server.
func TestWrittenKeysAreUsed_P35(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	names, err := compiletest.ListNames(e)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, server := range []string{"1.29", "1.30", "1.31", "1.32"} {
		for _, preset := range names.Presets {
			// (each modifier with some preset and server, and each preset with each server)
			modifier := names.Modifiers[n%len(names.Modifiers)]
			n++
			r := compile.Request{Preset: preset, Modifier: modifier, TemporalVersion: server, SDKs: []string{}, Platforms: []string{}}
			out, err := e.Compile(r)
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Warnings) > 0 {
				t.Errorf("%s %s %s: %v", server, preset, modifier, out.Warnings)
			}
			if found := lintWritten(t, e, out, server); len(found) > 0 {
				t.Errorf("%s %s %s: %s", server, preset, modifier, found)
			}
		}
	}
}

// A compile says of an override what lint says of the file: it is written, whether the server uses it or not.
func TestCompileJudgesOverridesAsLint(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	dead, kept := 0, 0
	var cases []interplayCase
	for n, c := range readInterplay(t) {
		if n%20 == 0 || strings.Contains(c.line, "@") || strings.Contains(c.line, "syncMatch") { // (for the time that it takes)
			cases = append(cases, c)
		}
	}
	chosen := rapidtest.Choose(len(cases))
	for _, i := range chosen {
		c := cases[i]
		r := requestOf(t, e, c)
		out, err := e.Compile(r)
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		var unused, others []string
		for _, v := range slices.Concat(out.Warnings, out.Violations) {
			if !slices.Contains(interplayRules, v.RuleName) {
				continue
			}
			if v.Remedy == "" || len(v.ParameterKeys) != 1 {
				t.Errorf("%s: %+v has no remedy or key", c.line, v)
			}
			key, _, _ := strings.Cut(v.Message, " ")
			if v.RuleName == "undercut_key" || v.RuleName == "blocking_value" || strings.Contains(v.Message, "its field") {
				others = append(others, v.RuleName+" "+key)
			} else {
				unused = append(unused, v.RuleName+" "+key)
			}
		}
		for _, f := range unused {
			if !slices.Contains(c.want, f) {
				t.Errorf("%s: %s", c.line, f)
			}
		}
		// (a value outside its range is not compared)
		isRefused := slices.ContainsFunc(out.Violations, func(v artefact.Violation) bool {
			return !slices.Contains(interplayRules, v.RuleName)
		})
		for _, f := range c.want {
			if !isRefused && !strings.HasPrefix(f, "undercut_key") && !slices.Contains(slices.Concat(unused, others), f) {
				t.Errorf("%s: without %s", c.line, f)
			}
		}
		dead += len(unused)
		if len(out.Violations) > 0 {
			continue
		}
		said := slices.Concat(unused, others)
		slices.Sort(said)
		kept += len(others)
		// (a derived limit is written although another one replaces it, and beside stated ones for single places: it holds
		// until that one can)
		left := slices.Clone(said)
		linted := slices.DeleteFunc(lintWritten(t, e, out, c.server), func(f string) bool {
			n := slices.Index(left, f)
			if n >= 0 {
				left = slices.Delete(left, n, n+1)
			}
			return n < 0 && strings.HasPrefix(f, "replaced_key ")
		})
		if diff := cmp.Diff(said, linted, cmp.Transformer("nil", func(x []string) []string {
			return append([]string{}, x...)
		})); diff != "" {
			t.Errorf("%s: (-compile +lint)\n%s", c.line, diff)
		}
	}
	if dead < len(chosen)/3 || kept < len(chosen)/12 {
		t.Errorf("%d values that the server does not use, %d that it does", dead, kept)
	}
}

// requestOf returns a compile with the values of a case as overrides.
func requestOf(t *testing.T, e *compile.Engine, c interplayCase) compile.Request {
	t.Helper()
	r := compile.Request{
		Preset: "mid-scale", TemporalVersion: c.server, SDKs: []string{}, Platforms: []string{}, Namespaces: map[string]any{},
	}
	var file map[string][]struct {
		Value       any
		Constraints map[string]string
	}
	if err := yaml.Unmarshal([]byte(c.file), &file); err != nil {
		t.Fatal(err)
	}
	for key, entries := range file {
		for _, x := range entries {
			if name := x.Constraints["namespace"]; name != "" {
				if r.Namespaces[name] == nil {
					r.Namespaces[name] = map[string]any{"overrides": map[string]any{}}
				}
				r.Namespaces[name].(map[string]any)["overrides"].(map[string]any)[key] = x.Value
				continue
			}
			value, err := json.Marshal(x.Value)
			if err != nil {
				t.Fatal(err)
			}
			o, err := e.ParseOverride(key + "=" + string(value))
			if err != nil {
				t.Fatal(err)
			}
			r.Overrides = append(r.Overrides, o)
		}
	}
	return r
}

// lintWritten returns the findings about values that others decide about in the dynamic config that a compile writes.
func lintWritten(t *testing.T, e *compile.Engine, out *artefact.Result, server string) []string {
	t.Helper()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"dynamic.yaml": out.Files["dynamic_config.yaml"]})
	var found []string
	for _, s := range runLint(t, e, Request{Files: []string{filepath.Join(dir, "dynamic.yaml")}, Temporal: server}).Report.Subjects {
		for _, f := range s.Findings {
			if slices.Contains(interplayRules, f.RuleName) {
				key, _, _ := strings.Cut(f.Message, " ")
				found = append(found, f.RuleName+" "+key)
			}
		}
	}
	slices.Sort(found)
	return found
}
