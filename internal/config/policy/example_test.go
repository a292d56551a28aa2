package policy_test

import (
	"context"
	"fmt"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

func ExampleRules_Evaluate() {
	ctx := context.Background()
	engine := compile.Embedded()
	override, err := engine.ParseOverride("persistence.maxConns=3")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := engine.Resolve(compile.Request{Preset: "mid-scale", Overrides: []compile.Override{override}})
	if err != nil {
		fmt.Println(err)
		return
	}
	rules, err := policy.PrepareGuardRails(ctx, dsql.Files)
	if err != nil {
		fmt.Println(err)
		return
	}
	findings, err := rules.Evaluate(ctx, result.JSON)
	for _, f := range findings {
		if f.RuleName == "pool_too_small" {
			fmt.Println(f.Severity, f.RuleName)
		}
	}
	fmt.Println(err)
	// Output:
	// error pool_too_small
	// <nil>
}
