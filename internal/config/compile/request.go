package compile

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Request asks for one compile. Either Preset or Path names what to start
// from; everything else goes on top of it.
type Request struct {
	Preset          string
	Path            string // of a deployment: a folder, or a YAML or JSON file
	Name            string
	Modifier        string
	Overrides       []Override // later ones win
	TemporalVersion string
	PluginVersion   string
	Site            map[string]any // fields of the site
	// SDKs and Platforms select adapters by name. Nil takes what the deployment
	// names or, for a preset, all; an empty list takes none.
	SDKs, Platforms []string
	// Deployed are the values that run on the cluster today, by key.
	Deployed map[string]any
}

// A described deployment is the value that a request stands for.
type described struct {
	value    cue.Value
	given    map[string]token.Pos // where each override was given, by key
	fields   map[string]token.Pos // where each field was given, by its path
	origin   source.Pos           // where the rest was chosen
	waivers  []token.Pos          // where each waiver was given
	external []executable         // adapters to run beside
}

func (d described) field(name string) cue.Value {
	return d.value.LookupPath(cue.MakePath(cue.Str(name)))
}

func (d described) decode(name string, into any) error { return d.field(name).Decode(into) }

// An extent is how much of a deployment is evaluated: the files with all that is
// in them, the trace with what is promised, no more than the profile, or what its
// author states and nothing else. Stock cue evaluates the whole.
type extent string

const (
	filed       extent = "files"
	traced      extent = "trace"
	profileOnly extent = "profile"
	inputsOnly  extent = "inputs"
)

func (x extent) field() ast.Decl {
	return &ast.Field{Label: ast.NewIdent("#extent"), Value: ast.NewString(string(x))}
}

// deployment builds the value that a request describes.
func (e *Engine) deployment(r Request, how extent) (described, error) {
	e.compiles++
	if r.Path == "" {
		if err := e.core(); err != nil {
			return described{}, err
		}
		return e.fromPreset(r, how)
	}
	if how == filed && !r.changes() {
		user, err := e.fromPath(r.Path, filed, filed)
		return e.locate(described{value: user.value, given: overridden(user.files)}, user), err
	}
	user, err := e.fromPath(r.Path, inputsOnly, how)
	if err != nil {
		return described{}, err
	}
	d, err := e.restated(user, r, how)
	return e.locate(d, user), err
}

func (r Request) changes() bool {
	return r.Name != "" || r.Modifier != "" || len(r.Overrides) > 0 || r.TemporalVersion != "" ||
		r.PluginVersion != "" || r.Site != nil || r.SDKs != nil || r.Platforms != nil || r.Deployed != nil
}
