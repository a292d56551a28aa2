package command

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// IsPath reports whether an argument is the path of a deployment and not the name of a
// preset.
func IsPath(arg string) bool {
	return strings.ContainsAny(arg, `/\`) || arg == "." || arg == ".." || cuefile.IsPlain(arg)
}

// OpenTarget returns a request for a preset or a deployment, and the engine of the CUE
// module around it.
func (a *App) OpenTarget(target string) (*compile.Engine, compile.Request, error) {
	where, req := a.Dir, compile.Request{}
	if IsPath(target) {
		req.Path, where = target, target
	} else {
		req.Preset = target
	}
	engine, err := compile.New(where)
	return engine, req, err
}

// SuggestFolder adds to the error about an unknown preset that a folder has its name, or a similar one.
func SuggestFolder(err error, preset string) error {
	var input *source.Error
	if preset == "" || !errors.As(err, &input) || len(input.Problems) != 1 || input.Problems[0].Unknown != preset {
		return err
	}
	for _, dir := range []string{preset, filepath.Join("profiles", preset), suggest.NearestPath(filepath.Join("profiles", preset))} {
		if dir != "" && IsFolder(dir) {
			input.Problems[0].Remedy += "; for the folder, use ./" + filepath.ToSlash(dir)
			break
		}
	}
	return err
}

// IsFolder reports whether a folder exists.
func IsFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
