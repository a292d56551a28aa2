// Package scaffold creates a user's repository: a first deployment, the vendored module, a
// gate for pull requests, and an example of a rule.
package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

//go:embed all:templates
var templates embed.FS

// vendored is the folder of the module in a repository.
var vendored = path.Join("cue.mod", "pkg", cuefile.ModulePath)

// A Repository describes a new repository.
type Repository struct {
	Name       string // of its first deployment
	Deployment []byte
	YAML       bool   // whether the deployment is YAML; else CUE
	Module     []byte // the cue.mod/module.cue
	Schema     []byte // JSON Schema of a plain deployment, for editors
	Version    string // of the compiler
	Ref        string // tag or branch of temporal-dsql for a workflow and a hook
	// import paths of the packages that a deployment can name
	Presets, Modifiers, Adapters []string
}

// An Import is a package, with an alias if it is the repository's own.
type Import struct{ Alias, Path string }

// packageName returns the name of a package in CUE, from its import path.
func packageName(importPath string) string {
	if !strings.HasPrefix(importPath, cuefile.ModulePath+"/") {
		return "own_" + path.Base(importPath)
	}
	return path.Base(importPath)
}

// Imports returns the packages that a deployment can name, sorted by path.
func (r Repository) Imports() []Import {
	var all []Import
	for _, of := range slices.Sorted(slices.Values(slices.Concat(r.Presets, r.Modifiers, r.Adapters))) {
		x := Import{Path: of}
		if packageName(of) != path.Base(of) {
			x.Alias = packageName(of)
		}
		all = append(all, x)
	}
	return all
}

// listMembers returns a CUE list of packages, or of a member of each.
func listMembers(of []string, member string) string {
	var all []string
	for _, p := range of {
		all = append(all, packageName(p)+member)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// files returns the files of a new repository, by name.
func (r Repository) files() (map[string][]byte, error) {
	all := map[string][]byte{
		r.deployment():       r.Deployment,
		"cue.mod/module.cue": r.Module,
	}
	if r.YAML {
		all[schemaFile] = r.Schema
		all[r.deployment()] = append([]byte("# yaml-language-server: $schema=../../"+schemaFile+"\n"), r.Deployment...)
	}
	for name, data := range cuemod.VendoredFiles() {
		all[path.Join(vendored, name)] = data
	}
	about := struct {
		Repository
		Vendored, Module string
	}{r, vendored, cuefile.ModulePath}
	const root = "templates"
	err := fs.WalkDir(templates, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := templates.ReadFile(name)
		if err != nil {
			return err
		}
		// GitHub and Rego use braces themselves
		t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").
			Funcs(template.FuncMap{"members": listMembers}).Parse(string(data))
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := t.Execute(&out, about); err != nil {
			return err
		}
		if name = strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".tmpl"); name != gatheringFile || r.YAML {
			all[name] = out.Bytes()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("create the repository: %w", err)
	}
	return all, nil
}

// gatheringFile is the CUE file that makes stock cue read plain deployments.
const gatheringFile = "profiles/deployments.cue"

// schemaFile is the JSON Schema that the first line of a plain deployment names.
const schemaFile = "schemas/deployment.schema.json"

// HasPlainDeployments reports whether all deployments of a repository are YAML or JSON.
func HasPlainDeployments(dir string) bool {
	plain, _ := filepath.Glob(filepath.Join(dir, "profiles", "*", "deployment.*"))
	written, _ := filepath.Glob(filepath.Join(dir, "profiles", "*", "*.cue"))
	return len(plain) > 0 && len(written) == 0
}

// folder returns the folder of the deployment.
func (r Repository) folder() string { return path.Join("profiles", r.Name) }

func (r Repository) deployment() string {
	name := "deployment.cue"
	if r.YAML {
		name = "deployment.yaml"
	}
	return path.Join(r.folder(), name)
}
