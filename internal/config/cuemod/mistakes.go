package cuemod

import (
	stderrors "errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// UserError turns an error of CUE into the user's terms. It explains common mistakes, with a
// remedy.
func (e *Evaluator) UserError(doing string, err error) error {
	explained := cuefile.ExplainError(doing, err, e.tree.root, e.explainMistake)
	var in *source.Error
	if stderrors.As(explained, &in) {
		// one remedy for a list of missing fields
		for i := range in.Problems[:max(0, len(in.Problems)-1)] {
			if p, next := &in.Problems[i], in.Problems[i+1]; p.Remedy == addMissing && next.Remedy == addMissing && p.Pos == next.Pos {
				p.Remedy = ""
			}
		}
	}
	return explained
}

const addMissing = "add what is missing"

// FirstProblem returns the first problem of an error of CUE, in the user's terms.
func (e *Evaluator) FirstProblem(err error) source.Problem {
	return cuefile.FirstProblem(err, e.tree.root, e.explainMistake)
}

// Messages of CUE.
var (
	missingReference = regexp.MustCompile(`^reference "([^"]+)" not found$`)
	unusedImport     = regexp.MustCompile(`^imported and not used: "([^"]+)"`)
	outOfBound       = regexp.MustCompile(`^invalid value (.+) \(out of bound (.+)\)$`)
	syntaxError      = regexp.MustCompile(`^expected .+, found |literal not terminated$`)
	newerBuiltin     = regexp.MustCompile(`^builtin "[^"]+" is not available in version (v[^ ;]+); it was added in version "([^"]+)"`)
)

// Mistakes in a line of a user.
var (
	dashedMember = regexp.MustCompile(`([A-Za-z_]\w*)\.([A-Za-z]\w*(?:-\w+)+)`)
	dottedKey    = regexp.MustCompile(`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\s*:`)
	quotedName   = regexp.MustCompile(`\b(preset|modifier)\s*:\s*"([^"]*)"`)
	quotedImport = regexp.MustCompile(`"([^"]+)"`)
)

// explainMistake replaces the message of CUE for a common mistake.
func (e *Evaluator) explainMistake(cueError errors.Error, p *source.Problem) {
	format, args := cueError.Msg()
	message := fmt.Sprintf(format, args...)
	file := e.readUserFile(cueError)
	line := file.At(p.Pos.Line)
	if found := missingReference.FindStringSubmatch(message); found != nil {
		e.explainReference(found[1], line, p)
		return
	}
	if found := unusedImport.FindStringSubmatch(message); found != nil {
		explainUnusedImport(found[1], file, p)
		return
	}
	if strings.HasPrefix(message, "conflicting values ") {
		cuefile.ExplainConflict(cueError, e.tree.root, e.tree.base, p)
		return
	}
	if found := outOfBound.FindStringSubmatch(message); found != nil {
		explainBound(found[1], found[2], cueError, p)
		return
	}
	if found := newerBuiltin.FindStringSubmatch(message); found != nil {
		*p = source.Problem{
			Pos:     source.Pos{File: "cue.mod/module.cue"},
			Message: fmt.Sprintf("the module is written for CUE %s, and temporal-dsql needs %s", found[1], found[2]),
			Remedy:  fmt.Sprintf("set language: version: %q", found[2]),
		}
		return
	}
	field := strings.Join(cueError.Path(), ".")
	switch {
	case strings.HasPrefix(message, "missing ',' in struct literal"):
		if key := dottedKey.FindStringSubmatchIndex(line); key != nil {
			name := line[key[2]:key[3]]
			p.Message, p.Remedy = name+": a key with a dot needs quotes", fmt.Sprintf("write %q: …", name)
			p.Pos.Column = key[2] + 1
		}
	case strings.HasSuffix(message, "import failed"):
		if found := quotedImport.FindStringSubmatch(line); found != nil {
			e.explainImport(found[1], p)
		}
	case strings.HasPrefix(message, "field not found: "): // of a look-up by name, which no file of the user causes
		p.Message = fmt.Sprintf("the schema that this repository vendors is of another version of temporal-dsql: it has no %s",
			strings.TrimPrefix(message, "field not found: "))
		p.Remedy = "temporal-dsql init --upgrade brings the schema of this version"
	case syntaxError.MatchString(message):
		p.Remedy = "close each brace, bracket and quote, here or above"
	case message == "field is required but not present" && field != "":
		p.Message, p.Remedy = field+" is missing", addMissing
	}
}

// explainBound explains a value beyond a bound of a schema, such as >=1 or =~"^[a-z]+$".
func explainBound(value, bound string, cueError errors.Error, p *source.Problem) {
	field := strings.Join(cueError.Path(), ".")
	p.Message = fmt.Sprintf("%s: %s is not allowed", field, value)
	p.Remedy = "use a value " + bound
	if text, isPattern := strings.CutPrefix(bound, "=~"); isPattern {
		if pattern, err := literal.Unquote(text); err == nil {
			p.Remedy = "use a text that matches the regular expression " + pattern
		}
	}
}

// explainReference explains an unknown name: an import that is missing, or a name with a dash.
func (e *Evaluator) explainReference(name, line string, p *source.Problem) {
	for _, at := range dashedMember.FindAllStringSubmatchIndex(line, -1) {
		pkg, member := line[at[2]:at[3]], line[at[4]:at[5]]
		if slices.Contains(strings.Split(member, "-"), name) {
			p.Message = fmt.Sprintf("%s.%s: a name with a dash needs quotes", pkg, member)
			p.Remedy = fmt.Sprintf("write %s.%q", pkg, member)
			p.Pos.Column = at[0] + 1
			return
		}
	}
	p.Message = fmt.Sprintf("%q is not defined", name)
	for _, known := range e.knownPackages() {
		if path.Base(known) == name {
			p.Message, p.Remedy = fmt.Sprintf("package %s is not imported", name), fmt.Sprintf("add import %q", known)
			return
		}
	}
}

// explainUnusedImport explains a preset or modifier that is written as text: its import is
// then unused.
func explainUnusedImport(imported string, file cuefile.Lines, p *source.Problem) {
	p.Message, p.Remedy = fmt.Sprintf("the import of %q is not used", imported), "remove it"
	for i, line := range file {
		found := quotedName.FindStringSubmatchIndex(line)
		if found == nil || line[found[2]:found[3]]+"s" != path.Base(imported) {
			continue
		}
		field, name := line[found[2]:found[3]], line[found[4]:found[5]]
		member := fmt.Sprintf("%s.%q", path.Base(imported), name)
		if ast.IsValidIdent(name) {
			member = path.Base(imported) + "." + name
		}
		p.Message = fmt.Sprintf("%s: expected a reference, found %q", field, name)
		p.Remedy = fmt.Sprintf("write %s: %s", field, member)
		p.Pos.Line, p.Pos.Column = i+1, found[4]
		return
	}
}

// explainImport explains an import of a package that does not exist.
func (e *Evaluator) explainImport(imported string, p *source.Problem) {
	known := e.knownPackages()
	if slices.Contains(known, imported) {
		return
	}
	p.Message = fmt.Sprintf("there is no package %q", imported)
	switch near := suggest.NearestName(imported, known); {
	case near != "":
		p.Remedy = fmt.Sprintf("did you mean %q?", near)
	case strings.HasPrefix(imported, cuefile.ModulePath+"/"):
		p.Remedy = "use one of " + strings.Join(known, ", ")
	default:
		p.Remedy = "check the path, and the module in cue.mod/module.cue"
	}
}

// knownPackages lists the packages that a deployment can import.
func (e *Evaluator) knownPackages() []string {
	return slices.Concat(
		[]string{SchemaPath, CataloguePath},
		e.tree.listPackages("presets"), e.tree.listPackages("modifiers"), e.tree.listAdapters(),
	)
}

// readUserFile reads the file of the first position in a file of the user.
func (e *Evaluator) readUserFile(cueError errors.Error) cuefile.Lines {
	for _, pos := range errors.Positions(cueError) {
		if !cuefile.UserPosition([]token.Pos{pos}, e.tree.root).IsZero() {
			return cuefile.ReadLines(pos, e.tree.base)
		}
	}
	return nil
}
