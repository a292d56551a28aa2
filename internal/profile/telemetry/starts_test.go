package telemetry_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
)

// A process that could not be scraped when the window began, and was before, has not
// started in it; one that ended and came back has.
func TestProcessStartsOfAMissedScrape(t *testing.T) {
	starts := catalogue[slices.IndexFunc(catalogue, func(m telemetry.Metric) bool { return m.CountsStarts() })]
	query := strings.NewReplacer("{selector}", "", "{range}", "10m").Replace(starts.Query["tally"])
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("rules.yaml", fmt.Sprintf("groups: [{name: g, rules: [{record: starts, expr: %q}]}]\n", query))
	const of = `persistence_requests{operation="UpsertClusterMembership",service_name="history",instance="%s"}`
	write("test.yaml", fmt.Sprintf(`
rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
- interval: 1m
  input_series:
  - {series: '%s', values: '1+6x20'}
  - {series: '%s', values: '1 7 13 stale 25+6x16'}
  - {series: '%s', values: '1+6x8 stale 1+6x10'}
  promql_expr_test:
  - {expr: starts, eval_time: 13m, exp_samples: [{labels: 'starts{service_name="history"}', value: 1}]}
`, fmt.Sprintf(of, "a"), fmt.Sprintf(of, "b"), fmt.Sprintf(of, "c")))
	if out, err := exec.Command("promtool", "test", "rules", filepath.Join(dir, "test.yaml")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
