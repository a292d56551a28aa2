package configfile

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// Every kind of platform file gives its settings with the places that state them.
func TestPlatformFiles(t *testing.T) {
	for name, c := range map[string]struct {
		format         deployed.Format
		text           string
		settings       string
		notices, notes string
	}{
		"configmap.yaml": {deployed.Kubernetes, `
apiVersion: v1
kind: ConfigMap
metadata: {name: temporal-config}
data:
  dynamic_config.yaml: |-
    # ours
    frontend.rps:
    - value: "50"
  config_template.yaml: |
    persistence:
      numHistoryShards: {{ .Env.SHARDS }}
      {{- if .Env.ES }}
      secondaryVisibilityStore: es
      {{- end }}
      defaultStore: main
      datastores:
        main: {sql: {maxConns: 20}}
  readme.md: |
    # hello
`, `
9:14 dynamic_config frontend.rps = "50"
12:25 static server.config.persistence.numHistoryShards is unknown
16:21 static server.config.persistence.defaultStore = "main"
18:32 static server.config.persistence.datastores.main.sql.maxConns = 20
`, "", "temporal-config"},
		"broken.yaml": {deployed.Kubernetes, `
apiVersion: v1
kind: ConfigMap
metadata: {name: dynamic}
data:
  a.yaml: |
    frontend.rps:
      - value: 1
      constraints: {}
  b.yaml: "frontend.rps: [{value: 2}]"
`, `
10:11 dynamic_config frontend.rps = 2
`, "broken.yaml:9:7 unreadable_part", "dynamic"},
		"several.yaml": {deployed.Kubernetes, `
# Source: chart/templates/x.yaml
---
apiVersion: v1
kind: ConfigMap
metadata: {name: env}
data: {TEMPORAL_SQL_MAX_CONNS: "20", lower-case.x: y}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: history}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: temporal-history
          image: registry.example/temporal:1.31.2
          command: [temporal-server]
          args: [start]
          envFrom: [{configMapRef: {name: env}}]
          env:
            - {name: SERVICES, value: history}
            - {name: TEMPORAL_SQL_MAX_IDLE_CONNS, valueFrom: {configMapKeyRef: {name: env, key: TEMPORAL_SQL_MAX_CONNS}}}
            - {name: POD, value: $(NODE)}
            - {name: DSQL_TOKEN_DURATION, valueFrom: {secretKeyRef: {name: other, key: x}}}
---
# nothing
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: job, env: [{name: A, value: "1"}]}]}}}}}
`, `
7:32 temporal-history: variable TEMPORAL_SQL_MAX_CONNS = "20"
7:52 temporal-history: variable lower-case.x = "y"
23:39 temporal-history: variable SERVICES = "history"
7:32 temporal-history: variable TEMPORAL_SQL_MAX_IDLE_CONNS = "20"
25:34 temporal-history: variable POD is unknown
26:22 temporal-history: variable DSQL_TOKEN_DURATION is unknown
13:13 temporal-history: static replicas = 3
33:95 job: variable A = "1"
`, "", "temporal-history registry.example/temporal:1.31.2 temporal-server start\njob"},
		"cluster.yaml": {deployed.Kubernetes, `
apiVersion: temporal.io/v1beta1
kind: TemporalCluster
metadata: {name: prod}
spec:
  version: 1.31.2
  numHistoryShards: 512
  persistence:
    defaultStore: {sql: {pluginName: postgres12, maxConns: 20}}
    visibilityStore: {sql: {maxConns: 10}}
  services: {history: {replicas: 3}, frontend: {port: 7233}}
  dynamicConfig:
    pollInterval: 10s
    values:
      frontend.rps: [{value: 10, constraints: {namespace: a}}]
`, `
7:21 static spec.numHistoryShards = 512
9:38 static spec.persistence.defaultStore.sql.pluginName = "postgres12"
9:60 static spec.persistence.defaultStore.sql.maxConns = 20
10:39 static spec.persistence.visibilityStore.sql.maxConns = 10
11:34 history: static replicas = 3
15:30 dynamic_config frontend.rps = 10, where namespace is a
`, "", "version 1.31.2"},
		"overridden-cluster.yaml": {deployed.Kubernetes, `
apiVersion: temporal.io/v1beta1
kind: TemporalCluster
metadata: {name: prod}
spec:
  version: 1.31.2
  services:
    overrides: {deployment: {spec: {template: {spec: {containers: [
      {name: service, env: [{name: DSQL_RESERVOIR_ENABLED, value: "true"}, {name: DSQL_TOKEN_DURATION, value: 9m}]},
      {name: sidecar, env: [{name: DSQL_TOKEN_DURATION, value: 1m}]}]}}}}}
    history:
      replicas: 3
      overrides: {deployment: {spec: {template: {spec: {containers: [{name: service, env: [
        {name: DSQL_TOKEN_DURATION, value: 11m}, {name: POD, valueFrom: {fieldRef: {fieldPath: x}}}]}]}}}}}
    frontend:
    matching: {overrides: {deployment: {jsonPatch: [{op: remove, path: /spec}]}}}
`, `
12:17 history: static replicas = 3
14:44 history: variable DSQL_TOKEN_DURATION = "11m"
14:57 history: variable POD is unknown
9:67 variable DSQL_RESERVOIR_ENABLED = "true"
9:111 frontend: variable DSQL_TOKEN_DURATION = "9m"
9:111 matching: variable DSQL_TOKEN_DURATION = "9m"
9:111 worker: variable DSQL_TOKEN_DURATION = "9m"
`, "overridden-cluster.yaml:16:52 unread_source", "version 1.31.2"},
		"images-cluster.yaml": {deployed.Kubernetes, `
apiVersion: temporal.io/v1beta1
kind: TemporalCluster
metadata: {name: prod}
spec:
  version: 1.31.2
  services:
    overrides: {deployment: {spec: {template: {spec: {containers: [{name: service, image: "acme/temporal-dsql:1.31.4"}]}}}}}
    history: {overrides: {deployment: {spec: {template: {spec: {containers: [{name: service, image: "acme:5000/x:1.30.0@sha256:ab"}]}}}}}}
    worker: {overrides: {deployment: {spec: {template: {spec: {containers: [{name: sidecar, image: "acme/other:3"}]}}}}}}
    internalFrontend: {enabled: true, replicas: 2}
`, `
11:49 internal-frontend: static replicas = 2
`, "", "frontend version 1.31.4\nhistory version 1.30.0\nmatching version 1.31.4\nworker version 1.31.4\ninternal-frontend version 1.31.4"},
		"disabled-cluster.yaml": {deployed.Kubernetes, `
apiVersion: temporal.io/v1beta1
kind: TemporalCluster
metadata: {name: prod}
spec:
  version: 1.31.2
  services:
    internalFrontend: {replicas: 2}
    matching: {replicas: 4, overrides: {deployment: {spec: {template: {spec: {containers: [{name: service, image: "acme/x:main"}]}}}}}}
`, `
9:26 matching: static replicas = 4
`, "", "frontend version 1.31.2\nhistory version 1.31.2\nmatching version main\nworker version 1.31.2"},
		"release.yaml": {deployed.Kubernetes, `
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec: {values: {server: {dynamicConfig: {frontend.rps: [{value: 10}]}}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source:
    helm:
      values: |
        server:
          replicaCount: 4
`, `
4:65 dynamic_config frontend.rps = 10
13:25 frontend: static replicaCount = 4
13:25 history: static replicaCount = 4
13:25 matching: static replicaCount = 4
13:25 worker: static replicaCount = 4
`, "", ""},
		"list.json": {deployed.Kubernetes, `{"apiVersion": "v1", "kind": "List", "items": [
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"dynamic.yaml": "frontend.rps:\n- value: x\n"}}]}`, `
2:95 dynamic_config frontend.rps = "x"
`, "", "c"},
		"own-environment.yaml": {deployed.Helm, `
server:
  additionalEnv:
    - {name: DSQL_TOKEN_DURATION, value: 14m}
    - {name: DSQL_CONNECTION_RATE_LIMIT, value: "6"}
  matching: {additionalEnv: []}
  history:
    additionalEnv:
      - {name: DSQL_CONNECTION_RATE_LIMIT, value: "3"}
`, `
4:42 frontend: variable DSQL_TOKEN_DURATION = "14m"
4:42 matching: variable DSQL_TOKEN_DURATION = "14m"
4:42 worker: variable DSQL_TOKEN_DURATION = "14m"
5:49 frontend: variable DSQL_CONNECTION_RATE_LIMIT = "6"
5:49 matching: variable DSQL_CONNECTION_RATE_LIMIT = "6"
5:49 worker: variable DSQL_CONNECTION_RATE_LIMIT = "6"
9:51 history: variable DSQL_CONNECTION_RATE_LIMIT = "3"
`, "own-environment.yaml:8:5 dead_value", ""},
		"umbrella.yaml": {deployed.Helm, `
postgresql: {enabled: true}
temporal:
  server:
    image: {tag: 1.30.4}
    dynamicConfig:
      frontend.rps: [{value: x}]
  fontend: {}
`, `
7:30 dynamic_config frontend.rps = "x"
`, "umbrella.yaml:8:3 dead_value", "version 1.30.4"},
		"config_template.yaml": {deployed.Server, `
{{- $db := default .Env.DB "cassandra" -}}
persistence:
  numHistoryShards: {{ default .Env.NUM_HISTORY_SHARDS "4" }}
  {{- if eq $db "cassandra" }}
  defaultStore: default
  {{- else }}
  defaultStore: other
  {{- end }}
  datastores:
    default:
      sql: {maxConns: $MAX_CONNS, maxIdleConns: 20}
`, `
4:21 static server.config.persistence.numHistoryShards is unknown
12:23 static server.config.persistence.datastores.default.sql.maxConns is unknown
12:49 static server.config.persistence.datastores.default.sql.maxIdleConns = 20
`, "", ""},
		"template.yaml": {deployed.Stack, `
Parameters:
  MaxConns: {Type: Number, Default: 30}
  Endpoint: {Type: String}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: history
      ContainerDefinitions:
        - Name: temporal-history
          Image: !Sub "${AWS::AccountId}.dkr/temporal:1"
          Environment:
            - {Name: TEMPORAL_SQL_MAX_CONNS, Value: !Ref MaxConns}
            - {Name: TEMPORAL_SQL_HOST, Value: !Ref Endpoint}
            - {Name: AWS_REGION, Value: {"Fn::Sub": "${AWS::Region}"}}
            - {Name: TEMPORAL_SQL_MAX_IDLE_CONNS, Value: "10"}
          Secrets: [{Name: PGPASSWORD, ValueFrom: !Ref Secret}]
  Service:
    Type: AWS::ECS::Service
    Properties: {DesiredCount: 3, ServiceName: temporal-history, DeploymentConfiguration: {MaximumPercent: 150}}
  Other: {Type: AWS::S3::Bucket}
`, `
3:37 temporal-history: variable TEMPORAL_SQL_MAX_CONNS = "30"
15:48 temporal-history: variable TEMPORAL_SQL_HOST is unknown
16:41 temporal-history: variable AWS_REGION is unknown
17:58 temporal-history: variable TEMPORAL_SQL_MAX_IDLE_CONNS = "10"
18:28 temporal-history: variable PGPASSWORD is secret
21:32 temporal-history: static desiredCount = 3
21:108 temporal-history: static maximumPercent = 150
`, "", "temporal-history ${AWS::AccountId}.dkr/temporal:1"},
		"plan.json": {deployed.Terraform, `{"format_version": "1.2", "planned_values": {"root_module": {"resources": [
{"address": "aws_ecs_task_definition.h", "type": "aws_ecs_task_definition", "values": {"family": "h",
 "container_definitions": "[{\"name\":\"history\",\"image\":\"r/temporal:1\",\"environment\":[{\"name\":\"TEMPORAL_SQL_MAX_CONNS\",\"value\":\"50\"}]}]"}},
{"address": "aws_ecs_task_definition.later", "type": "aws_ecs_task_definition", "values": {}},
{"address": "x", "type": "helm_release", "values": {"values": ["server: {dynamicConfig: {frontend.rps: [{value: 1}]}}"]}},
{"address": "y", "type": "helm_release", "values": {"values": ["a: 1"]}}],
"child_modules": [{"resources": [{"address": "s", "type": "aws_ecs_service", "values": {"name": "history", "desired_count": 2, "deployment_maximum_percent": 200}}]}]}}}`, `
3:27 history: variable TEMPORAL_SQL_MAX_CONNS = "50"
5:64 dynamic_config frontend.rps = 1
7:125 history: static desiredCount = 2
7:158 history: static maximumPercent = 200
`, "plan.json:4:1 unreadable_part", "history r/temporal:1"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := Read(context.Background(), path, "")
			if err != nil {
				t.Fatal(err)
			}
			if file.Format != c.format {
				t.Errorf("format %s, want %s", file.Format, c.format)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.settings, "\n"), lines(file.Settings)); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			var notices, notes []string
			for _, n := range file.Notices {
				n.Pos.File = filepath.Base(n.Pos.File)
				notices = append(notices, n.Pos.String()+" "+n.Rule)
			}
			for _, n := range file.Containers {
				version := n.Version
				if version != "" {
					version = "version " + version
				}
				notes = append(
					notes,
					strings.Join(strings.Fields(strings.Join([]string{n.Service, n.Image, n.Command, version}, " ")), " "),
				)
			}
			if diff := cmp.Diff(c.notices, strings.Join(notices, "\n")); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.notes, strings.Join(notes, "\n")); diff != "" {
				t.Errorf("containers (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzKubernetes(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dynamic}\ndata:\n  a.yaml: |\n    frontend.rps: [{value: 1}]\n"))
	f.Add([]byte("apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, env: [{name: A, value: b}], envFrom: " +
		"[{configMapRef: {name: c}}]}]}\n"))
	f.Add([]byte("apiVersion: v1\nkind: Pod\nspec: {initContainers: [{name: i, volumeMounts: [{name: a, mountPath: /a}, {name: e}]}], " +
		"containers: [{name: t, volumeMounts: [{name: e, mountPath: /e, subPath: x}]}], volumes: [{name: e, emptyDir: {}}, " +
		"{name: a, projected: {sources: [{configMap: {name: c, items: [{key: k, path: p}]}}]}}]}\n---\napiVersion: v1\n" +
		"kind: ConfigMap\nmetadata: {name: c}\ndata: {k: \"frontend.rps: [{value: 1}]\"}\n"))
	f.Add([]byte("apiVersion: temporal.io/v1beta1\nkind: TemporalCluster\n" +
		"spec: {persistence: {defaultStore: {sql: {}}}, services: {a: {replicas: 1}}}\n"))
	fuzz(f, deployed.Kubernetes)
}

func FuzzCloudFormation(f *testing.F) {
	f.Add([]byte("Resources: {T: {Type: 'AWS::ECS::TaskDefinition', Properties: {ContainerDefinitions: [{Name: a, " +
		"Environment: [{Name: A, Value: !Ref B}]}]}}}\n"))
	f.Add([]byte(`{"Resources": {"T": {"Type": "AWS::ECS::Service", "Properties": {"DesiredCount": {"Ref": "N"}}}}, ` +
		`"Parameters": {"N": {"Default": 3}}}`))
	fuzz(f, deployed.Stack)
}

func FuzzTerraform(f *testing.F) {
	f.Add([]byte(`{"planned_values": {"root_module": {"resources": [{"type": "aws_ecs_task_definition", "values": ` +
		`{"container_definitions": "[{\"name\": \"a\"}]"}}]}}}`))
	f.Add([]byte(`{"values": {"root_module": {"child_modules": [{"resources": [{"type": "helm_release", "values": ` +
		`{"values": ["server: {}"]}}]}]}}, "terraform_version": "1"}`))
	fuzz(f, deployed.Terraform)
}

// FuzzKustomization reads a kustomization on disk with files that a fuzzer writes: its resource, and a patch of it.
func FuzzKustomization(f *testing.F) {
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: " +
		"[{name: a, image: \"i:1\", env: [{name: A, value: b}], envFrom: [{configMapRef: {name: env}}]}]}}}\n"
	f.Add([]byte("resources: [resource.yaml, base]\nnamePrefix: p-\nnamespace: n\npatches:\n- path: patch.yaml\n- {target: {kind: "+
		"Deployment}, path: patch.yaml}\nconfigMapGenerator:\n- {name: env, behavior: merge, envs: [a.env], files: [X=a.env], "+
		"literals: [C=d]}\nimages: [{name: i, newTag: \"2\"}]\nreplicas: [{name: a, count: 2}]\n"), []byte(deployment), []byte(deployment))
	f.Add([]byte("components: [base]\nresources: [&a resource.yaml, .]\npatchesStrategicMerge: [patch.yaml]\n"),
		[]byte(deployment+"---\nkind: List\nitems: [{kind: ConfigMap, metadata: {name: env}, data: &d {A: b, C: *d}}]\n"),
		[]byte("- {op: move, from: /spec, path: /spec/template/spec}\n- {op: add, path: /spec/-, value: {}}\n"))
	dir := f.TempDir()
	files := map[string]string{
		"a.env":                   "A=1\nB\n",
		"base/kustomization.yaml": "configMapGenerator:\n- {name: env, literals: [TEMPORAL_SQL_MAX_CONNS=5]}\nresources: [..]\n",
	}
	if err := os.Mkdir(filepath.Join(dir, "base"), 0o700); err != nil {
		f.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	const most = 4 << 10 // bytes of each file
	f.Fuzz(func(t *testing.T, kustomization, resource, patch []byte) {
		if max(len(kustomization), len(resource), len(patch)) > most {
			return
		}
		given := map[string][]byte{"kustomization.yaml": kustomization, "resource.yaml": resource, "patch.yaml": patch}
		for name, data := range given {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		checkFile(t, Reader{KeepsRest: true}, filepath.Join(dir, "kustomization.yaml"))
	})
}
