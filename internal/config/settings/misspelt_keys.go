package settings

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"github.com/agnivade/levenshtein"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// maxUnknown is the number of unknown keys that get a suggestion: with more, it is another
// kind of file.
const maxUnknown = 50

// addSuggestions adds the nearest names to problems. A name that may be misspelt is not a
// problem if it is close to nothing.
func addSuggestions(e *cuemod.Evaluator, settings []RunningSetting, all []LintProblem, line string) ([]LintProblem, error) {
	keys := sync.OnceValue(func() []string { return catalogueKeys(e, line) })
	var variables []string
	if slices.ContainsFunc(all, func(p LintProblem) bool { return p.Near == "variables" || p.Near == "misspelt" }) {
		var err error
		if variables, err = cuemod.Table[[]string](e, "variableNames"); err != nil {
			return nil, err
		}
	}
	all = slices.DeleteFunc(all, func(p LintProblem) bool {
		return p.Near == "misspelt" && nearestVariable(settings[p.Setting].Key, variables) == ""
	})
	unknown := 0
	for i := range all {
		p := &all[i]
		near := ""
		switch p.Near {
		case "keys":
			if unknown++; unknown > maxUnknown {
				break
			}
			near = nearestKey(settings[p.Setting].Key, keys())
		case "variables", "misspelt":
			near = nearestVariable(settings[p.Setting].Key, variables)
		}
		p.Remedy = p.Misspelt.AddTo(suggest.AddNearest(p.Remedy, near))
	}
	return all, nil
}

// OwnVariables returns the variables that the server, the plugin or an image reads, and those among the set ones that are
// meant for them and that nothing reads, such as misspelt ones.
func OwnVariables(m *cuemod.Module, set []string) ([]string, error) {
	return cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) ([]string, error) {
		known, err := cuemod.Table[[]string](e, "variableNames")
		if err != nil {
			return nil, err
		}
		families, err := cuemod.Table[map[string]bool](e, "families")
		if err != nil {
			return nil, err
		}
		first, err := cuemod.Table[map[string]bool](e, "firstWords")
		if err != nil {
			return nil, err
		}
		all := slices.Clone(known)
		for _, name := range set {
			word, _, _ := strings.Cut(name, "_")
			isOfFamily := false
			for family := range families {
				isOfFamily = isOfFamily || strings.HasPrefix(name, family)
			}
			if isOfFamily || first[word] && nearestVariable(name, known) != "" {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		return slices.Compact(all), nil
	})
}

// nearestVariable returns the variable that a name may stand for: a typing error away, or
// the same except for a word that was cut short. It is "" if there is none.
func nearestVariable(name string, known []string) string {
	if near := suggest.NearestName(name, known); near != "" && levenshtein.ComputeDistance(name, near) <= 2 {
		return near
	}
	words := strings.Split(name, "_")
	for _, k := range known {
		theirs := strings.Split(k, "_")
		differ, like := 0, true
		for i := 0; i < len(words) && len(words) == len(theirs); i++ {
			if words[i] != theirs[i] {
				differ++
				like = like && (strings.HasPrefix(words[i], theirs[i]) || strings.HasPrefix(theirs[i], words[i]))
			}
		}
		if differ == 1 && like {
			return k
		}
	}
	return ""
}

// catalogueKeys returns the dynamic-config keys of a release line, for suggestions. It reads them
// from syntax: evaluating the catalogue costs more than a whole lint.
func catalogueKeys(e *cuemod.Evaluator, line string) []string {
	var found []string
	versions := map[string]ast.Expr{}
	var rows []ast.Decl
	for name, value := range cuefile.TopFields(e.PackageFiles(cuemod.CataloguePath)) {
		if s, ok := value.(*ast.StructLit); ok && name == "keys" {
			rows = append(rows, s.Elts...)
		}
		versions[name] = value
	}
	for _, row := range rows {
		var key string
		var supported ast.Expr
		ast.Walk(row, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && n != row {
				switch name, _, _ := ast.LabelName(f.Label); name {
				case "key":
					key = literalText(f.Value)
				case "versions":
					supported = f.Value
				}
				return false
			}
			return true
		}, nil)
		if name, ok := supported.(*ast.Ident); ok {
			supported = versions[name.Name]
		}
		isLine := func(x ast.Expr) bool { return literalText(x) == line }
		if all, ok := supported.(*ast.ListLit); ok && slices.ContainsFunc(all.Elts, isLine) {
			found = append(found, key)
		}
	}
	return found
}

// literalText returns the text of a string literal, "" for other expressions.
func literalText(x ast.Expr) string {
	lit, ok := x.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// nearestKey returns the key that a removed one may stand for: the same name in another
// component, else the nearest.
func nearestKey(key string, known []string) string {
	last := func(k string) string { return strings.ToLower(k[strings.LastIndexByte(k, '.')+1:]) }
	var same []string
	for _, k := range known {
		if last(k) == last(key) {
			same = append(same, k)
		}
	}
	if len(same) == 1 {
		return same[0]
	}
	return suggest.NearestName(key, known)
}
