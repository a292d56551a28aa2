package compile

import (
	"bytes"
	"cmp"
	"context"
	stdjson "encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Running setting is one that some file gives to a cluster that runs.
type Running struct {
	Kind        string      `json:"kind"` // dynamic_config, variable or static
	File        string      `json:"file"`
	Origin      string      `json:"origin"` // the place of the key
	Service     string      `json:"service"`
	Key         string      `json:"key"`
	Value       any         `json:"value"`
	Known       bool        `json:"known"` // whether the file has the value
	As          Readings    `json:"as"`
	Constraints []Condition `json:"constraints"`
	Where       string      `json:"where"`   // the constraints as text
	Ignored     []string    `json:"ignored"` // fields beside value and constraints
}

// Readings are what the text of a variable is in each kind that it can be read as.
type Readings map[string]any

// ReadingsOf a text: a program that wants a number or a switch reads it so.
func ReadingsOf(text string) Readings {
	as := Readings{}
	if n, err := strconv.Atoi(text); err == nil {
		as["int"] = n
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		as["float"] = n
	}
	switch b, err := strconv.ParseBool(text); {
	case err == nil:
		as["bool"] = b
	case strings.EqualFold(text, "yes") || strings.EqualFold(text, "on"):
		as["bool"] = true
	case strings.EqualFold(text, "no") || strings.EqualFold(text, "off"):
		as["bool"] = false
	}
	return as
}

// A Condition under which a dynamic-config value holds, as its constraints say.
type Condition struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Linted is what the schema says of settings.
type Linted struct {
	Temporal string
	Plugin   string
	Rules    []LintRule
	Problems []LintProblem
	// Values are the parameters that the settings give, each as often as they do.
	Values []LintValue
	// Defaults are the parameters' values where no dynamic config sets them.
	Defaults map[string]any
	// Limits and Margins are what a profile carries beside its parameters.
	Limits, Margins map[string]float64
}

// A LintRule is a way in which a setting may be wrong.
type LintRule struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Severity    string `json:"severity"`
	Remediation string `json:"remediation"`
}

// A LintProblem is one thing that is wrong with a setting.
type LintProblem struct {
	Setting     int    `json:"setting"`
	At          string `json:"at"` // the part of the setting: key, value, constraint, ignored
	N           int    `json:"n"`  // which constraint or ignored field
	RuleName    string `json:"rule_name"`
	Severity    string `json:"severity"`
	Message     string `json:"message"`
	Remediation string `json:"remediation"`
	Parameter   string `json:"parameter"`
	Near        string `json:"near"` // among what a name may have been meant
}

// A LintValue is a parameter that a setting gives.
type LintValue struct {
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`
	Setting   int    `json:"setting"`
}

// Lint holds settings that run today against the registry, the catalogue and
// each other. Versions that are "" are those that a compile assumes.
func (e *Engine) Lint(ctx context.Context, settings []Running, server, plugin string) (*Linted, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := &Linted{}
	parts := portions(settings)
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := e.lint(settings, p, server, plugin, out); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out.Problems, func(a, b LintProblem) int { return cmp.Compare(a.Setting, b.Setting) })
	return out, nil
}

// A portion is as much as one evaluation takes: what one costs grows with the
// square of what it is given.
type portion struct {
	checked  [][]int // different settings, each by all its places in the list
	together []int
}

const maxPortion = 64

// portions shares settings out: what is the same is checked once, and only what
// may clash is held against each other.
func portions(settings []Running) []portion {
	var all []portion
	for _, group := range clashing(settings) {
		if n := len(all); n == 0 || len(all[n-1].together) >= maxPortion {
			all = append(all, portion{})
		}
		p := &all[len(all)-1]
		p.together = append(p.together, group...)
	}
	byValue := map[string][]int{}
	var order []string
	for i, s := range settings {
		s.File, s.Origin, s.Where = "", "", ""
		if s.Kind != "static" {
			s.Service = "" // only a count is of one service
		}
		id := fmt.Sprintf("%#v", s)
		if byValue[id] == nil {
			order = append(order, id)
		}
		byValue[id] = append(byValue[id], i)
	}
	at := 0
	for _, id := range order {
		if at < len(all) && len(all[at].checked) >= maxPortion {
			at++
		}
		if at == len(all) {
			all = append(all, portion{})
		}
		all[at].checked = append(all[at].checked, byValue[id])
	}
	if len(all) == 0 {
		all = append(all, portion{})
	}
	return all
}

// clashing are the groups of settings of one service and one key that differ,
// or that stand twice at one place.
func clashing(settings []Running) [][]int {
	groups := map[string][]int{}
	var order []string
	for i, s := range settings {
		id := fmt.Sprintf("%s %q %s", s.Kind, s.Service, strings.ToLower(s.Key))
		if groups[id] == nil {
			order = append(order, id)
		}
		groups[id] = append(groups[id], i)
	}
	var all [][]int
	for _, id := range order {
		group := groups[id]
		first := settings[group[0]]
		for _, i := range group[1:] {
			if s := settings[i]; s.Key != first.Key || s.Origin == first.Origin || fmt.Sprintf("%#v", s.Value) != fmt.Sprintf("%#v", first.Value) {
				// the first of very many say what is wrong
				all = append(all, group[:min(len(group), maxPortion)])
				break
			}
		}
	}
	return all
}

// lint evaluates one portion and adds what it says.
func (e *Engine) lint(settings []Running, p portion, server, plugin string, out *Linted) error {
	var checked, together []Running
	services := map[string]bool{}
	for _, at := range p.checked {
		checked = append(checked, settings[at[0]])
	}
	for _, i := range p.together {
		together = append(together, settings[i])
	}
	for _, s := range settings {
		services[s.Service] = true
	}
	lists := map[string]ast.Expr{}
	for name, list := range map[string]any{"settings": wholly(checked), "together": wholly(together), "services": slices.Sorted(maps.Keys(services))} {
		var err error
		if lists[name], err = syntaxOf(list); err != nil {
			return err
		}
	}
	const schema = modulePath + "/schema"
	v, err := e.ask(func(s *statement) {
		in := &ast.StructLit{}
		for _, name := range slices.Sorted(maps.Keys(lists)) {
			in.Elts = append(in.Elts, &ast.Field{Label: ast.NewIdent(name), Value: lists[name]})
		}
		for name, version := range map[string]string{"temporal_version": server, "plugin_version": plugin} {
			value := ast.Expr(ast.NewString(version))
			if version == "" {
				value = field(ast.NewSel(s.use(schema), "assumed"), name)
			}
			in.Elts = append(in.Elts, &ast.Field{Label: ast.NewIdent(name), Value: value})
		}
		s.set("lint", ast.NewBinExpr(token.AND, ast.NewSel(s.use(schema), "#Lint"), in))
		for _, table := range []string{"versions", "lintRules", "limitValues", "marginValues", "readers"} {
			s.set(table, ast.NewSel(s.use(schema), table))
		}
	})
	if err != nil {
		return err
	}
	at := func(path ...string) cue.Value {
		var p []cue.Selector
		for _, name := range path {
			p = append(p, cue.Str(name))
		}
		return v.LookupPath(cue.MakePath(p...))
	}
	if out.Temporal == "" {
		if err := out.about(at); err != nil {
			return problems("read the schema", err, e.module.root)
		}
		if err := out.supported(at); err != nil {
			return err
		}
	}
	var said struct {
		Problems, Clashes []LintProblem
		Values            []LintValue
	}
	for name, into := range map[string]any{"problems": &said.Problems, "clashes": &said.Clashes, "values": &said.Values} {
		if err := at("lint", name).Decode(into); err != nil {
			return problems("lint", err, e.module.root)
		}
	}
	said.Problems = e.suggest(checked, said.Problems, out.Temporal, func() (names []string) {
		fields, err := at("readers").Fields()
		for err == nil && fields.Next() {
			names = append(names, fields.Selector().Unquoted())
		}
		return names
	})
	for _, x := range said.Problems {
		for _, i := range p.checked[x.Setting] {
			x.Setting = i
			out.Problems = append(out.Problems, x)
		}
	}
	for _, x := range said.Clashes {
		x.Setting = p.together[x.Setting]
		out.Problems = append(out.Problems, x)
	}
	for _, x := range said.Values {
		for _, i := range p.checked[x.Setting] {
			x.Setting = i
			out.Values = append(out.Values, x)
		}
	}
	return nil
}

// about reads what holds for every setting.
func (l *Linted) about(at func(...string) cue.Value) error {
	rules := map[string]LintRule{}
	for _, x := range []struct {
		from cue.Value
		into any
	}{
		{at("lint", "temporal_version"), &l.Temporal},
		{at("lint", "plugin_version"), &l.Plugin},
		{at("lint", "defaults"), &l.Defaults},
		{at("lintRules"), &rules},
		{at("limitValues"), &l.Limits},
		{at("marginValues"), &l.Margins},
	} {
		if err := x.from.Decode(x.into); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[name]
		rule.Name = name
		l.Rules = append(l.Rules, rule)
	}
	return nil
}

// supported refuses what a lint cannot be for.
func (l *Linted) supported(at func(...string) cue.Value) error {
	var known Versions
	if err := at("versions").Decode(&known); err != nil {
		return err
	}
	return known.support(l.Temporal, l.Plugin)
}

// support refuses versions that nothing is known of.
func (v Versions) support(server, plugin string) error {
	if !slices.Contains(v.TemporalServers, server) {
		return source.Wrong("", fmt.Sprintf("there is no catalogue of Temporal %q", server), "one of "+strings.Join(v.TemporalServers, ", "))
	}
	if !slices.Contains(v.PluginGenerations, plugin) {
		return source.Wrong("", fmt.Sprintf("there is no generation %q of the plugin", plugin), "one of "+strings.Join(v.PluginGenerations, ", "))
	}
	return nil
}

// wholly leaves nothing out, and keeps a whole number that was written as a
// fraction one.
func wholly(settings []Running) []Running {
	all := make([]Running, 0, len(settings))
	for _, s := range settings {
		s.Value = fractions(s.Value)
		if s.As == nil {
			s.As = Readings{}
		}
		if s.Constraints == nil {
			s.Constraints = []Condition{}
		}
		if s.Ignored == nil {
			s.Ignored = []string{}
		}
		all = append(all, s)
	}
	return all
}

// syntaxOf writes data as syntax.
func syntaxOf(data any) (ast.Expr, error) {
	var buf bytes.Buffer
	enc := stdjson.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(data); err != nil {
		return nil, fmt.Errorf("encode settings: %w", err)
	}
	// the CUE scanner takes a byte order mark within text for an error
	return json.Extract("settings", bytes.ReplaceAll(buf.Bytes(), []byte("\ufeff"), []byte(`\ufeff`)))
}

func fractions(v any) any {
	switch v := v.(type) {
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return stdjson.Number(text)
	case []any:
		all := make([]any, len(v))
		for i, x := range v {
			all[i] = fractions(x)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for k, x := range v {
			all[k] = fractions(x)
		}
		return all
	}
	return v
}
