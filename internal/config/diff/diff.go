// Package diff compares two configurations, and reports how each change is applied to a running
// cluster.
package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A Side is one of the two configurations.
type Side struct {
	Profile artefact.Profile
	// Files by name; nil if only the profile is available.
	Files    map[string]string
	Findings []policy.Finding
	Notes    []string // what its user has to do besides deploying the files
}

// A Reference has the facts that hold for every configuration.
type Reference struct {
	Registry []registry.Parameter
	Keys     []registry.Key // of every server
	Versions registry.Versions
}

// A Diff lists all differences.
type Diff struct {
	A          Identity    `json:"a"`
	B          Identity    `json:"b"`
	Parameters []Parameter `json:"parameters"`
	// Reads are variables and dynamic-config keys that only one side writes.
	Reads []Read `json:"reads"`
	// Defaults lists server defaults that change, for keys that neither side writes.
	Defaults []Default        `json:"server_defaults"`
	Appear   []policy.Finding `json:"findings_appear"`
	Vanish   []policy.Finding `json:"findings_disappear"`
	Files    []File           `json:"files"`
	// Notes lists what to do besides deploying the files of B, and minor versions of the server that the change skips.
	Notes []string `json:"notes"`
	// Missing lists what could not be compared.
	Missing []string `json:"missing,omitempty"`
}

// An Identity identifies the configuration of a side.
type Identity struct {
	Target          string `json:"target"`
	Name            string `json:"name"`
	Preset          string `json:"preset"`
	Modifier        string `json:"modifier"`
	TemporalVersion string `json:"temporal_server_version"`
	PluginVersion   string `json:"dsql_plugin_version"`
	CompilerVersion string `json:"compiler_version"`
}

// A Parameter is a parameter that changes. On a side without it, its value is null and its
// source empty.
type Parameter struct {
	Key string `json:"key"`
	// Place is the namespace or task queue that alone has the value.
	Place          string `json:"place,omitempty"`
	Classification string `json:"classification"`
	Needs          string `json:"needs"` // see below
	Before         any    `json:"before"`
	After          any    `json:"after"`
	Unit           string `json:"unit,omitempty"`
	SourceBefore   string `json:"source_before"`
	SourceAfter    string `json:"source_after"`
}

// Needs of a change, the hardest first.
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

// A Read is a variable or dynamic-config key that the server or its plugin reads, and that
// only one side writes.
type Read struct {
	Kind   string `json:"kind"` // variable or dynamic config
	Name   string `json:"name"`
	Change string `json:"change"`
	Value  any    `json:"value"`
}

// A Default is a server default that differs between the two versions.
type Default struct {
	Key    string `json:"key"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// New compares two sides.
func New(targetA, targetB string, a, b Side, ref Reference) Diff {
	d := Diff{
		A: newIdentity(targetA, a.Profile), B: newIdentity(targetB, b.Profile),
		Parameters: changedParameters(a.Profile, b.Profile, ref.Registry),
		Reads:      compareReads(writtenValues(a, b, ref), writtenValues(b, a, ref)),
		Defaults:   changedDefaults(a.Profile, b.Profile, ref),
		Appear:     subtractFindings(b.Findings, a.Findings), Vanish: subtractFindings(a.Findings, b.Findings),
		Files: []File{}, Notes: []string{},
	}
	if note := registry.SkipNote(a.Profile.TemporalServerVersion, b.Profile.TemporalServerVersion); note != "" {
		d.Notes = append(d.Notes, note+": "+registry.SkipRemedy)
	}
	d.Notes = append(d.Notes, b.Notes...)
	switch {
	case a.Files == nil && b.Files == nil:
		d.Missing = append(d.Missing, "files: neither side has any")
	case a.Files == nil:
		d.Missing = append(d.Missing, "files: "+targetA+" has none")
	case b.Files == nil:
		d.Missing = append(d.Missing, "files: "+targetB+" has none")
	default:
		d.Files = Files(a.Files, b.Files)
	}
	return d
}

// IsEmpty reports whether nothing changes.
func (d Diff) IsEmpty() bool {
	return len(d.Parameters)+len(d.Reads)+len(d.Defaults)+len(d.Appear)+len(d.Vanish)+len(d.Files) == 0
}

func newIdentity(target string, p artefact.Profile) Identity {
	return Identity{target, p.Name, p.PresetName, p.Modifier, p.TemporalServerVersion, p.DSQLPluginVersion, p.CompilerVersion}
}

// changedParameters returns the parameters that change, the hardest change first.
func changedParameters(a, b artefact.Profile, known []registry.Parameter) []Parameter {
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
		if registry.EqualJSON(before.Value, after.Value) && (before.Key == "") == (after.Key == "") {
			continue
		}
		changed = append(changed, Parameter{
			Key: k, Classification: cmp.Or(after.Classification, before.Classification), Needs: changeNeed(byKey[k].Change),
			Before: before.Value, After: after.Value, Unit: byKey[k].Unit, SourceBefore: before.Source, SourceAfter: after.Source,
		})
	}
	changed = append(changed, changedPlaces(a, b, byKey)...)
	slices.SortStableFunc(changed, func(x, y Parameter) int {
		return cmp.Or(
			cmp.Compare(slices.Index(needs, x.Needs), slices.Index(needs, y.Needs)),
			cmp.Compare(slices.Index(classes, x.Classification), slices.Index(classes, y.Classification)),
		)
	})
	return changed
}

// placedKey is a parameter at one place.
type placedKey struct{ place, key string }

// placedValue is the value of a parameter at one place, and its source.
type placedValue struct {
	value  any
	source string
}

// changedPlaces returns the values of single services, namespaces and task queues that change.
func changedPlaces(a, b artefact.Profile, known map[string]registry.Parameter) []Parameter {
	ofServices := map[placedKey]bool{}
	sides := [2]map[placedKey]placedValue{{}, {}}
	var keys []placedKey
	for i, profile := range []artefact.Profile{a, b} {
		for _, p := range profile.Places {
			for key, value := range p.Values {
				at := placedKey{p.Place, key}
				source := "override"
				if p.Overrides != nil && p.Overrides[key] == nil {
					source = "derived"
				}
				sides[i][at] = placedValue{value, source}
				keys = append(keys, at)
				ofServices[at] = p.Constraints["service"] != ""
			}
		}
	}
	// a service without its own value has the value of all services
	for i, profile := range []artefact.Profile{a, b} {
		for _, p := range profile.Params() {
			for at, ofService := range ofServices {
				if _, has := sides[i][at]; ofService && !has && at.key == p.Key {
					sides[i][at] = placedValue{p.Value, p.Source}
				}
			}
		}
	}
	slices.SortFunc(keys, func(x, y placedKey) int { return cmp.Or(cmp.Compare(x.place, y.place), cmp.Compare(x.key, y.key)) })
	var changed []Parameter
	for _, k := range slices.Compact(keys) {
		before, had := sides[0][k]
		after, has := sides[1][k]
		if had == has && registry.EqualJSON(before.value, after.value) {
			continue
		}
		changed = append(changed, Parameter{
			Key:            k.key,
			Place:          k.place,
			Classification: cmp.Or(known[k.key].Classification, "tuning"),
			Needs:          changeNeed(known[k.key].Change),
			Before:         before.value,
			After:          after.value,
			SourceBefore:   before.source,
			SourceAfter:    after.source,
			Unit:           known[k.key].Unit,
		})
	}
	return changed
}

// changeNeed maps the registry's word for a change to how it is applied to a running cluster.
func changeNeed(change string) string {
	switch change {
	case "immutable":
		return Impossible
	case "":
		return Unknown
	}
	return change
}

// dynamicConfigName is the file with the dynamic config.
const dynamicConfigName = "dynamic_config.yaml"

// writtenValues returns the variables and dynamic-config keys that a side writes. If both sides have their files, a key
// that the server does not use is not among them, and not written.
func writtenValues(s, other Side, ref Reference) map[[2]string]any {
	p := s.Profile
	file, hasFile := s.Files[dynamicConfigName]
	_, otherHasFile := other.Files[dynamicConfigName]
	isWritten := func(key string) bool {
		return !hasFile || !otherHasFile || strings.Contains("\n"+file, "\n"+key+":")
	}
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
		if has[strings.ToLower(x.DynamicConfig)] && isWritten(x.DynamicConfig) {
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

func compareReads(a, b map[[2]string]any) []Read {
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

// changedDefaults returns the defaults that differ between the servers of two profiles, for
// keys that both servers have and neither profile writes.
func changedDefaults(a, b artefact.Profile, ref Reference) []Default {
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
		if before, after := formatDefault(k.AsOf(from)), formatDefault(k.AsOf(to)); !registry.EqualJSON(before, after) {
			found = append(found, Default{k.Key, before, after})
		}
	}
	slices.SortFunc(found, func(x, y Default) int { return cmp.Compare(x.Key, y.Key) })
	return found
}

// formatDefault returns a default, or its Go source if it is not a constant.
func formatDefault(k registry.Key) any {
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
		isSame := func(o policy.Finding) bool {
			return o.RuleName == f.RuleName && o.Message == f.Message && o.Severity == f.Severity
		}
		if !slices.ContainsFunc(others, isSame) {
			left = append(left, f)
		}
	}
	return left
}
