package cuemod

import (
	"io/fs"
	"slices"
	"sync"

	dsql "github.com/temporal-dsql/temporal-dsql"
)

// A Module is a CUE module whose packages are loaded and evaluated when they are first
// needed. It is safe for concurrent use: evaluations take turns.
type Module struct {
	mu        sync.Mutex
	tree      tree
	evaluator *Evaluator
}

// FindModule finds the CUE module around dir, or else takes the embedded one.
func FindModule(dir string) (*Module, error) {
	t, err := findTree(dir)
	if err != nil {
		return nil, err
	}
	return newModule(t), nil
}

// EmbeddedModule returns the module of the binary.
func EmbeddedModule() *Module { return newModule(embeddedTree()) }

func newModule(t tree) *Module {
	t.syntax = newSyntaxCache(t.root, t.path)
	return &Module{tree: t, evaluator: newEvaluator(t)}
}

// WithEvaluator calls do with the evaluator of a module while it holds the module's lock.
// Values of CUE must not be used after do returns: reading one can evaluate it.
func WithEvaluator[T any](m *Module, do func(*Evaluator) (T, error)) (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return do(m.evaluator)
}

// Preload loads the packages that every evaluation needs. An error or a panic is left for the evaluation that needs them.
func (m *Module) Preload() {
	defer func() { _ = recover() }()
	_, _ = WithEvaluator(m, func(e *Evaluator) (struct{}, error) { return struct{}{}, e.LoadCore() })
}

// ExpectMany makes the module evaluate its packages as a whole with the second compile: many
// compiles will use them.
func (m *Module) ExpectMany() { m.expect(many) }

// ExpectSome makes the module evaluate its packages as a whole with the second compile, without the copies that make many
// compiles faster: for some twenty compiles, or for little memory.
func (m *Module) ExpectSome() { m.expect(some) }

func (m *Module) expect(compiles expectation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.evaluator.expects = max(m.evaluator.expects, compiles)
}

// EvaluateWhole makes the module evaluate its packages as a whole from now on.
func (m *Module) EvaluateWhole() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.evaluator.warm = true
}

// HasOwnPackages reports whether the module has presets, modifiers or adapters that are not
// ours.
func (m *Module) HasOwnPackages() bool {
	paths := slices.Concat(m.tree.listPackages("presets"), m.tree.listPackages("modifiers"), m.tree.listAdapters())
	return slices.ContainsFunc(paths, func(path string) bool { return !m.tree.isOurs(path) })
}

// Built returns the number of deployments that CUE keeps in memory, 8 to 14 MB each: it
// frees no instance, and those without a scope are instances.
func (m *Module) Built() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.evaluator.built
}

// HasEmbeddedSchema reports whether the schema is that of the binary.
func (m *Module) HasEmbeddedSchema() bool { return m.tree.hasEmbeddedSchema() }

// Root returns the folder of cue.mod, or "" without a module on the host.
func (m *Module) Root() string { return m.tree.root }

// HostModule returns the folder of cue.mod and the module path; both are "" if there is
// none.
func (m *Module) HostModule() (root, path string) {
	if m.tree.root == "" || m.tree.path == localModule {
		return "", ""
	}
	return m.tree.root, m.tree.path
}

// Repository returns the folder of the user's own module: "" for temporal-dsql itself, and
// without a module.
func (m *Module) Repository() string {
	if m.tree.own == nil {
		return ""
	}
	return m.tree.root
}

// IsProduct reports whether the module is temporal-dsql itself.
func (m *Module) IsProduct() bool { return m.tree.own == nil && m.tree.root != "" }

// Dependency returns the version of temporal-dsql that the module takes from a CUE
// registry, "" if it takes none.
func (m *Module) Dependency() string { return m.tree.depends }

// Policies returns the tree of the guard rails that belong to the schema: the
// repository's if it vendors them or is temporal-dsql, else the embedded one.
func (m *Module) Policies() fs.FS {
	if _, err := fs.Stat(m.tree.base, "policies/guardrails"); err != nil {
		return dsql.Files
	}
	return m.tree.base
}

// Packages returns the import paths of all presets, modifiers or adapters, with those of
// the repository.
func (m *Module) Packages(kind string) []string {
	if kind == "adapters" {
		return m.tree.listAdapters()
	}
	return m.tree.listPackages(kind)
}
