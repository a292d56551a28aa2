package server

import (
	"bytes"
	"strings"
	"testing"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"go.temporal.io/server/common/config"
	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// The server ignores what its config type does not have, so the file is decoded strictly.
func TestStaticConfigIsTheServersConfig_R4c(t *testing.T) {
	t.Setenv("CLUSTER_ENDPOINT", "abc.dsql.eu-west-1.on.aws")
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("TEMPORAL_ELASTICSEARCH_HOST", "search.internal")
	t.Setenv("TEMPORAL_BROADCAST_ADDRESS", "10.0.0.7")
	eachVariant(t, func(t *testing.T, a product.Artefacts) {
		text := read(t, a, "server_config.yaml")
		rendered, err := renderTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		decoder := yaml.NewDecoder(bytes.NewReader(rendered))
		decoder.KnownFields(true)
		var c config.Config
		if err := decoder.Decode(&c); err != nil {
			t.Fatalf("%v in\n%s", err, rendered)
		}
		if err := c.Persistence.Validate(); err != nil {
			t.Fatal(err)
		}
		store := c.Persistence.DataStores[c.Persistence.DefaultStore].SQL
		if store == nil || store.PluginName != "dsql" || store.ConnectAddr != "abc.dsql.eu-west-1.on.aws:5432" || store.TLS == nil ||
			!store.TLS.Enabled {
			t.Errorf("the default store is %+v", store)
		}
		if es := c.Persistence.DataStores[c.Persistence.VisibilityStore].Elasticsearch; es == nil || es.URL.Host != "search.internal:443" ||
			es.AWSRequestSigning.Region != "eu-west-1" {
			t.Errorf("the visibility store is %+v", es)
		}
		shards, _ := a.Profile.Value("history.shards")
		conns, _ := a.Profile.Value("persistence.maxConns")
		idle, _ := a.Profile.Value("persistence.maxIdleConns")
		life, _ := a.Profile.Value("dsql.max_conn_lifetime")
		level, _ := a.Profile.Value("server.log_level")
		if !same(int(c.Persistence.NumHistoryShards), shards) || !same(store.MaxConns, conns) || !same(store.MaxIdleConns, idle) ||
			!same(store.MaxConnLifetime, life) || c.Log.Level != level {
			t.Errorf(
				"the server reads %d shards, a pool of %d and %d for %v, log level %s",
				c.Persistence.NumHistoryShards,
				store.MaxConns,
				store.MaxIdleConns,
				store.MaxConnLifetime,
				c.Log.Level,
			)
		}
		if c.Global.Membership.BroadcastAddress != "10.0.0.7" || c.DynamicConfigClient == nil ||
			c.DynamicConfigClient.Filepath != "/etc/temporal/dsql/dynamic_config.yaml" {
			t.Errorf("membership %+v, dynamic config %+v", c.Global.Membership, c.DynamicConfigClient)
		}
	})
}

// Without one of its variables the server does not start, and says which it is.
func TestStaticConfigNamesWhatIsMissing_R4c(t *testing.T) {
	for _, name := range []string{"CLUSTER_ENDPOINT", "AWS_REGION", "TEMPORAL_ELASTICSEARCH_HOST", "TEMPORAL_BROADCAST_ADDRESS"} {
		t.Setenv(name, "10.0.0.7")
	}
	text := read(t, compiled[0], "server_config.yaml")
	for _, name := range []string{"CLUSTER_ENDPOINT", "AWS_REGION", "TEMPORAL_ELASTICSEARCH_HOST"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "")
			if _, err := renderTemplate(text); err == nil || !strings.Contains(err.Error(), name+" is not set: ") {
				t.Errorf("%v", err)
			}
		})
	}
}

// renderTemplate does what the server's loader does with a file that enables templates.
func renderTemplate(text []byte) ([]byte, error) {
	parsed, err := template.New("server_config.yaml").Funcs(sprig.FuncMap()).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, nil)
	return out.Bytes(), err
}
