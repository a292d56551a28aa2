package compile

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Request asks for one compile. It starts from Preset or Path; all other fields apply on
// top of it.
type Request struct {
	Preset          string
	Path            string // of a deployment: a folder, or a YAML or JSON file
	Name            string
	Modifier        string
	Overrides       []Override // later ones win
	TemporalVersion string
	PluginVersion   string
	Site            map[string]any // fields of the site
	// Workload and Database are fields of the workload and of the database's latencies.
	Workload, Database map[string]any
	// Services, Namespaces and TaskQueues have the values of single ones, by the label of their
	// field.
	Services, Namespaces, TaskQueues map[string]any
	// RaisedQuotas are quotas that AWS has raised, by name.
	RaisedQuotas map[string]any
	Waivers      []catalogue.Waiver
	// SDKs and Platforms select adapters by name. Nil takes those of the deployment or, for
	// a preset, all; an empty list takes none.
	SDKs, Platforms []string
	// Deployed are the values that run on the cluster today, by key.
	Deployed map[string]any
}

// A builtDeployment is the value of a request.
type builtDeployment struct {
	value    cue.Value
	given    map[string]token.Pos // position of each override, by key
	fields   map[string]token.Pos // position of each field, by path
	origin   source.Pos           // where the user chose the rest
	waivers  []token.Pos          // position of each waiver
	external []artefact.Executable
}

func (d builtDeployment) lookupField(name string) cue.Value {
	return d.value.LookupPath(cue.MakePath(cue.Str(name)))
}

func (d builtDeployment) decodeField(name string, into any) error {
	return d.lookupField(name).Decode(into)
}

// An extent is how much of a deployment is evaluated. Stock cue evaluates all of it.
type extent string

// Extents, from the most to the least.
const (
	extentFiles    extent = "files"    // everything
	extentTrace    extent = "trace"    // the trace and the promises
	extentCapacity extent = "capacity" // the profile and what it carries
	extentProfile  extent = "profile"  // the profile alone
	extentInputs   extent = "inputs"   // the fields that the author writes
)

func (x extent) newField() *ast.Field {
	return &ast.Field{Label: ast.NewIdent("#extent"), Value: ast.NewString(string(x))}
}

// buildDeployment builds the value of a request.
func (c compiler) buildDeployment(r Request, how extent) (builtDeployment, error) {
	c.CountCompile()
	if r.Path == "" {
		load := c.LoadCore
		if how == extentFiles && r.hasAdapters() {
			load = c.LoadAdapters
		}
		if err := load(); err != nil {
			return builtDeployment{}, err
		}
		return c.buildPreset(r, how)
	}
	if how == extentFiles && !r.hasChanges() {
		user, err := c.evaluatePackage(r.Path, extentFiles, extentFiles)
		return c.addPositions(builtDeployment{value: user.value, given: cuefile.OverridePositions(user.files)}, user), err
	}
	user, err := c.evaluatePackage(r.Path, extentInputs, how)
	if err != nil {
		return builtDeployment{}, err
	}
	d, err := c.restateDeployment(user, r, how)
	return c.addPositions(d, user), err
}

// hasAdapters reports whether a request can have adapters: nil means all.
func (r Request) hasAdapters() bool {
	isNone := func(names []string) bool { return names != nil && len(names) == 0 }
	return !isNone(r.SDKs) || !isNone(r.Platforms)
}

// hasChanges reports whether a request changes the deployment at its path.
func (r Request) hasChanges() bool {
	return r.Name != "" || r.Modifier != "" || len(r.Overrides) > 0 || r.TemporalVersion != "" ||
		r.PluginVersion != "" || r.Site != nil || r.Workload != nil || r.Database != nil ||
		r.Services != nil || r.Namespaces != nil || r.TaskQueues != nil || r.RaisedQuotas != nil || r.Waivers != nil ||
		r.SDKs != nil || r.Platforms != nil || r.Deployed != nil
}
