package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
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

const readingDeployments = "read deployments"

func noDeploymentError(argument string) error {
	return source.Wrong(
		readingDeployments,
		"there is no deployment in "+argument,
		"add a deployment.yaml, or a CUE package with schema.#Deployment & {preset: …}",
	)
}

// A pattern is an argument with the entries that it names.
type pattern struct {
	argument string
	entries  []discover.Entry
}

// matches reports whether a pattern names anything that was checked.
func (p pattern) matches(all []outcome) bool {
	return slices.ContainsFunc(all, func(j outcome) bool {
		return !j.skipped && slices.ContainsFunc(p.entries, func(f discover.Entry) bool { return f.Path == j.path })
	})
}

// expandArguments finds the deployments and profiles that arguments name.
func expandArguments(arguments []string) ([]pattern, error) {
	all := make([]pattern, 0, len(arguments))
	for _, arg := range arguments {
		dir, isBelow := strings.CutSuffix(filepath.ToSlash(arg), "...")
		dir = filepath.Clean(filepath.FromSlash(dir))
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			return nil, source.Wrong(
				readingDeployments,
				fmt.Sprintf("%s: %v", arg, errors.Unwrap(err)),
				"name the folder of a deployment, a profile.json, or FOLDER/... for all deployments below",
			)
		case !isBelow && (discover.IsCompiled(dir) || discover.IsDeployment(dir) || !info.IsDir() && cuefile.IsPlain(dir)):
			all = append(all, pattern{arg, []discover.Entry{{Path: dir}}})
			continue
		case !info.IsDir():
			return nil, source.Wrong(
				readingDeployments,
				arg+" is neither a deployment nor a config profile",
				"name the folder or the YAML file of a deployment, or the profile.json of an earlier compile",
			)
		}
		found, err := discover.FindDeployments(dir)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, noDeploymentError(arg)
		}
		all = append(all, pattern{arg, found})
	}
	return all, nil
}

// mergePatterns lists the entries of all patterns, each path once and in order. A path
// that one pattern names as a deployment is a deployment, whatever another takes it for.
func mergePatterns(patterns []pattern) []discover.Entry {
	var all []discover.Entry
	for _, p := range patterns {
		all = append(all, p.entries...)
	}
	slices.SortStableFunc(all, func(a, b discover.Entry) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
	return slices.CompactFunc(all, func(a, b discover.Entry) bool { return a.Path == b.Path })
}

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
		g.groups[x.Path] = known
	}
	return nil
}

// policyFolders returns the folders of the project's own policies for an engine. For a
// path outside any repository they are those of the working folder.
func (g *run) policyFolders(engine *compile.Engine) []string {
	if g.Policies != nil {
		return g.Policies
	}
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
				"check %s: internal error: %v; this is a fault of temporal-dsql: please report it with the deployment", path, fault,
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
	if g.deployed != nil {
		running, err := g.deployed.find(result.Name)
		if err != nil {
			return outcome{err: err}
		}
		if out.absent = running == nil; !out.absent {
			if err := result.SetDeployed(running); err != nil {
				return outcome{err: err}
			}
		}
	}
	rules, err := in.rules()
	if err != nil {
		return outcome{fault: err}
	}
	out.subject, out.fault = CheckSubject(ctx, result, check.Options{Rules: rules, AllRules: true, Today: g.Today})
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

// engines has the engines of one worker.
type engines map[*group]*enginepool.Pool[*compile.Engine]

// maxBuilt limits how many packages of deployments an engine keeps in memory.
const maxBuilt = 16

func (e engines) pool(in *group) *enginepool.Pool[*compile.Engine] {
	if e[in] == nil {
		e[in] = &enginepool.Pool[*compile.Engine]{
			MaxUses: maxBuilt,
			Create:  func() (*compile.Engine, error) { return compile.New(in.dir) },
		}
	}
	return e[in]
}

func (e engines) close() {
	for _, p := range e {
		p.Close()
	}
}

// assemble makes the answer of the outcomes, in the order of the paths.
func (g *run) assemble(ctx context.Context, all []outcome) (*Answer, error) {
	for _, in := range g.roots {
		if _, err := in.rules(); err != nil {
			return nil, err
		}
	}
	out := &Answer{Report: report.Report{Kind: "deployment"}}
	waived := false
	for _, j := range all {
		var input *source.Error
		switch {
		case j.fault != nil:
			return nil, j.fault
		case j.skipped:
		case j.err == nil:
			out.Subjects, out.Version = append(out.Subjects, j.subject), j.version
			waived = waived || j.waived
			if j.absent {
				out.Absent = append(out.Absent, j.subject.Name)
			}
		case errors.As(j.err, &input):
			out.Unreadable++
			out.Subjects = append(out.Subjects, unreadableSubject(j.path, cmp.Or(j.rule, "unreadable_deployment"), input))
		default:
			return nil, j.err
		}
	}
	if g.deployed != nil && len(out.Absent) > 0 && len(out.Absent) == len(out.Subjects) {
		return nil, source.Wrong(
			readingDeployed,
			g.Against+" has none of these deployments",
			"name a folder that has a folder with a profile.json for each, under the deployment's name",
		)
	}
	var names []string
	for _, s := range out.Subjects {
		if !s.NotEvaluated {
			names = append(names, s.Name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		out.Extent = "checked: " + strings.Join(names, ", ") + "\n"
	}
	return out, g.addRules(ctx, out, waived)
}

// addRules adds the evaluated rules, the results of policy tests, and the coverage of the
// policies.
func (g *run) addRules(ctx context.Context, out *Answer, waived bool) error {
	seen := map[string]bool{}
	add := func(rules []policy.Rule) {
		for _, r := range rules {
			if !seen[r.Name] {
				seen[r.Name] = true
				out.Rules = append(out.Rules, r)
			}
		}
	}
	for _, in := range g.roots {
		rules, err := in.rules()
		if err != nil {
			return err
		}
		add(rules.All())
		if waived {
			waiverRules, err := rules.WaiverRules(ctx)
			if err != nil {
				return err
			}
			add(waiverRules)
		}
		if g.Coverage {
			out.Coverage = append(out.Coverage, rules.Coverage()...)
		}
		if g.Verify {
			tests, err := rules.Verify(ctx)
			if err != nil {
				return err
			}
			out.Tests += len(tests)
			out.Subjects = append(out.Subjects, failedTests(tests)...)
		}
	}
	constraints, err := g.constraintRules(out.Subjects, seen)
	add(constraints)
	slices.SortFunc(out.Rules, func(a, b policy.Rule) int { return strings.Compare(a.Name, b.Name) })
	return err
}

// constraintRules returns the rules of findings that come from the schema, not from a policy.
func (g *run) constraintRules(subjects []report.Subject, policies map[string]bool) ([]policy.Rule, error) {
	var named []string
	for _, s := range subjects {
		for _, f := range s.Findings {
			if !policies[f.RuleName] && !slices.Contains(named, f.RuleName) {
				named = append(named, f.RuleName)
			}
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	engine, err := compile.New(g.roots[0].dir)
	if err != nil {
		return nil, err
	}
	known, err := engine.Constraints()
	if err != nil {
		return nil, err
	}
	var rules []policy.Rule
	for _, name := range named {
		if c, ok := known[name]; ok {
			rules = append(rules, policy.Rule{
				Name: name, Title: c.Title, Description: c.Description, Severity: c.Severity, Remedy: c.Remedy,
			})
		}
	}
	return rules, nil
}

// unreadableSubject reports the errors of an unreadable path as findings.
func unreadableSubject(path, rule string, why *source.Error) report.Subject {
	s := report.Subject{Name: filepath.ToSlash(path), File: filepath.ToSlash(path), NotEvaluated: true}
	for _, p := range why.Problems {
		message := p.Message
		if why.Doing != "" {
			message = why.Doing + ": " + message
		}
		if p.Pos.IsZero() {
			p.Pos.File = s.File
		}
		s.Findings = append(s.Findings, report.Finding{Pos: p.Pos, Finding: policy.Finding{
			RuleName: rule, Severity: policy.Error, Message: message, Remedy: p.Remedy, ParameterKeys: []string{},
		}})
	}
	return s
}

// failedTests reports failing tests as findings about their files.
func failedTests(tests []policy.Test) []report.Subject {
	var all []report.Subject
	for _, t := range tests {
		if t.Failure == "" {
			continue
		}
		if len(all) == 0 || all[len(all)-1].File != t.Pos.File {
			all = append(all, report.Subject{Name: t.Pos.File, File: t.Pos.File, NotEvaluated: true})
		}
		in := &all[len(all)-1]
		in.Findings = append(in.Findings, report.Finding{Pos: t.Pos, Finding: policy.Finding{
			RuleName: "policy_test_fails", Severity: policy.Error,
			Message: fmt.Sprintf("%s: %s", t.Name, t.Failure), ParameterKeys: []string{},
		}})
	}
	return all
}
