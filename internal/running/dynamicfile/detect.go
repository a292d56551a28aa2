package dynamicfile

import (
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// HasKeys reports whether a mapping has dynamic-config keys, whatever their values are.
func HasKeys(fields []configtext.Pair) bool {
	return slices.ContainsFunc(fields, func(f configtext.Pair) bool { return IsKey(f.Key.Value) })
}

// IsKey reports whether a text starts like a dynamic-config key: with the name of one of the server's services or of
// another group, and a dot.
func IsKey(text string) bool {
	group, _, ok := strings.Cut(text, ".")
	return ok && (slices.Contains(deployed.ServerServices, group) || group == "limit" || group == "system")
}

// IsNamed reports whether a file and its ConfigMap are named like the dynamic config of Temporal. Other programs have
// files that are named dynamic, too: a line shows that it is the server's, also in a file that cannot be parsed.
func IsNamed(name, content string) bool {
	name = strings.ToLower(name)
	if strings.Contains(strings.NewReplacer("-", "", "_", "").Replace(name), "dynamicconfig") {
		return true
	}
	if !strings.Contains(name, "dynamic") {
		return false
	}
	for line := range strings.Lines(content) {
		if IsKey(line) {
			return true
		}
	}
	return strings.Contains(name, "temporal")
}
