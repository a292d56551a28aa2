package kustomize

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func parseYAML(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

// Items of a patch come first, each merged with the first item of its name that is left.
func TestMergeItems(t *testing.T) {
	t.Parallel()
	const list = `[{name: a, x: 1}, {name: b}, {name: a, x: 2}, {other: 1}]`
	for patch, want := range map[string]string{
		`[]`:                                 `[{name: a, x: 1}, {name: b}, {name: a, x: 2}, {other: 1}]`,
		`[{name: b, y: 1}]`:                  `[{name: b, y: 1}, {name: a, x: 1}, {name: a, x: 2}, {other: 1}]`,
		`[{name: a, y: 1}]`:                  `[{name: a, x: 1, y: 1}, {name: b}, {name: a, x: 2}, {other: 1}]`,
		`[{name: a, y: 1}, {name: a, y: 2}]`: `[{name: a, x: 1, y: 1}, {name: a, x: 2, y: 2}, {name: b}, {other: 1}]`,
		`[{name: a, $patch: delete}]`:        `[{name: b}, {name: a, x: 2}, {other: 1}]`,
		`[{$patch: replace}, {name: a}]`:     `[{name: a}]`,
		`[{name: c}, {other: 2}]`:            `[{name: c}, {other: 2}, {name: a, x: 1}, {name: b}, {name: a, x: 2}, {other: 1}]`,
	} {
		var got, expected any
		if err := mergeItems(parseYAML(t, list), parseYAML(t, patch), "name").Decode(&got); err != nil {
			t.Fatal(err)
		}
		if err := parseYAML(t, want).Decode(&expected); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", patch, diff)
		}
	}
}

// The cost of a merge grows with its items, and not with their square.
func TestCostOfMergedItems(t *testing.T) {
	t.Parallel()
	cost := func(items int) float64 {
		var list, patch strings.Builder
		for n := range items {
			fmt.Fprintf(&list, "- {name: a%d, value: b}\n", n)
			fmt.Fprintf(&patch, "- {name: a%d, value: c}\n", items-1-n)
		}
		into, with := parseYAML(t, list.String()), parseYAML(t, patch.String())
		least := time.Hour
		for range 5 {
			start := time.Now()
			mergeItems(into, with, "name")
			least = min(least, time.Since(start))
		}
		return float64(least)
	}
	const few, many = 500, 8000
	if times := cost(many) / cost(few); times > 4*many/few {
		t.Errorf("%d items cost %.0f times as much as %d", many, times, few)
	}
}
