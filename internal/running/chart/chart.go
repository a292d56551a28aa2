// Package chart knows the values of the official Temporal Helm chart.
package chart

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// Fields that the templates of the official chart read, and that its values document. [helm-charts, charts/temporal of
// 0.44 to 1.6]
var (
	Fields = []string{
		"nameOverride", "fullnameOverride", "debug", "imagePullSecrets", "serviceAccount", "additionalAnnotations",
		"additionalLabels", "extraObjects", "server", "admintools", "web", "schema", "shims", "test", "global",
	}
	ServerFields = slices.Concat([]string{
		"enabled", "image", "replicaCount", "readinessProbe", "metrics", "deploymentLabels", "deploymentAnnotations",
		"deploymentStrategy", "podAnnotations", "podLabels", "secretLabels", "secretAnnotations", "resources",
		"nodeSelector", "tolerations", "affinity", "schedulerName", "runtimeClassName", "priorityClassName",
		"minReadySeconds", "terminationGracePeriodSeconds", "additionalVolumes", "additionalVolumeMounts", "additionalEnv",
		"additionalEnvSecretName", "additionalEnvConfigMapName", "tls", "additionalInitContainers", "securityContext",
		"config", "dynamicConfig",
	}, deployed.ServerServices, []string{
		"publicClientHostPort", "versionCheckDisabled", "sidecarContainers", "configMapsToMount", "setConfigFilePath",
		"useEntrypointScript", "logLevel", "internalFrontend", "podDisruptionBudget", "topologySpreadConstraints",
		"hostAliases",
	})
	ComponentFields = []string{
		"enabled", "replicaCount", "service", "readinessProbe", "livenessProbe", "ingress", "metrics",
		"deploymentLabels", "deploymentAnnotations", "deploymentStrategy", "podAnnotations", "podLabels",
		"serviceLabels", "resources", "nodeSelector", "tolerations", "affinity", "additionalEnv",
		"additionalEnvSecretName", "additionalVolumes", "additionalVolumeMounts", "containerSecurityContext",
		"securityContext", "topologySpreadConstraints", "schedulerName", "runtimeClassName", "priorityClassName",
		"podDisruptionBudget", "minReadySeconds", "terminationGracePeriodSeconds", "hostAliases",
	}
	// subcharts are top-level values that chart 1 rejects; older charts install another program by them
	subcharts = map[string]string{
		"cassandra":     "configure Cassandra in server.config.persistence.datastores",
		"elasticsearch": "configure Elasticsearch in server.config.persistence.datastores",
		"mysql":         "configure MySQL in server.config.persistence.datastores",
		"postgresql":    "configure PostgreSQL in server.config.persistence.datastores",
		"prometheus":    "configure scraping in server.metrics",
		"grafana":       "import the dashboards of github.com/temporalio/dashboards",
	}
)

// IsSubchart reports whether a top-level value configures a subchart of charts before 1.0.
func IsSubchart(name string) bool { return subcharts[name] != "" }

// HasOldStores reports whether the values have data stores as charts before 1.0 take them, and chart 1 rejects them.
func HasOldStores(r *configtext.Text, server *yaml.Node) bool {
	for _, name := range []string{"default", "visibility"} {
		store, err := r.FieldAt(server, "config", "persistence", name)
		if err == nil && store != nil && configtext.FollowAlias(store).Kind == yaml.MappingNode {
			return true
		}
	}
	return false
}

// CheckValue notes a value that the chart does not read.
func CheckValue(r *configtext.Text, path string, f configtext.Pair, fields []string) {
	name := f.Key.Value
	if slices.Contains(fields, name) || strings.HasPrefix(name, "x-") {
		return
	}
	at := r.Position(f.Key)
	if remedy, ok := subcharts[name]; ok && path == "" {
		r.AddNotice(
			at,
			deployed.RuleDeadValue,
			name+": the Temporal chart has no such subchart since 1.0, and rejects the value",
			"remove it; "+remedy,
		)
		return
	}
	remedy := ""
	switch nearest := suggest.NearestName(name, fields); {
	case path == "" && slices.Contains(ServerFields, name):
		remedy = "move it below server: server." + name
	case strings.HasSuffix(path, ".") && name == "replicas":
		remedy = "use " + path + "replicaCount"
	case nearest != "":
		remedy = "did you mean " + path + nearest + "?"
	}
	r.AddNotice(at, deployed.RuleDeadValue, path+name+": the Temporal chart has no such value, and ignores it", remedy)
}

// EnvironmentSources are the values that name a Secret or a ConfigMap with further variables.
var EnvironmentSources = []string{"additionalEnvSecretName", "additionalEnvConfigMapName"}

// AddEnvironmentSource notes that a service, or all of them, has variables that the values do not show.
func AddEnvironmentSource(r *configtext.Text, n *yaml.Node, service string) {
	if !configtext.IsNull(n) && configtext.FollowAlias(n).Value != "" {
		r.Findings.Containers = append(r.Findings.Containers, deployed.Container{Service: service, IsPartial: true})
	}
}

// AddImage notes the image of the server, which has the version in its tag.
func AddImage(r *configtext.Text, n *yaml.Node) error {
	repository, err := r.TextAt(n, "repository")
	if err != nil {
		return err
	}
	tag, err := r.FieldOf(n, "tag")
	if err != nil || configtext.IsNull(tag) {
		return err
	}
	c := deployed.Container{Image: repository + ":" + configtext.FollowAlias(tag).Value, ImagePos: r.Position(tag)}
	if repository == "" { // the chart's own
		c = deployed.Container{Version: configtext.FollowAlias(tag).Value, VersionPos: r.Position(tag)}
	}
	r.Findings.Containers = append(r.Findings.Containers, c)
	return nil
}
