// Package compilation serves the pages of the compiler: a compile with its findings, files and capacity, and the parameters.
package compilation

import (
	"cmp"
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/cache"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Pages serves the pages of the compiler.
type Pages struct {
	frame   frame.Frame
	engines *engines.Pool
	now     func() time.Time

	presets *cache.Cache[string, *compileOutcome] // by the query without changes
}

// New returns the pages, with the engines of the process.
func New(f frame.Frame, shared *evaluator.Pool, now func() time.Time) *Pages {
	p := &Pages{frame: f, now: now, presets: cache.New[string, *compileOutcome](maxPresets)}
	p.engines = engines.NewPool(shared, p.presets.Clear)
	return p
}

// Engines returns the pool of engines.
func (p *Pages) Engines() *engines.Pool { return p.engines }

// Routes returns the handler of each pattern.
func (p *Pages) Routes() map[string]frame.Handler {
	return map[string]frame.Handler{
		"GET /compile":            p.showCompile,
		"GET /compile/archive":    p.downloadArchive,
		"GET /compile/deployment": p.downloadDeployment,
		"GET /parameters":         p.showParameters,
		"GET /parameters/{key}":   p.showParameter,
	}
}

// compileQuery is the input of a compile. It is the query of the page's address, so a link
// carries all of it.
type compileQuery struct {
	Name, Preset, Modifier, Temporal, Plugin string
	SDKs, Platforms                          []string
	Set                                      map[string]string // overrides of the parameters with a field
	More                                     string            // one KEY=VALUE per line
	Places                                   string            // one PLACE: KEY=VALUE per line
}

// setPrefix precedes the key of a parameter in a query.
const setPrefix = "set."

func readCompileQuery(q url.Values, ref *engines.ModuleData) (compileQuery, error) {
	w := compileQuery{
		Name: q.Get("name"), Preset: q.Get("preset"), Modifier: q.Get("modifier"), Temporal: q.Get("temporal"), Plugin: q.Get("plugin"),
		SDKs: nonEmpty(q["sdk"]), Platforms: nonEmpty(q["platform"]), Set: map[string]string{},
		More: strings.ReplaceAll(q.Get("overrides"), "\r", ""), Places: strings.ReplaceAll(q.Get("places"), "\r", ""),
	}
	if w.Preset == "" && len(ref.Presets) > 0 {
		w.Preset = ref.Presets[0].Name
	}
	for name, values := range q {
		if key, is := strings.CutPrefix(name, setPrefix); is && strings.TrimSpace(values[0]) != "" {
			w.Set[key] = strings.TrimSpace(values[0])
		}
	}
	// only the command line runs executables as adapters
	for _, names := range [][]string{w.SDKs, w.Platforms} {
		for _, name := range names {
			if !slices.ContainsFunc(ref.Adapters, func(a registry.Adapter) bool { return a.Name == name }) {
				return w, problem.NewInvalid("unknown adapter "+name, "choose an adapter of the page")
			}
		}
	}
	return w, nil
}

func nonEmpty(values []string) []string {
	return slices.DeleteFunc(append([]string{}, values...), func(v string) bool { return v == "" })
}

func (w compileQuery) values() url.Values {
	q := url.Values{}
	for _, f := range []struct{ name, value string }{
		{"name", w.Name}, {"preset", w.Preset}, {"modifier", w.Modifier}, {"temporal", w.Temporal}, {"plugin", w.Plugin}, {"overrides", w.More},
		{"places", w.Places},
	} {
		if f.value != "" {
			q.Set(f.name, f.value)
		}
	}
	for key, value := range w.Set {
		q.Set(setPrefix+key, value)
	}
	if len(w.SDKs) > 0 {
		q["sdk"] = w.SDKs
	}
	if len(w.Platforms) > 0 {
		q["platform"] = w.Platforms
	}
	return q
}

// overrideLines returns all overrides as KEY=VALUE: those of the fields, then those of the
// text.
func (w compileQuery) overrideLines() (all []string) {
	for key, value := range w.Set {
		all = append(all, key+"="+value)
	}
	slices.Sort(all)
	for text := range strings.Lines(w.More) {
		if text = strings.TrimSpace(text); text != "" && !strings.HasPrefix(text, "#") {
			all = append(all, text)
		}
	}
	return all
}

// compileRequest returns the request that the command line would make.
func (w compileQuery) compileRequest(engine *compile.Engine) (compile.Request, error) {
	r := compile.Request{Preset: w.Preset, Name: w.Name, Modifier: w.Modifier, TemporalVersion: w.Temporal, PluginVersion: w.Plugin,
		SDKs: w.SDKs, Platforms: w.Platforms}
	for _, text := range w.overrideLines() {
		o, err := engine.ParseOverride(text)
		if err != nil {
			return r, err
		}
		r.Overrides = append(r.Overrides, o)
	}
	places, err := w.readPlaces(engine)
	for _, v := range places {
		v.addTo(&r)
	}
	return r, err
}

// compileOutcome is the result of a compile with its findings.
type compileOutcome struct {
	*artefact.Result
	Findings []policy.Finding
}

// countFindings counts the findings of a severity.
func (o *compileOutcome) countFindings(severity string) (n int) {
	for _, f := range o.Findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// compileChecked compiles and checks a query as the command line does.
func (p *Pages) compileChecked(ctx context.Context, query compileQuery) (*compileOutcome, error) {
	var rules *policy.Rules
	err := p.engines.Use(func(set *evaluator.Set) (err error) {
		rules, err = set.GuardRails(ctx)
		return err
	})
	if err != nil {
		return nil, frame.WrapFault(err)
	}
	var outcome *compileOutcome
	err = p.engines.UseCompiler(func(engine *compile.Engine) error {
		request, err := query.compileRequest(engine)
		if err != nil {
			return err
		}
		result, err := engine.Compile(request)
		if err != nil {
			return frame.WrapFault(err)
		}
		findings, err := check.ListFindings(ctx, result, check.Options{Rules: rules, Today: p.now()})
		if err != nil {
			return frame.WrapFault(err)
		}
		outcome = &compileOutcome{Result: result, Findings: check.WithoutPlaces(findings)}
		return nil
	})
	return outcome, err
}

// maxPresets is the number of unchanged presets that are cached.
const maxPresets = 24

// compilePreset compiles the query's preset without modifier and overrides, for the same
// versions and adapters.
func (p *Pages) compilePreset(ctx context.Context, query compileQuery) (*compileOutcome, error) {
	query.Modifier, query.Set, query.More, query.Places, query.Name = "", nil, "", "", cmp.Or(query.Name, query.Preset)
	return p.presets.GetOrLoad(query.values().Encode(), func() (*compileOutcome, error) { return p.compileChecked(ctx, query) })
}

// compilePage is the compile page: the query and its result.
type compilePage struct {
	Wish    compileQuery
	Query   template.URL // encoded by url.Values
	Ref     *engines.ModuleData
	Fields  []parameterField
	Problem *problem.Problem // set if the query is invalid

	Outcome  *compileOutcome
	Errors   int
	Warnings int
	Changed  int
	Classes  []classValues
	Changes  diff.Diff
	Files    []artefactFile
	Capacity *capacityView
	Why      string
	CLI      string
}

// parameterField is the input of a parameter that users can set.
type parameterField struct {
	registry.Parameter
	Value, Preset string
}

// classValues lists the values of one classification.
type classValues struct {
	Name, Meaning string
	Values        []resolvedValue
	Changed       int
}

// resolvedValue is a resolved parameter.
type resolvedValue struct {
	artefact.ResolvedParameter
	Text, Before   string
	Changed        bool
	Unit           string
	Doc, Rationale string
	Chain          []string
}

// artefactFile is an artefact and its difference from the preset's.
type artefactFile struct {
	Name, Content, Adapter, Change string
	Size                           string
	Lines                          []diffLine
}

// diffLine is a line of a unified diff.
type diffLine struct{ Class, Text string }

func (p *Pages) showCompile(w http.ResponseWriter, r *http.Request) error {
	ref, err := p.engines.LoadModuleData()
	if err != nil {
		return err
	}
	query, err := readCompileQuery(r.URL.Query(), ref)
	if err != nil {
		return err
	}
	c := compilePage{Wish: query, Query: template.URL(query.values().Encode()), Ref: ref, CLI: query.commandLine()}
	status := http.StatusOK
	preset, err := p.compilePreset(r.Context(), query)
	if err == nil {
		c.Fields = listFields(query, ref, preset)
		c.Outcome, err = p.compileChecked(r.Context(), query)
	}
	if err == nil {
		c.fillResult(query, preset)
	} else {
		if c.Problem = frame.ProblemOf(err); c.Problem.Status >= http.StatusInternalServerError {
			return err
		}
		status = c.Problem.Status
		if c.Fields == nil {
			c.Fields = listFields(query, ref, nil)
		}
	}
	p.frame.Render(w, r, status, "compile", frame.View{Title: "Compile", Section: "compile", Body: c})
	return nil
}

// listFields returns the inputs of the parameters that users can set.
func listFields(query compileQuery, ref *engines.ModuleData, preset *compileOutcome) []parameterField {
	values := map[string]any{}
	if preset != nil {
		values = preset.Profile.Values()
	}
	var all []parameterField
	for _, class := range engines.Classifications[:2] {
		for _, p := range ref.Registry {
			if p.Classification == class.Name {
				all = append(all, parameterField{p, query.Set[p.Key], frame.FormatValue(values[p.Key])})
			}
		}
	}
	return all
}

// fillResult adds the result of a compile.
func (c *compilePage) fillResult(query compileQuery, preset *compileOutcome) {
	o := c.Outcome
	c.Errors, c.Warnings = o.countFindings(policy.Error), o.countFindings(policy.Warning)
	c.Changes = diff.New(query.Preset, "this", diff.Side{Profile: preset.Profile, Files: preset.Files, Findings: preset.Findings},
		diff.Side{Profile: o.Profile, Files: o.Files, Findings: o.Findings}, diff.Reference{Registry: c.Ref.Registry, Keys: c.Ref.Keys,
			Versions: c.Ref.Versions})
	c.Changed = len(c.Changes.Parameters)
	c.Why = o.Files["why.md"]
	if o.Capacity != nil {
		c.Capacity = newCapacityView(*o.Capacity)
	}
	before := map[string]diff.Parameter{}
	for _, p := range c.Changes.Parameters {
		before[p.Key] = p
	}
	traces := map[string]artefact.Trace{}
	for _, t := range o.Trace {
		traces[t.ParameterKey] = t
	}
	for i, list := range [][]artefact.ResolvedParameter{
		o.Profile.SLOParams, o.Profile.TopologyParams, o.Profile.SafetyParams, o.Profile.TuningParams,
	} {
		class := classValues{Name: frame.FormatHeading(engines.Classifications[i].Name), Meaning: engines.Classifications[i].Meaning}
		for _, r := range list {
			of := c.Ref.Parameters[r.Key]
			v := resolvedValue{ResolvedParameter: r, Text: frame.FormatValue(r.Value), Unit: of.Unit, Doc: of.Doc, Rationale: of.Rationale,
				Chain: traces[r.Key].DerivationChain}
			if was, ok := before[r.Key]; ok {
				v.Changed, v.Before = true, frame.FormatValue(was.Before)
				class.Changed++
			}
			class.Values = append(class.Values, v)
		}
		c.Classes = append(c.Classes, class)
	}
	c.fillFiles(o)
}

// fillFiles adds the artefacts: the core's first, then each adapter's.
func (c *compilePage) fillFiles(o *compileOutcome) {
	changes := map[string]diff.File{}
	for _, f := range c.Changes.Files {
		changes[f.Path] = f
	}
	adapters := map[string]string{}
	for _, s := range o.Snippets {
		adapters[s.Filename] = s.Adapter
	}
	for name, content := range o.Files {
		if name == "why.md" {
			continue // the page shows it separately
		}
		f := artefactFile{Name: name, Content: content, Adapter: adapters[name], Change: changes[name].Change,
			Size: plot.FormatNumber(pointerTo(float64(len(content))), "bytes")}
		for text := range strings.Lines(changes[name].Unified) {
			l := diffLine{"", strings.TrimSuffix(text, "\n")}
			switch {
			case strings.HasPrefix(text, "---"), strings.HasPrefix(text, "+++"):
				continue
			case strings.HasPrefix(text, "+"):
				l.Class = "add"
			case strings.HasPrefix(text, "-"):
				l.Class = "del"
			}
			f.Lines = append(f.Lines, l)
		}
		c.Files = append(c.Files, f)
	}
	slices.SortFunc(c.Files, func(a, b artefactFile) int {
		return cmp.Or(cmp.Compare(a.Adapter, b.Adapter), cmp.Compare(a.Name, b.Name))
	})
}

func pointerTo[T any](v T) *T { return &v }

// commandLine returns the command that compiles the same. Values of places have no flags, so it compiles a deployment.
func (w compileQuery) commandLine() string {
	if len(w.placeLines()) > 0 {
		folder := "profiles/" + safeFileName(cmp.Or(w.Name, w.Preset))
		return "# after saving the CUE deployment of this page as " + folder + "/deployment.cue\n" +
			words.CommandLine("temporal-dsql", "compile", "./"+folder, "--out", "build")
	}
	groups := [][]string{{"temporal-dsql", "compile", w.Preset}}
	for _, f := range []struct{ flag, value string }{
		{"--name", w.Name}, {"--modifier", w.Modifier}, {"--temporal-version", w.Temporal}, {"--plugin-version", w.Plugin},
	} {
		if f.value != "" {
			groups = append(groups, []string{f.flag, f.value})
		}
	}
	for _, o := range w.overrideLines() {
		groups = append(groups, []string{"--override", o})
	}
	for _, f := range []struct {
		flag  string
		names []string
	}{{"--sdk", w.SDKs}, {"--platform", w.Platforms}} {
		groups = append(groups, []string{f.flag, cmp.Or(strings.Join(f.names, ","), "none")})
	}
	return words.CommandLines(append(groups, []string{"--out", "build"})...)
}

// draftOverrides returns the overrides of a compile as a deployment's author writes them:
// resolved, in the spelling of the registry.
func draftOverrides(o *compileOutcome) []scaffold.DraftOverride {
	var all []scaffold.DraftOverride
	for key, value := range o.Profile.Overrides {
		if n, is := value.(json.Number); is {
			if whole, err := n.Int64(); err == nil {
				value = whole
			} else if f, err := n.Float64(); err == nil {
				value = f
			}
		}
		all = append(all, scaffold.DraftOverride{Key: key, Value: value})
	}
	slices.SortFunc(all, func(a, b scaffold.DraftOverride) int { return cmp.Compare(a.Key, b.Key) })
	return all
}
