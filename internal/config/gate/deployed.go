package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// deployedValues has the values that run today: of one deployment, or of several in a
// folder with one profile for each name.
type deployedValues struct {
	dir    string
	single *artefact.Profile
}

const readingDeployed = "read deployed values"

func openDeployed(path string, deployments int) (*deployedValues, error) {
	if discover.IsCompiled(path) {
		if deployments > 1 {
			return nil, source.Wrong(
				readingDeployed,
				fmt.Sprintf("%s is a single config profile, but %d deployments are checked", path, deployments),
				"name a folder that has a folder for each deployment, with its profile.json",
			)
		}
		running, err := artefact.LoadArtefacts(path)
		if err != nil {
			return nil, err
		}
		return &deployedValues{single: &running.Profile}, nil
	}
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, source.Wrong(readingDeployed, fmt.Sprintf("%s: %s", path, source.Cause(err)), "")
	}
	if err != nil || !info.IsDir() {
		p := source.Problem{
			Message: path + " is neither a config profile nor a folder of config profiles",
			Remedy:  "name the profile.json of an earlier compile, its folder, or a folder with those of several deployments",
		}
		if err != nil {
			p.Missing = path
		}
		return nil, &source.Error{Doing: readingDeployed, Problems: []source.Problem{p}}
	}
	return &deployedValues{dir: path}, nil
}

// findProfile returns the profile of a deployment that runs, or nil if it does not run.
func (d *deployedValues) findProfile(name string) (*artefact.Profile, error) {
	if d.single != nil {
		return d.single, nil
	}
	if !filepath.IsLocal(name) {
		return nil, nil
	}
	path := filepath.Join(d.dir, name)
	// an unreadable folder is an error, not an absent deployment
	if _, err := os.ReadDir(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, source.Wrong(readingDeployed, fmt.Sprintf("%s: %s", path, source.Cause(err)), "")
	}
	if !discover.IsCompiled(path) {
		return nil, nil
	}
	running, err := artefact.LoadArtefacts(path)
	if err != nil {
		return nil, err
	}
	return &running.Profile, nil
}
