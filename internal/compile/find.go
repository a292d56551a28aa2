package compile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// deploys reports whether a folder is that of a deployment, and not of other CUE:
// it makes use of #Deployment, or has a plain file of the right name.
func deploys(dir string) bool {
	return len(PlainIn(dir)) > 0 || !gathers(dir) && someCUE(dir, ".#Deployment")
}

// gathers reports whether the CUE in a folder reads the plain deployments below
// it, as stock cue has to, and is none itself.
func gathers(dir string) bool { return someCUE(dir, "\n@extern(embed)\n") }

// someCUE reports whether a CUE file of a folder has a text in it.
func someCUE(dir, text string) bool {
	names, _ := filepath.Glob(filepath.Join(dir, "*.cue"))
	return slices.ContainsFunc(names, func(name string) bool {
		data, err := readLimited(name)
		return err == nil && bytes.Contains(data, []byte(text))
	})
}

// Packages are the import paths of the presets, the modifiers or the adapters that
// there are, the repository's own among them.
func (e *Engine) Packages(kind string) []string {
	if kind == "adapters" {
		return e.module.adapters()
	}
	return e.module.packages(kind)
}

// Find lists the deployments in and below a folder, and what earlier compiles
// wrote there, in order. Hidden folders and cue.mod are left out.
func Find(dir string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case name != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "cue.mod" || d.Name() == "node_modules"):
			return fs.SkipDir
		case deploys(name) || IsWritten(name):
			found = append(found, name)
		}
		return nil
	})
	if err != nil {
		return nil, unreadable("read deployments", err, "")
	}
	return found, nil
}

// Repository is the folder of the user's own CUE module, where there is one:
// "" for temporal-dsql itself, and where there is none.
func (e *Engine) Repository() string {
	if e.module.own == nil {
		return ""
	}
	return e.module.root
}

// IsProduct reports whether the module around is temporal-dsql itself.
func (e *Engine) IsProduct() bool { return e.module.own == nil && e.module.root != "" }

// Root is the folder of the CUE module around, or "" where there is none.
func (e *Engine) Root() string { return e.module.root }

// Against is the result as if the deployment had named what runs today. Nothing
// is derived from that: only policies read it.
func (r *Result) Against(deployed map[string]any) error {
	var profile map[string]json.RawMessage
	if err := decodeJSON(r.JSON, &profile); err != nil {
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
