package compile

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/token"
)

// A Request asks for one compile. Either Preset or Path names what to start
// from; everything else goes on top of it.
type Request struct {
	Preset          string
	Path            string // folder of a deployment
	Name            string
	Modifier        string
	Overrides       []Override // later ones win
	TemporalVersion string
	PluginVersion   string
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
	external []executable         // adapters to run beside
}

// deployment builds the value that a request describes.
func (e *Engine) deployment(r Request) (described, error) {
	if r.Path == "" {
		if err := e.core(); err != nil {
			return described{}, err
		}
		return e.fromPreset(r)
	}
	user, err := e.fromPath(r.Path)
	if err != nil {
		return described{}, err
	}
	if !r.changes() {
		return described{value: user.value, given: overridden(user.files)}, nil
	}
	return e.restated(user, r)
}

func (r Request) changes() bool {
	return r.Name != "" || r.Modifier != "" || len(r.Overrides) > 0 || r.TemporalVersion != "" ||
		r.PluginVersion != "" || r.SDKs != nil || r.Platforms != nil || r.Deployed != nil
}
