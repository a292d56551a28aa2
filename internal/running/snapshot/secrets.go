package snapshot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// maxSecrets limits the paths in an error: one is enough to reject a profile.
const maxSecrets = 20

// FindSecrets returns the first paths of likely secrets in a configuration from elsewhere. Snapshots by Take have none.
// It fails at the end of the context.
func FindSecrets(ctx context.Context, config behaviour.Snapshot) ([]string, error) {
	parts := map[string]any{
		"dynamic_config": config.DynamicConfig, "worker_options": config.WorkerOptions, "plugin_config": config.PluginConfig,
		"parameters": config.Parameters,
	}
	// texts one by one: in a list, the one after a secret's name would count as its value, as in a command
	for name, texts := range map[string][]string{"sources": config.Sources, "unknown": config.Unknown, "redacted": config.Redacted} {
		for i, text := range texts {
			parts[fmt.Sprintf("%s[%d]", name, i)] = text
		}
	}
	// a section's name must not count as a secret's name
	for service, variables := range config.Environment {
		parts["server_environment."+cmp.Or(service, "(all)")] = variables
	}
	if config.Profile != nil {
		parts["config_profile"] = config.Profile
	}
	// every text is searched for all secrets found before
	r := redact.New(nil)
	r.MaxSecrets, r.Done = maxSecrets, ctx.Done()
	var found []string
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		var plain any
		if err := convertType(parts[name], &plain); err != nil {
			return nil, err
		}
		_, paths := r.RedactValue(name, "", plain)
		if found = append(found, paths...); len(found) >= maxSecrets {
			return found[:maxSecrets], nil
		}
	}
	return found, ctx.Err()
}
