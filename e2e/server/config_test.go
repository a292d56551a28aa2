package server

import (
	"bytes"
	"testing"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"go.temporal.io/server/common/config"
	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// The server passes over a field that it does not know. So the file is decoded
// strictly here, after the template that the server's loader applies to it.
func TestStaticConfigIsTheServersOwn_R4c(t *testing.T) {
	for name, value := range map[string]string{
		"CLUSTER_ENDPOINT": "abc.dsql.eu-west-1.on.aws", "AWS_REGION": "eu-west-1",
		"TEMPORAL_ELASTICSEARCH_HOST": "search.example.org", "TEMPORAL_BROADCAST_ADDRESS": "10.0.0.1",
	} {
		t.Setenv(name, value)
	}
	eachVariant(t, func(t *testing.T, a product.Artefacts) {
		cfg, err := decodeStrictly(read(t, a, "server_config.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{}
		for _, parameter := range []string{"history.shards", "persistence.maxConns", "persistence.maxIdleConns"} {
			want[parameter], _ = a.Profile.Value(parameter)
		}
		store := cfg.Persistence.DataStores[cfg.Persistence.DefaultStore].SQL
		if store == nil {
			t.Fatalf("the default store %q has no SQL", cfg.Persistence.DefaultStore)
		}
		if !same(int(cfg.Persistence.NumHistoryShards), want["history.shards"]) ||
			!same(store.MaxConns, want["persistence.maxConns"]) || !same(store.MaxIdleConns, want["persistence.maxIdleConns"]) {
			t.Errorf("the server reads %d shards and a pool of %d, %d idle, the profile has %v",
				cfg.Persistence.NumHistoryShards, store.MaxConns, store.MaxIdleConns, want)
		}
		if err := cfg.Persistence.Validate(); err != nil {
			t.Error(err)
		}
	})
}

// A control: an unknown field and an unset variable fail.
func TestStrictDecodingCanFail(t *testing.T) {
	for name, text := range map[string]string{
		"unknown field":       "persistence:\n  numHistoryShard: 4\n",
		"unset variable":      "# enable-template\nlog:\n  level: {{ or (env \"E2E_UNSET\") (fail \"E2E_UNSET is not set\") }}\n",
		"not a configuration": "- a\n",
	} {
		if _, err := decodeStrictly([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func decodeStrictly(text []byte) (*config.Config, error) {
	parsed, err := template.New("server_config.yaml").Funcs(sprig.FuncMap()).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var rendered bytes.Buffer
	if err := parsed.Execute(&rendered, nil); err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(&rendered)
	decoder.KnownFields(true)
	cfg := &config.Config{}
	return cfg, decoder.Decode(cfg)
}
