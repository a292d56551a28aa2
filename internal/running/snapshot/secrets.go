package snapshot

import (
	"cmp"
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// maxSecrets is how many an error names: one is enough to refuse a profile.
const maxSecrets = 20

// Secrets are the first paths of what looks like a secret in a configuration that was
// taken elsewhere; none in one that Take gave.
func Secrets(config behaviour.Snapshot) ([]string, error) {
	parts := map[string]any{
		"dynamic_config": config.DynamicConfig, "worker_options": config.WorkerOptions, "plugin_config": config.PluginConfig,
		"parameters": config.Parameters, "sources": config.Sources, "unknown": config.Unknown,
	}
	// a section's name is no secret's, so each is looked through by itself
	for service, variables := range config.Environment {
		parts["server_environment."+cmp.Or(service, "(all)")] = variables
	}
	if config.Profile != nil {
		parts["config_profile"] = config.Profile
	}
	// each text is searched for each secret that was found before
	r := redact.New(nil)
	r.Most = maxSecrets
	var found []string
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		var plain any
		if err := remake(parts[name], &plain); err != nil {
			return nil, err
		}
		_, paths := r.Value(name, "", plain)
		if found = append(found, paths...); len(found) >= maxSecrets {
			return found[:maxSecrets], nil
		}
	}
	return found, nil
}
