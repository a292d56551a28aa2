package gate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An outcome is the result of checking one path: a subject of the report, or the reason for
// having none.
type outcome struct {
	path    string
	subject report.Subject
	version string // of the compiler
	absent  bool
	waived  bool
	skipped bool   // neither a deployment nor required to be one
	err     error  // the path cannot be read
	rule    string // name of the finding about err
	fault   error  // the rules cannot be evaluated
}

// checkAll compiles and checks every path, with one worker per core. Each worker has its
// own engine, because an engine does one compile at a time.
func (g *run) checkAll(ctx context.Context, found []discover.Entry) []outcome {
	out := make([]outcome, len(found))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(len(found), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			engines := engines{}
			defer engines.close()
			for i := range next {
				out[i] = g.checkEntry(ctx, engines, found[i])
				out[i].path = found[i].Path
			}
		})
	}
	for i := range found {
		if ctx.Err() != nil {
			out[i].path, out[i].err = found[i].Path, ctx.Err()
			continue
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return out
}

func (g *run) checkEntry(ctx context.Context, engines engines, found discover.Entry) (out outcome) {
	path := found.Path
	// a fault in one deployment must not stop the others
	defer func() {
		if fault := recover(); fault != nil {
			out = outcome{fault: fmt.Errorf(
				"check %s: internal error: %v; this is a bug in temporal-dsql: report it with the deployment", path, fault,
			)}
		}
	}()
	in := g.groups[path]
	if found.Kind >= discover.KindHelper {
		return inspectEntry(engines, in, found)
	}
	result, err := g.readProfile(engines, in, path)
	var noDeployment *compile.NoDeploymentError
	switch {
	case errors.As(err, &noDeployment) && found.Kind == discover.KindCandidate:
		return outcome{skipped: true}
	case errors.As(err, &noDeployment):
		return outcome{err: err, rule: "missing_deployment"}
	case err != nil:
		return outcome{err: err}
	}
	out = outcome{version: result.Profile.CompilerVersion, waived: len(result.Profile.Waivers) > 0}
	options := check.Options{AllRules: true, Today: g.Today}
	if g.deployed != nil {
		running, err := g.deployed.findProfile(result.Name)
		if err != nil {
			return outcome{err: err}
		}
		if out.absent = running == nil; !out.absent {
			if err := result.SetDeployed(running.Values()); err != nil {
				return outcome{err: err}
			}
			options.RunningServer = running.TemporalServerVersion
		}
	}
	if options.Rules, err = in.rules(); err != nil {
		return outcome{fault: err}
	}
	out.subject, out.fault = CheckSubject(ctx, result, options)
	return out
}

// inspectEntry checks a helper package, a file that can be a deployment under another name,
// or a folder without a deployment.
func inspectEntry(engines engines, in *group, found discover.Entry) outcome {
	engine, err := engines.pool(in).BorrowFor(0)
	if err != nil {
		return outcome{err: err}
	}
	at := source.Pos{File: filepath.ToSlash(found.Path)}
	switch found.Kind {
	case discover.KindHelper:
		err := engine.CheckHelper(found.Path)
		return outcome{err: err, skipped: err == nil}
	case discover.KindMisnamed:
		if found.Preset != "" && !engine.HasPreset(found.Preset) {
			return outcome{skipped: true} // a file of another tool
		}
		at.Line, at.Column = 1, 1
		return outcome{rule: "misnamed_deployment", err: &source.Error{Problems: []source.Problem{
			{
				Pos:     at,
				Message: "the file looks like a deployment, but is not named like one",
				Remedy: fmt.Sprintf(
					"rename it to deployment.yaml in its own folder, or pass the file itself: temporal-dsql gate %s",
					filepath.ToSlash(found.Path),
				),
			},
		}}}
	}
	return outcome{rule: "missing_deployment", err: &source.Error{Problems: []source.Problem{{
		Pos: at, Message: "there is no deployment in the folder",
		Remedy: "add a deployment.yaml or a CUE package that is schema.#Deployment & {preset: …}, or move the folder out of profiles",
	}}}}
}

func (g *run) readProfile(engines engines, in *group, path string) (*artefact.Result, error) {
	if discover.IsCompiled(path) {
		return artefact.LoadArtefacts(path)
	}
	pool := engines.pool(in)
	engine, err := pool.BorrowFor(0)
	if err != nil {
		return nil, err
	}
	built := engine.Built()
	defer func() { pool.AddUses(engine.Built() - built) }()
	return engine.Resolve(compile.Request{Path: path})
}
