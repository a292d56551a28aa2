package policy

import (
	"context"
	"crypto/sha256"
	"fmt"
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
	// sharedDigest is that of the tree's policies.
	sharedDigest func() (string, error)
)

// ShareGuardRails makes PrepareGuardRails and NewSurvey read those of a tree once, also for other trees with the same
// files. Tests that run many commands in one process call it first.
func ShareGuardRails(tree fs.FS) {
	prepared := sync.OnceValues(func() (*Rules, error) { return prepareGuardRails(context.Background(), tree) })
	sharedModules = sync.OnceValues(func() (map[string]*ast.Module, error) { return parse(tree, "policies") })
	sharedSurvey = sync.OnceValues(func() (*Survey, error) { return readSurvey(tree) })
	sharedDigest = sync.OnceValues(func() (string, error) { return digestPolicies(tree) })
	sharedTree, shared = tree, func() (*Rules, error) {
		r, err := prepared()
		if err != nil {
			return nil, err
		}
		// additions by a user of the rules stay in the user's copy
		return &Rules{tree: r.tree, compiler: r.compiler, queries: r.queries, batches: r.batches}, nil
	}
}

// isShared reports whether a tree has the shared policies.
func isShared(tree fs.FS) bool {
	if shared == nil || tree == sharedTree {
		return shared != nil
	}
	ours, err := sharedDigest()
	if err != nil {
		return false
	}
	theirs, err := digestPolicies(tree)
	return err == nil && theirs == ours
}

// digestPolicies returns a digest of all policies of a tree.
func digestPolicies(tree fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(tree, "policies", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isPolicyFile(name) {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		fmt.Fprintf(sum, "\n%s %d\n%s", name, len(text), text)
		return err
	})
	return string(sum.Sum(nil)), err
}

// parseAll parses all policies of a tree.
func parseAll(tree fs.FS) (map[string]*ast.Module, error) {
	if isShared(tree) {
		return sharedModules()
	}
	return parse(tree, "policies")
}
