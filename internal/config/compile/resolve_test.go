package compile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// Resolve and Compile lead to the same profile.
func TestResolveIsCompileWithoutFiles(t *testing.T) {
	e := sharedEngine()
	rapid.Check(t, func(t *rapid.T) {
		r := draw(t, e).Request
		if rapid.Bool().Draw(t, "wrong") {
			o, err := e.ParseOverride(rapid.SampledFrom([]string{"history.shards=513", "no.such.key=1", "frontend.rps=-1"}).Draw(t, "what"))
			if err != nil {
				t.Fatal(err)
			}
			r.Overrides = append(r.Overrides, o)
		}
		same(t, e, r)
	})
}

func TestResolveOfDeployments(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	e, err := compile.New(root)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := filepath.Glob(filepath.Join(root, "profiles", "*"))
	if err != nil || len(dirs) < 4 {
		t.Fatal(err, dirs)
	}
	more, err := e.ParseOverride("frontend.rps=4000")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rapidtest.Choose(len(dirs)) {
		same(t, e, compile.Request{Path: dirs[n]})
		same(t, e, compile.Request{Path: dirs[n], Overrides: []compile.Override{more}, TemporalVersion: "1.32"})
	}
}

// A folder that changes between two compiles is read again.
func TestResolveReadsAgain(t *testing.T) {
	dir := t.TempDir()
	source := `package d

import (
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

schema.#Deployment & {
	name:   "one"
	preset: presets.starter
}
`
	write(t, dir, source)
	e, err := compile.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two", "three"} {
		write(t, dir, strings.Replace(source, "one", name, 1))
		r, err := e.Resolve(compile.Request{Path: dir})
		if err != nil || r.Name != name {
			t.Errorf("got %+v, %v; want %s", r, err, name)
		}
	}
}

func write(t *testing.T, dir, source string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "deployment.cue"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
}

func same(t rapid.TB, e *compile.Engine, r compile.Request) {
	t.Helper()
	whole, err := e.Compile(r)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := e.Resolve(r)
	if err != nil {
		t.Fatal(err)
	}
	if profile.Files != nil || len(profile.Trace) > 0 {
		t.Errorf("resolve made %d files and %d traces", len(profile.Files), len(profile.Trace))
	}
	if !reflect.DeepEqual(profile.Profile, whole.Profile) || !reflect.DeepEqual(profile.Violations, whole.Violations) {
		t.Errorf("resolved:\n%+v\n%+v\ncompiled:\n%+v\n%+v", profile.Profile, profile.Violations, whole.Profile, whole.Violations)
	}
	if compact(t, profile.JSON) != compact(t, whole.JSON) {
		t.Errorf("the profiles for policies differ")
	}
}

func compact(t rapid.TB, data []byte) string {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
