// Package scaffold lays down a user's repository: a first deployment, the
// vendored module, a gate for pull requests, and a rule to start from.
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

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

//go:embed all:templates
var templates embed.FS

// vendored is where a repository has the module.
var vendored = path.Join("cue.mod", "pkg", cuefile.ModulePath)

// A Repository is what there is to be said of a new one.
type Repository struct {
	Name       string // of its first deployment
	Deployment []byte
	YAML       bool   // whether that is plain, rather than CUE
	Module     []byte // the cue.mod/module.cue
	Schema     []byte // JSON Schema of a plain deployment, for editors
	Version    string // of the compiler
	Ref        string // tag or branch of temporal-dsql that a workflow and a hook take
	// import paths of what a deployment may name
	Presets, Modifiers, Adapters []string
}

// An Import is a package, and another name for it where it is the repository's own.
type Import struct{ Alias, Path string }

// name is what the package of an import path is called.
func name(of string) string {
	if !strings.HasPrefix(of, cuefile.ModulePath+"/") {
		return "own_" + path.Base(of)
	}
	return path.Base(of)
}

// Imports of all that a deployment may name, in order.
func (r Repository) Imports() []Import {
	var all []Import
	for _, of := range slices.Sorted(slices.Values(slices.Concat(r.Presets, r.Modifiers, r.Adapters))) {
		x := Import{Path: of}
		if name(of) != path.Base(of) {
			x.Alias = name(of)
		}
		all = append(all, x)
	}
	return all
}

// members is a list of packages, or of a member of each, in CUE.
func members(of []string, member string) string {
	var all []string
	for _, p := range of {
		all = append(all, name(p)+member)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// files are all of a new repository, by name.
func (r Repository) files() (map[string][]byte, error) {
	all := map[string][]byte{
		r.deployment():       r.Deployment,
		"cue.mod/module.cue": r.Module,
	}
	if r.YAML {
		all[schemaFile] = r.Schema
		all[r.deployment()] = append([]byte("# yaml-language-server: $schema=../../"+schemaFile+"\n"), r.Deployment...)
	}
	for name, data := range vendoredFiles() {
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
		// (CUE here is a template, which stock cue is not to read)
		// braces are GitHub's and Rego's own
		t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Funcs(template.FuncMap{"members": members}).Parse(string(data))
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := t.Execute(&out, about); err != nil {
			return err
		}
		if name = strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".tmpl"); name != gathering || r.YAML {
			all[name] = out.Bytes()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lay out the repository: %w", err)
	}
	return all, nil
}

// gathering is the CUE by which stock cue reads plain deployments.
const gathering = "profiles/deployments.cue"

// schemaFile is what the first line of a plain deployment names.
const schemaFile = "schemas/deployment.schema.json"

// Plain reports whether the deployments of a repository are YAML or JSON, all of them.
func Plain(dir string) bool {
	plain, _ := filepath.Glob(filepath.Join(dir, "profiles", "*", "deployment.*"))
	written, _ := filepath.Glob(filepath.Join(dir, "profiles", "*", "*.cue"))
	return len(plain) > 0 && len(written) == 0
}

// folder is where the deployment lies.
func (r Repository) folder() string { return path.Join("profiles", r.Name) }

func (r Repository) deployment() string {
	name := "deployment.cue"
	if r.YAML {
		name = "deployment.yaml"
	}
	return path.Join(r.folder(), name)
}

// vendoredFiles are what is vendored: schema, presets, modifiers and adapters
// for CUE, policies for conftest.
func vendoredFiles() map[string][]byte {
	all := map[string][]byte{}
	_ = fs.WalkDir(dsql.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, "cue.mod/") {
			all[name], err = dsql.Files.ReadFile(name)
		}
		return err // embedded: it is there
	})
	return all
}
