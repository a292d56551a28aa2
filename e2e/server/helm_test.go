package server

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/server/common/config"
	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// The chart hands server.config.persistence on to the server as it is, but for
// these members of a store, which tell the chart's own jobs what to do.
var chartOnly = []string{"createDatabase", "manageSchema"}

func TestHelmPersistenceIsTheServersConfig_R4b(t *testing.T) {
	eachVariant(t, func(t *testing.T, a product.Artefacts) {
		persistence := helmPersistence(t, a)
		want := map[string]any{}
		for _, parameter := range []string{"history.shards", "persistence.maxConns", "persistence.maxIdleConns", "dsql.max_conn_lifetime"} {
			want[parameter], _ = a.Profile.Value(parameter)
		}
		if got := int(persistence.NumHistoryShards); !same(got, want["history.shards"]) {
			t.Errorf("the server reads %d shards, the profile says %v", got, want["history.shards"])
		}
		store := persistence.DataStores[persistence.DefaultStore].SQL
		if store == nil {
			t.Fatalf("the default store %q has no SQL", persistence.DefaultStore)
		}
		if !same(store.MaxConns, want["persistence.maxConns"]) ||
			!same(store.MaxIdleConns, want["persistence.maxIdleConns"]) ||
			!same(store.MaxConnLifetime, want["dsql.max_conn_lifetime"]) {
			t.Errorf("the server reads a pool of %d, %d idle, for %v, the profile says %v",
				store.MaxConns, store.MaxIdleConns, store.MaxConnLifetime, want)
		}
	})
}

// Services with pools of their own read them from their environment, through the template that the
// chart passes on.
func TestHelmPoolsOfSingleServices_R19(t *testing.T) {
	dir := t.TempDir()
	deployment := filepath.Join(dir, "deployment.yaml")
	const text = `preset: mid-scale
services:
  history: {overrides: {persistence.maxConns: 120}}
  matching: {overrides: {persistence.maxConns: 10, dsql.max_conn_lifetime: 40m}}
`
	if err := os.WriteFile(deployment, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	compile, err := product.Command(dir, "compile", deployment, "--platform", "helm", "--out", filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	a := product.Artefacts{Dir: filepath.Join(dir, "out")}
	var values struct {
		Server map[string]yaml.Node
	}
	if err := yaml.Unmarshal(read(t, a, "*values*.yaml"), &values); err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]struct {
		conns int
		life  time.Duration
	}{
		"frontend": {50, 55 * time.Minute},
		"history":  {120, 55 * time.Minute},
		"matching": {10, 40 * time.Minute},
		"worker":   {50, 55 * time.Minute},
	} {
		t.Run(service, func(t *testing.T) {
			var component struct {
				AdditionalEnv []struct{ Name, Value string } `yaml:"additionalEnv"`
			}
			node := values.Server[service]
			if err := node.Decode(&component); err != nil {
				t.Fatal(err)
			}
			for _, e := range component.AdditionalEnv {
				t.Setenv(e.Name, e.Value)
			}
			persistence := helmPersistence(t, a)
			store := persistence.DataStores[persistence.DefaultStore].SQL
			if store.MaxConns != want.conns || store.MaxIdleConns != want.conns || store.MaxConnLifetime != want.life {
				t.Errorf("the server reads a pool of %d, %d idle, for %v", store.MaxConns, store.MaxIdleConns, store.MaxConnLifetime)
			}
		})
	}
}

// helmPersistence decodes the values with the server's own template and type; a member that
// the server does not know is an error.
func helmPersistence(t *testing.T, a product.Artefacts) config.Persistence {
	t.Helper()
	var values struct {
		Server struct {
			Config struct{ Persistence map[string]any }
		}
	}
	if err := yaml.Unmarshal(read(t, a, "*values*.yaml"), &values); err != nil {
		t.Fatal(err)
	}
	section := values.Server.Config.Persistence
	stores, _ := section["datastores"].(map[string]any)
	for _, store := range stores {
		for _, member := range store.(map[string]any) {
			for _, name := range chartOnly {
				delete(member.(map[string]any), name)
			}
		}
	}
	text, err := yaml.Marshal(section)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = renderTemplate(text); err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var persistence config.Persistence
	if err := decoder.Decode(&persistence); err != nil {
		t.Fatal(err)
	}
	return persistence
}
