package configfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of the files of ConfigMaps, those count that a container has after all its mounts, also through an init container.
func TestMountedConfigMaps(t *testing.T) {
	t.Parallel()
	const configs = `
---
apiVersion: v1
kind: ConfigMap
metadata: {name: old}
data:
  dynamic.yaml: 'frontend.rps: [{value: 1}]'
  more.yaml: 'history.rps: [{value: 1}]'
---
apiVersion: v1
kind: ConfigMap
metadata: {name: new}
data:
  dynamic.yaml: '{frontend.rps: [{value: 2}], matching.rps: [{value: 2}], worker.perNamespaceWorkerCount: [{value: 2}]}'
`
	const rest = " worker.perNamespaceWorkerCount=2\n"
	for name, c := range map[string]struct{ pod, want string }{
		"nothing": {`containers: [{name: t, image: temporalio/server}]`, "frontend.rps=1 history.rps=1 frontend.rps=2 matching.rps=2" + rest},
		"a file over that of a folder": {`
      containers: [{name: t, image: temporalio/server, volumeMounts: [
        {name: b, mountPath: /etc/dc/dynamic.yaml, subPath: dynamic.yaml}, {name: a, mountPath: /etc/dc/}]}]
      volumes: [{name: a, configMap: {name: new}}, {name: b, configMap: {name: old}}]`,
			"frontend.rps=1 history.rps=1\nanother file is mounted over the ConfigMap new at /etc/dc/dynamic.yaml, so it is left out\n"},
		"a folder over a file": {`
      containers: [{name: t, image: temporalio/server, volumeMounts: [
        {name: b, mountPath: /etc/dc}, {name: a, mountPath: /etc}]}]
      volumes: [{name: a, configMap: {name: old, items: [{key: dynamic.yaml, path: dc/dynamic.yaml}]}}, {name: b, configMap: {name: new}}]`,
			"history.rps=1 frontend.rps=2 matching.rps=2" + rest +
				"another file is mounted over dynamic.yaml of the ConfigMap old at /etc/dc/dynamic.yaml, so it is left out\n"},
		"the last of a projected volume": {`
      containers: [{name: t, image: temporalio/server, volumeMounts: [{name: a, mountPath: /etc/dc}]}]
      volumes: [{name: a, projected: {sources: [{configMap: {name: new}}, {configMap: {name: old}}]}}]`,
			"frontend.rps=1 history.rps=1\nanother file is mounted over the ConfigMap new at /etc/dc/dynamic.yaml, so it is left out\n"},
		"chosen files": {`
      containers: [{name: t, image: temporalio/server, volumeMounts: [{name: a, mountPath: /etc/dc}, {name: b, mountPath: /b}]}]
      volumes: [{name: a, configMap: {name: old, items: [{key: more.yaml, path: m.yaml}]}}, {name: b, configMap: {name: new}}]`,
			"history.rps=1 frontend.rps=2 matching.rps=2" + rest +
				"no workload takes dynamic.yaml of the ConfigMap old, while workloads take its settings from others, so it is left out\n"},
		"copies": {`
      initContainers:
        - {name: copy, volumeMounts: [{name: a, mountPath: /from}, {name: shared, mountPath: /to}]}
        - {name: schema, volumeMounts: [{name: b, mountPath: /from}]}
      containers: [{name: t, image: temporalio/server, volumeMounts: [{name: shared, mountPath: /etc/dc}]}]
      volumes: [{name: a, configMap: {name: old}}, {name: b, configMap: {name: new}}, {name: shared, emptyDir: {}}]`,
			"frontend.rps=1 history.rps=1 frontend.rps=2 matching.rps=2" + rest +
				"the init container copy copies dynamic.yaml of the ConfigMap old, and can change it: it is read as it is here\n" +
				"the init container copy copies more.yaml of the ConfigMap old, and can change it: it is read as it is here\n"},
		"copies for another container": {`
      initContainers: [{name: copy, volumeMounts: [{name: a, mountPath: /from}, {name: other, mountPath: /to}]}]
      containers: [{name: t, image: temporalio/server, volumeMounts: [{name: b, mountPath: /etc/dc}]}]
      volumes: [{name: a, configMap: {name: old}}, {name: b, configMap: {name: new}}, {name: other, emptyDir: {}}]`,
			"history.rps=1 frontend.rps=2 matching.rps=2" + rest +
				"no workload takes dynamic.yaml of the ConfigMap old, while workloads take its settings from others, so it is left out\n"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      " +
				strings.TrimSpace(c.pod) + configs
			file, err := Reader{}.Text(t.Context(), "manifests.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			var settings []string
			for _, s := range file.Settings {
				settings = append(settings, fmt.Sprint(s.Key, "=", s.Value))
			}
			got := strings.Join(settings, " ") + "\n"
			for _, n := range file.Notices {
				got += n.Message + "\n"
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("it reads (-want +got):\n%s", diff)
			}
		})
	}
}
