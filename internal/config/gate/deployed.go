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

// deployed is what runs today: of one deployment, or of each in a folder of its
// name.
type deployed struct {
	dir string
	one map[string]any
}

const doing = "read what is deployed"

func openDeployed(path string, deployments int) (*deployed, error) {
	if discover.IsCompiled(path) {
		if deployments > 1 {
			return nil, source.Wrong(doing, fmt.Sprintf("%s cannot be what runs of %d deployments", path, deployments), "name a folder that has one of each deployment's name in it")
		}
		running, err := artefact.LoadArtefacts(path)
		if err != nil {
			return nil, err
		}
		return &deployed{one: running.Profile.Values()}, nil
	}
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, source.Wrong(doing, fmt.Sprintf("%s: %s", path, source.Cause(err)), "")
	}
	if err != nil || !info.IsDir() {
		return nil, source.Wrong(doing, path+" is neither a config profile nor a folder of them", "name the profile.json of an earlier compile, its folder, or a folder with those of several deployments")
	}
	return &deployed{dir: path}, nil
}

// of is what runs of a deployment; nil where nothing does.
func (d *deployed) of(name string) (map[string]any, error) {
	if d.one != nil {
		return d.one, nil
	}
	if !filepath.IsLocal(name) {
		return nil, nil
	}
	path := filepath.Join(d.dir, name)
	// what is there and cannot be read is not absent
	if _, err := os.ReadDir(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, source.Wrong(doing, fmt.Sprintf("%s: %s", path, source.Cause(err)), "")
	}
	if !discover.IsCompiled(path) {
		return nil, nil
	}
	running, err := artefact.LoadArtefacts(path)
	if err != nil {
		return nil, err
	}
	return running.Profile.Values(), nil
}
