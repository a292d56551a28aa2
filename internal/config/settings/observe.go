package settings

import (
	"cmp"
	"context"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// An Observation is a parameter that a running setting sets.
type Observation struct {
	Setting   int    `json:"setting"` // index in the input
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`
}

// A Reader describes what reads an environment variable.
type Reader struct {
	Parameter   string   `json:"parameter"`   // "" for one of the site
	Generations []string `json:"generations"` // of the plugin, or of the server template with it
	Section     string   `json:"section"`     // of the plugin's configuration; "" is the server's
}

// SettingReaders are the programs and parameters that the schema knows.
type SettingReaders struct {
	Readers map[string]Reader // by variable
	Worker  []string          // parameters that SDK workers read
	Commit  []string          // variables with the commit of a build
}

// ReadSettingReaders reads them from the module.
func ReadSettingReaders(m *cuemod.Module) (*SettingReaders, error) {
	return cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) (*SettingReaders, error) {
		out := &SettingReaders{}
		var err error
		if out.Readers, err = cuemod.Table[map[string]Reader](e, "variableReaders"); err != nil {
			return nil, err
		}
		if out.Worker, err = cuemod.Table[[]string](e, "workerParameters"); err != nil {
			return nil, err
		}
		out.Commit, err = cuemod.Table[[]string](e, "commitVariables")
		return out, err
	})
}

// Observations are the parameters that settings set, in the order of the settings, and the
// servers' spelling of the key of each setting.
type Observations struct {
	Observed []Observation
	Keys     []string
}

// Observe returns the parameters that settings set.
func Observe(ctx context.Context, m *cuemod.Module, settings []RunningSetting, server, plugin string) (*Observations, error) {
	return cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) (*Observations, error) {
		if err := checkVersions(e, server, plugin); err != nil {
			return nil, err
		}
		x := newEvaluation("#Observed", settings, server, plugin)
		out := &Observations{Keys: make([]string, len(settings))}
		err := eachBatch(ctx, e, batchSettings(settings, evaluateAll), func(e *cuemod.Evaluator, b batch) error {
			return out.addBatch(e, x, settings, b)
		})
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(out.Observed, func(a, b Observation) int { return cmp.Compare(a.Setting, b.Setting) })
		return out, nil
	})
}

// addBatch evaluates one batch and adds its observations.
func (o *Observations) addBatch(e *cuemod.Evaluator, x *evaluation, settings []RunningSetting, b batch) error {
	v, err := x.evaluateBatch(e, b.distinctSettings(settings), nil)
	if err != nil {
		return err
	}
	var observed []Observation
	var keys []string
	for name, into := range map[string]any{"observed": &observed, "keys": &keys} {
		if err := lookupField(v, answerField, name).Decode(into); err != nil {
			return e.UserError("read what settings set", err)
		}
	}
	for _, x := range observed {
		for _, i := range b.distinct[x.Setting] {
			x.Setting = i
			o.Observed = append(o.Observed, x)
		}
	}
	for n, key := range keys {
		for _, i := range b.distinct[n] {
			o.Keys[i] = key
		}
	}
	return nil
}
