package compile_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// requiredByImages are the variables that the start scripts of both public images need.
// [deploy repository, docker/render-and-start.sh; ECS deploy repository,
// docker/scripts/render-and-start.sh]
var requiredByImages = map[string][]string{
	"Docker image": {
		"TEMPORAL_SQL_HOST", "TEMPORAL_SQL_PORT", "TEMPORAL_SQL_USER", "TEMPORAL_SQL_DATABASE", "TEMPORAL_SQL_PLUGIN_NAME",
		"TEMPORAL_SQL_MAX_CONNS", "TEMPORAL_SQL_MAX_IDLE_CONNS", "TEMPORAL_SQL_TLS_ENABLED", "TEMPORAL_HISTORY_SHARDS",
		"TEMPORAL_ELASTICSEARCH_VERSION", "TEMPORAL_ELASTICSEARCH_SCHEME", "TEMPORAL_ELASTICSEARCH_HOST",
		"TEMPORAL_ELASTICSEARCH_PORT", "TEMPORAL_ELASTICSEARCH_INDEX",
	},
	"ECS image": {
		"TEMPORAL_SQL_HOST", "TEMPORAL_SQL_PORT", "TEMPORAL_SQL_DATABASE", "TEMPORAL_SQL_USER", "TEMPORAL_SQL_PLUGIN_NAME",
		"TEMPORAL_SQL_TLS_ENABLED", "TEMPORAL_SQL_MAX_CONNS", "TEMPORAL_SQL_MAX_IDLE_CONNS", "TEMPORAL_SQL_CONNECTION_TIMEOUT",
		"TEMPORAL_SQL_MAX_CONN_LIFETIME", "TEMPORAL_HISTORY_SHARDS", "TEMPORAL_ELASTICSEARCH_HOST", "TEMPORAL_ELASTICSEARCH_INDEX",
		"TEMPORAL_ELASTICSEARCH_VERSION", "AWS_REGION",
	},
}

// imageTemplate names the variables of both images' templates, where these stand.
const imageTemplate = `
shards: $TEMPORAL_HISTORY_SHARDS
sql:
  plugin: $TEMPORAL_SQL_PLUGIN_NAME
  database: $TEMPORAL_SQL_DATABASE
  addr: $TEMPORAL_SQL_HOST:$TEMPORAL_SQL_PORT
  user: $TEMPORAL_SQL_USER
  conns: $TEMPORAL_SQL_MAX_CONNS
  idle: $TEMPORAL_SQL_MAX_IDLE_CONNS
  timeout: $TEMPORAL_SQL_CONNECTION_TIMEOUT
  lifetime: $TEMPORAL_SQL_MAX_CONN_LIFETIME
  tls: $TEMPORAL_SQL_TLS_ENABLED
search:
  version: $TEMPORAL_ELASTICSEARCH_VERSION
  scheme: "$TEMPORAL_ELASTICSEARCH_SCHEME"
  host: "$TEMPORAL_ELASTICSEARCH_HOST:$TEMPORAL_ELASTICSEARCH_PORT"
  region: "$AWS_REGION"
  index: $TEMPORAL_ELASTICSEARCH_INDEX
`

// The env file carries all that the images' start scripts demand, and what they make of it
// is what the server's own configuration file says.
func TestImageEnvFillsTheImagesTemplates(t *testing.T) {
	e, err := compile.New("../../..")
	if err != nil {
		t.Fatal(err)
	}
	override, err := e.ParseOverride("persistence.maxConns=42")
	if err != nil {
		t.Fatal(err)
	}
	idle, err := e.ParseOverride("persistence.maxIdleConns=42")
	if err != nil {
		t.Fatal(err)
	}
	result, err := e.Compile(compile.Request{
		Preset: "mid-scale", Overrides: []compile.Override{override, idle}, SDKs: []string{}, Platforms: []string{"image-env"},
		Site: map[string]any{
			"endpoint": "abc.dsql.eu-west-1.on.aws", "region": "eu-west-1",
			"elasticsearch": map[string]any{"host": "search.internal"},
		},
	})
	if err != nil || len(result.Violations) > 0 {
		t.Fatal(err, result)
	}
	environment := map[string]string{}
	for _, file := range []string{"dsql.env", "image.env"} {
		for line := range strings.Lines(result.Files[file]) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
				environment[name] = value
			}
		}
	}
	for image, names := range requiredByImages {
		for _, name := range names {
			if environment[name] == "" {
				t.Errorf("the %s stops without %s", image, name)
			}
		}
	}
	// envsubst and Python's string.Template replace $NAME and ${NAME} alike; what is left over
	// stops the start script
	rendered := os.Expand(imageTemplate, func(name string) string {
		if value, ok := environment[name]; ok {
			return value
		}
		return "${" + name + "}"
	})
	if left := regexp.MustCompile(`\$\{?[A-Z_][A-Z0-9_]*\}?`).FindAllString(rendered, -1); len(left) > 0 {
		t.Fatalf("left over: %v", left)
	}
	var got struct {
		Shards int
		SQL    struct {
			Plugin, Database, Addr, User, Timeout, Lifetime string
			Conns, Idle                                     int
			TLS                                             bool
		}
		Search struct{ Version, Scheme, Host, Region, Index string }
	}
	if err := yaml.Unmarshal([]byte(rendered), &got); err != nil {
		t.Fatal(err)
	}
	var server struct {
		Persistence struct {
			NumHistoryShards int `yaml:"numHistoryShards"`
			Datastores       struct {
				Default struct {
					SQL struct {
						PluginName      string `yaml:"pluginName"`
						ConnectAddr     string `yaml:"connectAddr"`
						MaxConns        int    `yaml:"maxConns"`
						MaxConnLifetime string `yaml:"maxConnLifetime"`
					}
				}
				Visibility struct {
					Elasticsearch struct {
						URL struct{ Scheme, Host string }
					}
				}
			}
		}
	}
	// (the site states all of it: the template has one expression left, which YAML cannot read)
	text := regexp.MustCompile(`(?m)^ *broadcastAddress: .*$`).ReplaceAllString(result.Files["server_config.yaml"], "")
	if err := yaml.Unmarshal([]byte(text), &server); err != nil {
		t.Fatal(err)
	}
	sql := server.Persistence.Datastores.Default.SQL
	if got.Shards != server.Persistence.NumHistoryShards || got.SQL.Plugin != sql.PluginName || got.SQL.Addr != sql.ConnectAddr ||
		got.SQL.Conns != 42 || got.SQL.Conns != sql.MaxConns || got.SQL.Idle != 42 || got.SQL.Lifetime != sql.MaxConnLifetime || !got.SQL.TLS {
		t.Errorf("the image reads %+v, the server's file says %+v", got, server)
	}
	url := server.Persistence.Datastores.Visibility.Elasticsearch.URL
	if got.Search.Host != url.Host || got.Search.Scheme != url.Scheme || got.Search.Region != "eu-west-1" || got.Search.Index == "" {
		t.Errorf("the image reads %+v, the server's file says %+v", got.Search, url)
	}
}
