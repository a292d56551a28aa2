package cuefile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// EmbeddedPrefix marks files of the binary in positions: users cannot open them.
const EmbeddedPrefix = "temporal-dsql:"

// MaxMessage is the length in bytes from which a message of CUE is cut.
const MaxMessage = 240

// UserError turns an error of CUE into the user's terms: every message once, with its
// first position in a file of the user. Names of files are relative to the working
// folder within the module at root.
func UserError(doing string, err error, root string) error {
	return ExplainError(doing, err, root, func(errors.Error, *source.Problem) {})
}

// An Explainer can replace the message of CUE in a problem.
type Explainer func(errors.Error, *source.Problem)

// ExplainError is UserError with an explainer.
func ExplainError(doing string, err error, root string, explain Explainer) error {
	in := &source.Error{Doing: doing}
	seen := map[string]bool{}
	for _, e := range errors.Errors(err) {
		p := userProblem(e, root)
		explain(e, &p)
		if key := p.Pos.String() + p.Message; !seen[key] {
			seen[key] = true
			in.Problems = append(in.Problems, p)
		}
	}
	return in
}

// FirstProblem returns the first problem of an error: if one value is wrong, the others
// only follow from it.
func FirstProblem(err error, root string, explain Explainer) source.Problem {
	all := errors.Errors(err)
	first := all[0]
	p := userProblem(first, root)
	for _, e := range all[1:] {
		// CUE first reports that every alternative failed, then how the last one did
		if !strings.Contains(p.Message, "empty disjunction") {
			break
		}
		pos := p.Pos
		first = e
		if p = userProblem(e, root); p.Pos.IsZero() {
			p.Pos = pos
		}
	}
	explain(first, &p)
	return p
}

func userProblem(e errors.Error, root string) source.Problem {
	return source.Problem{Message: formatMessage(e), Pos: UserPosition(errors.Positions(e), root)}
}

func formatMessage(e errors.Error) string {
	text := messageOf(e)
	if text == "" {
		text = e.Error() // foreign errors have no message of their own
	}
	// the file name and position are printed in front
	if path := strings.Join(e.Path(), "."); path != "" && !strings.Contains(text, path) {
		text = path + ": " + text
	}
	// a message may quote a whole struct: its beginning is enough
	if text = strings.TrimSpace(text); len(text) > MaxMessage {
		text = strings.ToValidUTF8(text[:MaxMessage], "") + "…"
	}
	return text
}

// messageOf returns the message of an error, with those of the errors that caused it: error in call to strings.Repeat: count
// 10000000 exceeds limit of 1000000.
func messageOf(e errors.Error) string {
	var parts []string
	for err := error(e); err != nil; err = errors.Unwrap(err) {
		text := err.Error()
		if own, is := err.(errors.Error); is { //nolint:errorlint // its own message, not that of a cause
			format, args := own.Msg()
			text = fmt.Sprintf(format, args...)
		}
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ": ")
}

// UserPosition returns the first position in a file of the user.
func UserPosition(all []token.Pos, root string) source.Pos {
	for _, p := range all {
		if pos := Position(p, root); !pos.IsZero() && !isProductFile(pos) {
			return pos
		}
	}
	return source.Pos{}
}

// isProductFile reports whether a place is in the product, not in a file of the user.
func isProductFile(p source.Pos) bool {
	name := filepath.ToSlash(p.File)
	return ProductFile(name) != "" || strings.HasPrefix(name, "schema/") || strings.Contains(name, "/schema/") ||
		strings.Contains(name, "cue.mod/pkg/")
}

// ProductFile returns the name of a file within temporal-dsql, or "" for a file of the user.
func ProductFile(name string) string {
	name = filepath.ToSlash(name)
	if within, ok := strings.CutPrefix(name, EmbeddedPrefix); ok {
		return within
	}
	_, within, _ := strings.Cut(name, "cue.mod/pkg/"+ModulePath+"/")
	return within
}

// Position converts a position of CUE. The file name becomes relative to the working
// folder if it is below that, or if both are in the module at root.
func Position(p token.Pos, root string) source.Pos {
	if !p.IsValid() {
		return source.Pos{}
	}
	at := p.Position()
	return source.Pos{File: relativeName(at.Filename, root), Line: at.Line, Column: at.Column}
}

// relativeName returns the name of a file relative to the working folder, as Position does.
func relativeName(name, root string) string {
	if !filepath.IsAbs(name) {
		return name
	}
	wd, err := filepath.Abs(".")
	if err != nil {
		return name
	}
	rel, err := filepath.Rel(wd, name)
	if err == nil && (filepath.IsLocal(rel) || IsWithin(wd, root) && IsWithin(name, root)) {
		return rel
	}
	return name
}

// IsWithin reports whether a folder is root, or below it.
func IsWithin(dir, root string) bool {
	rel, err := filepath.Rel(root, dir)
	return root != "" && err == nil && filepath.IsLocal(rel)
}
