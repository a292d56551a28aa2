package settings

import (
	"bytes"
	"cmp"
	"context"
	stdjson "encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A batch is the input of one evaluation, whose cost grows with the square of its size.
type batch struct {
	distinct    [][]int // different settings, each with all its indices in the list
	conflicting []int   // settings to compare with each other
	uncompared  []int   // for each key with too many such settings, the first that is not compared
}

const (
	maxBatch   = 96 // settings in a batch
	maxBatches = 2  // batches in one evaluator: CUE keeps 30 MB of each
)

// batchSettings groups settings: equal ones are checked once, those of which skip holds are not, and only those that can
// conflict are compared with each other.
func batchSettings(settings []RunningSetting, skip func(i int) bool) []batch {
	var all []batch
	for _, group := range conflictGroups(settings) {
		if n := len(all); n == 0 || len(all[n-1].conflicting) >= maxBatch {
			all = append(all, batch{})
		}
		p := &all[len(all)-1]
		p.conflicting = append(p.conflicting, group.compared...)
		if len(group.left) > 0 {
			p.uncompared = append(p.uncompared, group.left[0])
		}
	}
	next := 0
	for _, group := range distinctGroups(settings, skip) {
		if next < len(all) && len(all[next].distinct) >= maxBatch {
			next++
		}
		if next == len(all) {
			all = append(all, batch{})
		}
		all[next].distinct = append(all[next].distinct, group)
	}
	if len(all) == 0 {
		all = append(all, batch{})
	}
	return all
}

// distinctGroups returns the indices of equal settings, in the order in which they are evaluated.
func distinctGroups(settings []RunningSetting, skip func(i int) bool) [][]int {
	byValue := map[string][]int{}
	var order []string
	for i, s := range settings {
		if skip(i) {
			continue
		}
		s.File, s.Origin, s.Where = "", "", ""
		if s.Kind != "static" {
			s.Service = "" // only a count belongs to one service
		}
		id := fmt.Sprintf("%#v", s)
		if byValue[id] == nil {
			order = append(order, id)
		}
		byValue[id] = append(byValue[id], i)
	}
	// a batch evaluates the facts of a key once for all its values
	slices.SortStableFunc(order, func(a, b string) int {
		x, y := settings[byValue[a][0]], settings[byValue[b][0]]
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(strings.ToLower(x.Key), strings.ToLower(y.Key)))
	})
	groups := make([][]int, 0, len(order))
	for _, id := range order {
		groups = append(groups, byValue[id])
	}
	return groups
}

// A conflictGroup has the settings of one service and one key that are compared with each other.
type conflictGroup struct {
	compared []int
	left     []int // settings that are left out, because there are too many
}

// conflictGroups returns the groups of settings that can conflict: values of one key that differ, that one place sets
// twice under the same constraints, or whose key is spelled in two ways.
func conflictGroups(settings []RunningSetting) []conflictGroup {
	groups := map[string][]int{}
	var order []string
	add := func(id string, i int) {
		if groups[id] == nil {
			order = append(order, id)
		}
		groups[id] = append(groups[id], i)
	}
	isSpelled := map[string]bool{}
	for i, s := range settings {
		id := fmt.Sprintf("%s %q %s", s.Kind, s.Service, strings.ToLower(s.Key))
		add(fmt.Sprintf("%s %q", id, s.Where), i)
		if spelling := fmt.Sprintf("%s %q %q", id, s.Key, s.Origin); !isSpelled[spelling] {
			isSpelled[spelling] = true
			add(id, i)
		}
	}
	isDone := map[string]bool{}
	var all []conflictGroup
	for _, id := range order {
		group := groups[id]
		first := settings[group[0]]
		isSame := func(i int) bool {
			s := settings[i]
			if s.Where != first.Where { // only their spelling can conflict
				return s.Key == first.Key
			}
			return s.Key == first.Key && s.Origin != first.Origin && fmt.Sprintf("%#v", s.Value) == fmt.Sprintf("%#v", first.Value)
		}
		text := fmt.Sprint(group)
		if isDone[text] || !slices.ContainsFunc(group[1:], func(i int) bool { return !isSame(i) }) {
			continue
		}
		isDone[text] = true
		most := min(len(group), int(budget.ConflictingValues.Most))
		all = append(all, conflictGroup{group[:most], group[most:]})
	}
	return all
}

// An evaluation evaluates a definition of the schema over a batch.
type evaluation struct {
	definition     string // #Lint, #Migrate or #Observed
	server, plugin string // versions; "" means the default
	services       []string
	tables         []string // of the schema, which the first evaluation reads
	isLater        bool     // whether a batch has been evaluated
}

// answerField is the field of an evaluation's result that has the definition.
const answerField = "answer"

// newEvaluation returns an evaluation over batches of settings.
func newEvaluation(definition string, settings []RunningSetting, server, plugin string, tables ...string) *evaluation {
	services := map[string]bool{}
	for _, s := range settings {
		services[s.Service] = true
	}
	return &evaluation{
		definition: definition, server: server, plugin: plugin, services: slices.Sorted(maps.Keys(services)), tables: tables,
	}
}

// evaluateBatch evaluates the definition over settings, and over further lists of them.
func (x *evaluation) evaluateBatch(e *cuemod.Evaluator, settings []RunningSetting, lists map[string][]RunningSetting) (cue.Value, error) {
	data := map[string]any{
		"settings": completeSettings(settings), "services": x.services,
		"states_defaults": x.definition == "#Lint" && !x.isLater && !e.HasEmbeddedSchema(),
	}
	for name, list := range lists {
		data[name] = completeSettings(list)
	}
	input, err := encodeFields(data)
	if err != nil {
		return cue.Value{}, err
	}
	v, err := e.Evaluate(func(s *cuemod.Statement) {
		for name, version := range map[string]string{"temporal_version": x.server, "plugin_version": x.plugin} {
			value := ast.Expr(ast.NewString(version))
			if version == "" {
				value = cuemod.IndexField(s.SchemaName("assumed"), name)
			}
			input.Elts = append(input.Elts, &ast.Field{Label: ast.NewIdent(name), Value: value})
		}
		s.SetField(answerField, ast.NewBinExpr(token.AND, s.SchemaName(x.definition), input))
		if x.isLater {
			return
		}
		for _, table := range x.tables {
			s.SetField(table, s.SchemaName(table))
		}
	})
	if err != nil {
		return v, err
	}
	x.isLater = true
	return v, checkComplete(v, "_checked", "problems", func(i int) string { return settings[i].Key }, len(settings))
}

// evaluateDefinition evaluates a definition of the schema over data.
func evaluateDefinition(e *cuemod.Evaluator, definition string, data map[string]any) (cue.Value, error) {
	input, err := encodeFields(data)
	if err != nil {
		return cue.Value{}, err
	}
	return e.Evaluate(func(s *cuemod.Statement) {
		s.SetField(answerField, ast.NewBinExpr(token.AND, s.SchemaName(definition), input))
	})
}

// checkComplete returns an error if one of the results of a list is an error of CUE: those that use the list would leave
// it out without a word.
func checkComplete(v cue.Value, list, field string, name func(int) string, count int) error {
	results := v.LookupPath(cue.MakePath(cue.Str(answerField), cue.Hid(list, cuemod.SchemaPath)))
	for i := range count {
		result := results.LookupPath(cue.MakePath(cue.Index(i), cue.Str(field)))
		if err := result.Validate(cue.Concrete(true)); err != nil {
			return fmt.Errorf("check %s: %w", name(i), err)
		}
	}
	return nil
}

// eachBatch calls do with each batch and an evaluator for it. What CUE keeps of several batches is freed: they are not
// evaluated with e, and with few of them in one evaluator.
func eachBatch(ctx context.Context, e *cuemod.Evaluator, batches []batch, do func(*cuemod.Evaluator, batch) error) error {
	for i, b := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(batches) > 1 && i%maxBatches == 0 {
			e = e.Renew()
		}
		if err := do(e, b); err != nil {
			return err
		}
	}
	return nil
}

// distinctSettings returns one setting of each group of equal ones.
func (b batch) distinctSettings(settings []RunningSetting) []RunningSetting {
	var distinct []RunningSetting
	for _, indices := range b.distinct {
		distinct = append(distinct, settings[indices[0]])
	}
	return distinct
}

// checkVersions rejects versions that the schema does not support.
func checkVersions(e *cuemod.Evaluator, server, plugin string) error {
	known, err := schemaTable[registry.Versions](e, "versions")
	if err != nil {
		return err
	}
	return known.CheckSupport(server, plugin)
}

// lookupField returns a field of an evaluation by its path.
func lookupField(v cue.Value, path ...string) cue.Value {
	var selectors []cue.Selector
	for _, name := range path {
		selectors = append(selectors, cue.Str(name))
	}
	return v.LookupPath(cue.MakePath(selectors...))
}

// completeSettings replaces nil by empty lists, and keeps whole numbers of kind float.
func completeSettings(settings []RunningSetting) []RunningSetting {
	all := make([]RunningSetting, 0, len(settings))
	for _, s := range settings {
		s.Value = markFloats(s.Value)
		if s.As == nil {
			s.As = Readings{}
		}
		constraints := make([]Condition, 0, len(s.Constraints))
		for _, c := range s.Constraints {
			constraints = append(constraints, Condition{Name: c.Name, Value: markFloats(c.Value)})
		}
		s.Constraints = constraints
		if s.Ignored == nil {
			s.Ignored = []string{}
		}
		all = append(all, s)
	}
	return all
}

// encodeFields returns a struct of data as CUE syntax.
func encodeFields(data map[string]any) (*ast.StructLit, error) {
	fields := &ast.StructLit{}
	for _, name := range slices.Sorted(maps.Keys(data)) {
		expr, err := encodeData(data[name])
		if err != nil {
			return nil, err
		}
		fields.Elts = append(fields.Elts, &ast.Field{Label: ast.NewIdent(name), Value: expr})
	}
	return fields, nil
}

// encodeData returns data as CUE syntax.
func encodeData(data any) (ast.Expr, error) {
	var buf bytes.Buffer
	enc := stdjson.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(data); err != nil {
		return nil, fmt.Errorf("encode settings: %w", err)
	}
	// the CUE scanner rejects a byte order mark within text
	return json.Extract("settings", bytes.ReplaceAll(buf.Bytes(), []byte("\ufeff"), []byte(`\ufeff`)))
}

// markFloats writes floats so that CUE reads them as such: 1.0.
func markFloats(v any) any {
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
			all[i] = markFloats(x)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for k, x := range v {
			all[k] = markFloats(x)
		}
		return all
	}
	return v
}

// evaluateAll skips no setting.
func evaluateAll(int) bool { return false }
