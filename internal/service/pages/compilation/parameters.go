package compilation

import (
	"cmp"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// parameterSearch is the parameters page: the registry and the keys of the servers.
type parameterSearch struct {
	Query, Class, Version string
	Curated               []registry.Parameter
	Keys                  []keyRow
	Found                 int
	Rest                  int // keys that match and are not shown
	Ref                   *engines.ModuleData
	Classes               []string
}

// keyRow is a dynamic-config key in the list.
type keyRow struct {
	registry.Key
	Value string
}

// maxKeys is the number of server keys on a page.
const maxKeys = 100

func (p *Pages) showParameters(w http.ResponseWriter, r *http.Request) error {
	ref, err := p.engines.LoadModuleData()
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if err := budget.SearchText.Check(int64(len(q.Get("q")))); err != nil {
		return problem.NewInvalid("q: "+err.Error(), budget.SearchText.Remedy)
	}
	s := parameterSearch{Query: strings.TrimSpace(q.Get("q")), Class: q.Get("class"), Version: q.Get("version"), Ref: ref}
	for _, c := range engines.Classifications {
		if c.Name != "" {
			s.Classes = append(s.Classes, c.Name)
		}
	}
	for _, x := range ref.Registry {
		if (s.Class == "" || s.Class == x.Classification) && s.matchesKey(x.Key, x.Doc, x.DynamicConfig, x.Env) {
			s.Curated = append(s.Curated, x)
		}
	}
	rank := func(class string) int {
		return slices.IndexFunc(engines.Classifications, func(c engines.Classification) bool { return c.Name == class })
	}
	slices.SortStableFunc(
		s.Curated,
		func(a, b registry.Parameter) int { return cmp.Compare(rank(a.Classification), rank(b.Classification)) },
	)
	release, isKnown := ref.Versions.Release(s.Version)
	for _, k := range ref.Keys {
		if k.Curated || s.Class != "" && s.Class != k.Classification || s.Version != "" && (!isKnown || !release.Has(k)) ||
			!s.matchesKey(k.Key, k.Doc, "", nil) {
			continue
		}
		s.Found++
		if len(s.Keys) < maxKeys {
			if s.Version != "" {
				k = k.AsOf(release)
			}
			s.Keys = append(s.Keys, keyRow{k, cmp.Or(k.Expr, frame.FormatValue(k.Default))})
		}
	}
	s.Rest = s.Found - len(s.Keys)
	p.frame.Render(w, r, http.StatusOK, "parameters", frame.View{Title: "Parameters", Section: "parameters", Body: s})
	return nil
}

// matchesKey reports whether a key matches all words of the query. A word with * is a
// pattern for the whole key, as in the keys command.
func (s parameterSearch) matchesKey(key, doc, dynamic string, variables []registry.Variable) bool {
	text := strings.ToLower(key + " " + dynamic + " " + doc)
	for _, v := range variables {
		text += " " + strings.ToLower(v.Name)
	}
	for word := range strings.FieldsSeq(strings.ToLower(s.Query)) {
		if strings.ContainsAny(word, "*?[") {
			if ok, err := path.Match(word, strings.ToLower(key)); err != nil || !ok {
				return false
			}
		} else if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// parameterPage explains a key in a preset of the user's choice.
type parameterPage struct {
	explain.Key
	Presets   []frame.Link
	Modifiers []frame.Link
	Parameter *registry.Parameter
	Metrics   []registry.Metric // metrics that the key affects
}

func (p *Pages) showParameter(w http.ResponseWriter, r *http.Request) error {
	ref, err := p.engines.LoadModuleData()
	if err != nil {
		return err
	}
	preset, modifier := r.URL.Query().Get("preset"), r.URL.Query().Get("modifier")
	if preset == "" && len(ref.Presets) > 0 {
		preset = ref.Presets[0].Name
	}
	var e parameterPage
	err = p.engines.UseExplainer(func(engine *compile.Engine) error {
		definition, err := engine.FindDefinition(r.PathValue("key"))
		if err != nil {
			reason := frame.ProblemOf(err)
			return frame.NotFoundProblem(reason.Detail + ": " + reason.Remedy)
		}
		account, err := engine.Explain(compile.Request{Preset: preset, Modifier: modifier})
		if err != nil {
			return frame.WrapFault(err)
		}
		rules, err := policy.DescribeGuardRails(engine.Policies(), definition.Key())
		if err != nil {
			return frame.WrapFault(err)
		}
		e.Key = explain.NewKey(definition, account, rules, preset, "chosen")
		return nil
	})
	if err != nil {
		return err
	}
	if of, ok := ref.Parameters[e.Key.Key]; ok {
		e.Parameter = &of
	}
	address := func(preset, modifier string) string {
		q := url.Values{"preset": {preset}}
		if modifier != "" {
			q.Set("modifier", modifier)
		}
		return api.UIPath + "parameters/" + url.PathEscape(e.Key.Key) + "?" + q.Encode()
	}
	for _, x := range ref.Presets {
		e.Presets = append(e.Presets, frame.Link{Name: x.Name, Address: address(x.Name, modifier), Chosen: x.Name == preset})
	}
	e.Modifiers = append(e.Modifiers, frame.Link{Name: "none", Address: address(preset, ""), Chosen: modifier == ""})
	for _, x := range ref.Modifiers {
		e.Modifiers = append(e.Modifiers, frame.Link{Name: x.Name, Address: address(preset, x.Name), Chosen: x.Name == modifier})
	}
	for _, m := range ref.Metrics {
		if slices.Contains(e.ActsOn, m.Name) {
			e.Metrics = append(e.Metrics, m)
		}
	}
	p.frame.Render(w, r, http.StatusOK, "parameter", frame.View{Title: e.Key.Key, Section: "parameters", Body: e})
	return nil
}
