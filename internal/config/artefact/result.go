package artefact

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// A Result is the outcome of one compile. Files is nil if there are Violations.
type Result struct {
	Name       string
	Profile    Profile
	Trace      []Trace
	Capacity   *Capacity // nil where no files are rendered
	JSON       []byte    // the config profile as policies read it
	Violations []Violation
	Warnings   []Violation // values that are newer than the catalogue, and are taken as they are
	Files      map[string]string
	Snippets   []Snippet
	// the placeholders that the platforms' files leave to fill in, sorted by name
	Placeholders []Placeholder
	// what a user has to do besides deploying the files
	Notes []string
	// the executable adapters that the request named; Extend runs them
	Executables []Executable
	Places
}

// A Profile is a resolved config profile. Values are null, booleans, numbers,
// strings, or lists and structs of them.
type Profile struct {
	SchemaVersion         int                 `json:"schema_version" yaml:"schema_version"`
	Name                  string              `json:"name" yaml:"name"`
	PresetName            string              `json:"preset_name" yaml:"preset_name"`
	Modifier              string              `json:"modifier" yaml:"modifier"`
	Overrides             map[string]any      `json:"overrides" yaml:"overrides"`
	SLOParams             []ResolvedParameter `json:"slo_params" yaml:"slo_params"`
	TopologyParams        []ResolvedParameter `json:"topology_params" yaml:"topology_params"`
	SafetyParams          []ResolvedParameter `json:"safety_params" yaml:"safety_params"`
	TuningParams          []ResolvedParameter `json:"tuning_params" yaml:"tuning_params"`
	TemporalServerVersion string              `json:"temporal_server_version" yaml:"temporal_server_version"`
	DSQLPluginVersion     string              `json:"dsql_plugin_version" yaml:"dsql_plugin_version"`
	CompilerVersion       string              `json:"compiler_version" yaml:"compiler_version"`
	Deployed              map[string]any      `json:"deployed,omitempty" yaml:"deployed,omitempty"`
	Waivers               []catalogue.Waiver  `json:"waivers,omitempty" yaml:"waivers,omitempty"`
	Limits                map[string]float64  `json:"limits" yaml:"limits"`
	Margins               map[string]float64  `json:"margins" yaml:"margins"`
	Planned               map[string]float64  `json:"planned" yaml:"planned"`
	// values of each service, where services differ
	Services map[string]map[string]any `json:"services,omitempty" yaml:"services,omitempty"`
	// values that hold for one service, namespace or task queue only
	Places []PlacedValues `json:"places,omitempty" yaml:"places,omitempty"`
	// the workflow and the database that the deployment is sized for, and what the load needs
	Workload map[string]float64 `json:"workload" yaml:"workload"`
	Database map[string]float64 `json:"database" yaml:"database"`
	Needs    map[string]float64 `json:"needs" yaml:"needs"`
}

// PlacedValues are values that hold for one service, namespace or task queue only.
type PlacedValues struct {
	Place       string            `json:"place" yaml:"place"` // service, namespace or task queue, in words
	Field       string            `json:"field" yaml:"field"` // of the deployment that states them
	Constraints map[string]string `json:"constraints" yaml:"constraints"`
	Values      map[string]any    `json:"values" yaml:"values"`
	// values that the deployment states for a service; its other values follow from them
	Overrides map[string]any `json:"overrides,omitempty" yaml:"overrides,omitempty"`
}

// Params returns every parameter of the profile: slo, topology, safety, tuning.
func (p Profile) Params() []ResolvedParameter {
	var all []ResolvedParameter
	for _, list := range [][]ResolvedParameter{p.SLOParams, p.TopologyParams, p.SafetyParams, p.TuningParams} {
		all = append(all, list...)
	}
	return all
}

// Values returns the parameters of the profile by key.
func (p Profile) Values() map[string]any {
	values := map[string]any{}
	for _, x := range p.Params() {
		values[x.Key] = x.Value
	}
	return values
}

// A ResolvedParameter is a parameter with its value and the layer that it comes from.
type ResolvedParameter struct {
	Key            string `json:"key" yaml:"key"`
	Value          any    `json:"value" yaml:"value"`
	Classification string `json:"classification" yaml:"classification"`
	Source         string `json:"source" yaml:"source"`
}

// A Trace explains how a parameter got its value.
type Trace struct {
	ParameterKey    string         `json:"parameter_key" yaml:"parameter_key"`
	Source          string         `json:"source" yaml:"source"`
	BaseValue       any            `json:"base_value" yaml:"base_value"`
	FinalValue      any            `json:"final_value" yaml:"final_value"`
	DerivationChain []string       `json:"derivation_chain" yaml:"derivation_chain"`
	Formula         string         `json:"formula,omitempty" yaml:"formula,omitempty"`
	Inputs          map[string]any `json:"inputs,omitempty" yaml:"inputs,omitempty"`
}

// A Placeholder is a ${NAME} without a value in the files of a platform.
type Placeholder struct {
	Name    string   `json:"name"`
	Purpose string   `json:"purpose"` // empty if a user's own adapter wrote it
	Files   []string `json:"files"`
}

// A Violation is a constraint that the input does not meet.
type Violation struct {
	RuleName      string   `json:"rule_name"`
	Severity      string   `json:"severity"`
	Message       string   `json:"message"`
	ParameterKeys []string `json:"parameter_keys"`
	Remedy        string   `json:"remedy"`
	// Misspelt is the part of the user's value that can be misspelt, if that is not its key.
	Misspelt suggest.Misspelt `json:"misspelt,omitzero"`
	Field    string           `json:"field"` // path of the deployment's field, if it is about one
	Pos      source.Pos       `json:"-"`
}

// A Snippet is a file of an adapter.
type Snippet struct {
	Adapter  string `json:"-"`
	Kind     string `json:"-"`
	Language string `json:"language"`
	Filename string `json:"filename"`
	Content  string `json:"content"`
}

// Places maps a result to where the user wrote its input.
type Places struct {
	Overrides map[string]source.Pos // by key, as it is spelt and in lower case
	Fields    map[string]source.Pos // of the deployment, by path
	Origin    source.Pos            // of the preset or modifier, else of the file
	Waivers   []source.Pos
	// FindInput returns the name, of those given, from which a parameter's value is derived, or "". It is nil for a
	// result without a deployment.
	FindInput func(key string, names []string) string `json:"-"`
}

// FindPlace returns where the user decided on one of the parameters: the override of the
// first that has one, else its value for a service, else the statement from which one is derived, else
// the origin. It is zero for a preset without a deployment.
func (p Places) FindPlace(keys []string) source.Pos {
	for _, k := range keys {
		for _, spelling := range []string{k, strings.ToLower(k)} {
			if pos, ok := p.Overrides[spelling]; ok {
				return pos
			}
		}
	}
	var ofServices []source.Pos
	for path, pos := range p.Fields {
		rest, isOfService := strings.CutPrefix(path, "services.")
		_, key, _ := strings.Cut(rest, ".overrides.")
		if isOfService && slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }) {
			ofServices = append(ofServices, pos)
		}
	}
	if len(ofServices) > 0 {
		return slices.MinFunc(ofServices, source.Pos.Compare)
	}
	if p.FindInput != nil {
		names, places := p.statements()
		for _, k := range keys {
			if name := p.FindInput(k, names); name != "" {
				return places[name]
			}
		}
	}
	return p.Origin
}

// statements returns what the user states that values can be derived from, in the order of the places: overrides, and the
// fields of the workload and the database.
func (p Places) statements() (names []string, places map[string]source.Pos) {
	places = map[string]source.Pos{}
	maps.Copy(places, p.Overrides)
	for path, pos := range p.Fields {
		rest, isOfService := strings.CutPrefix(path, "services.")
		_, key, isOverride := strings.Cut(rest, ".overrides.")
		switch group, _, _ := strings.Cut(path, "."); {
		case isOfService && isOverride && places[key].IsZero():
			places[key] = pos
		case group == "workload", group == "database":
			places[path] = pos
		}
	}
	names = slices.SortedFunc(maps.Keys(places), func(a, b string) int {
		return cmp.Or(places[a].Compare(places[b]), cmp.Compare(a, b))
	})
	return names, places
}

// FindWaiverPlace returns where the deployment's nth waiver is written.
func (p Places) FindWaiverPlace(n int) source.Pos {
	if n < 0 || n >= len(p.Waivers) {
		return p.Origin
	}
	return p.Waivers[n]
}

// SchemaVersion is the version of the documents that a compile writes. It increases when a
// field is renamed or removed.
const SchemaVersion = 1

// A TraceFile is the content of trace.json.
type TraceFile struct {
	SchemaVersion int     `json:"schema_version"`
	Trace         []Trace `json:"trace"`
}

// DecodeDocuments sets the profile and the trace from profile.json and trace.json.
func (r *Result) DecodeDocuments(profile, trace []byte) error {
	r.JSON = profile
	for name, document := range map[string][]byte{"profile": profile, "trace": trace} {
		if err := checkSchemaVersion(name, document); err != nil {
			return err
		}
	}
	if err := source.DecodeJSON(profile, &r.Profile); err != nil {
		return fmt.Errorf("decode profile: %w", err)
	}
	var file TraceFile
	if err := source.DecodeJSON(trace, &file); err != nil {
		return fmt.Errorf("decode trace: %w", err)
	}
	r.Name, r.Trace = r.Profile.Name, file.Trace
	return nil
}

// A NewerVersionError reports a document that a newer temporal-dsql wrote.
type NewerVersionError struct {
	Document string
	Version  int
}

func (e *NewerVersionError) Error() string {
	return fmt.Sprintf("the %s has schema version %d, newer than %d", e.Document, e.Version, SchemaVersion)
}

const newerVersionRemedy = "use a newer temporal-dsql"

// checkSchemaVersion rejects a document of a newer temporal-dsql, whose other fields can
// have another meaning. A document without a version passes.
func checkSchemaVersion(name string, document []byte) error {
	var header struct {
		SchemaVersion int `json:"schema_version"`
	}
	// the decoder of the document reports any other problem
	if json.Unmarshal(document, &header) == nil && header.SchemaVersion > SchemaVersion {
		return &NewerVersionError{name, header.SchemaVersion}
	}
	return nil
}

// SetDeployed sets the values that the cluster runs today, as if the deployment had named
// them. Only policies read them: nothing is derived from them.
func (r *Result) SetDeployed(deployed map[string]any) error {
	var profile map[string]json.RawMessage
	if err := source.DecodeJSON(r.JSON, &profile); err != nil {
		return fmt.Errorf("decode profile: %w", err)
	}
	data, err := json.Marshal(deployed)
	if err != nil {
		return fmt.Errorf("encode deployed values: %w", err)
	}
	profile["deployed"] = data
	if r.JSON, err = json.Marshal(profile); err != nil {
		return fmt.Errorf("encode profile: %w", err)
	}
	r.Profile.Deployed = deployed
	return nil
}
