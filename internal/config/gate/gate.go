package gate

import (
	"context"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A Request names the deployments to check, and what to check them with.
type Request struct {
	// Paths are folders of deployments, written profiles, or folders that have those below
	// them (also as PATH/...).
	Paths []string
	// Policies are folders of the project's own policies. nil means the folder policies
	// next to the cue.mod of each path.
	Policies []string
	// Against is the deployed configuration: a config profile, or a folder that has a
	// folder with one for each deployment name. "" means none.
	Against  string
	Verify   bool // run the tests of the project's own policies as well
	Coverage bool // report how much of those policies the deployments use
	Today    time.Time
}

// An Answer is the report of all deployments.
type Answer struct {
	report.Report
	// Absent names the deployments that Against does not have.
	Absent []string
	// Unreadable counts the paths that cannot be read. Each is a subject of the report,
	// with the reason as a finding.
	Unreadable int
}

// Run checks every deployment.
func Run(ctx context.Context, r Request) (*Answer, error) {
	patterns, err := expandArguments(r.Paths)
	if err != nil {
		return nil, err
	}
	entries := mergePatterns(patterns)
	g := &run{Request: r, groups: map[string]*group{}}
	if err := g.prepareGroups(ctx, entries); err != nil {
		return nil, err
	}
	if r.Against != "" {
		deployments := 0
		for _, x := range entries {
			if x.Kind == discover.KindDeployment || x.Kind == discover.KindCandidate {
				deployments++
			}
		}
		if g.deployed, err = openDeployed(r.Against, deployments); err != nil {
			return nil, err
		}
	}
	outcomes := g.checkAll(ctx, entries)
	for _, p := range patterns {
		if !p.matches(outcomes) {
			return nil, noDeploymentError(p.argument)
		}
	}
	return g.assemble(ctx, outcomes)
}
