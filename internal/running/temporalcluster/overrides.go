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

// readOverrides reads the environment in the overrides of a service's Deployment, or of those of all services. It notes what
// else can change what lint reads.
func readOverrides(file *configtext.Text, service string, overrides *yaml.Node, readEnv EnvironmentReader) ([]deployed.Setting, error) {
	deployment, err := file.FieldOf(overrides, "deployment")
	if err != nil || deployment == nil || configtext.IsNull(deployment) {
		return nil, err
	}
	note := func(n *yaml.Node, what string) {
		file.AddNotice(file.Position(n), deployed.RuleUnreadSource, what+" is not applied here, so what it sets is unknown",
			"set the environment in env of the container "+serverContainer)
	}
	patch, err := file.FieldOf(deployment, "jsonPatch")
	if err != nil {
		return nil, err
	}
	if patch != nil && !configtext.IsNull(patch) {
		note(patch, "a JSON patch of the Deployment")
	}
	containers, err := file.ItemsAt(deployment, "spec", "template", "spec", "containers")
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, container := range containers {
		if name, err := file.TextAt(container, "name"); err != nil || name != serverContainer {
			if err != nil {
				return nil, err
			}
			continue // a sidecar
		}
		sources, err := file.FieldOf(container, "envFrom")
		if err != nil {
			return nil, err
		}
		if sources != nil && !configtext.IsNull(sources) {
			note(sources, "envFrom")
		}
		env, err := file.FieldOf(container, "env")
		if err != nil {
			return nil, err
		}
		if env == nil || configtext.IsNull(env) {
			continue
		}
		found, err := readEnv(service, env)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// shareVariables returns the variables of the services with those that all share: a variable of a service replaces the shared
// one.
func shareVariables(shared, own []deployed.Setting) []deployed.Setting {
	all := own
	for _, s := range shared {
		isReplaced := func(service string) bool {
			return slices.ContainsFunc(own, func(o deployed.Setting) bool {
				return o.Kind == s.Kind && o.Key == s.Key && o.Service == service
			})
		}
		if !slices.ContainsFunc(deployed.ServerServices, isReplaced) {
			all = append(all, s)
			continue
		}
		for _, service := range deployed.ServerServices {
			if s.Service = service; !isReplaced(service) && service != deployed.InternalFrontend {
				all = append(all, s)
			}
		}
	}
	return all
}
