package policy_test

import (
	"context"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// BenchmarkJudge judges one profile with every guard rail.
func BenchmarkJudge(b *testing.B) {
	rules, e := guardrails(b), theEngine()
	out, err := e.Compile(compile.Request{Preset: "mid-scale", SDKs: []string{}, Platforms: []string{}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := rules.Evaluate(context.Background(), out.JSON); err != nil {
			b.Fatal(err)
		}
	}
}
