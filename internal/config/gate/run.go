package gate

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// A run is a gate in progress.
type run struct {
	Request
	groups   map[string]*group // by path
	roots    []*group          // each group once
	deployed *deployedValues
}

// A group has the deployments of one CUE module, which share policies.
type group struct {
	dir   string                        // to load engines for
	rules func() (*policy.Rules, error) // waits until they are prepared

	deployments int // of the module
}

// prepareGroups finds the module of each path, and starts to prepare its policies while
// deployments are compiled.
func (g *run) prepareGroups(ctx context.Context, found []discover.Entry) error {
	byRoot := map[string]*group{}
	for _, x := range found {
		dir := x.Path
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		engine, err := compile.New(dir)
		if err != nil {
			return err
		}
		known := byRoot[engine.Root()]
		if known == nil {
			folders := g.policyFolders(engine)
			known = &group{dir: dir, rules: sync.OnceValues(func() (*policy.Rules, error) {
				rules, err := policy.PrepareWithOwn(ctx, engine.Policies(), folders)
				if err == nil && g.Coverage {
					rules.StartCoverage()
				}
				return rules, err
			})}
			byRoot[engine.Root()] = known
			g.roots = append(g.roots, known)
			go func() { _, _ = known.rules() }()
		}
		known.deployments++
		g.groups[x.Path] = known
	}
	return nil
}

// policyFolders returns the folders of the project's own policies for an engine.
func (g *run) policyFolders(engine *compile.Engine) []string {
	if g.Policies != nil {
		return g.Policies
	}
	return PolicyFolders(engine)
}

// PolicyFolders returns the folder with the own policies of an engine's repository, or else of that of the working
// folder, if there is one.
func PolicyFolders(engine *compile.Engine) []string {
	if engine.Root() == "" {
		if here, err := compile.New("."); err == nil {
			engine = here
		}
	}
	if engine.IsProduct() {
		return nil
	}
	dir, found := filepath.Join(engine.Repository(), "policies"), false
	_ = filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if err != nil {
			return filepath.SkipDir // there is no such folder
		}
		if found = filepath.Ext(name) == ".rego"; found {
			return filepath.SkipAll
		}
		return nil
	})
	if !found {
		return nil
	}
	return []string{relativeToWorkingFolder(dir)}
}

// relativeToWorkingFolder returns a relative path for a folder in the working folder.
func relativeToWorkingFolder(dir string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(here, dir); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return dir
}
