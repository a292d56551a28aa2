package policy

import (
	"context"
	"io/fs"
	"sync"
)

// sharedTree is the policy tree whose guard rails PrepareGuardRails prepares once, as shared, and NewSurvey surveys once;
// nil means none.
var (
	sharedTree   fs.FS
	shared       func() (*Rules, error)
	sharedSurvey func() (*Survey, error)
)

// ShareGuardRails makes PrepareGuardRails and NewSurvey read those of a tree once. Tests that run many commands in one
// process call it first.
func ShareGuardRails(tree fs.FS) {
	prepared := sync.OnceValues(func() (*Rules, error) { return prepareGuardRails(context.Background(), tree) })
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
