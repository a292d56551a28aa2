package record_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

var world *apitest.World

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &world)) }

// made is what records profiles of a cluster eu, with no service around it.
func made(t *testing.T, c record.Cluster) (*record.Recorder, *store.Store) {
	t.Helper()
	kept, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	if c.Telemetry, err = telemetry.New(telemetry.Config{URL: world.Prometheus}, world.Metrics); err != nil {
		t.Fatal(err)
	}
	return record.New(
		record.Options{Store: kept, Taker: snapshot.New(world.Engine, nil), Clusters: map[string]record.Cluster{"eu": c}},
	), kept
}

func asked() record.Request {
	return record.Request{Name: "n", ClusterID: "eu", WindowStart: apitest.Start, WindowEnd: apitest.End}
}

// The configuration that a request states is added to the known configuration of the
// cluster.
func TestConfigurationOfClusterAndRequest(t *testing.T) {
	r, kept := made(t, record.Cluster{Sources: snapshot.Sources{Stated: snapshot.StatedFacts{
		Versions:      snapshot.Versions{TemporalServer: "1.31.2", Preset: "mid-scale"},
		WorkerOptions: map[string]any{"MaxConcurrentActivityExecutionSize": 100, "Identity": "a"},
	}}})
	q := asked()
	q.Stated = snapshot.StatedFacts{
		Versions:      snapshot.Versions{TemporalServer: "1.32.1", WorkerCodeSHA: "0123abc"},
		WorkerOptions: map[string]any{"Identity": "b"},
	}
	q.Given = []snapshot.InlineFile{
		{Name: "dynamic_config.yaml", Content: "frontend.rps:\n- value: 3000\n"},
		{Name: "server.env", Content: "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_PASSWORD=hunter2hunter2\n"},
	}
	m, err := r.Create(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	_, text, err := kept.JSON(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	p, err := kept.Get(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if p.TemporalServerVersion != "1.32.1" || p.PresetName != "mid-scale" || p.WorkerCodeSHA != "0123abc" ||
		p.Config.WorkerOptions["Identity"] != "b" ||
		p.Config.WorkerOptions["MaxConcurrentActivityExecutionSize"] != 100.0 {
		t.Errorf("%+v\n%+v", p.Metadata, p.Config.WorkerOptions)
	}
	if !strings.Contains(string(text), "frontend.rps") || !strings.Contains(string(text), "TEMPORAL_SQL_MAX_CONNS") ||
		strings.Contains(string(text), "hunter2") {
		t.Errorf("%+v", p.Config)
	}
	// the cluster's own is as it was
	if m, err = r.Create(t.Context(), asked()); err != nil || m.TemporalServerVersion != "1.31.2" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestProgress(t *testing.T) {
	r, _ := made(t, record.Cluster{})
	q, told, last := asked(), 0, 0
	q.Key = "k"
	q.Progress = func(done, total int) {
		told++
		last = total
		if p, under := r.Progress("k"); done != told || !under || p != (record.Progress{Done: done, Total: total}) {
			t.Errorf("%d of %d after %d; %+v", done, total, told, p)
		}
	}
	if _, err := r.Create(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if told != last || told != len(world.Metrics) {
		t.Errorf("told %d times, of %d", told, last)
	}
	if _, under := r.Progress("k"); under {
		t.Error("it is still being made")
	}
	// made already: nothing is asked again
	if _, err := r.Create(t.Context(), q); err != nil || told != last {
		t.Errorf("told %d times: %v", told, err)
	}
}

// A source that the request brings and that cannot be read is the request's fault.
func TestConfigurationThatCannotBeRead(t *testing.T) {
	r, kept := made(t, record.Cluster{})
	q := asked()
	q.Given = []snapshot.InlineFile{{Name: "dynamic_config.yaml", Format: "dynamic-config", Content: "a: [hunter2"}}
	_, err := r.Create(t.Context(), q)
	var source *snapshot.SourceError
	if !errors.As(err, &source) || source.Fault != snapshot.OfRequest || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
	if page, err := kept.List(t.Context(), store.Filter{}, 1, ""); err != nil || len(page.Profiles) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}
