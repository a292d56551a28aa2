package lint

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// TestMain checks fewer cases of each property, since each takes a compile or a lint.
func TestMain(m *testing.M) { os.Exit(rapidtest.RunFewer(m, 8)) }

// sharedEngine returns the engine of all tests: it evaluates the schema once, as a whole, and prepares guard rails once.
var sharedEngine = sync.OnceValue(func() *compile.Engine {
	engine := compile.Embedded()
	engine.EvaluateWhole()
	policy.ShareGuardRails(engine.Policies())
	return engine
})

// writeFiles writes files into a folder.
func writeFiles(t rapid.TB, dir string, files map[string]string) {
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatalf("%v", err)
		}
	}
}

func runLint(t rapid.TB, e *compile.Engine, r Request) *Result {
	out, err := Run(context.Background(), e, r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

// listFindings returns the findings, one per line: place, rule, message.
func listFindings(r *Result) []string {
	found := []string{}
	for _, s := range r.Report.Subjects {
		for _, f := range s.Findings {
			found = append(
				found,
				fmt.Sprintf("%s:%d:%d %s: %s", filepath.Base(f.Pos.File), f.Pos.Line, f.Pos.Column, f.RuleName, f.Message),
			)
		}
	}
	return found
}

// Every rule of the schema is shown at work; each value stands for all that the
// server does with its like.
func TestEveryRule(t *testing.T) {
	e := sharedEngine()
	known, err := e.Versions()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"keys": {map[string]string{"dc.yaml": `
system.enableReadFromClosedExecutionV2: [{value: true}]
persistence.transactionSizeLimit: [{value: 4000000}]
persistence.maxConns: [{value: 50}]
sdk.sticky_cache_size: [{value: 50}]
history.replicas: [{value: 6}]
chasm.maxLinksPerComponent: [{value: 5}]
frontend.RPS: [{value: 2400}]
frontend.rps: [{value: 2400}]
`}, []string{
			"dc.yaml:2:1 unknown_key: system.enableReadFromClosedExecutionV2 is not a dynamic-config key of any supported " +
				"Temporal server (LINES): the server ignores it",
			"dc.yaml:3:1 unknown_key: persistence.transactionSizeLimit is not a dynamic-config key of any supported Temporal " +
				"server (LINES): the server ignores it",
			"dc.yaml:4:1 static_as_dynamic: persistence.maxConns is not a dynamic-config key: it is read from " +
				"persistence.datastores.*.sql.maxConns of the server's static configuration (TEMPORAL_SQL_MAX_CONNS in " +
				"the images for DSQL)",
			"dc.yaml:5:1 static_as_dynamic: sdk.sticky_cache_size is not a dynamic-config key: it is read from the workers' options",
			"dc.yaml:6:1 static_as_dynamic: history.replicas is not a dynamic-config key: it is read from the deployment " +
				"itself: desired count of the history service",
			"dc.yaml:7:1 key_not_in_version: chasm.maxLinksPerComponent is not a key of Temporal 1.30, which ignores it; it exists in 1.32",
			"dc.yaml:8:1 duplicate_key: frontend.RPS is also spelled frontend.rps",
			"dc.yaml:9:1 duplicate_key: frontend.rps is also spelled frontend.RPS",
		}},
		"keys that decide about others": {map[string]string{"dc.yaml": `
frontend.globalRPS: [{value: 9000}]
frontend.rps: [{value: 3000}]
history.taskSchedulerMaxQPS: [{value: 50}]
history.persistenceNamespaceMaxQPS: [{value: 50000, constraints: {namespace: shop}}]
system.persistenceQPSBurstRatio: [{value: 0}]
frontend.MaxExecutionCountBatchOperationPerNamespace: [{value: 9}]
history.taskSchedulerEnableRateLimiter: [{value: false}]
history.persistenceMaxQPS: [{value: 9000}]
`}, []string{
			"dc.yaml:3:1 replaced_key: frontend.rps is used only until the server knows how many instances there are: frontend.globalRPS is 9000, which then replaces it",
			"dc.yaml:4:1 switched_off_key: history.taskSchedulerMaxQPS has no effect: history.taskSchedulerEnableRateLimiter is false",
			"dc.yaml:5:1 undercut_key: history.persistenceNamespaceMaxQPS is 50000 (namespace shop), above the 9000 of history.persistenceMaxQPS, " +
				"which limits all namespaces together, so it is reached first",
			"dc.yaml:6:1 blocking_value: system.persistenceQPSBurstRatio is 0: each service refuses its own calls to the database",
			"dc.yaml:7:1 unread_key: frontend.MaxExecutionCountBatchOperationPerNamespace is a key of Temporal 1.30, but nothing in " +
				"the server reads it",
		}},
		"services": {map[string]string{"compose.yaml": `
services:
  history: {image: "temporalio/server:1.30.0", environment: {TEMPORAL_HISTORY_SHARDS: "512"}}
  matching: {image: "temporalio/server:1.30.0", environment: {TEMPORAL_HISTORY_SHARDS: "1024"}}
`}, []string{
			"compose.yaml:4:88 services_disagree: history.shards is 512 in history and 1024 in matching",
		}},
		"values": {map[string]string{"dc.yaml": `
frontend.rps: [{value: "2400"}, {value: 2400.0, constraints: {}}]
matching.longPollExpirationInterval: [{value: "60"}]
history.timerProcessorUpdateAckInterval: [{value: 30}]
history.transferProcessorUpdateAckInterval: [{value: 1d}]
system.enableActivityEagerExecution: [{value: on}]
limit.blobSize.error: [{value: 4194304}]
history.timerProcessorMaxPollInterval: [{value: soon}]
frontend.globalNamespaceRPS: [{value: -5}]
history.hostLevelCacheMaxSize: [{value: null}]
frontend.throttledLogRPS: [{value: -1}]
history.cacheBackgroundEvict: [{value: {enabled: true, loopIntervall: 1m}}]
frontend.enableUpdateWorkflowExecution: [{value: "true"}]
history.persistenceMaxQPS: [{value: 0}]
matching.numTaskqueueReadPartitions: [{value: 0}]
limit.maxIDLength: [{value: 20}]
`}, []string{
			`dc.yaml:2:24 wrong_type: frontend.rps: "2400" is not a whole number`,
			`dc.yaml:2:41 duplicate_constraints: frontend.rps has another value before this one, under the same constraints`,
			`dc.yaml:2:41 wrong_type: frontend.rps: 2400.0 is not a whole number`,
			`dc.yaml:3:47 bare_duration: matching.longPollExpirationInterval has no unit: the server reads 60 as seconds`,
			`dc.yaml:4:51 bare_duration: history.timerProcessorUpdateAckInterval has no unit: the server reads 30 as seconds`,
			`dc.yaml:5:54 unusual_value: history.transferProcessorUpdateAckInterval: "24h" is above 10m, the highest expected value: ` +
				`the server takes any value above 0, and 30s by default; from 1s to 10m is usual`,
			`dc.yaml:6:47 wrong_type: system.enableActivityEagerExecution: "on" is not true or false`,
			`dc.yaml:7:32 payload_over_column_limit: limit.blobSize.error accepts 4194304 bytes, over the 1048576 of a column value`,
			`dc.yaml:7:32 unusual_value: limit.blobSize.error: 4194304 is above 2097152, the highest expected value: ` +
				`the server takes any value above 0, and 2097152 by default; from 1024 to 2097152 is usual`,
			`dc.yaml:8:49 wrong_type: history.timerProcessorMaxPollInterval: "soon" is not a duration such as 30s or 1h30m`,
			`dc.yaml:9:39 negative_value: frontend.globalNamespaceRPS: -5 is below zero`,
			`dc.yaml:10:41 wrong_type: history.hostLevelCacheMaxSize: null is not a whole number`,
			`dc.yaml:11:36 negative_value: frontend.throttledLogRPS: -1 is below zero`,
			`dc.yaml:12:40 unknown_field: history.cacheBackgroundEvict: unknown field loopIntervall`,
			`dc.yaml:14:37 out_of_range: history.persistenceMaxQPS: 0 is below 1: the server starts without this limit, ` +
				`and the service can use up its pool`,
			`dc.yaml:15:47 out_of_range: matching.numTaskqueueReadPartitions: 0 is below 1: the server takes 1 instead`,
			`dc.yaml:16:29 unusual_value: limit.maxIDLength: 20 is below 36, the lowest expected value: ` +
				`the server takes any value above 0, and 1000 by default; from 36 to 1000 is usual`,
		}},
		"fields": {map[string]string{"dc.yaml": `
frontend.enableUpdateWorkflowExecution: [{value: true, constraint: {namespace: batch}}]
system.transactionSizeLimit: [{value: 1000000, constraints: {namespace: batch}}]
frontend.namespaceRPS:
  - {value: 100, constraints: {namespace: batch, shardID: 3}}
  - {value: 200, constraints: {nameSpace: other}}
  - {value: 300, constraints: {cluster: east}}
  - {value: 400, constraints: {namespace: 5}}
matching.numTaskqueueReadPartitions:
  - {value: 8, constraints: {taskQueueName: q, namespace: n, taskType: Workflow}}
  - {value: 4, constraints: {taskType: Workflow}}
`}, []string{
			"dc.yaml:2:56 ignored_field: frontend.enableUpdateWorkflowExecution: the server ignores the field constraint",
			"dc.yaml:3:62 constraint_never_matches: system.transactionSizeLimit is never looked up by namespace: the value is never used",
			"dc.yaml:5:32 constraint_never_matches: frontend.namespaceRPS is never looked up by namespace and shardID: the value is never used",
			"dc.yaml:7:32 unknown_constraint: cluster is not a constraint: the server rejects the whole file",
			"dc.yaml:8:32 wrong_constraint: namespace is 5: the server rejects the whole file",
			"dc.yaml:11:30 constraint_never_matches: matching.numTaskqueueReadPartitions is never looked up by taskType: the value is never used",
		}},
		// as common/dynamicconfig of the servers reads them
		"constraints": {map[string]string{"dc.yaml": `
matching.numTaskqueueReadPartitions:
  - {value: 8, constraints: {taskQueueName: q, namespace: n, taskType: workflow}}
  - {value: 8, constraints: {taskQueueName: q, namespace: n, taskType: TASK_QUEUE_TYPE_NEXUS}}
  - {value: 8, constraints: {taskQueueName: q, namespace: n, taskType: 9}}
history.standbyTaskMissingEventsDiscardDelay:
  - {value: 5m, constraints: {historyTaskType: UserTimer}}
  - {value: 5m, constraints: {historyTaskType: TASK_TYPE_USER_TIMER}}
  - {value: 5m, constraints: {historyTaskType: 13}}
  - {value: 5m, constraints: {historyTaskType: usertimer}}
  - {value: 5m, constraints: {historyTaskType: Unspecified}}
  - {value: 5m, constraints: {historyTaskType: ReplicationDeleteExecution}}
history.ReplicationTaskProcessorCleanupInterval: [{value: 1m, constraints: {shardID: 3.0}}]
history.rps: [{value: 90, constraints: {chasmTaskType: x}}]
history.shardUpdateMinInterval: [{value: 12h1d}]
`}, []string{
			`dc.yaml:3:62 wrong_constraint: taskType is "workflow": the server rejects the whole file`,
			"dc.yaml:5:62 constraint_never_matches: taskType is 9, which is not a task type: the value is never used",
			`dc.yaml:10:31 wrong_constraint: historyTaskType is "usertimer": the server rejects the whole file`,
			`dc.yaml:11:31 wrong_constraint: historyTaskType is "Unspecified": the server rejects the whole file`,
			`dc.yaml:12:31 wrong_constraint: historyTaskType is "ReplicationDeleteExecution": the server rejects the whole file`,
			"dc.yaml:13:77 wrong_constraint: shardID is 3.0: the server rejects the whole file",
			"dc.yaml:14:41 constraint_never_matches: history.rps is never looked up by chasmTaskType: the value is never used",
			"dc.yaml:14:41 unknown_constraint: chasmTaskType is not a constraint of Temporal 1.30, which rejects the whole file; it exists since 1.31",
		}},
		"many places": {map[string]string{"dynamic.yaml": "matching.numTaskqueueReadPartitions:\n" + manyQueues(501)}, []string{
			"dynamic.yaml:502:11 many_places: guard rails are checked for the first 500 namespaces and task queues, and not for this one " +
				"and those after it",
		}},
		"many services": {map[string]string{"compose.yaml": "services:\n" + manyServices(18)}, []string{
			"compose.yaml:18:47 many_places: guard rails are checked for 16 services with different values, and not for s16 and those after it",
		}},
		// (those with the same values are checked together)
		"many services alike": {map[string]string{"compose.yaml": "services:\n" + alikeServices(20) +
			"  z: {environment: {TEMPORAL_SQL_MAX_CONNS: 9, TEMPORAL_SQL_MAX_IDLE_CONNS: 8}}\n"}, []string{
			"compose.yaml:22:45 max_idle_equals_max_conns: persistence.maxIdleConns is 8 and persistence.maxConns is 9 (service z)",
		}},
		"many clusters": {map[string]string{"values.yaml": manyCharts(17)}, []string{
			"values.yaml:2:38 several_clusters: the files have 17 clusters: t0 and t1 and t2 and t3 and t4 and t5 and t6 and t7 and t8 and " +
				"t9 and t10 and t11 and t12 and t13 and t14 and t15 and t16",
			"values.yaml:17:39 many_places: guard rails are checked for the first 16 clusters, and not for t16 and those after it",
		}},
		// (each value of its own place conflicts with none, and the last two with each other)
		"a value twice among many": {map[string]string{"dynamic.yaml": "frontend.namespaceRPS:\n" +
			manyNamespaces(20) + "- {value: 7, constraints: {namespace: n19}}\n"}, []string{
			"dynamic.yaml:22:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
		}},
		"many values in conflict": {map[string]string{"dynamic.yaml": "frontend.namespaceRPS:\n" +
			strings.Repeat("- {value: 7, constraints: {namespace: shop}}\n", 11)}, []string{
			"dynamic.yaml:3:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
			"dynamic.yaml:4:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
			"dynamic.yaml:5:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
			"dynamic.yaml:6:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
			"dynamic.yaml:7:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
			"dynamic.yaml:8:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
			"dynamic.yaml:9:11 duplicate_constraints: frontend.namespaceRPS has another value before this one, under the same constraints",
			"dynamic.yaml:10:11 many_places: frontend.namespaceRPS has more than 8 values that can conflict: this one and those after it are not " +
				"compared with the others",
		}},
		"nulls": {map[string]string{"dynamic.yaml": "frontend.rps:\n# - value: 5\nhistory.rps:\n  -\nmatching.rps: [{value: 9, constraints: }]\n"}, []string{
			"dynamic.yaml:4:4 wrong_type: history.rps: null is not a whole number",
		}},
		"files": {map[string]string{
			"compose.yaml":       "services:\n  history: {env_file: gone.env, environment: {TEMPORAL_SQL_MAX_CONNS: 0}}\n",
			"dc.yaml":            "frontend.rps: [{value: true}]\n---\nfrontend.rps: [{value: 2}]\n",
			"policy.json":        "{}",
			"k.yaml":             "apiVersion: v1\nkind: ConfigMap\ndata: {dynamic_config.yaml: \"a: [\"}\n",
			"values.yaml":        "server: {histroy: {}}\n",
			"kustomization.yaml": "resources: [\"https://example.com/base\"]\n",
		}, []string{
			"compose.yaml:2:23 missing_file: history: the env file gone.env does not exist, so its variables are unknown",
			`compose.yaml:2:71 out_of_range: TEMPORAL_SQL_MAX_CONNS: 0 is below 1: the plugin takes 100 instead`,
			`dc.yaml:1:24 wrong_type: frontend.rps: true is not a whole number`,
			"dc.yaml:3:1 ignored_document: the file has another document here, which is ignored",
			"k.yaml:3:29 unreadable_part: dynamic_config.yaml: not valid YAML: did not find expected node content",
			"kustomization.yaml:0:0 nothing_set: the file has no setting of the server, the plugin or a worker",
			"kustomization.yaml:1:13 unread_source: remote resources are not fetched, so what they set is unknown",
			"policy.json:0:0 nothing_set: the file has no setting of the server, the plugin or a worker",
			"values.yaml:1:10 dead_value: server.histroy: the Temporal chart has no such value, and ignores it",
		}},
		"whose": {map[string]string{
			"compose.yaml": "services:\n  a-history: {environment: {TEMPORAL_SQL_HOST: one.dsql.eu-west-1.on.aws}}\n" +
				"  b-history: {environment: {TEMPORAL_SQL_HOST: two.dsql.eu-west-1.on.aws}}\n",
			"pg.yaml": "server:\n  config:\n    logLevel: loud\n    persistence:\n      datastores:\n" +
				"        default: {sql: {pluginName: mysql8, maxConnLifetime: 9h}}\n",
		}, []string{
			"compose.yaml:3:29 several_clusters: the files have 2 clusters: one.dsql.eu-west-1.on.aws (a-history) and " +
				"two.dsql.eu-west-1.on.aws (b-history)",
			`pg.yaml:3:15 unknown_level: server.config.logLevel: the server reads "loud" as info`,
			"pg.yaml:6:37 other_store: server.config.persistence.datastores.default.sql.pluginName: the store is MySQL " +
				"(mysql8) and not DSQL: DSQL's limits are not checked",
		}},
		"variables": {map[string]string{
			"a.env": "PATH=/bin\nTEMPORAL_ADDRESS=host:7233\nDSQL_CONN_RATE_LIMIT=10\nTEMPORAL_HISTROY_SHARDS=512\n" +
				"DSQL_DISTRIBUTED_CONN_LIMIT=5\nTEMPORAL_SQL_MAX_CONNS=many\nTEMPORAL_SQL_MAX_IDLE_CONNS=20000\n" +
				"DSQL_TOKEN_DURATION=\nTEMPORAL_SQL_PASSWORD=hunter2\nDSQL_STAGGERED_STARTUP=1\n" +
				"DSQL_RESERVOIR_INFLIGHT_LIMIT=8\nDSQL_RESERVOIR_ENABLED=on\n",
			"b.env": "TEMPORAL_SQL_MAX_CONNS=60\nPATH=/sbin\nDSQL_STAGGERED_STARTUP=1\n",
		}, []string{
			"a.env:3:1 unread_variable: DSQL_CONN_RATE_LIMIT is read neither by the plugin nor by the server or an image's start script",
			"a.env:4:1 unread_variable: TEMPORAL_HISTROY_SHARDS is read neither by the plugin nor by the server or an image's start script",
			"a.env:5:1 variable_of_other_generation: DSQL_DISTRIBUTED_CONN_LIMIT is not read by generation 2 of the plugin, but by 1",
			`a.env:6:1 conflicting_values: TEMPORAL_SQL_MAX_CONNS is "many" here and "60" in b.env`,
			`a.env:6:24 wrong_type: TEMPORAL_SQL_MAX_CONNS: "many" is not a whole number`,
			"a.env:7:29 out_of_range: TEMPORAL_SQL_MAX_IDLE_CONNS: 20000 is above 10000",
			"a.env:9:1 unread_variable: TEMPORAL_SQL_PASSWORD is read neither by the plugin nor by the server or an image's start script",
			"a.env:11:1 variable_without_effect: DSQL_RESERVOIR_INFLIGHT_LIMIT makes no difference: the refiller opens one " +
				"connection after the other, whatever the limit",
			`a.env:12:24 wrong_type: DSQL_RESERVOIR_ENABLED: "on" is not true or false; the plugin silently takes its default, false, instead`,
			`b.env:1:1 conflicting_values: TEMPORAL_SQL_MAX_CONNS is "60" here and "many" in a.env`,
		}},
		"modes": {map[string]string{
			"a.env": "DSQL_RESERVOIR_ENABLED=false\nDSQL_RESERVOIR_LOW_WATERMARK=10\n" +
				"DSQL_DISTRIBUTED_RATE_LIMITER_ENABLED=true\nDSQL_TOKEN_BUCKET_RATE=50\n",
		}, []string{
			"a.env:2:1 variable_not_read_in_mode: DSQL_RESERVOIR_LOW_WATERMARK is not read without a reservoir",
			"a.env:3:39 distributed_rate_limiter_table_missing: dsql.distributed_rate_limiter_enabled is on and " +
				"dsql.distributed_rate_limiter_table is empty: each instance falls back to its own limit of 10/s",
		}},
		"places": {map[string]string{"a.env": "TEMPORAL_SQL_HOST=https://abc.dsql.eu-west-1.on.aws\n" +
			"AWS_REGION=${REGION:-eu-west-1}\nREGION=eu-west-1a\nTEMPORAL_IMAGE=${REPO:?which one}/temporal:1.29\n" +
			"TEMPORAL_SQL_TLS_ENABLED=false\n"}, []string{
			`a.env:1:19 invalid_site: TEMPORAL_SQL_HOST: "https://abc.dsql.eu-west-1.on.aws" is not the host name of a DSQL ` +
				`cluster, such as abc.dsql.eu-west-1.on.aws, without scheme and port`,
			`a.env:3:8 invalid_site: REGION: "eu-west-1a" is not a region of AWS, such as eu-west-1`,
			"a.env:5:26 connection_unencrypted: server.sql_tls_enabled is off",
		}},
		"server config": {map[string]string{"config.yaml": "persistence:\n  datastores:\n    main:\n" +
			"      sql: {pluginName: dsql, maxConns: 0, connectionTimeout: 30s}\n    visibility:\n" +
			"      sql: {pluginName: dsql, maxConns: 0, tls: {enabled: true, verify: true}}\n"}, []string{
			"config.yaml:4:41 out_of_range: server.config.persistence.datastores.main.sql.maxConns: 0 is below 1: the plugin takes 100 instead",
			"config.yaml:4:44 unread_field: persistence.datastores.main.sql.connectionTimeout: the server ignores this field; " +
				"allowed here: user, password, pluginName, databaseName, connectAddr, connectProtocol, connectAttributes, " +
				"maxConns, maxIdleConns, maxConnLifetime, taskScanPartitions, tls, passwordCommand",
			`config.yaml:6:25 out_of_range: server.config.persistence.datastores.visibility.sql.pluginName: "dsql" cannot ` +
				`work: the DSQL plugin implements persistence only: each of its visibility methods returns ` +
				`Unimplemented`,
			"config.yaml:6:65 unread_field: persistence.datastores.visibility.sql.tls.verify: the server ignores this field; " +
				"allowed here: enabled, certFile, keyFile, caFile, enableHostVerification, serverName, certData, keyData, caData",
		}},
		"keys from elsewhere": {map[string]string{"dc.yaml": "sql.maxConns: [{value: 1}]\nmaxIdleConns: [{value: 1}]\n" +
			"archival.history.state: [{value: a}]\nglobal.tls.frontend.server.certFile: [{value: x}]\n" +
			"maxConcurrentActivityExecutionSize: [{value: 1}]\nfoo.bar: [{value: 1}]\n"}, []string{
			"dc.yaml:1:1 static_as_dynamic: sql.maxConns is not a dynamic-config key: it is read from " +
				"persistence.datastores.*.sql.maxConns of the server's static configuration (TEMPORAL_SQL_MAX_CONNS in the images for DSQL)",
			"dc.yaml:2:1 static_as_dynamic: maxIdleConns is not a dynamic-config key: it is read from " +
				"persistence.datastores.*.sql.maxIdleConns of the server's static configuration " +
				"(TEMPORAL_SQL_MAX_IDLE_CONNS in the images for DSQL)",
			"dc.yaml:3:1 static_as_dynamic: archival.history.state is not a dynamic-config key: it is read from archival.history.state " +
				"of the server's static configuration",
			"dc.yaml:4:1 static_as_dynamic: global.tls.frontend.server.certFile is not a dynamic-config key: it is read from " +
				"global.tls.frontend.server.certFile of the server's static configuration",
			"dc.yaml:5:1 static_as_dynamic: maxConcurrentActivityExecutionSize is not a dynamic-config key: it is read from the " +
				"workers' options (sdk.max_concurrent_activities)",
			"dc.yaml:6:1 unknown_key: foo.bar is not a dynamic-config key of any supported Temporal server (LINES): " +
				"the server ignores it",
		}},
		"fields of the server": {map[string]string{"config.yaml": "numHistoryShards: 512\npersistence:\n  numHistoryShards: 512\n" +
			"  datastores:\n    main: {sql: {pluginName: dsql, maxConns: 50, maxIdleConns: 50, connectAttributes: {any: name}}}\n" +
			"services:\n  frontend: {rpc: {grpcPort: 7233, bindOnIp: 0.0.0.0}}\nglobl: {pprof: {port: 1, host: x}}\n" +
			"clusterMetadata: {clusterInformation: {any: {rpcAdress: x}}}\n"}, []string{
			"config.yaml:1:1 unread_field: numHistoryShards: the server ignores this field; it reads persistence.numHistoryShards",
			"config.yaml:7:36 unread_field: services.frontend.rpc.bindOnIp: the server ignores this field; it is spelled bindOnIP",
			"config.yaml:8:1 unread_field: globl: the server ignores this field; allowed here: global, persistence, log, " +
				"clusterMetadata, dcRedirectionPolicy, services, archival, publicClient, dynamicConfigClient, " +
				"namespaceDefaults, otel, visibility",
			"config.yaml:9:46 unread_field: clusterMetadata.clusterInformation.any.rpcAdress: the server ignores this field; " +
				"allowed here: enabled, initialFailoverVersion, rpcAddress, httpAddress",
		}},
		"servers": {map[string]string{
			"compose.yaml": "services:\n  history: {image: x/temporal-dsql:1.31.2, environment: {SERVICES: history}}\n  matching: {image: x/temporal-dsql:1.30.4}\n",
			"config.yaml": "persistence:\n  defaultStore: main\n  visibilityStore: main\n  numHistoryShards: 512\n" +
				"  datastores:\n    default: {sql: {maxConns: 50}}\n",
			"dc.yaml": "history.rps: [{value: 5000, constraints: {namespace: ''}}]\n",
			"o.env":   "DB=dsql\n",
		}, []string{
			"compose.yaml:3:21 several_versions: the servers have 2 versions: 1.31.2 (history) and 1.30.4 (matching); all are checked for 1.31.2",
			"config.yaml:2:17 undefined_store: persistence.defaultStore is main, which persistence.datastores does not have: the server " +
				"does not start",
			"config.yaml:3:20 undefined_store: persistence.visibilityStore is main, which persistence.datastores does not have: the " +
				"server does not start",
			"dc.yaml:1:43 empty_constraint: history.rps: namespace is empty, and therefore not a constraint: the value applies everywhere",
			`o.env:1:4 wrong_database: DB is "dsql", which the template of the server's own images does not know: it defines no ` +
				"default store, and the server does not start",
		}},
		"guard rails": {map[string]string{"a.env": "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_MAX_IDLE_CONNS=20\n"}, []string{
			"a.env:1:24 max_idle_equals_max_conns: persistence.maxIdleConns is 20 and persistence.maxConns is 50",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFiles(t, ".", c.files)
			found := listFindings(runLint(t, e, Request{Files: slices.Sorted(maps.Keys(c.files))}))
			// (TestUnsetKeysHaveTheServersDefault is about keys that no file sets)
			found = slices.DeleteFunc(found, func(line string) bool { return strings.Contains(line, "(the server's default)") })
			for i, line := range c.want {
				c.want[i] = strings.Replace(line, "LINES", strings.Join(known.TemporalServers, ", "), 1)
			}
			if diff := cmp.Diff(c.want, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, line := range found {
				shown[strings.TrimSuffix(strings.Fields(line)[1], ":")] = true
			}
		})
	}
	t.Run("newer server", func(t *testing.T) {
		t.Chdir(t.TempDir())
		writeFiles(t, ".", map[string]string{"dc.yaml": "history.comesTomorrow: [{value: 5}]\n"})
		newest, _ := known.Release("1.99")
		want := "dc.yaml:1:1 key_not_catalogued: history.comesTomorrow is not a key of Temporal " + newest.Name + ", where the catalogue ends " +
			"for Temporal 1.99"
		found := listFindings(runLint(t, e, Request{Files: []string{"dc.yaml"}, Temporal: "1.99"}))
		if !slices.Contains(found, want) || strings.Contains(strings.Join(found, "\n"), "unknown_key") {
			t.Errorf("want %s in:\n%s", want, strings.Join(found, "\n"))
		}
		shown["key_not_catalogued"] = true
	})
	linted, err := settings.Lint(t.Context(), e.Module, nil, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range linted.Rules {
		if !shown[rule.Name] {
			t.Errorf("no example shows %s", rule.Name)
		}
	}
}

// A dynamic config that does not set a key leaves the server's own default, which the
// guard rails judge. Without a dynamic config, nothing is known of it.
func TestUnsetKeysHaveTheServersDefault(t *testing.T) {
	e := sharedEngine()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"dc.yaml":   "frontend.rps: [{value: 2400}]\n",
		"set.yaml":  "limit.blobSize.error: [{value: 700000}]\nLIMIT.MAXIDLENGTH: [{value: 255}]\nlimit.memoSize.error: [{value: 5000000}]\n",
		"part.yaml": "limit.blobSize.error: [{value: 700000, constraints: {namespace: shop}}]\n",
		"a.env":     "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_MAX_IDLE_CONNS=50\n",
	})
	const blob = "payload_over_column_limit: limit.blobSize.error (the server's default) accepts 2097152 bytes, over " +
		"the 1048576 of a column value"
	const id = "id_over_column_limit: limit.maxIDLength (the server's default) accepts identifiers of 1000 bytes, over " +
		"the 255 of their columns"
	for _, c := range []struct {
		files    []string
		blob, id bool
	}{
		{[]string{"a.env"}, false, false},
		{[]string{"a.env", "dc.yaml"}, true, true},
		{[]string{"set.yaml"}, false, false},
		{[]string{"part.yaml"}, true, true}, // other namespaces have the default
	} {
		var files []string
		for _, f := range c.files {
			files = append(files, filepath.Join(dir, f))
		}
		out := runLint(t, e, Request{Files: files})
		found := strings.Join(listFindings(out), "\n")
		if strings.Contains(found, blob) != c.blob || strings.Contains(found, id) != c.id {
			t.Errorf("%v:\n%s", c.files, found)
		}
		if c.blob && !strings.Contains(found, c.files[len(c.files)-1]+":1:1 "+blob) {
			t.Errorf("%v: %s is not at the start of the dynamic config", c.files, blob)
		}
	}
}

// A pool's settings and a reservoir's sizes that nothing states have the plugin's defaults, of which those of
// the reservoir are the pool's maximum.
func TestUnsetPoolSettingsHaveThePluginsDefault(t *testing.T) {
	e := sharedEngine()
	dir := t.TempDir()
	store := func(fields string) string {
		return "persistence:\n  defaultStore: dsql\n  datastores:\n    dsql: {sql: {pluginName: dsql" + fields + "}}\n"
	}
	writeFiles(t, dir, map[string]string{
		"part.yaml":     store(", maxConns: 200"),
		"none.yaml":     store(""),
		"all.yaml":      store(", maxConns: 200, maxIdleConns: 200"),
		"template.yaml": store(`, maxConns: 200, maxIdleConns: "{{ .Env.IDLE }}"`),
		"pg.yaml":       strings.Replace(store(", maxConns: 200"), "pluginName: dsql", "pluginName: postgres12", 1),
		"r.env":         "TEMPORAL_SQL_MAX_CONNS=200\nDSQL_RESERVOIR_ENABLED=true\n",
		"target.env": "TEMPORAL_SQL_MAX_CONNS=200\nDSQL_RESERVOIR_ENABLED=true\n" +
			"DSQL_RESERVOIR_TARGET_READY=20\nDSQL_RESERVOIR_LOW_WATERMARK=20\n",
	})
	const idle = "max_idle_equals_max_conns: persistence.maxIdleConns (the plugin's default) is 100 and persistence.maxConns is 200"
	for file, want := range map[string]bool{
		"part.yaml": true, "none.yaml": false, "all.yaml": false, "template.yaml": false, "pg.yaml": false,
	} {
		out := runLint(t, e, Request{Files: []string{filepath.Join(dir, file)}})
		if found := strings.Join(listFindings(out), "\n"); strings.Contains(found, idle) != want {
			t.Errorf("%s:\n%s", file, found)
		}
	}
	// both are known, so the rules about a reservoir can be evaluated
	for file, want := range map[string]bool{"r.env": true, "target.env": false} {
		out := runLint(t, e, Request{Files: []string{filepath.Join(dir, file)}})
		if !slices.Contains(out.Evaluated, "reservoir_below_pool") {
			t.Errorf("%s: reservoir_below_pool is not evaluated: %v", file, out.Evaluated)
		}
		if found := strings.Join(listFindings(out), "\n"); strings.Contains(found, "reservoir_below_pool") == want {
			t.Errorf("%s:\n%s", file, found)
		}
	}
}

// A server takes each of its own keys with its own default.
func TestEveryKeyOfAServerIsKnown(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	dir := t.TempDir()
	for _, version := range []string{"1.29", "1.32"} {
		keys, err := e.Keys(version)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]any{}
		for _, k := range keys {
			if k.Default != nil {
				all[k.Key] = []any{map[string]any{"value": k.Default}}
			}
		}
		data, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		writeFiles(t, dir, map[string]string{"dynamic.json": string(data)})
		out := runLint(t, e, Request{Files: []string{filepath.Join(dir, "dynamic.json")}, Temporal: version})
		if out.Settings < 500 {
			t.Errorf("%s: only %d keys were read", version, out.Settings)
		}
		for _, line := range listFindings(out) {
			if !strings.Contains(line, "_over_") && !strings.Contains(line, "out_of_range") && !strings.Contains(line, "batch_below") {
				t.Errorf("%s: %s", version, line)
			}
		}
	}
}

var presets = rapid.SampledFrom([]string{"starter", "mid-scale", "high-throughput"})

// Nothing is wrong with anything that a compile writes (each file alone, and all
// of them together).
func TestNothingIsWrongWithWhatCompileWrites(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	known, err := e.Versions()
	if err != nil {
		t.Fatal(err)
	}
	modifiers := rapid.SampledFrom([]string{"", "simple-crud", "orchestrator", "batch-processor", "long-running"})
	rapid.Check(t, func(t *rapid.T) {
		r := compile.Request{
			Preset: presets.Draw(t, "preset"), Modifier: modifiers.Draw(t, "modifier"),
			TemporalVersion: rapid.SampledFrom(known.TemporalServers).Draw(t, "server"),
			PluginVersion:   rapid.SampledFrom([]string{"1", "2"}).Draw(t, "plugin"),
			SDKs:            []string{}, Platforms: []string{"ecs", "compose", "helm"},
		}
		result, err := e.Compile(r)
		if err != nil {
			t.Fatalf("%v", err)
		}
		dir, err := os.MkdirTemp("", "written")
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		writeFiles(t, dir, result.Files)
		files := []string{
			"dynamic_config.yaml",
			"dsql.env",
			"server_config.yaml",
			"compose.override.yaml",
			"ecs-task-definition-history.json",
			"ecs-service-history.json",
			"helm-values.yaml",
		}
		// one file alone, and some together, or all
		for _, names := range [][]string{
			{rapid.SampledFrom(files).Draw(t, "file")}, rapid.SliceOfNDistinct(rapid.SampledFrom(files), 2, len(files), rapid.ID).Draw(t, "files"),
		} {
			var drawn []string
			for _, name := range names {
				drawn = append(drawn, filepath.Join(dir, name))
			}
			out := runLint(t, e, Request{Files: drawn, Temporal: r.TemporalVersion, Plugin: r.PluginVersion})
			if found := listFindings(out); len(found) > 0 {
				t.Fatalf("%v: %s", drawn, strings.Join(found, "\n"))
			}
		}
	})
}

// A guard rail that has all its values reports the same for them as for the profile
// that they come from.
func TestGuardRailsSayWhatTheySayOfTheProfile(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	rules, err := policy.PrepareGuardRails(context.Background(), e.Policies())
	if err != nil {
		t.Fatal(err)
	}
	overrides := []string{
		"persistence.maxConns=400", "persistence.maxIdleConns=3", "dsql.reservoir_target_ready=0", "dsql.reservoir_enabled=false",
		"dsql.connection_rate_limit=50", "dsql.max_conn_lifetime=59m", "dsql.token_duration=20s", "limit.blobSize.error=2000000",
		"matching.numTaskqueueReadPartitions=2", "history.replicas=90", "dsql.reservoir_lifetime_jitter=1s",
	}
	compare := func(t rapid.TB, preset string, overrides []string, file string) int {
		r := compile.Request{Preset: preset, SDKs: []string{}, Platforms: []string{"ecs", "helm"}}
		for _, arg := range overrides {
			o, err := e.ParseOverride(arg)
			if err != nil {
				t.Fatalf("%v", err)
			}
			r.Overrides = append(r.Overrides, o)
		}
		result, err := e.Compile(r)
		if err != nil {
			t.Fatalf("%v", err)
		}
		findings, err := rules.Evaluate(context.Background(), result.JSON)
		if err != nil {
			t.Fatalf("%v", err)
		}
		dir, err := os.MkdirTemp("", "written")
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		writeFiles(t, dir, result.Files)
		out := runLint(t, e, Request{Files: []string{filepath.Join(dir, file)}})
		var want, got []string
		for _, f := range findings {
			if slices.Contains(out.Evaluated, f.RuleName) {
				want = append(want, f.RuleName+": "+f.Message)
			}
		}
		for _, s := range out.Report.Subjects {
			for _, f := range s.Findings {
				got = append(got, f.RuleName+": "+f.Message)
				if f.Pos.Line == 0 {
					t.Fatalf("%s is nowhere", f.RuleName)
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("findings (-profile +lint):\n%s", diff)
		}
		if len(out.Evaluated)+len(out.Skipped) != len(rules.All()) {
			t.Fatalf("%d judged and %d not, of %d", len(out.Evaluated), len(out.Skipped), len(rules.All()))
		}
		return len(want)
	}
	files := []string{"helm-values.yaml", "ecs-task-definition-history.json"}
	// (few random cases can all be without findings, so that the property would show nothing)
	for _, file := range files {
		if compare(t, "mid-scale", []string{"persistence.maxIdleConns=3", "dsql.max_conn_lifetime=59m"}, file) == 0 {
			t.Errorf("no guard rail had anything to say of %s", file)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		compare(t, presets.Draw(t, "preset"),
			rapid.SliceOfNDistinct(rapid.SampledFrom(overrides), 0, 4, rapid.ID).Draw(t, "overrides"),
			rapid.SampledFrom(files).Draw(t, "file"))
	})
}

// Whatever a file says, it is a finding or an error about the file, never a
// fault of ours.
func TestAnyValueIsChecked(t *testing.T) {
	t.Parallel()
	e := sharedEngine()
	keys := []string{
		"frontend.rps",
		"FRONTEND.RPS",
		"matching.longPollExpirationInterval",
		"system.enableActivityEagerExecution",
		"chasm.scheduler.tweakables",
		"component.callbacks.allowedAddresses",
		"matching.numTaskqueueReadPartitions",
		"persistence.maxConns",
		"no.such\\(key)",
		"",
		"TEMPORAL_SQL_MAX_CONNS",
		"DSQL_TOKEN_DURATION",
		"DSQL_STAGGERED_STARTUP",
		"TEMPORAL_SQL_PLUGIN",
		"DSQL_",
		"server.config.logLevel",
		"server.config.persistence.numHistoryShards",
		"replicaCount",
	}
	kinds := rapid.SampledFrom([]deployed.Kind{deployed.Dynamic, deployed.Variable, deployed.Static})
	scalars := rapid.OneOf(
		rapid.Just(
			any(nil),
		),
		rapid.Map(rapid.Int(), func(n int) any { return n }),
		rapid.Map(rapid.Float64(), func(x float64) any { return x }),
		rapid.Map(
			rapid.Bool(),
			func(b bool) any { return b },
		),
		rapid.Map(rapid.OneOf(rapid.String(), rapid.Just("\ufeff")), func(s string) any { return s }),
		rapid.Map(rapid.StringMatching(`-?[0-9]{0,25}(\.[0-9]*)?(d|s|h|m)?`), func(s string) any { return s }),
	)
	anything := rapid.OneOf(
		scalars,
		rapid.Map(rapid.SliceOfN(scalars, 0, 3), func(s []any) any { return s }),
		rapid.Map(
			rapid.MapOfN(rapid.SampledFrom([]string{"Old", "old", "IdleTime", "x"}), scalars, 0, 3),
			func(m map[string]any) any { return m },
		),
	)
	rapid.Check(t, func(t *rapid.T) {
		var given []deployed.Setting
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			s := deployed.Setting{
				Kind:  kinds.Draw(t, "kind"),
				Key:   rapid.SampledFrom(keys).Draw(t, "key"),
				Value: anything.Draw(t, "value"),
				Service: rapid.SampledFrom([]string{"", "history", "x-worker"}).
					Draw(t, "service"),
				Unknown: rapid.Bool().Draw(t, "unknown"),
			}
			if s.Kind == deployed.Variable {
				s.Value = fmt.Sprint(s.Value)
			}
			if s.Unknown {
				s.Value = nil
			}
			for _, name := range rapid.SliceOfN(
				rapid.SampledFrom([]string{"namespace", "ShardID", "taskType", "x", ""}), 0, 3,
			).Draw(t, "constraints") {
				s.Constraints = append(s.Constraints, deployed.Field{Name: name, Value: anything.Draw(t, "constraint")})
			}
			s.Pos.File, s.Pos.Line = "f", rapid.IntRange(1, 3).Draw(t, "line")
			given = append(given, s)
		}
		linted, err := settings.Lint(context.Background(), e.Module, ConvertSettings(given), "", "")
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, p := range linted.Problems {
			if p.RuleName == "" || p.Severity == "" || p.Message == "" || p.Remedy == "" {
				t.Fatalf("something is missing from %+v", p)
			}
		}
	})
}

// manyQueues returns a value for each of some task queues.
func manyNamespaces(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "- {value: %d, constraints: {namespace: n%d}}\n", 100+i, i)
	}
	return text.String()
}

func manyServices(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "  s%d: {environment: {TEMPORAL_SQL_MAX_CONNS: %d, TEMPORAL_SQL_MAX_IDLE_CONNS: %[2]d}}\n", i, i+1)
	}
	return text.String()
}

func alikeServices(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "  s%d: {environment: {TEMPORAL_SQL_MAX_CONNS: 8, TEMPORAL_SQL_MAX_IDLE_CONNS: 8}}\n", i)
	}
	return text.String()
}

func manyCharts(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "t%d: {server: {config: {persistence: {numHistoryShards: 512}}}}\n", i)
	}
	return text.String()
}

func manyQueues(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "- {value: 9, constraints: {taskQueueName: queue%d}}\n", i)
	}
	return text.String()
}
