package product

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// binaryVariable names a temporal-dsql that is built already. run.sh builds one
// for all packages; without it every package builds its own.
const binaryVariable = "TEMPORAL_DSQL"

// Compiler is the product's binary.
type Compiler struct{ binary string }

// NewCompiler takes the binary that TEMPORAL_DSQL names, else builds one into dir.
func NewCompiler(dir string) (Compiler, error) {
	if binary := os.Getenv(binaryVariable); binary != "" {
		return Compiler{binary}, nil
	}
	root, err := root()
	if err != nil {
		return Compiler{}, err
	}
	binary := filepath.Join(dir, "temporal-dsql")
	build := exec.Command("go", "build", "-o", binary, "./cmd/temporal-dsql")
	build.Dir = root
	if _, err := output(build); err != nil {
		return Compiler{}, err
	}
	return Compiler{binary}, nil
}

// Variants lists every preset, alone and with each modifier.
func (c Compiler) Variants() ([]Variant, error) {
	presets, err := c.names("list-presets")
	if err != nil {
		return nil, err
	}
	modifiers, err := c.names("list-modifiers")
	if err != nil {
		return nil, err
	}
	var variants []Variant
	for _, preset := range presets {
		variants = append(variants, Variant{Preset: preset})
		for _, modifier := range modifiers {
			variants = append(variants, Variant{preset, modifier})
		}
	}
	return variants, nil
}

// Compile writes the artefacts of one variant, with overrides, into dir, for one server
// version or, where none is given, for the product's default.
func (c Compiler) Compile(v Variant, temporalVersion, dir string, overrides ...string) (Artefacts, error) {
	args := []string{"compile", v.Preset, "--out", dir}
	if temporalVersion != "" {
		args = append(args, "--temporal-version", temporalVersion)
	}
	if v.Modifier != "" {
		args = append(args, "--modifier", v.Modifier)
	}
	for _, o := range overrides {
		args = append(args, "--override", o)
	}
	if _, err := output(exec.Command(c.binary, args...)); err != nil {
		return Artefacts{}, err
	}
	return readArtefacts(v, dir)
}

// names are the names that a list command prints; an empty list is an error,
// since every test would then pass on nothing.
func (c Compiler) names(list string) ([]string, error) {
	out, err := output(exec.Command(c.binary, list, "-o", "json"))
	if err != nil {
		return nil, err
	}
	var rows []struct{ Name string }
	if err := json.Unmarshal(out, &rows); err != nil {
		return nil, fmt.Errorf("read %s: %w", list, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("read %s: no row", list)
	}
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
	}
	return names, nil
}

func output(cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run %v: %w\n%s%s", cmd.Args, err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.Bytes(), nil
}

// Command is a command line of the product's binary, which is built into dir
// where TEMPORAL_DSQL names none.
func Command(dir string, args ...string) (*exec.Cmd, error) {
	c, err := NewCompiler(dir)
	if err != nil {
		return nil, err
	}
	return exec.Command(c.binary, args...), nil
}
