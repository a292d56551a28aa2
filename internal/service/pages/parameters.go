package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// A search is the parameters page: the registry, and the keys of the servers.
type search struct {
	Query, Class, Version string
	Curated               []compile.Parameter
	Keys                  []keyRow
	Found                 int
	Rest                  int // keys that are found and not shown
	Ref                   *reference
	Classes               []string
}

// A keyRow is a dynamic-config key as listed.
type keyRow struct {
	compile.Key
	Value string
}

// mostKeys is how many keys of the servers one page shows.
const mostKeys = 100

func (p *Pages) parameters(w http.ResponseWriter, r *http.Request) error {
	ref, err := p.workshop.refer()
	if err != nil {
		return err
	}
	q := r.URL.Query()
	s := search{Query: strings.TrimSpace(q.Get("q")), Class: q.Get("class"), Version: q.Get("version"), Ref: ref}
	for _, c := range classifications {
		if c.name != "" {
			s.Classes = append(s.Classes, c.name)
		}
	}
	for _, x := range ref.Registry {
		if (s.Class == "" || s.Class == x.Classification) && s.finds(x.Key, x.Doc, x.DynamicConfig, x.Env) {
			s.Curated = append(s.Curated, x)
		}
	}
	rank := func(class string) int {
		return slices.IndexFunc(classifications, func(c struct{ name, meaning string }) bool { return c.name == class })
	}
	slices.SortStableFunc(s.Curated, func(a, b compile.Parameter) int { return cmp.Compare(rank(a.Classification), rank(b.Classification)) })
	for _, k := range ref.Keys {
		if k.Curated || s.Class != "" && s.Class != k.Classification || s.Version != "" && !slices.Contains(k.Versions, s.Version) || !s.finds(k.Key, k.Doc, "", nil) {
			continue
		}
		s.Found++
		if len(s.Keys) < mostKeys {
			if s.Version != "" {
				k = k.AsOf(s.Version)
			}
			s.Keys = append(s.Keys, keyRow{k, cmp.Or(k.Expr, plain(k.Default))})
		}
	}
	s.Rest = s.Found - len(s.Keys)
	p.render(w, r, http.StatusOK, "parameters", view{Title: "Parameters", Section: "parameters", Body: s})
	return nil
}

// finds reports whether all words of the query are in what is known of a key; a
// word with * in it is a pattern of the whole key, as of the keys command.
func (s search) finds(key, doc, dynamic string, variables []compile.Variable) bool {
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

// An explained key, in a preset that may be changed.
type explained struct {
	explain.Key
	Presets   []choice
	Modifiers []choice
	Parameter *compile.Parameter
	Metrics   []compile.Metric // that it acts on
}

func (p *Pages) parameter(w http.ResponseWriter, r *http.Request) error {
	ref, err := p.workshop.refer()
	if err != nil {
		return err
	}
	engine, err := p.workshop.open()
	if err != nil {
		return err
	}
	definition, err := engine.Define(r.PathValue("key"))
	if err != nil {
		problem := problemOf(err)
		return api.NotFound(problem.Detail + ": " + problem.Remedy)
	}
	preset, modifier := r.URL.Query().Get("preset"), r.URL.Query().Get("modifier")
	if preset == "" && len(ref.Presets) > 0 {
		preset = ref.Presets[0].Name
	}
	account, err := engine.Account(compile.Request{Preset: preset, Modifier: modifier})
	if err != nil {
		return fault(err)
	}
	rules, err := policy.Describe(engine.Policies(), definition.Key())
	if err != nil {
		return fault(err)
	}
	e := explained{Key: explain.NewKey(definition, account, rules, preset, "chosen")}
	if of, ok := ref.parameters[e.Key.Key]; ok {
		e.Parameter = &of
	}
	here := func(preset, modifier string) string {
		q := url.Values{"preset": {preset}}
		if modifier != "" {
			q.Set("modifier", modifier)
		}
		return "/ui/parameters/" + url.PathEscape(e.Key.Key) + "?" + q.Encode()
	}
	for _, x := range ref.Presets {
		e.Presets = append(e.Presets, choice{x.Name, here(x.Name, modifier), x.Name == preset})
	}
	e.Modifiers = append(e.Modifiers, choice{"none", here(preset, ""), modifier == ""})
	for _, x := range ref.Modifiers {
		e.Modifiers = append(e.Modifiers, choice{x.Name, here(preset, x.Name), x.Name == modifier})
	}
	for _, m := range ref.Metrics {
		if slices.Contains(e.ActsOn, m.Name) {
			e.Metrics = append(e.Metrics, m)
		}
	}
	p.render(w, r, http.StatusOK, "parameter", view{Title: e.Key.Key, Section: "parameters", Body: e})
	return nil
}
