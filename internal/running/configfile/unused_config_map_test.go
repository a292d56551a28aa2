package configfile_test

import (
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
)

// A ConfigMap that no workload takes is left out only where workloads take its settings from another one.
func TestUnusedConfigMap(t *testing.T) {
	t.Parallel()
	const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: history, namespace: a}
spec: {template: {spec: {
  containers: [{name: history, image: temporalio/server, envFrom: [{configMapRef: {name: env}}],
    volumeMounts: [{name: c, mountPath: /etc/temporal/dc}]}],
  volumes: [{name: c, configMap: {name: dynamic-config}}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: env, namespace: a}
data: {TEMPORAL_SQL_MAX_CONNS: "20", LOG_LEVEL: info}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: dynamic-config, namespace: a}
data: {dynamic_config.yaml: "frontend.rps: [{value: 100}]"}
`
	for name, c := range map[string]struct {
		other  string
		isLeft bool
	}{
		"variables":                   {`metadata: {name: old, namespace: a}, data: {TEMPORAL_SQL_MAX_CONNS: "77"}`, true},
		"variables with others":       {`metadata: {name: old, namespace: a}, data: {TEMPORAL_SQL_MAX_CONNS: "77", X: "77"}`, true},
		"a variable of many programs": {`metadata: {name: old, namespace: a}, data: {LOG_LEVEL: "77", X: "77", Y: "77"}`, false},
		"other variables":             {`metadata: {name: old, namespace: a}, data: {TEMPORAL_SQL_MAX_IDLE_CONNS: "77"}`, false},
		"another namespace":           {`metadata: {name: old, namespace: b}, data: {TEMPORAL_SQL_MAX_CONNS: "77"}`, false},
		"dynamic config": {
			`metadata: {name: dynamic-config-old, namespace: a}, data: {dynamic_config.yaml: "frontend.rps: [{value: 77}]"}`, true,
		},
		"other dynamic config": {
			`metadata: {name: dynamic-config-old, namespace: a}, data: {dynamic_config.yaml: "history.rps: [{value: 77}]"}`, false,
		},
	} {
		other := "{apiVersion: v1, kind: ConfigMap, " + c.other + "}\n"
		for _, order := range []string{workload + "---\n" + other, other + "---" + workload} {
			file, err := configfile.Reader{}.Text(t.Context(), "manifests.yaml", []byte(order))
			if err != nil {
				t.Fatal(name, err)
			}
			isRead := false
			for _, s := range file.Settings {
				isRead = isRead || s.Value == "77" || s.Value == 77
			}
			isNoted := false
			for _, n := range file.Notices {
				isNoted = isNoted || strings.Contains(n.Message, "no workload takes the ConfigMap")
			}
			if isRead == c.isLeft || isNoted != c.isLeft {
				t.Errorf("%s: read %v, noted %v", name, isRead, isNoted)
			}
		}
	}
}
