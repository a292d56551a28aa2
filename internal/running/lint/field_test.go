package lint

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// The variables of the two public ways to run Temporal on DSQL, complete and as
// their start scripts and plugin generations have them. All values are our own.
const (
	// one env file for all four services, plugin generation 2
	composeStack = `# Temporal on DSQL, all services
TEMPORAL_SQL_PLUGIN=dsql
TEMPORAL_SQL_PLUGIN_NAME=dsql
TEMPORAL_SQL_TLS_ENABLED=true
TEMPORAL_SQL_IAM_AUTH=true
AWS_REGION=eu-central-1
TEMPORAL_SQL_AWS_REGION=eu-central-1
TEMPORAL_SQL_HOST=shop.dsql.eu-central-1.on.aws
TEMPORAL_SQL_PORT=5432
TEMPORAL_SQL_USER=admin
TEMPORAL_SQL_DATABASE=postgres
TEMPORAL_SQL_MAX_CONNS=40
TEMPORAL_SQL_MAX_IDLE_CONNS=40
TEMPORAL_SQL_CONNECTION_TIMEOUT=30s
TEMPORAL_SQL_MAX_CONN_LIFETIME=55m
TEMPORAL_ELASTICSEARCH_HOST=search
TEMPORAL_ELASTICSEARCH_PORT=9200
TEMPORAL_ELASTICSEARCH_SCHEME=http
TEMPORAL_ELASTICSEARCH_VERSION=v8
TEMPORAL_ELASTICSEARCH_INDEX=temporal_visibility_v1
TEMPORAL_LOG_LEVEL=info
TEMPORAL_HISTORY_SHARDS=512
TEMPORAL_IMAGE=registry.example/temporal-dsql:2
DSQL_RESERVOIR_ENABLED=true
DSQL_RESERVOIR_TARGET_READY=40
DSQL_RESERVOIR_LOW_WATERMARK=20
DSQL_RESERVOIR_BASE_LIFETIME=11m
DSQL_RESERVOIR_LIFETIME_JITTER=2m
DSQL_RESERVOIR_GUARD_WINDOW=45s
DSQL_RESERVOIR_INITIAL_FILL_TIMEOUT=1m
DSQL_RESERVOIR_INFLIGHT_LIMIT=8
DSQL_DISTRIBUTED_RATE_LIMITER_ENABLED=true
DSQL_DISTRIBUTED_RATE_LIMITER_TABLE=shop-rate
DSQL_DISTRIBUTED_RATE_LIMITER_LIMIT=100
DSQL_DISTRIBUTED_RATE_LIMITER_MAX_WAIT=30s
DSQL_TOKEN_BUCKET_ENABLED=true
DSQL_TOKEN_BUCKET_RATE=100
DSQL_TOKEN_BUCKET_CAPACITY=1000
DSQL_TOKEN_BUCKET_MAX_WAIT=30s
DSQL_DISTRIBUTED_CONN_LEASE_ENABLED=true
DSQL_DISTRIBUTED_CONN_LEASE_TABLE=shop-leases
DSQL_SLOT_BLOCK_SIZE=80
DSQL_SLOT_BLOCK_COUNT=125
DSQL_SLOT_BLOCK_TTL=3m
DSQL_SLOT_BLOCK_RENEW_INTERVAL=1m
DSQL_TOKEN_DURATION=2m
DSQL_STAGGERED_STARTUP=false
AWS_EC2_METADATA_DISABLED=true
TEMPORAL_PERSISTENCE_TEMPLATE=/etc/temporal/config/persistence.template.yaml
TEMPORAL_PERSISTENCE_CONFIG=/etc/temporal/config/persistence.yaml
BIND_ON_IP=0.0.0.0
TEMPORAL_BROADCAST_ADDRESS=10.0.0.7
`
	// the environment of one ECS container, plugin generation 1
	ecsService = `SERVICES=history
DEPLOY_ENVIRONMENT=prod
TEMPORAL_SQL_HOST=shop.dsql.eu-central-1.on.aws
TEMPORAL_SQL_PORT=5432
TEMPORAL_SQL_USER=admin
TEMPORAL_SQL_DATABASE=postgres
TEMPORAL_SQL_PLUGIN=dsql
TEMPORAL_SQL_PLUGIN_NAME=dsql
TEMPORAL_SQL_TLS_ENABLED=true
TEMPORAL_SQL_IAM_AUTH=true
TEMPORAL_SQL_MAX_CONNS=50
TEMPORAL_SQL_MAX_IDLE_CONNS=50
TEMPORAL_SQL_CONNECTION_TIMEOUT=30s
TEMPORAL_SQL_MAX_CONN_LIFETIME=55m
DSQL_CONNECTION_RATE_LIMIT=8
DSQL_CONNECTION_BURST_LIMIT=80
DSQL_STAGGERED_STARTUP=true
DSQL_STAGGERED_STARTUP_MAX_DELAY=5s
DSQL_DISTRIBUTED_RATE_LIMITER_ENABLED=true
DSQL_DISTRIBUTED_RATE_LIMITER_TABLE=shop-rate
DSQL_DISTRIBUTED_RATE_LIMITER_LIMIT=100
TEMPORAL_ELASTICSEARCH_HOST=vpc-shop.eu-central-1.es.amazonaws.com
TEMPORAL_ELASTICSEARCH_PORT=443
TEMPORAL_ELASTICSEARCH_SCHEME=https
TEMPORAL_ELASTICSEARCH_VERSION=v8
TEMPORAL_ELASTICSEARCH_INDEX=temporal_visibility_v1
AWS_EC2_METADATA_DISABLED=true
AWS_REGION=eu-central-1
TEMPORAL_SQL_AWS_REGION=eu-central-1
TEMPORAL_PERSISTENCE_TEMPLATE=/etc/temporal/config/persistence.template.yaml
TEMPORAL_LOG_LEVEL=info
TEMPORAL_HISTORY_SHARDS=512
PROMETHEUS_ENDPOINT=0.0.0.0:9090
DSQL_RESERVOIR_ENABLED=true
DSQL_RESERVOIR_TARGET_READY=50
DSQL_RESERVOIR_BASE_LIFETIME=11m
DSQL_RESERVOIR_LIFETIME_JITTER=2m
DSQL_RESERVOIR_GUARD_WINDOW=45s
DSQL_DISTRIBUTED_CONN_LEASE_ENABLED=true
DSQL_DISTRIBUTED_CONN_LEASE_TABLE=shop-leases
DSQL_DISTRIBUTED_CONN_LIMIT=10000
`
)

// What a deployment repository sets is not called unread where something reads it, at
// either plugin generation; what nothing reads is named with what to do instead.
func TestFieldVariablesHaveReaders_P35(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	about := []string{"unread_variable", "variable_without_effect", "variable_of_other_generation"}
	unread := []string{
		"unread_variable: nothing reads TEMPORAL_LOG_LEVEL",
		"unread_variable: nothing reads TEMPORAL_SQL_AWS_REGION",
		"unread_variable: nothing reads TEMPORAL_SQL_IAM_AUTH",
		"unread_variable: nothing reads TEMPORAL_SQL_PLUGIN",
	}
	timeout := "variable_without_effect: TEMPORAL_SQL_CONNECTION_TIMEOUT makes no difference"
	for name, c := range map[string]struct {
		text, plugin string
		want         []string
	}{
		"compose, generation 2": {composeStack, "2", append(slices.Clone(unread), timeout,
			"variable_without_effect: DSQL_RESERVOIR_INFLIGHT_LIMIT makes no difference")},
		"ecs, generation 1": {ecsService, "1", append(slices.Clone(unread), timeout)},
		// the same container with the newer plugin, whose leases are counted in blocks
		"ecs, generation 2": {ecsService, "2", append(slices.Clone(unread), timeout,
			"variable_of_other_generation: DSQL_DISTRIBUTED_CONN_LIMIT is not read by generation 2 of the plugin, but by 1")},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, dir, map[string]string{"server.env": c.text})
			out := runLint(t, e, Request{Files: []string{filepath.Join(dir, "server.env")}, Plugin: c.plugin})
			var got []string
			for _, s := range out.Report.Subjects {
				for _, f := range s.Findings {
					if slices.Contains(about, f.RuleName) {
						message, _, _ := strings.Cut(f.Message, ":")
						got = append(got, f.RuleName+": "+message)
						if f.Remedy == "" {
							t.Errorf("%s has no remedy", f.Message)
						}
					}
				}
			}
			slices.Sort(got)
			want := slices.Clone(c.want)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The services that Go reads configuration by are those of the schema.
func TestServerServicesAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(
		t,
		dir,
		map[string]string{"server.yaml": "services: {nosuch: {rpc: {grpcPort: 7233}}}\npersistence: {numHistoryShards: 4}\n"},
	)
	result := runLint(t, sharedEngine(), Request{Files: []string{filepath.Join(dir, "server.yaml")}, Format: deployed.Server})
	want := "allowed here: " + strings.Join(deployed.ServerServices, ", ")
	for _, s := range result.Report.Subjects {
		for _, f := range s.Findings {
			if f.RuleName == "unread_field" && strings.HasSuffix(f.Message, want) {
				return
			}
		}
	}
	t.Errorf("no finding ends with %q: %+v", want, result.Report.Subjects)
}
