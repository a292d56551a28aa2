// Package diff tells what changes between two configurations, and what the
// change needs of a running cluster.
package diff

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A Side is one of the two configurations.
type Side struct {
	Profile artefact.Profile
	// Files by name; nil where only the profile is at hand.
	Files    map[string]string
	Findings []policy.Finding
}

// A Reference is what is known whatever the configuration.
type Reference struct {
	Registry []registry.Parameter
	Keys     []registry.Key // of every server
	Versions registry.Versions
}

// A Diff is all that changes.
type Diff struct {
	A          Identity    `json:"a"`
	B          Identity    `json:"b"`
	Parameters []Parameter `json:"parameters"`
	// Reads are variables and dynamic-config keys that only one side writes.
	Reads []Read `json:"reads"`
	// Defaults of the server that change under keys that neither side writes.
	Defaults []Default        `json:"server_defaults"`
	Appear   []policy.Finding `json:"findings_appear"`
	Vanish   []policy.Finding `json:"findings_disappear"`
	Files    []File           `json:"files"`
	// Missing says what could not be compared.
	Missing []string `json:"missing,omitempty"`
}

// An Identity says which configuration a side is.
type Identity struct {
	Target          string `json:"target"`
	Name            string `json:"name"`
	Preset          string `json:"preset"`
	Modifier        string `json:"modifier"`
	TemporalVersion string `json:"temporal_server_version"`
	PluginVersion   string `json:"dsql_plugin_version"`
	CompilerVersion string `json:"compiler_version"`
}

// A Parameter that changes. A value is null, and its source empty, on a side
// that does not have the parameter.
type Parameter struct {
	Key            string `json:"key"`
	Classification string `json:"classification"`
	Needs          string `json:"needs"` // see below
	Before         any    `json:"before"`
	After          any    `json:"after"`
	Unit           string `json:"unit,omitempty"`
	SourceBefore   string `json:"source_before"`
	SourceAfter    string `json:"source_after"`
}

// What a change needs, the hardest first.
const (
	Impossible = "impossible" // on a cluster that holds data
	Restart    = "restart"
	Unknown    = "unknown" // the key is not in the registry
	Reload     = "reload"
)

var (
	needs   = []string{Impossible, Restart, Unknown, Reload}
	classes = []string{"slo", "topology", "safety", "tuning"}
)

// A Read is a variable or dynamic-config key that the server or its plugin
// reads on one side only.
type Read struct {
	Kind   string `json:"kind"` // variable or dynamic config
	Name   string `json:"name"`
	Change string `json:"change"`
	Value  any    `json:"value"`
}

// A Default of the server that is another in the other version.
type Default struct {
	Key    string `json:"key"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// New compares two sides.
func New(targetA, targetB string, a, b Side, ref Reference) Diff {
	d := Diff{
		A: identity(targetA, a.Profile), B: identity(targetB, b.Profile),
		Parameters: parameters(a.Profile, b.Profile, ref.Registry),
		Reads:      reads(written(a.Profile, ref), written(b.Profile, ref)),
		Defaults:   defaults(a.Profile, b.Profile, ref),
		Appear:     subtractFindings(b.Findings, a.Findings), Vanish: subtractFindings(a.Findings, b.Findings),
		Files: []File{},
	}
	switch {
	case a.Files == nil && b.Files == nil:
		d.Missing = append(d.Missing, "files: neither side has any at hand")
	case a.Files == nil:
		d.Missing = append(d.Missing, "files: "+targetA+" has none at hand")
	case b.Files == nil:
		d.Missing = append(d.Missing, "files: "+targetB+" has none at hand")
	default:
		d.Files = Files(a.Files, b.Files)
	}
	return d
}

// Empty reports whether nothing changes.
func (d Diff) Empty() bool {
	return len(d.Parameters)+len(d.Reads)+len(d.Defaults)+len(d.Appear)+len(d.Vanish)+len(d.Files) == 0
}

func identity(target string, p artefact.Profile) Identity {
	return Identity{target, p.Name, p.PresetName, p.Modifier, p.TemporalServerVersion, p.DSQLPluginVersion, p.CompilerVersion}
}

// parameters that change, the hardest change first.
func parameters(a, b artefact.Profile, known []registry.Parameter) []Parameter {
	byKey := map[string]registry.Parameter{}
	for _, p := range known {
		byKey[p.Key] = p
	}
	sides := [2]map[string]artefact.ResolvedParameter{{}, {}}
	var keys []string
	for i, p := range []artefact.Profile{a, b} {
		for _, r := range p.Params() {
			sides[i][r.Key] = r
			keys = append(keys, r.Key)
		}
	}
	slices.Sort(keys)
	changed := []Parameter{}
	for _, k := range slices.Compact(keys) {
		before, after := sides[0][k], sides[1][k]
		if same(before.Value, after.Value) && (before.Key == "") == (after.Key == "") {
			continue
		}
		changed = append(changed, Parameter{
			Key: k, Classification: cmp.Or(after.Classification, before.Classification), Needs: needed(byKey[k].Change),
			Before: before.Value, After: after.Value, Unit: byKey[k].Unit, SourceBefore: before.Source, SourceAfter: after.Source,
		})
	}
	slices.SortStableFunc(changed, func(x, y Parameter) int {
		return cmp.Or(
			cmp.Compare(slices.Index(needs, x.Needs), slices.Index(needs, y.Needs)),
			cmp.Compare(slices.Index(classes, x.Classification), slices.Index(classes, y.Classification)),
		)
	})
	return changed
}

// needed is what the registry's word for a change means to a running cluster.
func needed(change string) string {
	switch change {
	case "immutable":
		return Impossible
	case "":
		return Unknown
	}
	return change
}

// same compares values as JSON has them: 4096 is 4096.0.
func same(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}

// written are the variables and dynamic-config keys that a profile gives values to.
func written(p artefact.Profile, ref Reference) map[[2]string]any {
	values, has := p.Values(), map[string]bool{}
	release, _ := ref.Versions.Release(p.TemporalServerVersion)
	for _, k := range ref.Keys {
		has[strings.ToLower(k.Key)] = release.Has(k)
	}
	found := map[[2]string]any{}
	curated := map[string]bool{}
	for _, x := range ref.Registry {
		curated[x.Key] = true
		value, ok := values[x.Key]
		if !ok {
			continue
		}
		if has[strings.ToLower(x.DynamicConfig)] {
			found[[2]string{"dynamic config", x.DynamicConfig}] = value
		}
		for _, v := range x.Env {
			if len(v.Generations) == 0 || slices.Contains(v.Generations, p.DSQLPluginVersion) {
				found[[2]string{"variable", v.Name}] = value
			}
		}
	}
	for k, value := range values {
		if !curated[k] {
			found[[2]string{"dynamic config", k}] = value
		}
	}
	return found
}

func reads(a, b map[[2]string]any) []Read {
	found := []Read{}
	for at, value := range b {
		if _, ok := a[at]; !ok {
			found = append(found, Read{at[0], at[1], Added, value})
		}
	}
	for at, value := range a {
		if _, ok := b[at]; !ok {
			found = append(found, Read{at[0], at[1], Removed, value})
		}
	}
	slices.SortFunc(found, func(x, y Read) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Change, y.Change), cmp.Compare(x.Name, y.Name))
	})
	return found
}

// defaults that differ between the servers of two profiles, of keys that both
// servers have and neither profile writes.
func defaults(a, b artefact.Profile, ref Reference) []Default {
	found := []Default{}
	from, _ := ref.Versions.Release(a.TemporalServerVersion)
	to, _ := ref.Versions.Release(b.TemporalServerVersion)
	if from.Name == to.Name {
		return found
	}
	set := a.Values()
	for k, v := range b.Values() {
		set[k] = v
	}
	for _, k := range ref.Keys {
		if _, ok := set[k.Key]; ok || k.Curated || !from.Has(k) || !to.Has(k) {
			continue
		}
		if before, after := ofServer(k.AsOf(from)), ofServer(k.AsOf(to)); !same(before, after) {
			found = append(found, Default{k.Key, before, after})
		}
	}
	slices.SortFunc(found, func(x, y Default) int { return cmp.Compare(x.Key, y.Key) })
	return found
}

// ofServer is a default, or its Go source where it is no constant.
func ofServer(k registry.Key) any {
	if k.Expr != "" {
		return k.Expr
	}
	return k.Default
}

// subtractFindings returns the findings that others lacks. A finding that is waived on one
// side only differs.
func subtractFindings(findings, others []policy.Finding) []policy.Finding {
	left := []policy.Finding{}
	for _, f := range findings {
		same := func(o policy.Finding) bool {
			return o.RuleName == f.RuleName && o.Message == f.Message && o.Severity == f.Severity
		}
		if !slices.ContainsFunc(others, same) {
			left = append(left, f)
		}
	}
	return left
}
