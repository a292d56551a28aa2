// Package discover finds the folders that are deployments, by names and syntax alone.
package discover

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// profilesFolder is the folder of a repository below which every folder is a deployment,
// holds deployments, or helps them.
const profilesFolder = "profiles"

// A Kind classifies a folder or file below a pattern.
type Kind int

const (
	// KindDeployment must evaluate to a deployment, or is the output of a compile.
	KindDeployment Kind = iota
	// KindCandidate is a deployment only if it evaluates to one.
	KindCandidate
	// KindHelper is a package of definitions and hidden fields, for others to import.
	KindHelper
	// KindMisnamed is a file that looks like a deployment under another name.
	KindMisnamed
	// KindNothing is a folder below profiles without a deployment.
	KindNothing
)

// An Entry is a folder or file below a pattern.
type Entry struct {
	Path string
	Kind Kind
	// Preset is the one that a misnamed file outside of profiles states: it may be another
	// tool's. It is "" for a file below profiles.
	Preset string
}

// FindDeployments lists deployments in and below a folder, the output of earlier compiles,
// and all that looks like a deployment and is not one, in order. It reads the syntax of
// packages and evaluates nothing. Hidden folders, cue.mod and node_modules are left out.
func FindDeployments(dir string) ([]Entry, error) {
	f, err := newFinder(dir)
	if err != nil {
		return nil, err
	}
	if err := f.visitFolder(dir, ancestry{isBelow: f.isBelowProfiles(dir)}); err != nil {
		return nil, source.Unreadable("read deployments", err, "")
	}
	f.demoteShared()
	slices.SortFunc(f.found, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return f.found, nil
}

// A finder walks the folders of one pattern.
type finder struct {
	module   cuefile.ModuleFile
	root     string // of the repository
	found    []Entry
	packages map[string]cuefile.Package // by absolute folder
	imports  map[string]bool            // whether a folder of the module imports the schema
	followed map[string]bool            // targets of links
}

func newFinder(dir string) (*finder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	f := &finder{root: repositoryOf(abs), packages: map[string]cuefile.Package{}, imports: map[string]bool{}, followed: map[string]bool{}}
	if f.module, err = cuefile.FindModuleFile(abs); err != nil {
		return nil, err
	}
	return f, nil
}

// repositoryOf returns the root of the repository around a folder, or the parent of the
// folder if there is none.
func repositoryOf(abs string) string {
	for at := abs; ; at = filepath.Dir(at) {
		if isRepositoryRoot(at) {
			return at
		}
		if at == filepath.Dir(at) {
			return filepath.Dir(abs)
		}
	}
}

// isBelowProfiles reports whether a folder is below a folder profiles of the repository.
func (f *finder) isBelowProfiles(dir string) bool {
	rel, err := filepath.Rel(f.root, filepath.Dir(absolutePath(dir)))
	return err == nil && slices.Contains(strings.Split(filepath.ToSlash(rel), "/"), profilesFolder)
}

func absolutePath(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// An ancestry describes the folders above one.
type ancestry struct {
	isBelow  bool // one of them is profiles
	isOwned  bool // one of them is a deployment
	isOutput bool // one of them is the output of a compile
}

// visitFolder adds the entries in and below a folder.
func (f *finder) visitFolder(dir string, above ancestry) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	before := len(f.found)
	within := above
	within.isBelow = above.isBelow || filepath.Base(absolutePath(dir)) == profilesFolder
	has := f.addPackage(dir, above, &within)
	hasFiles := false
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir() || f.mustFollow(name, entry, within):
			if f.mustSkip(dir, entry.Name()) {
				continue
			}
			if err := f.visitFolder(name, within); err != nil {
				return err
			}
		case entry.Type().IsRegular(), entry.Type()&fs.ModeSymlink != 0 && isFile(name):
			hasFiles = true
			if !within.isOutput {
				f.addMisnamed(name, above.isBelow)
			}
		}
	}
	if above.isBelow && !within.isOwned && !has && hasFiles && len(f.found) == before {
		f.found = append(f.found, Entry{Path: dir, Kind: KindNothing})
	}
	return nil
}

// mustFollow reports whether to visit the target of a link: a folder below profiles whose
// target is not visited anyway, and once.
func (f *finder) mustFollow(name string, entry fs.DirEntry, above ancestry) bool {
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
	if err != nil || f.followed[target] || cuefile.IsWithin(target, filepath.Join(root, profilesFolder)) || cuefile.IsWithin(root, target) {
		return false
	}
	f.followed[target] = true
	return true
}

// mustSkip reports whether a folder holds no deployments: the repository's own presets,
// modifiers, adapters and schema, and the modules of others.
func (f *finder) mustSkip(dir, name string) bool {
	if name == "cue.mod" || name == "node_modules" {
		return true
	}
	isRoot := f.module.Root != "" && absolutePath(dir) == f.module.Root
	return isRoot && slices.Contains([]string{"presets", "modifiers", "adapters", "schema"}, name)
}

// addPackage adds the deployment or the helper in a folder, and reports whether there is one.
func (f *finder) addPackage(dir string, above ancestry, within *ancestry) bool {
	pkg := f.readPackage(dir)
	kind := KindDeployment
	switch {
	case len(PlainDeployments(dir)) > 0:
	case pkg.Kind == cuefile.KindPlainEmbeds:
		return true
	case pkg.Kind == cuefile.KindNone:
		if !IsCompiled(dir) {
			return false
		}
		within.isOutput = true
	case pkg.Kind == cuefile.KindDefinitions && !f.isInherited(dir, pkg.Name):
		if !above.isBelow && !f.importsSchema(dir, pkg) {
			return false
		}
		f.found = append(f.found, Entry{Path: dir, Kind: KindHelper})
		return true
	case above.isBelow, pkg.Kind == cuefile.KindUnparsable, pkg.Kind == cuefile.KindEmpty && slices.Contains(pkg.Files, "deployment.cue"):
	case f.importsSchema(dir, pkg), f.isInherited(dir, pkg.Name):
		kind = KindCandidate
	default:
		return false
	}
	within.isOwned = true
	f.found = append(f.found, Entry{Path: dir, Kind: kind})
	return true
}

func (f *finder) readPackage(dir string) cuefile.Package {
	abs := absolutePath(dir)
	pkg, ok := f.packages[abs]
	if !ok {
		pkg = cuefile.ReadPackage(dir)
		f.packages[abs] = pkg
	}
	return pkg
}

// isInherited reports whether a folder above, up to the module's root, has files of the same
// package: CUE takes them as part of it.
func (f *finder) isInherited(dir, name string) bool {
	for at := absolutePath(dir); f.module.Root != "" && at != f.module.Root && at != filepath.Dir(at); {
		at = filepath.Dir(at)
		if pkg := f.readPackage(at); pkg.Kind != cuefile.KindNone && pkg.Name == name {
			return true
		}
	}
	return false
}

// demoteShared turns packages that folders below inherit into candidates: a part that is
// shared need not be a deployment by itself.
func (f *finder) demoteShared() {
	for i, x := range f.found {
		pkg := f.readPackage(x.Path)
		if x.Kind != KindDeployment || pkg.Kind != cuefile.KindFields || len(PlainDeployments(x.Path)) > 0 {
			continue
		}
		for _, other := range f.found {
			isBelow := x.Path == "." && other.Path != "." || strings.HasPrefix(other.Path, x.Path+string(filepath.Separator))
			if isBelow && other.Kind != KindMisnamed && f.readPackage(other.Path).Name == pkg.Name {
				f.found[i].Kind = KindCandidate
			}
		}
	}
}

// importsSchema reports whether a package, or one of the module that it imports, imports
// the schema of a deployment. A package of another module may import it.
func (f *finder) importsSchema(dir string, pkg cuefile.Package) bool {
	abs := absolutePath(dir)
	if known, ok := f.imports[abs]; ok {
		return known
	}
	f.imports[abs] = false // ends a cycle
	for _, imported := range pkg.Imports {
		own, isOwn := strings.CutPrefix(imported, f.module.Path+"/")
		domain, _, _ := strings.Cut(imported, "/")
		switch {
		case imported == cuefile.ModulePath+"/schema":
			f.imports[abs] = true
		case isOwn && f.module.Root != "":
			other := filepath.Join(f.module.Root, filepath.FromSlash(own))
			f.imports[abs] = f.importsSchema(other, f.readPackage(other))
		case strings.HasPrefix(imported, cuefile.ModulePath+"/"), !strings.Contains(domain, "."):
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
	if slices.Contains(cuefile.PlainDeploymentNames, base) || filepath.Ext(base) == ".cue" {
		return
	}
	isNear := nearDeployment(base)
	if !isNear && !cuefile.IsPlain(strings.ToLower(base)) {
		return
	}
	preset := presetOf(name)
	switch {
	case below && (isNear || preset != ""):
		f.found = append(f.found, Entry{Path: name, Kind: KindMisnamed})
	case preset != "":
		f.found = append(f.found, Entry{Path: name, Kind: KindMisnamed, Preset: preset})
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
		return levenshtein.ComputeDistance(ext, k) <= len(k)/3 || slices.Equal(sortedLetters(ext), sortedLetters(k))
	})
}

func sortedLetters(s string) []rune { return slices.Sorted(slices.Values([]rune(s))) }

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
	decls, err := cuefile.ReadValues("read deployment", name)
	if err != nil {
		return presetLine(string(data))
	}
	return cuefile.FindString(decls, "preset")
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
