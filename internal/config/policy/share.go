package policy

import (
	"context"
	"io/fs"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// sharedTree is the policy tree whose guard rails PrepareGuardRails prepares once, as shared, and NewSurvey surveys once;
// nil means none.
var (
	sharedTree   fs.FS
	shared       func() (*Rules, error)
	sharedSurvey func() (*Survey, error)
	// sharedModules are all policies of the tree, parsed.
	sharedModules func() (map[string]*ast.Module, error)
)

// ShareGuardRails makes PrepareGuardRails and NewSurvey read those of a tree once. Tests that run many commands in one
// process call it first.
func ShareGuardRails(tree fs.FS) {
	prepared := sync.OnceValues(func() (*Rules, error) { return prepareGuardRails(context.Background(), tree) })
	sharedModules = sync.OnceValues(func() (map[string]*ast.Module, error) { return parse(tree, "policies") })
	sharedSurvey = sync.OnceValues(func() (*Survey, error) { return readSurvey(tree) })
	sharedTree, shared = tree, func() (*Rules, error) {
		r, err := prepared()
		if err != nil {
			return nil, err
		}
		// additions by a user of the rules stay in the user's copy
		return &Rules{tree: r.tree, compiler: r.compiler, queries: r.queries, batches: r.batches}, nil
	}
}

// isShared reports whether a tree is the shared one.
func isShared(tree fs.FS) bool { return shared != nil && tree == sharedTree }

// parseAll parses all policies of a tree.
func parseAll(tree fs.FS) (map[string]*ast.Module, error) {
	if isShared(tree) {
		return sharedModules()
	}
	return parse(tree, "policies")
}
