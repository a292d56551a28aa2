package compile

import (
	"fmt"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
)

// BenchmarkCompileWarm compiles in a loaded process, a different override each
// time, so that nothing can be remembered from one to the next.
func BenchmarkCompileWarm(b *testing.B) {
	engine, err := New(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	engine.ExpectMany()
	n := 0
	one := func(compile func(Request) (*artefact.Result, error), sdks, platforms []string) {
		n++
		o, err := engine.ParseOverride(fmt.Sprintf("frontend.rps=%d", 3000+n))
		if err != nil {
			b.Fatal(err)
		}
		r, err := compile(
			Request{Preset: "mid-scale", Modifier: "batch-processor", Overrides: []Override{o}, SDKs: sdks, Platforms: platforms},
		)
		if err != nil || len(r.Violations) > 0 {
			b.Fatal(err, r)
		}
	}
	none := []string{}
	for _, of := range []struct {
		name    string
		compile func(Request) (*artefact.Result, error)
		names   []string
	}{{"profile", engine.Resolve, none}, {"core files", engine.Compile, none}, {"all files", engine.Compile, nil}} {
		b.Run(of.name, func(b *testing.B) {
			for range 2 { // with its second compile an engine evaluates its packages
				one(of.compile, of.names, of.names)
			}
			for b.Loop() {
				one(of.compile, of.names, of.names)
			}
		})
	}
}
