package product

import (
	"os"
	"path/filepath"
)

// CompileAll compiles every variant for one server version, each into its own
// folder under dir.
func CompileAll(temporalVersion, dir string) ([]Artefacts, error) {
	compiler, err := NewCompiler(dir)
	if err != nil {
		return nil, err
	}
	variants, err := compiler.Variants()
	if err != nil {
		return nil, err
	}
	var all []Artefacts
	for _, v := range variants {
		out := filepath.Join(dir, v.Name())
		if err := os.Mkdir(out, 0o755); err != nil {
			return nil, err
		}
		artefacts, err := compiler.Compile(v, temporalVersion, out)
		if err != nil {
			return nil, err
		}
		all = append(all, artefacts)
	}
	return all, nil
}
