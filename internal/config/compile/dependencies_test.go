package compile_test

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// The inputs that the syntax of a formula shows are those that its references lead to: each parameter that an
// explanation names, and no input of a parameter that is not derived.
func TestInputsAreThoseOfExplanations(t *testing.T) {
	e := compile.Embedded()
	for _, preset := range presets {
		request := compile.Request{Preset: preset}
		result, err := e.Resolve(request)
		if err != nil {
			t.Fatal(err)
		}
		account, err := e.Explain(request)
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		var check func(key string, f compile.Formula, depth int)
		check = func(key string, f compile.Formula, depth int) {
			for _, in := range f.Inputs {
				switch in.Kind {
				case compile.InputParameter:
					checked++
					if in.RefersTo != key && result.FindInput(key, []string{in.RefersTo}) == "" {
						t.Errorf("%s is derived from %s, which its syntax does not show", key, in.RefersTo)
					}
				case compile.InputNeed:
					if need, ok := account.Needs[in.RefersTo]; ok && depth < 20 {
						check(key, need, depth+1)
					}
				}
			}
		}
		for key, f := range account.Formulas {
			check(key, f, 0)
		}
		if checked < 50 {
			t.Errorf("only %d inputs of %s were compared", checked, preset)
		}
		if got := result.FindInput("target_state_transitions_per_sec", []string{"persistence.maxConns", "history.shards"}); got != "" {
			t.Errorf("the load is derived from %s", got)
		}
		const pool = "persistence.maxConns"
		if got := result.FindInput("history.persistenceMaxQPS", []string{"matching.rps", pool}); got != pool {
			t.Errorf("the limit of calls is derived from %q", got)
		}
	}
}
