package compile

import (
	"fmt"
	"testing"
)

// BenchmarkCompileWarm compiles in a loaded process, a different override each
// time, so that nothing can be remembered from one to the next.
func BenchmarkCompileWarm(b *testing.B) {
	engine, err := New(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	one := func(sdks, platforms []string) {
		n++
		o, err := engine.ParseOverride(fmt.Sprintf("frontend.rps=%d", 3000+n))
		if err != nil {
			b.Fatal(err)
		}
		r, err := engine.Compile(Request{Preset: "mid-scale", Modifier: "batch-processor", Overrides: []Override{o}, SDKs: sdks, Platforms: platforms})
		if err != nil || len(r.Violations) > 0 {
			b.Fatal(err, r)
		}
	}
	none := []string{}
	one(none, none)
	b.Run("core", func(b *testing.B) {
		for b.Loop() {
			one(none, none)
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			one(nil, nil)
		}
	})
}
