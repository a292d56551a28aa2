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
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Request names deployments and what they are held against.
type Request struct {
	// Paths are folders of deployments, what earlier compiles wrote, or folders
	// with those below them (PATH/... too).
	Paths []string
	// Policies are folders of the project's own policies. Nil takes the folder
	// policies beside the cue.mod around each path.
	Policies []string
	// Against is what is deployed: a config profile, or a folder with one for
	// each deployment in a folder of its name. "" holds against nothing.
	Against  string
	Verify   bool // run the tests of the project's own policies, too
	Coverage bool // tell how much of them the deployments use
	Today    time.Time
}

// An Answer is the report, and whatever could not be read at all.
type Answer struct {
	report.Report
	// Absent are the deployments that Against has nothing of, by name.
	Absent []string
	// Unreadable is how many paths could not be read. Each is a subject, too: what
	// is wrong with it is a finding.
	Unreadable int
}

// Run judges every deployment.
func Run(ctx context.Context, r Request) (*Answer, error) {
	patterns, err := expand(r.Paths)
	if err != nil {
		return nil, err
	}
	found := join(patterns)
	g := &run{Request: r, groups: map[string]*group{}}
	if err := g.prepare(ctx, found); err != nil {
		return nil, err
	}
	if r.Against != "" {
		deployments := 0
		for _, x := range found {
			if x.Kind == discover.KindDeployment || x.Kind == discover.KindCandidate {
				deployments++
			}
		}
		if g.deployed, err = openDeployed(r.Against, deployments); err != nil {
			return nil, err
		}
	}
	judged := g.judge(ctx, found)
	for _, p := range patterns {
		if !p.matches(judged) {
			return nil, noDeployment(p.argument)
		}
	}
	return g.answer(ctx, judged)
}

const readingDeployments = "read deployments"

func noDeployment(argument string) error {
	return source.Wrong(readingDeployments, "there is no deployment in "+argument, "a deployment is a CUE package, schema.#Deployment & {preset: …}, or a deployment.yaml")
}

// A pattern is an argument with what it names.
type pattern struct {
	argument string
	found    []discover.Entry
}

// matches reports whether a pattern names anything that is judged.
func (p pattern) matches(all []judged) bool {
	return slices.ContainsFunc(all, func(j judged) bool {
		return !j.skipped && slices.ContainsFunc(p.found, func(f discover.Entry) bool { return f.Path == j.path })
	})
}

// expand finds what arguments name.
func expand(arguments []string) ([]pattern, error) {
	all := make([]pattern, 0, len(arguments))
	for _, arg := range arguments {
		dir, isBelow := strings.CutSuffix(filepath.ToSlash(arg), "...")
		dir = filepath.Clean(filepath.FromSlash(dir))
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			return nil, source.Wrong(readingDeployments, fmt.Sprintf("%s: %v", arg, errors.Unwrap(err)), "name the folder of a deployment, a profile.json, or FOLDER/... for all below")
		case !isBelow && (discover.IsCompiled(dir) || discover.IsDeployment(dir) || !info.IsDir() && cuefile.IsPlain(dir)):
			all = append(all, pattern{arg, []discover.Entry{{Path: dir}}})
			continue
		case !info.IsDir():
			return nil, source.Wrong(readingDeployments, arg+" is neither a deployment nor a config profile", "name the folder or the YAML file of a deployment, or the profile.json of an earlier compile")
		}
		found, err := discover.FindDeployments(dir)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, noDeployment(arg)
		}
		all = append(all, pattern{arg, found})
	}
	return all, nil
}

// join lists what patterns name, each path once and in order. A path that is named as a
// deployment is one, whatever a pattern takes it for.
func join(patterns []pattern) []discover.Entry {
	var all []discover.Entry
	for _, p := range patterns {
		all = append(all, p.found...)
	}
	slices.SortStableFunc(all, func(a, b discover.Entry) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
	return slices.CompactFunc(all, func(a, b discover.Entry) bool { return a.Path == b.Path })
}

// A run is one gate under way.
type run struct {
	Request
	groups   map[string]*group // by the folder that engines are made for
	roots    []*group
	deployed *deployed
}

// A group is the deployments of one CUE module, judged by the same policies.
type group struct {
	dir   string
	ready func() (*policy.Rules, error)
}

// prepare finds the modules around paths and readies their policies, while
// deployments are being compiled.
func (g *run) prepare(ctx context.Context, found []discover.Entry) error {
	byRoot := map[string]*group{}
	for _, x := range found {
		p := x.Path
		around := p
		if info, err := os.Stat(p); err == nil && !info.IsDir() {
			around = filepath.Dir(p)
		}
		engine, err := compile.New(around)
		if err != nil {
			return err
		}
		known := byRoot[engine.Root()]
		if known == nil {
			dirs := g.policies(engine)
			known = &group{dir: around, ready: sync.OnceValues(func() (*policy.Rules, error) {
				rules, err := policy.PrepareWithOwn(ctx, engine.Policies(), dirs)
				if err == nil && g.Coverage {
					rules.StartCoverage()
				}
				return rules, err
			})}
			byRoot[engine.Root()] = known
			g.roots = append(g.roots, known)
			go func() { _, _ = known.ready() }()
		}
		g.groups[p] = known
	}
	return nil
}

// policies are the folders of the project's own policies around an engine; around
// the working folder, for what lies in no repository.
func (g *run) policies(engine *compile.Engine) []string {
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
	return []string{relative(dir)}
}

// relative to the working folder, where dir lies under it.
func relative(dir string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(here, dir); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return dir
}

// A judged path is a subject, or why there is none.
type judged struct {
	path    string
	subject report.Subject
	version string // of the compiler
	absent  bool
	waived  bool
	skipped bool   // not a deployment, and need not be one
	err     error  // the path cannot be read
	rule    string // of the findings about that
	fault   error  // the rules cannot be asked
}

// judge compiles and judges every path, as many at once as there are cores: an
// engine does one compile at a time, so that each worker has its own.
func (g *run) judge(ctx context.Context, found []discover.Entry) []judged {
	out := make([]judged, len(found))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(len(found), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			engines := engines{}
			for i := range next {
				out[i] = g.one(ctx, engines, found[i])
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

func (g *run) one(ctx context.Context, engines engines, found discover.Entry) (out judged) {
	path := found.Path
	// no deployment takes the others along
	defer func() {
		if said := recover(); said != nil {
			out = judged{fault: fmt.Errorf("judge %s: internal error: %v; this is a fault of temporal-dsql: please report it with the deployment", path, said)}
		}
	}()
	in := g.groups[path]
	if found.Kind >= discover.KindHelper {
		return look(engines, in, found)
	}
	result, err := g.read(engines, in, path)
	var none *compile.NoDeploymentError
	switch {
	case errors.As(err, &none) && found.Kind == discover.KindCandidate:
		return judged{skipped: true}
	case errors.As(err, &none):
		return judged{err: err, rule: "missing_deployment"}
	case err != nil:
		return judged{err: err}
	}
	out = judged{version: result.Profile.CompilerVersion, waived: len(result.Profile.Waivers) > 0}
	if g.deployed != nil {
		running, err := g.deployed.of(result.Name)
		if err != nil {
			return judged{err: err}
		}
		if out.absent = running == nil; !out.absent {
			if err := result.SetDeployed(running); err != nil {
				return judged{err: err}
			}
		}
	}
	rules, err := in.ready()
	if err != nil {
		return judged{fault: err}
	}
	out.subject, out.fault = CheckSubject(ctx, result, check.Options{Rules: rules, AllRules: true, Today: g.Today})
	return out
}

// look checks a helper package, a file that may be a deployment under another name, or a
// folder without a deployment.
func look(engines engines, in *group, found discover.Entry) judged {
	engine, err := engines.of(in)
	if err != nil {
		return judged{err: err}
	}
	at := source.Pos{File: filepath.ToSlash(found.Path)}
	switch found.Kind {
	case discover.KindHelper:
		err := engine.CheckHelper(found.Path)
		return judged{err: err, skipped: err == nil}
	case discover.KindMisnamed:
		if found.Preset != "" && !engine.HasPreset(found.Preset) {
			return judged{skipped: true} // of some other tool
		}
		at.Line, at.Column = 1, 1
		return judged{rule: "misnamed_deployment", err: &source.Error{Problems: []source.Problem{{
			Pos: at, Message: "the file looks like a deployment, but is not named like one",
			Remedy: fmt.Sprintf("rename it to deployment.yaml in its own folder, or pass the file itself: temporal-dsql gate %s", filepath.ToSlash(found.Path)),
		}}}}
	}
	return judged{rule: "missing_deployment", err: &source.Error{Problems: []source.Problem{{
		Pos: at, Message: "there is no deployment in the folder",
		Remedy: "add a deployment.yaml or a CUE package that is schema.#Deployment & {preset: …}, or move the folder out of profiles",
	}}}}
}

func (g *run) read(engines engines, in *group, path string) (*artefact.Result, error) {
	if discover.IsCompiled(path) {
		return artefact.LoadArtefacts(path)
	}
	engine, err := engines.of(in)
	if err != nil {
		return nil, err
	}
	return engine.Resolve(compile.Request{Path: path})
}

// engines are those of one worker.
type engines map[*group]*compile.Engine

// maxBuilt is how many deployments an engine may keep in memory; a new one loads
// its packages again.
const maxBuilt = 16

func (e engines) of(in *group) (*compile.Engine, error) {
	if e[in] == nil || e[in].Built() >= maxBuilt {
		engine, err := compile.New(in.dir)
		if err != nil {
			return nil, err
		}
		e[in] = engine
	}
	return e[in], nil
}

// answer gathers what was judged, in the order of the paths.
func (g *run) answer(ctx context.Context, all []judged) (*Answer, error) {
	for _, in := range g.roots {
		if _, err := in.ready(); err != nil {
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
			out.Subjects = append(out.Subjects, unreadable(j.path, cmp.Or(j.rule, "unreadable_deployment"), input))
		default:
			return nil, j.err
		}
	}
	if g.deployed != nil && len(out.Absent) > 0 && len(out.Absent) == len(out.Subjects) {
		return nil, source.Wrong("read what is deployed", "there is nothing of any of these deployments in "+g.Against, "it holds a folder with a profile.json for each, named as the deployment")
	}
	var names []string
	for _, s := range out.Subjects {
		if !s.Unasked {
			names = append(names, s.Name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		out.Extent = "checked: " + strings.Join(names, ", ") + "\n"
	}
	return out, g.about(ctx, out, waived)
}

// about adds the rules that were asked, the tests of policies and how much of
// them was used.
func (g *run) about(ctx context.Context, out *Answer, waived bool) error {
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
		rules, err := in.ready()
		if err != nil {
			return err
		}
		add(rules.All())
		if waived {
			about, err := rules.WaiverRules(ctx)
			if err != nil {
				return err
			}
			add(about)
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
			out.Subjects = append(out.Subjects, failed(tests)...)
		}
	}
	constraints, err := g.constraints(out.Subjects, seen)
	add(constraints)
	slices.SortFunc(out.Rules, func(a, b policy.Rule) int { return strings.Compare(a.Name, b.Name) })
	return err
}

// constraints are the rules of findings that no policy makes.
func (g *run) constraints(subjects []report.Subject, policies map[string]bool) ([]policy.Rule, error) {
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
			rules = append(rules, policy.Rule{Name: name, Title: c.Title, Description: c.Description, Severity: c.Severity, Remedy: c.Remedy})
		}
	}
	return rules, nil
}

// unreadable is what is wrong with a path, as findings about it.
func unreadable(path, rule string, why *source.Error) report.Subject {
	s := report.Subject{Name: filepath.ToSlash(path), File: filepath.ToSlash(path), Unasked: true}
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

// failed are the tests that fail, as findings about the file that they are in.
func failed(tests []policy.Test) []report.Subject {
	var all []report.Subject
	for _, t := range tests {
		if t.Failure == "" {
			continue
		}
		if len(all) == 0 || all[len(all)-1].File != t.Pos.File {
			all = append(all, report.Subject{Name: t.Pos.File, File: t.Pos.File, Unasked: true})
		}
		in := &all[len(all)-1]
		in.Findings = append(in.Findings, report.Finding{Pos: t.Pos, Finding: policy.Finding{
			RuleName: "policy_test_fails", Severity: policy.Error, Message: fmt.Sprintf("%s: %s", t.Name, t.Failure), ParameterKeys: []string{},
		}})
	}
	return all
}
