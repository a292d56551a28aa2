package configfile

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// A value that another part of the files has, or a function of a template gives, is read with the place that states it.
func TestLinkedValues(t *testing.T) {
	for name, c := range map[string]struct{ files, read, want string }{
		"functions": {`
-- stack.yaml --
Parameters:
  Conns: {Type: Number, Default: 30}
  Tag: {Default: 1.31.0}
  Host: {Type: String}
Mappings: {Sizes: {prod: {idle: "20", count: 4}}}
Resources:
  T:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: history
          Image: !Join [":", [acme/temporal, !Ref Tag]]
          Environment:
            - {Name: TEMPORAL_SQL_MAX_CONNS, Value: !Sub "${Conns}"}
            - {Name: TEMPORAL_SQL_MAX_IDLE_CONNS, Value: !FindInMap [Sizes, prod, idle]}
            - {Name: A, Value: {Fn::Sub: ["${X}/!", {X: {Fn::Join: ["", [a, b]]}}]}}
            - {Name: TEMPORAL_SQL_HOST, Value: !Sub "${Host}"}
            - {Name: B, Value: !FindInMap [Sizes, !Ref Host, idle]}
            - {Name: C, Value: !If [IsProd, a, b]}
            - {Name: D, Value: !Join [",", !Split [a, b]]}
            - !If [IsProd, {Name: E, Value: "5"}, !Ref "AWS::NoValue"]
            - {Fn::If: [IsProd, {Ref: AWS::NoValue}, {Fn::If: [IsOld, {Name: F, Value: "6"}, {Ref: AWS::NoValue}]}]}
            - !If [IsProd, {Name: G, Value: "7"}, {Name: G, Value: "8"}]
  S:
    Type: AWS::ECS::Service
    Properties: {ServiceName: history, DesiredCount: !FindInMap [Sizes, prod, count]}
`, "stack.yaml", `
stack.yaml:14:53 history: TEMPORAL_SQL_MAX_CONNS = 30
stack.yaml:15:58 history: TEMPORAL_SQL_MAX_IDLE_CONNS = 20
stack.yaml:16:32 history: A = ab/!
stack.yaml:17:48 history: TEMPORAL_SQL_HOST is unknown
stack.yaml:18:32 history: B is unknown
stack.yaml:19:32 history: C is unknown
stack.yaml:20:32 history: D is unknown
stack.yaml:21:45 history: E = 5
stack.yaml:22:88 history: F = 6
stack.yaml:26:54 history: desiredCount = 4
image acme/temporal:1.31.0
stack.yaml:23:15 unread_source
`},
		"terraform": {`
-- plan.json --
{"planned_values": {"root_module": {"resources": [
{"type": "kubernetes_config_map_v1", "values": {"metadata": [{"name": "env", "namespace": "t"}], "data": {"TEMPORAL_SQL_MAX_CONNS": "5"}}},
{"type": "kubernetes_manifest", "values": {"manifest": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "m", "namespace": "t"},
 "spec": {"template": {"spec": {"containers": [{"name": "matching", "envFrom": [{"configMapRef": {"name": "env"}}]}]}}}}}},
{"type": "kubernetes_deployment", "values": {"metadata": [{"name": "h", "namespace": "t"}], "spec": [{"replicas": "3", "template": [{"spec": [{
 "container": [{"name": "history", "image": "temporal:1", "port": [], "env": [{"name": "A", "value": "1"},
  {"name": "B", "value_from": [{"config_map_key_ref": [{"name": "env", "key": "TEMPORAL_SQL_MAX_CONNS"}]}]}],
  "env_from": [{"prefix": "P_", "config_map_ref": [{"name": "env"}]}]}]}]}]}]}}]}}}
`, "plan.json", `
plan.json:2:133 matching: TEMPORAL_SQL_MAX_CONNS = 5
plan.json:2:133 history: P_TEMPORAL_SQL_MAX_CONNS = 5
plan.json:6:102 history: A = 1
plan.json:2:133 history: B = 5
plan.json:5:115 history: replicas = 3
image 
image temporal:1
`},
		"typed lists": {`
-- list.yaml --
apiVersion: v1
kind: ConfigMapList
items:
- metadata: {name: env}
  data: {A: "20"}
---
apiVersion: v1
kind: Secret
metadata: {name: env}
stringData: {A: "21", B: oysterplanet}
---
apiVersion: v1
kind: PodList
items: [{spec: {containers: [{name: history, envFrom: [{configMapRef: {name: env}}, {prefix: S_, secretRef: {name: env}}]}]}}]
`, "list.yaml", `
list.yaml:5:13 history: A = 20
list.yaml:10:17 history: S_A = 21
list.yaml:10:26 history: S_B = oysterplanet
image 
`},
		"documents next to a kustomization": {`
-- several.yaml --
kind: Kustomization
apiVersion: kustomize.config.k8s.io/v1beta1
configMapGenerator: [{name: env, literals: [A=1]}]
---
apiVersion: v1
kind: Pod
spec: {containers: [{name: history, envFrom: [{configMapRef: {name: env}}]}]}
---
x: 1
`, "several.yaml", `
several.yaml:3:45 history: A = 1
image 
`},
		"a document without a kind": {`
-- several.yaml --
apiVersion: v1
kind: Pod
spec: {containers: [{name: history, env: [{name: A, value: "1"}]}]}
---
x: 1
`, "several.yaml", `
several.yaml:3:60 history: A = 1
image 
`},
		"configs": {`
-- compose.yaml --
include: [more/other.yaml]
services:
  history:
    image: temporal:1
    configs: [dynamic, {source: static, target: /etc/temporal/config/docker.yaml}, {source: below}, {source: filled}]
  matching: {image: "temporal:1", configs: [dynamic, gone]}
configs:
  dynamic: {content: "frontend.rps: [{value: 1}]\n"}
  static:
    content: |
      log: {level: info}
      persistence: {numHistoryShards: 4}
  filled: {content: "frontend.rps: [{value: $$X}]"}
-- more/other.yaml --
services: {}
configs: {below: {file: dc.yaml}}
-- more/dc.yaml --
history.rps: [{value: 2}]
`, "compose.yaml", `
compose.yaml:8:22 : frontend.rps = 1
compose.yaml:11:20 history: server.config.log.level = info
compose.yaml:12:39 history: server.config.persistence.numHistoryShards = 4
more/dc.yaml:1:23 : history.rps = 2
image temporal:1
image temporal:1
compose.yaml:13:21 unread_source
`},
	} {
		t.Run(name, func(t *testing.T) {
			project(t, c.files)
			file, err := Read(context.Background(), c.read, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), describeFile(file)); diff != "" {
				t.Errorf("it reads (-want +got):\n%s", diff)
			}
		})
	}
}

// describeFile lists what was read from a file.
func describeFile(file *deployed.File) string {
	var got strings.Builder
	for _, s := range file.Settings {
		value := fmt.Sprint(" = ", s.Value)
		if s.Unknown {
			value = " is unknown"
		}
		fmt.Fprintf(&got, "%s %s: %s%s\n", s.ValuePos, s.Service, s.Key, value)
	}
	for _, n := range file.Containers {
		if !n.IsData {
			fmt.Fprintf(&got, "image %s\n", n.Image)
		}
	}
	for _, n := range file.Notices {
		fmt.Fprintf(&got, "%s %s\n", n.Pos, n.Rule)
	}
	return got.String()
}
