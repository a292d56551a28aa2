package temporalcluster

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// EnvironmentReader reads the environment of a service's container.
type EnvironmentReader func(service string, env *yaml.Node) ([]deployed.Setting, error)

// serverContainer is the container of the server in the Deployments of the operator. [temporal-operator, DeploymentBuilder]
const serverContainer = "service"

// overrides are what the overrides of a Deployment set.
type overrides struct {
	variables []deployed.Setting
	image     *yaml.Node // nil if it is that of the cluster
}

// readOverrides reads the image and the environment in the overrides of a service's Deployment, or of those of all services. It notes what
// else can change what lint reads.
func readOverrides(file *configtext.Text, service string, n *yaml.Node, readEnv EnvironmentReader) (overrides, error) {
	all := overrides{}
	deployment, err := file.FieldOf(n, "deployment")
	if err != nil || configtext.IsNull(deployment) {
		return all, err
	}
	note := func(n *yaml.Node, what string) {
		file.AddNotice(file.Position(n), deployed.RuleUnreadSource, what+" is not applied here, so what it sets is unknown",
			"set the environment in env of the container "+serverContainer)
	}
	patch, err := file.FieldOf(deployment, "jsonPatch")
	if err != nil {
		return all, err
	}
	if !configtext.IsNull(patch) {
		note(patch, "a JSON patch of the Deployment")
	}
	containers, err := file.ItemsAt(deployment, "spec", "template", "spec", "containers")
	if err != nil {
		return all, err
	}
	for _, container := range containers {
		if name, err := file.TextAt(container, "name"); err != nil || name != serverContainer {
			if err != nil {
				return all, err
			}
			continue // a sidecar
		}
		if all.image, err = file.FieldOf(container, "image"); err != nil {
			return all, err
		}
		sources, err := file.FieldOf(container, "envFrom")
		if err != nil {
			return all, err
		}
		if !configtext.IsNull(sources) {
			note(sources, "envFrom")
		}
		env, err := file.FieldOf(container, "env")
		if err != nil {
			return all, err
		}
		if configtext.IsNull(env) {
			continue
		}
		found, err := readEnv(service, env)
		if err != nil {
			return all, err
		}
		all.variables = append(all.variables, found...)
	}
	return all, nil
}

// shareVariables returns the variables of the services with those that all share: a variable of a service replaces the shared
// one.
func shareVariables(services []string, shared, own []deployed.Setting) []deployed.Setting {
	all := own
	for _, s := range shared {
		isReplaced := func(service string) bool {
			return slices.ContainsFunc(own, func(o deployed.Setting) bool {
				return o.Kind == s.Kind && o.Key == s.Key && o.Service == service
			})
		}
		if !slices.ContainsFunc(services, isReplaced) {
			all = append(all, s)
			continue
		}
		for _, service := range services {
			if s.Service = service; !isReplaced(service) {
				all = append(all, s)
			}
		}
	}
	return all
}
