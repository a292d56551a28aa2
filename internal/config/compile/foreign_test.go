package compile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source/sourcetest"
)

// Whatever is in a file of overrides, it is read or refused by name; what is read
// has a place, and is a plain value.
func FuzzOverrides(f *testing.F) {
	dir := f.TempDir()
	for _, seed := range []string{
		"history.shards: 4\n", `{"history.shards": 4, "frontend.rps": [1, {"a": null}]}`,
		"\"history.shards\": 4\n\"a\": -1.5e3\n", "overrides: {a: 1}\n",
		"a: &a [*a]\n", "<<: {a: 1}\n", "a: 1\na: 2\n", "a: b + 1\n", "import \"os\"\n", "", "\xff\xfea\x00", "[1]",
		"a: |\n  text\n---\nb: 1\n", "a: 1e999999999\n",
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
			sourcetest.RequireNamed(t, err, name)
			for _, o := range given {
				if !cuefile.IsLiteral(o.expr) || nodePosition(name, o.expr).IsZero() {
					t.Fatalf("%q is %v", o.Key, o.expr)
				}
			}
		}
	})
}

// Whatever follows --override, it is one plain value with its key, or refused.
func FuzzOverrideFlag(f *testing.F) {
	for _, seed := range []string{
		"history.shards=4", "frontend.rps=[1, {\"a\": null}]", "a==b", "=1", "server.log_level=\"x\"",
		"dsql.token_duration=14m", "a=b+1", "a=\"\\(b)\"", "a=1e999999999", "a={", "a=#\"\"\"\n\"\"\"#",
	} {
		f.Add(seed)
	}
	engine := Embedded()
	f.Fuzz(func(t *testing.T, arg string) {
		o, err := engine.ParseOverride(arg)
		sourcetest.RequireNamed(t, err, "KEY=VALUE")
		if err == nil && (o.Key == "" || !cuefile.IsLiteral(o.expr)) {
			t.Fatalf("%q is %q = %v", arg, o.Key, o.expr)
		}
		if err == nil {
			_ = o.Text()
		}
	})
}
