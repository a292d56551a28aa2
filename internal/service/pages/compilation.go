package pages

import (
	"cmp"
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// A wish is what somebody asks to be compiled. It is the query of the page's
// address, so that a link says all of it.
type wish struct {
	Name, Preset, Modifier, Temporal, Plugin string
	SDKs, Platforms                          []string
	Set                                      map[string]string // of the parameters that have a field
	More                                     string            // one KEY=VALUE a line
}

// setPrefix is before the key of a parameter that has a field.
const setPrefix = "set."

func readWish(q url.Values, ref *reference) (wish, error) {
	w := wish{
		Name: q.Get("name"), Preset: q.Get("preset"), Modifier: q.Get("modifier"), Temporal: q.Get("temporal"), Plugin: q.Get("plugin"),
		SDKs: filled(q["sdk"]), Platforms: filled(q["platform"]), Set: map[string]string{}, More: strings.ReplaceAll(q.Get("overrides"), "\r", ""),
	}
	if w.Preset == "" && len(ref.Presets) > 0 {
		w.Preset = ref.Presets[0].Name
	}
	for name, values := range q {
		if key, is := strings.CutPrefix(name, setPrefix); is && strings.TrimSpace(values[0]) != "" {
			w.Set[key] = strings.TrimSpace(values[0])
		}
	}
	// an executable of that name is the command line's to run, and never a page's
	for _, names := range [][]string{w.SDKs, w.Platforms} {
		for _, name := range names {
			if !slices.ContainsFunc(ref.Adapters, func(a compile.Adapter) bool { return a.Name == name }) {
				return w, api.Invalid("there is no adapter "+name, "choose among those of the page")
			}
		}
	}
	return w, nil
}

func filled(values []string) []string {
	return slices.DeleteFunc(append([]string{}, values...), func(v string) bool { return v == "" })
}

func (w wish) query() url.Values {
	q := url.Values{}
	for _, f := range []struct{ name, value string }{
		{"name", w.Name}, {"preset", w.Preset}, {"modifier", w.Modifier}, {"temporal", w.Temporal}, {"plugin", w.Plugin}, {"overrides", w.More},
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

// overrides are KEY=VALUE: those of the fields, then those that are written out.
func (w wish) overrides() (all []string) {
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

// request is the same as the command line would make of these flags.
func (w wish) request(engine *compile.Engine) (compile.Request, error) {
	r := compile.Request{Preset: w.Preset, Name: w.Name, Modifier: w.Modifier, TemporalVersion: w.Temporal, PluginVersion: w.Plugin, SDKs: w.SDKs, Platforms: w.Platforms}
	for _, text := range w.overrides() {
		o, err := engine.ParseOverride(text)
		if err != nil {
			return r, err
		}
		r.Overrides = append(r.Overrides, o)
	}
	return r, nil
}

// An outcome is one compile, and what the guard rails say of it.
type outcome struct {
	*compile.Result
	Findings []policy.Finding
}

// errors counts the findings that refuse.
func (o *outcome) errors() (n int) {
	for _, f := range o.Findings {
		if f.Severity == policy.Error {
			n++
		}
	}
	return n
}

// compile does what the command line does: constraints and guard rails, and the
// files.
func (w *workshop) compile(ctx context.Context, asked wish) (*outcome, error) {
	engine, err := w.open()
	if err != nil {
		return nil, err
	}
	request, err := asked.request(engine)
	if err != nil {
		return nil, err
	}
	result, err := engine.Compile(request)
	if err != nil {
		return nil, fault(err)
	}
	rules, err := w.guardrails(ctx, engine)
	if err != nil {
		return nil, err
	}
	o := &outcome{Result: result}
	for _, v := range result.Violations {
		o.Findings = append(o.Findings, policy.Finding{RuleName: v.RuleName, Severity: v.Severity, Message: v.Message, ParameterKeys: v.ParameterKeys, Remediation: v.Remediation})
	}
	found, err := rules.Judge(ctx, result.JSON)
	if err != nil {
		return nil, fault(err)
	}
	o.Findings = append(o.Findings, found...)
	return o, nil
}

// mostPlain is how many presets are remembered without anything on top.
const mostPlain = 24

// plainlyCompiled is the preset of a wish without modifier and overrides, for the
// same versions and adapters.
func (w *workshop) plainlyCompiled(ctx context.Context, asked wish) (*outcome, error) {
	asked.Modifier, asked.Set, asked.More, asked.Name = "", nil, "", cmp.Or(asked.Name, asked.Preset)
	key := asked.query().Encode()
	w.mu.Lock()
	found := w.plainly[key]
	w.mu.Unlock()
	if found != nil {
		return found, nil
	}
	found, err := w.compile(ctx, asked)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.plainly) >= mostPlain {
		clear(w.plainly)
	}
	w.plainly[key] = found
	return found, nil
}

// A compiled page: what was asked for, and what came of it.
type compiled struct {
	Wish    wish
	Query   template.URL // its names and values are escaped already
	Ref     *reference
	Fields  []fieldOf
	Problem *api.Problem // where it cannot even be read

	Outcome  *outcome
	Errors   int
	Warnings int
	Changed  int
	Classes  []classOf
	Changes  diff.Diff
	Files    []fileOf
	Why      string
	CLI      string
}

// A fieldOf is an input of a parameter that an adopter may state.
type fieldOf struct {
	compile.Parameter
	Value, Preset string
}

// A classOf has the values of one classification.
type classOf struct {
	Name, Meaning string
	Values        []valueOf
	Changed       int
}

// A valueOf is a resolved parameter.
type valueOf struct {
	compile.Resolved
	Text, Before   string
	Changed        bool
	Unit           string
	Doc, Rationale string
	Chain          []string
}

// A fileOf is an artefact, and how it differs from the preset's.
type fileOf struct {
	Name, Content, Of, Change string
	Size                      string
	Lines                     []diffLine
}

// A diffLine is one of a unified diff.
type diffLine struct{ Class, Text string }

func (p *Pages) compilePage(w http.ResponseWriter, r *http.Request) error {
	ref, err := p.workshop.refer()
	if err != nil {
		return err
	}
	asked, err := readWish(r.URL.Query(), ref)
	if err != nil {
		return err
	}
	c := compiled{Wish: asked, Query: template.URL(asked.query().Encode()), Ref: ref, CLI: asked.commandLine()}
	status := http.StatusOK
	preset, err := p.workshop.plainlyCompiled(r.Context(), asked)
	if err == nil {
		c.Fields = fieldsOf(asked, ref, preset)
		c.Outcome, err = p.workshop.compile(r.Context(), asked)
	}
	if err == nil {
		c.fill(asked, preset)
	} else {
		if c.Problem = problemOf(err); c.Problem.Status >= http.StatusInternalServerError {
			return err
		}
		status = c.Problem.Status
		if c.Fields == nil {
			c.Fields = fieldsOf(asked, ref, nil)
		}
	}
	p.render(w, r, status, "compile", view{Title: "Compile", Section: "compile", Body: c})
	return nil
}

// fieldsOf are the inputs of what an adopter states and may choose.
func fieldsOf(asked wish, ref *reference, preset *outcome) []fieldOf {
	values := map[string]any{}
	if preset != nil {
		values = preset.Profile.Values()
	}
	var all []fieldOf
	for _, class := range classifications[:2] {
		for _, p := range ref.Registry {
			if p.Classification == class.name {
				all = append(all, fieldOf{p, asked.Set[p.Key], plain(values[p.Key])})
			}
		}
	}
	return all
}

// fill tells what came of a compile.
func (c *compiled) fill(asked wish, preset *outcome) {
	o := c.Outcome
	c.Errors = o.errors()
	c.Warnings = len(o.Findings) - c.Errors
	c.Changes = diff.New(asked.Preset, "this", diff.Side{Profile: preset.Profile, Files: preset.Files, Findings: preset.Findings},
		diff.Side{Profile: o.Profile, Files: o.Files, Findings: o.Findings}, diff.Reference{Registry: c.Ref.Registry, Keys: c.Ref.Keys})
	c.Changed = len(c.Changes.Parameters)
	c.Why = o.Files["why.md"]
	before := map[string]diff.Parameter{}
	for _, p := range c.Changes.Parameters {
		before[p.Key] = p
	}
	traces := map[string]compile.Trace{}
	for _, t := range o.Trace {
		traces[t.ParameterKey] = t
	}
	for i, list := range [][]compile.Resolved{o.Profile.SLOParams, o.Profile.TopologyParams, o.Profile.SafetyParams, o.Profile.TuningParams} {
		class := classOf{Name: humane(classifications[i].name), Meaning: classifications[i].meaning}
		for _, r := range list {
			of := c.Ref.parameters[r.Key]
			v := valueOf{Resolved: r, Text: plain(r.Value), Unit: of.Unit, Doc: of.Doc, Rationale: of.Rationale, Chain: traces[r.Key].DerivationChain}
			if was, ok := before[r.Key]; ok {
				v.Changed, v.Before = true, plain(was.Before)
				class.Changed++
			}
			class.Values = append(class.Values, v)
		}
		c.Classes = append(c.Classes, class)
	}
	c.files(o)
}

// files are the artefacts: those of the core first, then each adapter's.
func (c *compiled) files(o *outcome) {
	changes := map[string]diff.File{}
	for _, f := range c.Changes.Files {
		changes[f.Path] = f
	}
	of := map[string]string{}
	for _, s := range o.Snippets {
		of[s.Filename] = s.Adapter
	}
	for name, content := range o.Files {
		if name == "why.md" {
			continue // it has a place of its own
		}
		f := fileOf{Name: name, Content: content, Of: of[name], Change: changes[name].Change, Size: number(ptr(float64(len(content))), "bytes")}
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
	slices.SortFunc(c.Files, func(a, b fileOf) int { return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Name, b.Name)) })
}

func ptr[T any](v T) *T { return &v }

// commandLine is the command that does the same.
func (w wish) commandLine() string {
	parts := []string{"temporal-dsql compile " + w.Preset}
	for _, f := range []struct{ flag, value string }{{"--name", w.Name}, {"--modifier", w.Modifier}, {"--temporal-version", w.Temporal}, {"--plugin-version", w.Plugin}} {
		if f.value != "" {
			parts = append(parts, f.flag+" "+quoted(f.value))
		}
	}
	for _, o := range w.overrides() {
		parts = append(parts, "--override "+quoted(o))
	}
	for _, f := range []struct {
		flag  string
		names []string
	}{{"--sdk", w.SDKs}, {"--platform", w.Platforms}} {
		parts = append(parts, f.flag+" "+cmp.Or(strings.Join(f.names, ","), "none"))
	}
	return strings.Join(append(parts, "--out build"), " \\\n  ")
}

// quoted is a word of a shell's command line.
func quoted(s string) string {
	for _, c := range s {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-=/,:@%+", c) {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	return s
}

// drafted are the overrides of a compile, as the author of a deployment writes
// them: as they were resolved, in the spelling of the registry.
func drafted(o *outcome) []compile.Drafted {
	var all []compile.Drafted
	for key, value := range o.Profile.Overrides {
		if n, is := value.(json.Number); is {
			if whole, err := n.Int64(); err == nil {
				value = whole
			} else if f, err := n.Float64(); err == nil {
				value = f
			}
		}
		all = append(all, compile.Drafted{Key: key, Value: value})
	}
	slices.SortFunc(all, func(a, b compile.Drafted) int { return cmp.Compare(a.Key, b.Key) })
	return all
}
