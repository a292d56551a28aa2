package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// A setting that is not evaluated has the same result as if it were: its problems, values and place among the others.
func TestFineSettings(t *testing.T) {
	fine, err := readFineSettings()
	if err != nil {
		t.Fatal(err)
	}
	keys := slices.Sorted(maps.Keys(fine.keys))
	var fields []string
	for _, path := range slices.Sorted(maps.Keys(fine.kinds)) {
		fields = append(fields, "server.config."+path)
	}
	for range 60 { // (those that state something are few)
		fields = append(
			fields, "server.config.persistence.numHistoryShards", "server.config.log.level", "replicaCount", "deploy.replicas",
			"server.config.logLevel", "spec.numHistoryShards", "maximumPercent", "cluster.historyShardCount",
			"server.config.persistence.default.sql.driver", "spec.persistence.default.sql.maxConns", "server.config.unknown",
			"server.config.persistence.datastores.*.cassandra.hosts", "server.config.persistence.datastores.*.sql.manageSchema",
			"server.config.persistence.datastores.*.elasticsearch.unknown", "server.config.log.level.more",
			"server.config.persistence.datastores.*.elasticsearch.indices.visibility", "server.config.log.unknown.more",
			"server.config.visibility.persistenceCustomSearchAttributes.a",
			"server.config.persistence.datastores.*.sql.connectAttributes.a",
		)
		for _, name := range []string{"pluginName", "databaseName", "user", "maxConns", "maxConnLifetime", "tls.enabled"} {
			fields = append(fields, "server.config.persistence.datastores.*.sql."+name)
		}
		for _, name := range []string{"url.scheme", "username", "aws-request-signing.enabled"} {
			fields = append(fields, "server.config.persistence.datastores.*.elasticsearch."+name)
		}
	}
	var variables []string
	for _, generation := range slices.Sorted(maps.Keys(fine.Variables)) {
		variables = append(variables, slices.Sorted(maps.Keys(fine.Variables[generation]))...)
	}
	skipped := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SampledFrom([]string{
			"", "0", "1", "-1", "007", "100000000000", "1.5", "true", "False", "yes", "0s", "10m", "-3s", "1h30m",
			"2d", "5", "1.h", "3us", "µs", ".5s", "info", "INFO", "dsql", "postgres12", "admin", "postgres", "${NAME}",
			"http", "https://a b", "frontend", "1e3",
		})
		scalars := rapid.OneOf(
			rapid.Map(texts, func(s string) any { return s }), rapid.Map(rapid.IntRange(-2, 70_000), func(n int) any { return n }),
			rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.SampledFrom([]any{1.5, 1e6, nil}),
		)
		values := rapid.OneOf(scalars, rapid.SampledFrom([]any{[]any{"a"}, map[string]any{"a": 1}}))
		var given []RunningSetting
		for range rapid.IntRange(1, 12).Draw(t, "settings") {
			s := RunningSetting{
				File: "f", Known: rapid.IntRange(0, 3).Draw(t, "known") > 0,
				Service: rapid.SampledFrom([]string{"", "a", "history", "x-history", "x-frontend", "y-worker"}).Draw(t, "service"),
			}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				s.Kind, s.Key, s.Value = "dynamic_config", rapid.SampledFrom(keys).Draw(t, "key"), values.Draw(t, "value")
				if parameter := fine.keys[s.Key].Parameter; rapid.Bool().Draw(t, "spelled") {
					s.Key = parameter
				}
				if rapid.IntRange(0, 7).Draw(t, "placed") == 0 {
					s.Constraints, s.Where = []Condition{{"namespace", "shop"}}, `namespace="shop"`
				}
			case 1:
				s.Kind, s.Key = "variable", rapid.SampledFrom(variables).Draw(t, "variable")
				text := texts.Draw(t, "text")
				s.Value, s.As = text, ParseReadings(text)
			case 2:
				s.Kind, s.ServerFile, s.Value = "static", rapid.IntRange(0, 3).Draw(t, "file") > 0, scalars.Draw(t, "value")
				s.Store = rapid.SampledFrom([]string{"", "default", "visibility", "inactive"}).Draw(t, "store")
				s.StorePlugin = rapid.SampledFrom([]string{"", "dsql", "postgres12"}).Draw(t, "plugin")
				name := rapid.SampledFrom([]string{"frontend", "default", "other-1"}).Draw(t, "name")
				s.Key = strings.ReplaceAll(rapid.SampledFrom(fields).Draw(t, "field"), "*", name)
				// misspelt, misplaced, or further down
				s.Key += rapid.SampledFrom([]string{"", "", "", "x", ".more", ".name.more"}).Draw(t, "rest")
				if path := parentPath(s.Key); path != "" && rapid.IntRange(0, 9).Draw(t, "place") == 0 {
					s.Key = parentPath(path) + s.Key[len(path):]
				}
				if text, ok := s.Value.(string); ok {
					s.As = ParseReadings(text)
				}
			}
			s.Origin = s.Key
			if !s.Known {
				s.Value, s.As = nil, nil
			}
			given = append(given, s)
		}
		server, plugin := rapid.SampledFrom([]string{"", "1.29", "1.30.4", "1.31.2", "1.32.1", "1.99"}).Draw(t, "server"),
			rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "plugin")
		checkFine(t, given, server, plugin, skipped)
	})
	for _, kind := range []string{"dynamic_config", "variable", "static"} {
		if skipped[kind] == 0 {
			t.Errorf("every %s was evaluated", kind)
		}
	}
}

func compare(t rapid.TB, c *Comparison) []LintProblem {
	problems, err := c.Evaluate(embedded)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

// So do values at the bounds of what the tables say.
func TestBoundsOfFineSettings(t *testing.T) {
	fine, err := readFineSettings()
	if err != nil {
		t.Fatal(err)
	}
	var rounds [][]RunningSetting // each with one value of a key, so that none conflict
	add := func(s RunningSetting, values []any) {
		for n, value := range values {
			s.File, s.Origin, s.Known, s.Value, s.As = "f", s.Key, true, value, nil
			if text, ok := value.(string); ok {
				s.As = ParseReadings(text)
			}
			if n == len(rounds) {
				rounds = append(rounds, nil)
			}
			rounds[n] = append(rounds[n], s)
		}
	}
	for _, store := range []string{"default", "visibility"} {
		for _, x := range fine.Statics {
			key := rapid.StringMatching(x.Path.String()).Example(1)
			add(RunningSetting{Kind: "static", Key: key, ServerFile: true, Store: store}, fine.Ranges[x.Parameter].bounds())
		}
		for _, x := range fine.Revealing {
			key := rapid.StringMatching(x.Key.String()).Example(1)
			values := []any{"a.es.amazonaws.com", "true", "http", "postgres12", "mysql8", "dsql", "x"}
			add(RunningSetting{Kind: x.Kind, Key: key, ServerFile: x.Kind == "static", Store: store}, values)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fine.Curated)) {
		add(RunningSetting{Kind: "dynamic_config", Key: name}, fine.Curated[name].bounds())
	}
	for _, name := range slices.Sorted(maps.Keys(fine.Variables["2"])) {
		parameter := fine.Variables["2"][name]
		var texts []any
		for _, value := range fine.Ranges[parameter].bounds() {
			texts = append(texts, fmt.Sprint(value))
		}
		if parameter != "" {
			add(RunningSetting{Kind: "variable", Key: name}, texts)
		}
	}
	for _, n := range rapidtest.Choose(len(rounds)) {
		checkFine(t, rounds[n], "", "2", map[string]int{})
	}
}

// bounds returns values at the bounds of a range, and beyond them.
func (r fineRange) bounds() []any {
	values := []any{"x"}
	for _, text := range r.OneOf {
		values = append(values, text)
	}
	for _, bound := range []json.RawMessage{r.Min, r.Max} {
		if n, err := strconv.Atoi(string(bound)); err == nil {
			values = append(values, n-1, n, n+1)
		}
		if length, err := time.ParseDuration(strings.Trim(string(bound), `"`)); err == nil && length > 0 {
			values = append(values, (length - time.Millisecond).String(), length.String(), (length + time.Millisecond).String())
		}
	}
	switch r.Kind {
	case "int":
		return append(values, 0, 3, 1e6)
	case "duration":
		return append(values, "0s", "-1s", 1)
	case "bool":
		return append(values, true, "yes", false)
	}
	return append(values, "dsql", "")
}

// checkFine checks that lint says of settings what it says if it evaluates all of them, and counts those that it does not
// evaluate, by kind.
func checkFine(t rapid.TB, given []RunningSetting, server, plugin string, skipped map[string]int) {
	t.Helper()
	quick, comparison, err := Check(context.Background(), embedded, given, server, plugin)
	if err != nil {
		t.Fatal(err)
	}
	for i := range quick.fine {
		skipped[given[i].Kind]++
	}
	all := &LintResult{read: map[int]any{}}
	if err := all.readGenerated(given, server, plugin); err != nil {
		t.Fatal(err)
	}
	all.fine = nil
	if err := all.evaluate(context.Background(), embedded, given, server, plugin); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(compare(t, all.newComparison(given)), compare(t, comparison)); diff != "" {
		t.Errorf("(-all compared +some compared)\n%s", diff)
	}
	quick.fine = nil
	if diff := cmp.Diff(all, quick, cmp.AllowUnexported(LintResult{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-evaluated +looked up)\n%s", diff)
	}
}
