package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// A value that another one replaces, switches off or undercuts is a finding where it is set.
func TestKeysDecideAboutOthers(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	cases := readInterplay(t)
	for _, n := range rapidtest.Choose(len(cases)) {
		c, dir := cases[n], t.TempDir()
		writeFiles(t, dir, map[string]string{"dynamic.yaml": c.file})
		got := []string{}
		for _, s := range runLint(t, e, Request{Files: []string{filepath.Join(dir, "dynamic.yaml")}, Temporal: c.server}).Report.Subjects {
			for _, f := range s.Findings {
				if slices.Contains(interplayRules, f.RuleName) {
					key, _, _ := strings.Cut(f.Message, " ")
					got = append(got, f.RuleName+" "+key)
					if f.Remedy == "" || f.Pos.Line == 0 {
						t.Errorf("%s: %s has no remedy or place", c.line, f.Message)
					}
				}
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("case %d: %s (-want +got)\n%s", n+1, c.line, diff)
		}
	}
	known, err := cuemod.WithEvaluator(e.Module, func(x *cuemod.Evaluator) (map[string]bool, error) {
		return cuemod.Table[map[string]bool](x, "interplayJudged")
	})
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, c := range cases {
		for _, f := range c.want {
			_, key, _ := strings.Cut(f, " ")
			tested[strings.ToLower(key)] = true
		}
	}
	for key := range known {
		if !tested[key] {
			t.Errorf("%s has no case", key)
		}
	}
}

// interplayCase is a file, and the findings about it.
type interplayCase struct {
	line, server, file string
	want               []string
}

func readInterplay(t *testing.T) []interplayCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "interplay.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []interplayCase
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		given, findings, _ := strings.Cut(line, "=>")
		fields := strings.Fields(given)
		c := interplayCase{line: line, server: fields[0], want: []string{}}
		values := map[string]string{}
		var order []string
		for _, f := range fields[1:] {
			key, value, _ := strings.Cut(f, "=")
			key, namespace, isPlaced := strings.Cut(key, "@")
			if values[key] == "" {
				order = append(order, key)
			}
			values[key] += fmt.Sprintf("- value: %s\n", strings.ReplaceAll(value, ":", ": "))
			if isPlaced {
				values[key] += fmt.Sprintf("  constraints: {namespace: %s}\n", namespace)
			}
		}
		for _, key := range order {
			c.file += key + ":\n" + values[key]
		}
		for f := range strings.SplitSeq(findings, ",") {
			if f = strings.TrimSpace(f); f != "" {
				c.want = append(c.want, f)
			}
		}
		all = append(all, c)
	}
	return all
}
