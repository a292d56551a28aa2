package compile_test

import (
	"fmt"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

func ExampleEngine_Resolve() {
	engine := compile.Embedded()
	override, err := engine.ParseOverride("history.replicas=6")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := engine.Resolve(compile.Request{Preset: "starter", Overrides: []compile.Override{override}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range result.Profile.TopologyParams {
		if p.Key == "history.replicas" {
			fmt.Println(p.Key, p.Value, p.Source)
		}
	}
	// Output: history.replicas 6 override
}
