package compile

import (
	"fmt"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// problems turns an error of CUE into the user's terms: every message once,
// with the first position that lies in a file of the user's.
func problems(doing string, err error, root string) error {
	in := &source.Error{Doing: doing}
	seen := map[string]bool{}
	for _, e := range errors.Errors(err) {
		p := toProblem(e, root)
		if key := p.Pos.String() + p.Message; !seen[key] {
			seen[key] = true
			in.Problems = append(in.Problems, p)
		}
	}
	return in
}

// firstProblem is the first of them: where one value is wrong, what follows
// from it says the same again.
func firstProblem(err error, root string) source.Problem {
	all := errors.Errors(err)
	p := toProblem(all[0], root)
	for _, e := range all[1:] {
		// CUE first says that every alternative failed, then how the last did
		if !strings.Contains(p.Message, "empty disjunction") {
			break
		}
		first := p.Pos
		if p = toProblem(e, root); p.Pos.IsZero() {
			p.Pos = first
		}
	}
	return p
}

func toProblem(e errors.Error, root string) source.Problem {
	return source.Problem{Message: message(e), Pos: userPos(errors.Positions(e), root)}
}

func message(e errors.Error) string {
	format, args := e.Msg()
	text := fmt.Sprintf(format, args...)
	if text == "" {
		text = e.Error() // foreign errors keep their words to themselves
	}
	// the file name and position are printed in front
	if path := strings.Join(e.Path(), "."); path != "" && !strings.Contains(text, path) {
		text = path + ": " + text
	}
	// a message may quote a whole struct: its beginning says which
	if text = strings.TrimSpace(text); len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

const maxMessage = 240

// userPos is the first position in a file of the user's.
func userPos(all []token.Pos, root string) source.Pos {
	for _, p := range all {
		if pos := toPos(p, root); !pos.IsZero() && !ours(pos) {
			return pos
		}
	}
	return source.Pos{}
}

// ours reports whether a place lies in the product rather than in what the user wrote.
func ours(p source.Pos) bool {
	name := filepath.ToSlash(p.File)
	return strings.HasPrefix(name, embeddedPrefix) || strings.HasPrefix(name, "schema/") || strings.Contains(name, "/schema/") ||
		strings.Contains(name, "cue.mod/pkg/")
}

// toPos makes file names relative to the working folder, where they lie under it
// or in the same module.
func toPos(p token.Pos, root string) source.Pos {
	if !p.IsValid() {
		return source.Pos{}
	}
	at := p.Position()
	name := at.Filename
	if filepath.IsAbs(name) {
		if wd, err := filepath.Abs("."); err == nil {
			if rel, err := filepath.Rel(wd, name); err == nil && (filepath.IsLocal(rel) || lies(wd, root) && lies(name, root)) {
				name = rel
			}
		}
	}
	return source.Pos{File: name, Line: at.Line, Column: at.Column}
}

// lies reports whether a folder is root, or below it.
func lies(dir, root string) bool {
	rel, err := filepath.Rel(root, dir)
	return root != "" && err == nil && filepath.IsLocal(rel)
}
