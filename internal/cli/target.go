package cli

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// isPath reports whether an argument is the path of a deployment and not the name of a
// preset.
func isPath(arg string) bool {
	return strings.ContainsAny(arg, `/\`) || arg == "." || arg == ".." || cuefile.IsPlain(arg)
}

// openTarget returns a request for a preset or a deployment, and the engine of the CUE
// module around it.
func (a *app) openTarget(target string) (*compile.Engine, compile.Request, error) {
	where, req := a.dir, compile.Request{}
	if isPath(target) {
		req.Path, where = target, target
	} else {
		req.Preset = target
	}
	engine, err := compile.New(where)
	return engine, req, err
}
