package compile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// named wants an error about the input that names a file, or none.
func named(t *testing.T, err error, file string) {
	t.Helper()
	var input *source.Error
	if err != nil && (!errors.As(err, &input) || !strings.Contains(err.Error(), file)) {
		t.Fatalf("%v is no error about %s", err, file)
	}
}

// Whatever is in a file of overrides, it is read or refused by name; what is read
// has a place, and is a plain value.
func FuzzOverrides(f *testing.F) {
	dir := f.TempDir()
	for _, seed := range []string{
		"history.shards: 4\n", `{"history.shards": 4, "frontend.rps": [1, {"a": null}]}`, "\"history.shards\": 4\n\"a\": -1.5e3\n", "overrides: {a: 1}\n",
		"a: &a [*a]\n", "<<: {a: 1}\n", "a: 1\na: 2\n", "a: b + 1\n", "import \"os\"\n", "", "\xff\xfea\x00", "[1]", "a: |\n  text\n---\nb: 1\n", "a: 1e999999999\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, ext := range []string{".cue", ".yaml", ".json"} {
			name := filepath.Join(dir, "overrides"+ext)
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			given, err := ReadOverrides(name)
			named(t, err, name)
			for _, o := range given {
				if !isData(o.expr) || posIn(name, o.expr).IsZero() {
					t.Fatalf("%q is %v", o.Key, o.expr)
				}
			}
		}
	})
}

// Whatever is in the folder of an earlier compile, it is read or refused by name;
// nothing outside of it is read.
func FuzzWritten(f *testing.F) {
	engine, err := New(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	result, err := engine.Compile(Request{Preset: "starter", SDKs: []string{}, Platforms: []string{}})
	if err != nil {
		f.Fatal(err)
	}
	dir := filepath.Join(f.TempDir(), "out")
	if err := os.Mkdir(dir, 0o700); err != nil {
		f.Fatal(err)
	}
	outside := filepath.Join(filepath.Dir(dir), "outside")
	if err := os.WriteFile(outside, []byte("hunter2"), 0o600); err != nil {
		f.Fatal(err)
	}
	profile, trace := result.Files[profileName], result.Files[traceName]
	f.Add(profile, trace, `{"files": [{"path": "why.md", "sha256": "x"}]}`)
	f.Add("{}", "[]", `{"files": [{"path": "../outside"}, {"path": "/etc/hostname"}]}`)
	f.Add(`{"slo_params": [{"key": "a", "value": {}}], "waivers": [{}]}`, `[{"key": 1}]`, "")
	f.Add("[", "null", "[]")
	f.Fuzz(func(t *testing.T, profile, trace, manifest string) {
		for name, text := range map[string]string{profileName: profile, traceName: trace, manifestName: manifest} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		read, err := Written(dir)
		named(t, err, dir)
		if err != nil {
			return
		}
		if len(read.Profile.Values()) == 0 {
			t.Fatal("a profile without a parameter")
		}
		for name, text := range read.Files {
			if strings.Contains(text, "hunter2") || checkName(name) != nil {
				t.Fatalf("%s is read from outside", name)
			}
		}
		if err := read.Against(read.Profile.Values()); err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever an adapter answers, its files are taken all together or not at all,
// each within the output folder, and none in the place of another.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"language": "yaml", "files": {"charts/values.yaml": "a: 1", "b": ""}}`, `{"files": {"../x": "", "/etc/passwd": "", "a\\b": "", "WHY.md": ""}}`,
		`{"files": {"a": "", "a/b": ""}}`, `{"files": {"a": 1}}`, `{"files": {}}`, `{"FILES": {"x": "y"}}`, "[]", "null", "", "{} {}", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stdout []byte) {
		a, err := readAnswer(stdout)
		if err != nil {
			return
		}
		r := &Result{Files: map[string]string{"why.md": "why", "folder/file": "x"}}
		taken, err := layoutOf(r.Files)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.take(executable{name: "x", kind: "sdk"}, a, taken); err != nil {
			if len(r.Files) != 2 || len(r.Snippets) > 0 {
				t.Fatalf("%v, and all the same %v is taken", err, r.Files)
			}
			return
		}
		if len(r.Snippets) != len(a.Files) || len(r.Files) != 2+len(a.Files) || r.Files["why.md"] != "why" {
			t.Fatalf("of %v, %v is taken", a.Files, r.Files)
		}
		for name := range r.Files {
			if path := filepath.Join("/out", filepath.FromSlash(name)); !strings.HasPrefix(path, "/out/") {
				t.Fatalf("%q lies outside", name)
			}
		}
	})
}

// Whatever follows --override, it is one plain value with its key, or refused.
func FuzzOverrideFlag(f *testing.F) {
	for _, seed := range []string{"history.shards=4", "frontend.rps=[1, {\"a\": null}]", "a==b", "=1", "server.log_level=\"x\"", "dsql.token_duration=14m", "a=b+1", "a=\"\\(b)\"", "a=1e999999999", "a={", "a=#\"\"\"\n\"\"\"#"} {
		f.Add(seed)
	}
	engine := Embedded()
	f.Fuzz(func(t *testing.T, arg string) {
		o, err := engine.ParseOverride(arg)
		named(t, err, "KEY=VALUE")
		if err == nil && (o.Key == "" || !isData(o.expr)) {
			t.Fatalf("%q is %q = %v", arg, o.Key, o.expr)
		}
		if err == nil {
			_ = o.Text()
		}
	})
}
