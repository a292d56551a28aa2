package discover

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// IsCompiled reports whether path is the output of an earlier compile: a config profile as
// JSON or YAML, or a folder with one in it.
func IsCompiled(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false
	case info.IsDir():
		return artefact.FindProfile(path) != "" && !IsDeployment(path)
	case filepath.Ext(path) == ".json":
		return !statesPreset(path)
	case cuefile.IsPlain(path):
		return artefact.IsProfileFile(path)
	}
	return false
}

// statesPreset reports whether a JSON file is a deployment, the input of a compile, not
// the profile that it leads to.
func statesPreset(path string) bool {
	var deployment struct {
		Preset any `json:"preset"`
	}
	data, err := source.ReadText(path)
	return err == nil && json.Unmarshal(data, &deployment) == nil && deployment.Preset != nil
}

// IsDeployment reports whether a folder holds a deployment: a plain file, or CUE that is
// more than definitions for other packages.
func IsDeployment(dir string) bool {
	if len(PlainDeployments(dir)) > 0 {
		return true
	}
	switch cuefile.ReadPackage(dir).Kind {
	case cuefile.KindUnparsable, cuefile.KindEmpty, cuefile.KindFields:
		return true
	}
	return false
}

// PlainDeployments returns the YAML and JSON files of a folder that are deployments by
// their names.
func PlainDeployments(dir string) []string {
	var found []string
	for _, name := range cuefile.PlainDeploymentNames {
		if isFile(filepath.Join(dir, name)) {
			found = append(found, filepath.Join(dir, name))
		}
	}
	return found
}

// MisnamedDeployment returns the first file in dir with a misspelt name of a deployment, such as deploymnt.yaml, or "".
func MisnamedDeployment(dir string) string {
	entries, _ := os.ReadDir(dir)
	for _, x := range entries {
		if name := filepath.Join(dir, x.Name()); nearDeployment(x.Name()) && isFile(name) {
			return name
		}
	}
	return ""
}

// isFile reports whether a path is a file or a link to one. A link whose target is missing counts:
// the error shows when the file is read.
func isFile(name string) bool {
	info, err := os.Stat(name)
	if err != nil {
		info, err = os.Lstat(name)
	}
	return err == nil && !info.IsDir()
}

// DeploymentsIn returns the names of the folders right below dir that hold a deployment.
func DeploymentsIn(dir string) []string {
	var found []string
	entries, _ := os.ReadDir(dir)
	for _, x := range entries {
		if x.IsDir() && IsDeployment(filepath.Join(dir, x.Name())) {
			found = append(found, x.Name())
		}
	}
	return found
}

// isLikelyDeployment reports whether a folder holds a deployment, according to its syntax.
func isLikelyDeployment(dir string) bool {
	if len(PlainDeployments(dir)) > 0 {
		return true
	}
	f, err := newFinder(dir)
	if err != nil {
		return false
	}
	switch pkg := f.readPackage(dir); pkg.Kind {
	case cuefile.KindFields:
		return f.isBelowProfiles(dir) || pkg.Embeds && f.importsSchema(dir, pkg)
	case cuefile.KindUnparsable, cuefile.KindEmpty:
		return f.isBelowProfiles(dir)
	}
	return false
}
