package server

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.temporal.io/server/common/config"
	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// unread is a field that no server has.
const unread = "no_such_field"

// structFields returns a mapping with every field of a type of the server's configuration, and one more in each
// mapping if withUnread; named maps have the entry one. It returns false for what is no mapping.
func structFields(typ reflect.Type, withUnread bool, owner string, owners *[]string) (map[string]any, bool) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() == reflect.Map {
		inner, ok := structFields(typ.Elem(), withUnread, owner+".one", owners)
		return map[string]any{"one": inner}, ok
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Duration]() {
		return nil, false
	}
	fields := map[string]any{}
	for f := range typ.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || name == "-" || f.Type.Kind() == reflect.Func {
			continue
		}
		if strings.Contains(options, "inline") { // whatever its name is
			inner, _ := structFields(f.Type, false, owner, &[]string{})
			maps.Copy(fields, inner)
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		fields[name] = "x"
		if inner, ok := structFields(f.Type, withUnread, strings.TrimPrefix(owner+"."+name, "."), owners); ok && len(inner) > 0 {
			fields[name] = inner
		}
	}
	if withUnread && len(fields) > 0 {
		fields[unread] = "x"
		*owners = append(*owners, strings.TrimPrefix(owner+"."+unread, "."))
	}
	return fields, true
}

// lint reports a text for each field that the server cannot decode from one, and for no other.
func TestStaticKindsAreTheServers_R8(t *testing.T) {
	fields, _ := structFields(reflect.TypeFor[config.Config](), false, "", &[]string{})
	text, err := yaml.Marshal(fields) // each value on its own line
	if err != nil {
		t.Fatal(err)
	}
	var wrong *yaml.TypeError
	if err := yaml.Unmarshal(text, &config.Config{}); !errors.As(err, &wrong) {
		t.Fatalf("the server takes everything: %v", err)
	}
	number := regexp.MustCompile(`^line (\d+): cannot unmarshal !!str .x. into (int\d*|bool|time\.Duration)$`)
	want := map[string]bool{}
	for _, line := range wrong.Errors {
		if m := number.FindStringSubmatch(line); m != nil {
			want[m[1]] = true
		}
	}
	for i, line := range strings.Split(string(text), "\n") { // what only tests of the server set
		if strings.HasSuffix(line, " seed: x") {
			delete(want, strconv.Itoa(i+1))
		}
	}
	got := map[string]bool{}
	for _, f := range lintStatic(t, text) {
		if strings.Contains(f.Message, "so the server does not start") && f.RuleName == "wrong_type" {
			got[strconv.Itoa(f.Position.Line)] = true
		}
	}
	if !maps.Equal(got, want) {
		lines := strings.Split(string(text), "\n")
		for _, n := range slices.Sorted(maps.Keys(want)) {
			if i, _ := strconv.Atoi(n); !got[n] {
				t.Errorf("not reported: %s: %s", n, lines[i-1])
			}
		}
		for _, n := range slices.Sorted(maps.Keys(got)) {
			if i, _ := strconv.Atoi(n); !want[n] {
				t.Errorf("the server takes it: %s: %s", n, lines[i-1])
			}
		}
	}
}

// staticFinding is a finding of lint about a configuration file.
type staticFinding struct {
	RuleName string `json:"rule_name"`
	Message  string
	Position struct{ Line int }
}

// lintStatic returns the findings of lint about the text of a server's configuration.
func lintStatic(t *testing.T, text []byte) []staticFinding {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd, err := product.Command(dir, "lint", file, "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	var answer struct {
		Files []struct{ Findings []staticFinding }
	}
	if jsonErr := json.Unmarshal(out, &answer); jsonErr != nil || len(answer.Files) == 0 {
		t.Fatalf("%v, %v: %s", jsonErr, err, out)
	}
	return answer.Files[0].Findings
}

// lint knows every field of the server's configuration, and reports every other one, wherever it is.
func TestStaticFieldsAreTheServers_R8(t *testing.T) {
	for name, withUnread := range map[string]bool{"its own": false, "others": true} {
		t.Run(name, func(t *testing.T) {
			var want, got []string
			fields, _ := structFields(reflect.TypeFor[config.Config](), withUnread, "", &want)
			text, err := yaml.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range lintStatic(t, text) {
				if path, _, is := strings.Cut(f.Message, ": the server ignores this field"); f.RuleName == "unread_field" && is {
					got = append(got, path)
				}
			}
			// what only tests of the server set, and characters of metric names
			want = slices.DeleteFunc(want, func(path string) bool {
				return strings.Contains(path, ".faultInjection.targets.") || strings.Contains(path, "Chars.")
			})
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}
