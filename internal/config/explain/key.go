package explain

import (
	"fmt"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A Key explains one key in one deployment.
type Key struct {
	Key            string  `json:"key"`
	Purpose        string  `json:"purpose"`
	Classification string  `json:"classification"`
	Curated        bool    `json:"curated"` // in the registry
	Kind           string  `json:"kind"`
	Unit           string  `json:"unit,omitempty"`
	Allowed        string  `json:"allowed,omitempty"`
	Deployment     Subject `json:"deployment"`

	Value     any      `json:"value"`
	Source    string   `json:"source"`
	Before    any      `json:"before,omitempty"` // the value that an override or a modifier replaced
	Rationale string   `json:"rationale"`
	Change    string   `json:"change,omitempty"`
	Refused   []string `json:"refused,omitempty"`  // problems with its override
	Doubtful  []string `json:"doubtful,omitempty"` // warnings about its override

	Read       Readers   `json:"read"`
	ActsOn     []string  `json:"acts_on"`
	GuardRails []RuleRef `json:"guard_rails"`

	// Places are the namespaces and task queues with another value.
	Places []PlacedValue `json:"places,omitempty"`

	Chain      []string    `json:"derivation_chain"`
	Derivation *Derivation `json:"derivation,omitempty"`
	Quantities []Quantity  `json:"quantities,omitempty"`
	Dependents []Dependent `json:"dependents"`
	Server     *Server     `json:"server,omitempty"`
}

// Readers are the places that a value is read from.
type Readers struct {
	DynamicConfig string              `json:"dynamic_config,omitempty"`
	Static        string              `json:"static_config,omitempty"`
	Environment   []registry.Variable `json:"environment,omitempty"`
	SDK           map[string]string   `json:"sdk,omitempty"`
	// SDKInstead has the options that carry it while another parameter has a certain value.
	SDKInstead *registry.SDKInstead `json:"sdk_instead,omitempty"`
	Deployment string               `json:"deployment,omitempty"`
}

// A PlacedValue is the value of a key for one namespace or task queue.
type PlacedValue struct {
	Place string `json:"place"`
	Value any    `json:"value"`
}

// A Dependent is a parameter whose formula reads another.
type Dependent struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Source string `json:"source"`
	// Through lists the quantities, or the parameter, between the two.
	Through []string `json:"through,omitempty"`
	// Changes is false if another layer's value hides the formula.
	Changes bool `json:"changes"`
}

// A Server is the catalogue's entry of a dynamic-config key.
type Server struct {
	Key        string   `json:"key"`
	Doc        string   `json:"doc"`
	Kind       string   `json:"kind"`
	Fields     []string `json:"fields,omitempty"`
	Gradual    bool     `json:"gradual,omitempty"`
	Precedence string   `json:"precedence"`
	Note       string   `json:"note,omitempty"`
	History    []AsOf   `json:"history"` // oldest server first

	// inEffect is the key in the server of the deployment; nil means it lacks the key
	inEffect *registry.Key
}

// AsOf describes a key in one version of the server.
type AsOf struct {
	Version    string `json:"version"`
	Has        bool   `json:"has"`
	Since      string `json:"since,omitempty"` // the patch that added it, if not the first of its line
	Kind       string `json:"kind,omitempty"`
	Precedence string `json:"precedence,omitempty"`
	Default    any    `json:"default,omitempty"`
	Expr       string `json:"expr,omitempty"` // Go source of a default that is not a constant
	// Constrained are defaults that hold instead under their constraints.
	Constrained []ConstrainedDefault `json:"constrained,omitempty"`
}

// A ConstrainedDefault is a default that applies under constraints.
type ConstrainedDefault struct {
	Constraints map[string]any `json:"constraints"`
	Value       any            `json:"value"`
}

// NewKey explains a known key.
func NewKey(d registry.Definition, a *compile.Explanation, rules []policy.Description, target, chosen string) Key {
	x := newExplainer(a, d.Quotas, d.Margins)
	k := Key{
		Deployment: newSubject(target, chosen, a.Profile), Curated: d.Parameter != nil,
		ActsOn: []string{}, Chain: []string{}, Dependents: []Dependent{},
	}
	if d.Server != nil {
		k.addServerKey(*d.Server, d.Versions)
	}
	if p := d.Parameter; p != nil {
		k.Key, k.Purpose, k.Rationale, k.Change = p.Key, p.Doc, p.Rationale, p.Change
		k.Classification, k.Kind, k.Unit, k.Allowed = p.Classification, p.Kind, p.Unit, p.Allowed
		k.Read = Readers{p.DynamicConfig, p.Static, p.Env, p.SDK, p.SDKInstead, p.Deployment}
		k.ActsOn = append(k.ActsOn, p.ActsOn...)
	}
	k.resolveValue(x)
	listAbout := func(violations []artefact.Violation) []string {
		var all []string
		for _, v := range violations {
			if slices.ContainsFunc(v.ParameterKeys, func(key string) bool { return isSameKey(key, k.Key) }) {
				all = append(all, v.RuleName+": "+v.Message)
			}
		}
		return all
	}
	k.Refused, k.Doubtful = listAbout(a.Violations), listAbout(a.Warnings)
	for _, p := range a.Profile.Places {
		if value, has := p.Values[k.Key]; has {
			k.Places = append(k.Places, PlacedValue{p.Place, value})
		}
	}
	k.GuardRails = rulesReading(k.Key, rules)
	k.Dependents = append(k.Dependents, x.dependents(k.Key)...)
	return k
}

// addServerKey adds the facts of the catalogue. Those of the registry take precedence.
func (k *Key) addServerKey(row registry.Key, versions registry.Versions) {
	k.Key, k.Purpose, k.Kind, k.Classification = row.Key, row.Doc, row.Kind, row.Classification
	k.Read.DynamicConfig = row.Key
	k.Rationale = uncurated
	s := &Server{
		Key: row.Key, Doc: row.Doc, Kind: row.Kind, Fields: row.Fields, Gradual: row.Gradual,
		Precedence: row.Precedence, Note: row.Note, History: []AsOf{},
	}
	if release, ok := versions.Release(k.Deployment.TemporalVersion); ok && release.Has(row) {
		now := row.AsOf(release)
		s.inEffect = &now
	}
	for _, version := range versions.TemporalServers {
		release, _ := versions.Release(version)
		is := AsOf{Version: version, Has: release.Has(row)}
		if patch, ok := row.Since[version]; ok && is.Has {
			is.Since = fmt.Sprintf("%s.%d", version, patch)
		}
		if is.Has {
			then := row.AsOf(release)
			is.Kind, is.Precedence, is.Default, is.Expr = then.Kind, then.Precedence, then.Default, then.Expr
			for _, c := range then.Constrained {
				row, _ := c.(map[string]any)
				where, _ := row["constraints"].(map[string]any)
				is.Constrained = append(is.Constrained, ConstrainedDefault{where, row["value"]})
			}
		}
		s.History = append(s.History, is)
	}
	k.Server = s
}

const (
	serverDefault = "server default"
	uncurated     = "It is not in the registry: the server's default applies unless an override replaces it."
)

// resolveValue adds the value in a deployment and its derivation.
func (k *Key) resolveValue(a explainer) {
	if p, ok := a.values[k.Key]; ok {
		t := a.traces[k.Key]
		k.Value, k.Source = p.Value, p.Source
		if p.Source == "override" || p.Source == "modifier" {
			k.Before = t.BaseValue
		}
		k.Chain = append(k.Chain, t.DerivationChain...)
	} else if k.Server != nil {
		if now := k.Server.inEffect; now != nil {
			k.Source, k.Value = serverDefault, now.Default
			if now.Expr != "" {
				k.Value = now.Expr
			}
		}
	}
	f, ok := a.Formulas[k.Key]
	if floor, isActive := a.activeFormula(k.Key); isActive {
		f, ok = floor, true
	}
	if ok && k.Source != "preset" {
		d := a.newDerivation(f)
		k.Derivation, k.Quantities = &d, a.quantities(f)
	}
}

// dependents returns the parameters that a change of key moves, directly or not. It includes
// those that would move if no other layer hid their formula.
func (a explainer) dependents(key string) []Dependent {
	var all []Dependent
	seen := map[string]bool{key: true}
	for queue := []string{key}; len(queue) > 0; queue = queue[1:] {
		for _, p := range a.Profile.Params() {
			if seen[p.Key] {
				continue
			}
			f, changes := a.movingFormula(p.Key)
			if !changes {
				f = a.Formulas[p.Key]
			}
			path, reads := a.findPath(f, queue[0])
			if !reads || p.Source == "preset" && !changes {
				continue
			}
			seen[p.Key] = true
			if queue[0] != key {
				path = append(path, queue[0])
			}
			all = append(all, Dependent{p.Key, p.Value, p.Source, path, changes})
			if changes {
				queue = append(queue, p.Key)
			}
		}
	}
	return all
}
