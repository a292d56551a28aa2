package compile

import (
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
)

// A packageKind is what the CUE files of a folder are, by their syntax.
type packageKind int

const (
	noPackage     packageKind = iota
	unparsable                // what is wrong shows when it is read
	statesNothing             // no declaration: empty, or all of it is inherited
	definesOnly               // definitions and hidden fields, for others to import
	readsPlain                // embeds the plain deployments below, for stock cue
	statesFields
)

// A cuePackage describes the syntax of the CUE files in a folder.
type cuePackage struct {
	kind    packageKind
	name    string
	files   []string
	imports []string // paths, without major versions
	embeds  bool     // it embeds a value in the package, as a deployment does
}

// readPackage parses the CUE files of a folder that the loader reads.
func readPackage(dir string) cuePackage {
	var pkg cuePackage
	names, _ := filepath.Glob(filepath.Join(dir, "*.cue"))
	isExtern, isGlob := false, false
	hasFields, hasDefinitions := false, false
	for _, name := range names {
		if !isPlainName(filepath.Base(name)) {
			continue
		}
		pkg.files = append(pkg.files, filepath.Base(name))
		data, err := readLimited(name)
		if err != nil {
			pkg.kind = unparsable
			continue
		}
		file, err := parser.ParseFile(name, data)
		if err != nil || pkg.name != "" && file.PackageName() != pkg.name {
			pkg.kind = unparsable
			continue
		}
		pkg.name = file.PackageName()
		for spec := range file.ImportSpecs() {
			pkg.imports = append(pkg.imports, ast.ParseImportPath(strings.Trim(spec.Path.Value, `"`)).Path)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.Package, *ast.ImportDecl, *ast.LetClause, *ast.CommentGroup, *ast.Ellipsis:
			case *ast.Attribute:
				isExtern = isExtern || strings.HasPrefix(d.Text, "@extern(embed")
			case *ast.Field:
				for _, a := range d.Attrs {
					isGlob = isGlob || strings.HasPrefix(a.Text, "@embed(glob=") && slices.ContainsFunc(plainNames, func(n string) bool { return strings.Contains(a.Text, n) })
				}
				if isShared(d) {
					hasDefinitions = true
				} else {
					hasFields = true
				}
			default:
				_, isEmbed := d.(*ast.EmbedDecl)
				hasFields, pkg.embeds = true, pkg.embeds || isEmbed
			}
		}
	}
	switch {
	case len(pkg.files) == 0 || pkg.kind == unparsable:
	case isExtern && isGlob:
		pkg.kind = readsPlain
	case hasFields:
		pkg.kind = statesFields
	case hasDefinitions:
		pkg.kind = definesOnly
	default:
		pkg.kind = statesNothing
	}
	return pkg
}

// isShared reports whether a field is a definition or hidden: it is for other packages or
// fields, and not part of what the package exports.
func isShared(f *ast.Field) bool {
	name, ok := f.Label.(*ast.Ident)
	return ok && (strings.HasPrefix(name.Name, "#") || strings.HasPrefix(name.Name, "_"))
}

// isLikelyDeployment reports whether a folder holds a deployment, according to its syntax.
func isLikelyDeployment(dir string) bool {
	if len(PlainIn(dir)) > 0 {
		return true
	}
	f, err := newFinder(dir)
	if err != nil {
		return false
	}
	switch pkg := f.read(dir); pkg.kind {
	case statesFields:
		return f.isBelowProfiles(dir) || pkg.embeds && f.importsSchema(dir, pkg)
	case unparsable, statesNothing:
		return f.isBelowProfiles(dir)
	}
	return false
}
