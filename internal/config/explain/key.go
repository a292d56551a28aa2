package explain

import (
	"fmt"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A Key is all there is to say about one key in one deployment.
type Key struct {
	Key            string  `json:"key"`
	Purpose        string  `json:"purpose"`
	Classification string  `json:"classification"`
	Curated        bool    `json:"curated"` // in the registry
	Kind           string  `json:"kind"`
	Unit           string  `json:"unit,omitempty"`
	Allowed        string  `json:"allowed,omitempty"`
	In             Subject `json:"in"`

	Value     any      `json:"value"`
	Source    string   `json:"source"`
	Before    any      `json:"before,omitempty"` // what an override or a modifier replaced
	Rationale string   `json:"rationale"`
	Change    string   `json:"change,omitempty"`
	Refused   []string `json:"refused,omitempty"` // what is wrong with an override of it

	Read       Readers   `json:"read"`
	ActsOn     []string  `json:"acts_on"`
	GuardRails []RuleRef `json:"guard_rails"`

	Chain      []string    `json:"derivation_chain"`
	Derivation *Derivation `json:"derivation,omitempty"`
	Quantities []Quantity  `json:"quantities,omitempty"`
	Dependents []Dependent `json:"dependents"`
	Server     *Server     `json:"server,omitempty"`
}

// Readers are the places that a value is really read from.
type Readers struct {
	DynamicConfig string              `json:"dynamic_config,omitempty"`
	Static        string              `json:"static_config,omitempty"`
	Environment   []registry.Variable `json:"environment,omitempty"`
	SDK           map[string]string   `json:"sdk,omitempty"`
	Deployment    string              `json:"deployment,omitempty"`
}

// A Dependent is a parameter whose formula reads another.
type Dependent struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Source string `json:"source"`
	// Through are the quantities between the two, or the parameter.
	Through []string `json:"through,omitempty"`
	// Changes is false where another layer's value hides the formula.
	Changes bool `json:"changes"`
}

// A Server is what the catalogue knows of a dynamic-config key.
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

// AsOf is a key in one version of the server.
type AsOf struct {
	Version    string `json:"version"`
	Has        bool   `json:"has"`
	Since      string `json:"since,omitempty"` // the patch that it came with, if it is not the line's first
	Kind       string `json:"kind,omitempty"`
	Precedence string `json:"precedence,omitempty"`
	Default    any    `json:"default,omitempty"`
	Expr       string `json:"expr,omitempty"` // Go source of a default that is no constant
	// Constrained are defaults that hold instead under their constraints.
	Constrained []Constrained `json:"constrained,omitempty"`
}

// A Constrained default.
type Constrained struct {
	Constraints map[string]any `json:"constraints"`
	Value       any            `json:"value"`
}

// NewKey explains a key that is known.
func NewKey(d registry.Definition, a *compile.Explanation, rules []policy.Description, target, chosen string) Key {
	at := newAccount(a, d.Quotas, d.Margins)
	k := Key{In: subject(target, chosen, a.Profile), Curated: d.Parameter != nil, ActsOn: []string{}, Chain: []string{}, Dependents: []Dependent{}}
	if d.Server != nil {
		k.serve(*d.Server, d.Versions)
	}
	if p := d.Parameter; p != nil {
		k.Key, k.Purpose, k.Rationale, k.Change = p.Key, p.Doc, p.Rationale, p.Change
		k.Classification, k.Kind, k.Unit, k.Allowed = p.Classification, p.Kind, p.Unit, p.Allowed
		k.Read = Readers{p.DynamicConfig, p.Static, p.Env, p.SDK, p.Deployment}
		k.ActsOn = append(k.ActsOn, p.ActsOn...)
	}
	k.resolve(at)
	for _, v := range a.Violations {
		if slices.ContainsFunc(v.ParameterKeys, func(key string) bool { return sameKey(key, k.Key) }) {
			k.Refused = append(k.Refused, v.RuleName+": "+v.Message)
		}
	}
	k.GuardRails = rulesReading(k.Key, rules)
	k.Dependents = append(k.Dependents, at.dependents(k.Key)...)
	return k
}

// serve fills in what the catalogue knows; the registry's word goes over it.
func (k *Key) serve(row registry.Key, versions registry.Versions) {
	k.Key, k.Purpose, k.Kind, k.Classification = row.Key, row.Doc, row.Kind, row.Classification
	k.Read.DynamicConfig = row.Key
	k.Rationale = uncurated
	s := &Server{Key: row.Key, Doc: row.Doc, Kind: row.Kind, Fields: row.Fields, Gradual: row.Gradual, Precedence: row.Precedence, Note: row.Note, History: []AsOf{}}
	if release, ok := versions.Release(k.In.TemporalVersion); ok && release.Has(row) {
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
				is.Constrained = append(is.Constrained, Constrained{where, row["value"]})
			}
		}
		s.History = append(s.History, is)
	}
	k.Server = s
}

const (
	serverDefault = "server default"
	uncurated     = "It is not in the registry: the server's own default holds until an override replaces it, and nothing here vouches for that."
)

// resolve says what the value is in a deployment, and how it came about.
func (k *Key) resolve(a account) {
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
	if floor, held := a.follows(k.Key); held {
		f, ok = floor, true
	}
	if ok && k.Source != "preset" {
		d := a.derivation(f)
		k.Derivation, k.Quantities = &d, a.quantities(f)
	}
}

// dependents are the parameters that a change of key moves, and what those move
// in turn; also those that would follow if no other layer hid their formula.
func (a account) dependents(key string) []Dependent {
	var all []Dependent
	seen := map[string]bool{key: true}
	for at := []string{key}; len(at) > 0; at = at[1:] {
		for _, p := range a.Profile.Params() {
			if seen[p.Key] {
				continue
			}
			f, changes := a.follows(p.Key)
			if !changes {
				f = a.Formulas[p.Key]
			}
			path, reads := a.through(f, at[0])
			if !reads || p.Source == "preset" {
				continue
			}
			seen[p.Key] = true
			if at[0] != key {
				path = append(path, at[0])
			}
			all = append(all, Dependent{p.Key, p.Value, p.Source, path, changes})
			if changes {
				at = append(at, p.Key)
			}
		}
	}
	return all
}
