package compile

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/mod/modfile"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// profilesFolder is the folder of a repository below which every folder is a deployment,
// holds deployments, or helps them.
const profilesFolder = "profiles"

// A FoundKind is what a folder or file below a pattern has to be.
type FoundKind int

const (
	// FoundDeployment must evaluate to a deployment, or is what a compile wrote.
	FoundDeployment FoundKind = iota
	// FoundCandidate is a deployment only if it evaluates to one.
	FoundCandidate
	// FoundHelper is a package of definitions and hidden fields, for others to import.
	FoundHelper
	// FoundMisnamed is a file that looks like a deployment under another name.
	FoundMisnamed
	// FoundNothing is a folder below profiles without a deployment.
	FoundNothing
)

// Found is a folder or file below a pattern.
type Found struct {
	Path string
	Kind FoundKind
	// Preset is what a misnamed file outside of profiles states, which may be the preset
	// of some other tool; "" for a file below profiles.
	Preset string
}

// Packages are the import paths of the presets, the modifiers or the adapters that
// there are, the repository's own among them.
func (e *Engine) Packages(kind string) []string {
	if kind == "adapters" {
		return e.module.adapters()
	}
	return e.module.packages(kind)
}

// Find lists deployments in and below a folder, the output of earlier compiles, and all
// that looks like a deployment and is not one, in order. It reads the syntax of
// packages and evaluates nothing. Hidden folders, cue.mod and node_modules are left out.
func Find(dir string) ([]Found, error) {
	f, err := newFinder(dir)
	if err != nil {
		return nil, err
	}
	if err := f.visit(dir, ancestry{isBelow: f.isBelowProfiles(dir)}); err != nil {
		return nil, unreadable("read deployments", err, "")
	}
	f.demoteShared()
	slices.SortFunc(f.found, func(a, b Found) int { return strings.Compare(a.Path, b.Path) })
	return f.found, nil
}

// A finder walks the folders of one pattern.
type finder struct {
	module   module
	root     string // of the repository
	found    []Found
	packages map[string]cuePackage // by absolute folder
	imports  map[string]bool       // whether a folder of the module imports the schema
	followed map[string]bool       // targets of links
}

func newFinder(dir string) (*finder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	f := &finder{root: repositoryOf(abs), packages: map[string]cuePackage{}, imports: map[string]bool{}, followed: map[string]bool{}}
	// the name of the module alone: where its dependencies come from does not matter here
	for at := abs; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "cue.mod", "module.cue")
		if data, err := readWhole(name); err == nil {
			file, err := modfile.ParseNonStrict(data, name)
			if err != nil {
				return nil, problems("read CUE module", err, at)
			}
			f.module = module{root: at, path: trimMajor(file.QualifiedModule())}
			return f, nil
		}
		if at == filepath.Dir(at) {
			return f, nil
		}
	}
}

// repositoryOf returns the root of the repository around a folder, or the parent of the
// folder where there is none.
func repositoryOf(abs string) string {
	for at := abs; ; at = filepath.Dir(at) {
		if isRoot(at) {
			return at
		}
		if at == filepath.Dir(at) {
			return filepath.Dir(abs)
		}
	}
}

// isBelowProfiles reports whether a folder is below a folder profiles of the repository.
func (f *finder) isBelowProfiles(dir string) bool {
	rel, err := filepath.Rel(f.root, filepath.Dir(absolute(dir)))
	return err == nil && slices.Contains(strings.Split(filepath.ToSlash(rel), "/"), profilesFolder)
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// An ancestry is what is known of the folders above one.
type ancestry struct {
	isBelow  bool // one of them is profiles
	isOwned  bool // one of them is a deployment
	isOutput bool // one of them is the output of a compile
}

// visit adds what is in and below a folder.
func (f *finder) visit(dir string, above ancestry) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	before := len(f.found)
	within := above
	within.isBelow = above.isBelow || filepath.Base(absolute(dir)) == profilesFolder
	has := f.add(dir, above, &within)
	hasFiles := false
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir() || f.follows(name, entry, within):
			if f.skips(dir, entry.Name()) {
				continue
			}
			if err := f.visit(name, within); err != nil {
				return err
			}
		case entry.Type().IsRegular():
			hasFiles = true
			if !within.isOutput {
				f.addMisnamed(name, above.isBelow)
			}
		}
	}
	if above.isBelow && !within.isOwned && !has && hasFiles && len(f.found) == before {
		f.found = append(f.found, Found{Path: dir, Kind: FoundNothing})
	}
	return nil
}

// follows reports whether to visit the target of a link: a folder below profiles whose
// target is not visited anyway, and once.
func (f *finder) follows(name string, entry fs.DirEntry, above ancestry) bool {
	if entry.Type()&fs.ModeSymlink == 0 || !above.isBelow {
		return false
	}
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return false
	}
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return false
	}
	root, err := filepath.EvalSymlinks(f.root)
	if err != nil || f.followed[target] || lies(target, filepath.Join(root, profilesFolder)) || lies(root, target) {
		return false
	}
	f.followed[target] = true
	return true
}

// skips reports whether a folder holds no deployments: the repository's own presets,
// modifiers, adapters and schema, and the modules of others.
func (f *finder) skips(dir, name string) bool {
	if name == "cue.mod" || name == "node_modules" {
		return true
	}
	return f.module.root != "" && absolute(dir) == f.module.root && slices.Contains([]string{"presets", "modifiers", "adapters", "schema"}, name)
}

// add adds the deployment or the helper in a folder, and reports whether there is one.
func (f *finder) add(dir string, above ancestry, within *ancestry) bool {
	pkg := f.read(dir)
	kind := FoundDeployment
	switch {
	case len(PlainIn(dir)) > 0:
	case pkg.kind == readsPlain:
		return true
	case pkg.kind == noPackage:
		if !IsWritten(dir) {
			return false
		}
		within.isOutput = true
	case pkg.kind == definesOnly && !f.inherits(dir, pkg.name):
		if !above.isBelow && !f.importsSchema(dir, pkg) {
			return false
		}
		f.found = append(f.found, Found{Path: dir, Kind: FoundHelper})
		return true
	case above.isBelow, pkg.kind == unparsable, pkg.kind == statesNothing && slices.Contains(pkg.files, "deployment.cue"):
	case f.importsSchema(dir, pkg), f.inherits(dir, pkg.name):
		kind = FoundCandidate
	default:
		return false
	}
	within.isOwned = true
	f.found = append(f.found, Found{Path: dir, Kind: kind})
	return true
}

func (f *finder) read(dir string) cuePackage {
	abs := absolute(dir)
	pkg, ok := f.packages[abs]
	if !ok {
		pkg = readPackage(dir)
		f.packages[abs] = pkg
	}
	return pkg
}

// inherits reports whether a folder above, up to the module's root, has files of the same
// package: CUE takes them as part of it.
func (f *finder) inherits(dir, name string) bool {
	for at := absolute(dir); f.module.root != "" && at != f.module.root && at != filepath.Dir(at); {
		at = filepath.Dir(at)
		if pkg := f.read(at); pkg.kind != noPackage && pkg.name == name {
			return true
		}
	}
	return false
}

// demoteShared turns packages that folders below inherit into candidates: a part that is
// shared need not be a deployment by itself.
func (f *finder) demoteShared() {
	for i, x := range f.found {
		pkg := f.read(x.Path)
		if x.Kind != FoundDeployment || pkg.kind != statesFields || len(PlainIn(x.Path)) > 0 {
			continue
		}
		for _, other := range f.found {
			isBelow := x.Path == "." && other.Path != "." || strings.HasPrefix(other.Path, x.Path+string(filepath.Separator))
			if isBelow && other.Kind != FoundMisnamed && f.read(other.Path).name == pkg.name {
				f.found[i].Kind = FoundCandidate
			}
		}
	}
}

// importsSchema reports whether a package, or one of the module that it imports, imports
// the schema of a deployment. A package of another module may import it.
func (f *finder) importsSchema(dir string, pkg cuePackage) bool {
	abs := absolute(dir)
	if known, ok := f.imports[abs]; ok {
		return known
	}
	f.imports[abs] = false // ends a cycle
	for _, imported := range pkg.imports {
		own, isOwn := strings.CutPrefix(imported, f.module.path+"/")
		domain, _, _ := strings.Cut(imported, "/")
		switch {
		case imported == modulePath+"/schema":
			f.imports[abs] = true
		case isOwn && f.module.root != "":
			other := filepath.Join(f.module.root, filepath.FromSlash(own))
			f.imports[abs] = f.importsSchema(other, f.read(other))
		case strings.HasPrefix(imported, modulePath+"/"), !strings.Contains(domain, "."):
		default:
			f.imports[abs] = true
		}
		if f.imports[abs] {
			return true
		}
	}
	return false
}

// addMisnamed adds a file that looks like a deployment and has another name.
func (f *finder) addMisnamed(name string, below bool) {
	base := filepath.Base(name)
	if slices.Contains(plainNames, base) || filepath.Ext(base) == ".cue" {
		return
	}
	isNear := nearDeployment(base)
	if !isNear && !IsPlain(strings.ToLower(base)) {
		return
	}
	preset := presetOf(name)
	switch {
	case below && (isNear || preset != ""):
		f.found = append(f.found, Found{Path: name, Kind: FoundMisnamed})
	case preset != "":
		f.found = append(f.found, Found{Path: name, Kind: FoundMisnamed, Preset: preset})
	}
}

// nearDeployment reports whether a name is a misspelt deployment.yaml, deployment.json or
// deployment.cue. The plural is another word.
func nearDeployment(base string) bool {
	low := strings.ToLower(base)
	ext := path.Ext(low)
	stem := strings.TrimSuffix(low, ext)
	if stem == "deployments" {
		return false
	}
	known := []string{".yaml", ".yml", ".json", ".cue"}
	if slices.Contains(known, ext) {
		return levenshtein.ComputeDistance(stem, "deployment") <= 2
	}
	return stem == "deployment" && slices.ContainsFunc(known, func(k string) bool {
		return levenshtein.ComputeDistance(ext, k) <= len(k)/3 || slices.Equal(letters(ext), letters(k))
	})
}

func letters(s string) []rune { return slices.Sorted(slices.Values([]rune(s))) }

// presetOf returns the preset that a YAML or JSON file states at its top, "" without one.
func presetOf(name string) string {
	data, err := budget.PlainFile.ReadRegular(name)
	if err != nil || !strings.Contains(string(data), "preset") {
		return ""
	}
	if filepath.Ext(name) == ".json" {
		var fields struct {
			Preset any `json:"preset"`
		}
		if json.Unmarshal(data, &fields) == nil {
			text, _ := fields.Preset.(string)
			return text
		}
	}
	decls, err := extract(reading, name)
	if err != nil {
		return presetLine(string(data))
	}
	preset := ""
	eachField(decls, func(field string, f *ast.Field) {
		if lit, ok := f.Value.(*ast.BasicLit); ok && field == "preset" {
			preset = strings.Trim(lit.Value, `"'`)
		}
	})
	return preset
}

// presetLine returns the preset that a line of a file with errors states.
func presetLine(text string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "preset:"); ok {
			return strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return ""
}

// Repository is the folder of the user's own CUE module, where there is one:
// "" for temporal-dsql itself, and where there is none.
func (e *Engine) Repository() string {
	if e.module.own == nil {
		return ""
	}
	return e.module.root
}

// IsProduct reports whether the module around is temporal-dsql itself.
func (e *Engine) IsProduct() bool { return e.module.own == nil && e.module.root != "" }

// Root is the folder of the CUE module around, or "" where there is none.
func (e *Engine) Root() string { return e.module.root }

// Against is the result as if the deployment had named what runs today. Nothing
// is derived from that: only policies read it.
func (r *Result) Against(deployed map[string]any) error {
	var profile map[string]json.RawMessage
	if err := decodeJSON(r.JSON, &profile); err != nil {
		return fmt.Errorf("decode profile: %w", err)
	}
	data, err := json.Marshal(deployed)
	if err != nil {
		return fmt.Errorf("encode deployed values: %w", err)
	}
	profile["deployed"] = data
	if r.JSON, err = json.Marshal(profile); err != nil {
		return fmt.Errorf("encode profile: %w", err)
	}
	r.Profile.Deployed = deployed
	return nil
}
