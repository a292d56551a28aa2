package api_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// TestPrometheusGoesAway checks that a killed or hanging Prometheus is reported in time,
// that nothing is stored, and that the service keeps running.
func TestPrometheusGoesAway(t *testing.T) {
	for signal, says := range map[syscall.Signal]string{syscall.SIGKILL: "connection refused", syscall.SIGSTOP: "no answer within 1s"} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			prometheus, err := prometheustest.Start("# TYPE dsql_pool_open gauge\ndsql_pool_open 50 1772355600\n# EOF\n")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := prometheus.Stop(); err != nil {
					t.Error(err)
				}
			})
			kept := embedded(t)
			world.Serve(t, kept, upstream(prometheus.URL)).Send(t, post, "/profiles", request(nil)).Decode(t, 201, nil)
			s := world.Serve(
				t,
				kept,
				upstream(prometheus.URL),
				func(s *apitest.Setup) { s.Telemetry.Timeout, s.Telemetry.Tries = time.Second, 2 },
			)
			if err := prometheus.Signal(signal); err != nil {
				t.Fatal(err)
			}
			for _, partial := range []bool{false, true} {
				start := time.Now()
				p := s.Send(t, post, "/profiles", request(map[string]any{"allow_partial": partial})).DecodeProblem(t, 502, "upstream")
				if took := time.Since(start); took > time.Minute {
					t.Errorf("it took %s to tell", took)
				}
				if !strings.Contains(p.Detail, "Prometheus: query ") || !strings.Contains(p.Detail, says) {
					t.Error(p.Detail)
				}
			}
			var page struct{ Profiles []api.Metadata }
			s.Send(t, get, "/profiles", nil).Decode(t, 200, &page)
			if len(page.Profiles) != 1 {
				t.Errorf("%d profiles are there", len(page.Profiles))
			}
			s.Send(t, get, "/readyz", nil).Decode(t, 200, nil)
		})
	}
}
