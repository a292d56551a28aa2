package cuefile

import (
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// PlainDeploymentNames are the YAML and JSON files that make a folder a deployment.
var PlainDeploymentNames = []string{"deployment.yaml", "deployment.yml", "deployment.json"}

// A PackageKind classifies the CUE files of a folder by their syntax.
type PackageKind int

// Kinds of packages.
const (
	KindNone        PackageKind = iota // there is no CUE file
	KindUnparsable                     // the error shows when the package is loaded
	KindEmpty                          // no declaration: empty, or all of it is inherited
	KindDefinitions                    // definitions and hidden fields, for others to import
	KindPlainEmbeds                    // embeds the plain deployments below, for stock cue
	KindFields                         // states fields
)

// A Package describes the syntax of the CUE files in a folder.
type Package struct {
	Kind    PackageKind
	Name    string
	Files   []string
	Imports []string // paths, without major versions
	Embeds  bool     // it embeds a value in the package, as a deployment does
}

// ReadPackage parses the CUE files of a folder that the loader reads.
func ReadPackage(dir string) Package {
	var pkg Package
	names, _ := filepath.Glob(filepath.Join(dir, "*.cue"))
	isExtern, isGlob := false, false
	hasFields, hasDefinitions := false, false
	for _, name := range names {
		if !IsLoadedName(filepath.Base(name)) {
			continue
		}
		pkg.Files = append(pkg.Files, filepath.Base(name))
		data, err := source.ReadText(name)
		if err != nil {
			pkg.Kind = KindUnparsable
			continue
		}
		file, err := ParseFile(name, data)
		if err != nil || pkg.Name != "" && file.PackageName() != pkg.Name {
			pkg.Kind = KindUnparsable
			continue
		}
		pkg.Name = file.PackageName()
		for spec := range file.ImportSpecs() {
			pkg.Imports = append(pkg.Imports, ast.ParseImportPath(strings.Trim(spec.Path.Value, `"`)).Path)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.Package, *ast.ImportDecl, *ast.LetClause, *ast.CommentGroup, *ast.Ellipsis:
			case *ast.Attribute:
				isExtern = isExtern || strings.HasPrefix(d.Text, "@extern(embed")
			case *ast.Field:
				for _, a := range d.Attrs {
					isGlob = isGlob || embedsPlainFiles(a.Text)
				}
				if isShared(d) {
					hasDefinitions = true
				} else {
					hasFields = true
				}
			default:
				_, isEmbed := d.(*ast.EmbedDecl)
				hasFields, pkg.Embeds = true, pkg.Embeds || isEmbed
			}
		}
	}
	switch {
	case len(pkg.Files) == 0 || pkg.Kind == KindUnparsable:
	case isExtern && isGlob:
		pkg.Kind = KindPlainEmbeds
	case hasFields:
		pkg.Kind = KindFields
	case hasDefinitions:
		pkg.Kind = KindDefinitions
	default:
		pkg.Kind = KindEmpty
	}
	return pkg
}

// embedsPlainFiles reports whether an attribute embeds the plain deployments below.
func embedsPlainFiles(attribute string) bool {
	return strings.HasPrefix(attribute, "@embed(glob=") &&
		slices.ContainsFunc(PlainDeploymentNames, func(name string) bool { return strings.Contains(attribute, name) })
}

// isShared reports whether a field is a definition or hidden: it is for other packages or
// fields, and not part of what the package exports.
func isShared(f *ast.Field) bool {
	name, ok := f.Label.(*ast.Ident)
	return ok && (strings.HasPrefix(name.Name, "#") || strings.HasPrefix(name.Name, "_"))
}

// IsLoadedName reports whether the loader reads a file of this name.
func IsLoadedName(name string) bool {
	return !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") &&
		!strings.HasSuffix(name, "_tool.cue") && !strings.HasSuffix(name, "_test.cue")
}
