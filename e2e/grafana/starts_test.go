package grafana

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

// A server that is ended and comes back under the same address is counted in the
// profile of that window, once a service, and in no other.
func TestProcessStarts_R15(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"tally", "opentelemetry"} {
		t.Run(dialect, func(t *testing.T) {
			dir := t.TempDir()
			_, exported, again := temporalServer(t, dir, dialect, compile(t, dir))
			p, err := prometheustest.StartScraping(
				fmt.Sprintf(
					"global: {scrape_interval: %s}\nscrape_configs: [{job_name: temporal, static_configs: [{targets: [%q]}]}]\n",
					scrape,
					exported,
				),
			)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := p.Stop(); err != nil {
					t.Error(err)
				}
			})
			prometheus := p.URL
			starts := func(from, to time.Time) map[string]int {
				t.Helper()
				var p behaviour.Profile
				run := func(args ...string) {
					t.Helper()
					out, err := exec.Command(binary(t), append(args, "--data-dir", dir, "-o", "json")...).Output()
					if err != nil {
						t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
					}
					if err := json.Unmarshal(out, &p); err != nil {
						t.Fatal(err)
					}
				}
				run("profile", "create", "starts", "--cluster", "c", "--prometheus-url", prometheus, "--scrape-interval", scrape.String(),
					"--from", from.UTC().Format(time.RFC3339), "--to", to.UTC().Format(time.RFC3339))
				run("profile", "get", p.ID)
				return p.Collection.ProcessStarts
			}
			// a member says so each ten seconds
			time.Sleep(25 * time.Second)
			from := time.Now()
			time.Sleep(5 * time.Second)
			before := time.Now()
			again()
			time.Sleep(5 * time.Second)
			services := map[string]int{"frontend": 1, "history": 1, "matching": 1, "worker": 1}
			if got := starts(from, time.Now()); !maps.Equal(got, services) {
				t.Errorf("after the start: %v, not %v", got, services)
			}
			for service := range services {
				services[service] = 0
			}
			if got := starts(from, before); !maps.Equal(got, services) {
				t.Errorf("before it: %v, not %v", got, services)
			}
		})
	}
}
