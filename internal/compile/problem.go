package compile

import (
	"fmt"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// Pos is a place in something that the user wrote.
type Pos struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func (p Pos) String() string {
	// a flag is its own place
	if p.Line == 0 || strings.HasPrefix(p.File, "--") {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// IsZero reports whether the place is unknown.
func (p Pos) IsZero() bool { return p.File == "" }

// A Problem is one thing that is wrong with what the user wrote.
type Problem struct {
	Message string
	Pos     Pos
	Hint    string
}

// InputError says that a request cannot be read: an unknown name, a file that
// does not parse, a package that does not evaluate.
type InputError struct {
	Doing    string
	Problems []Problem
}

func (e *InputError) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for _, p := range e.Problems {
		line := e.Doing
		if line != "" {
			line += ": "
		}
		line += p.Message
		if !p.Pos.IsZero() {
			line = p.Pos.String() + ": " + line
		}
		if p.Hint != "" {
			line += " (" + p.Hint + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func inputError(doing, message, hint string) error {
	return &InputError{Doing: doing, Problems: []Problem{{Message: message, Hint: hint}}}
}

// problems turns an error of CUE into the user's terms: every message once,
// with the first position that lies in a file of the user's.
func problems(doing string, err error, root string) error {
	in := &InputError{Doing: doing}
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
func firstProblem(err error, root string) Problem {
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

func toProblem(e errors.Error, root string) Problem {
	return Problem{Message: message(e), Pos: userPos(errors.Positions(e), root)}
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
func userPos(all []token.Pos, root string) Pos {
	for _, p := range all {
		if pos := toPos(p, root); !pos.IsZero() && !pos.ours() {
			return pos
		}
	}
	return Pos{}
}

// ours reports whether a place lies in the product rather than in what the user wrote.
func (p Pos) ours() bool {
	name := filepath.ToSlash(p.File)
	return strings.HasPrefix(name, embeddedPrefix) || strings.HasPrefix(name, "schema/") || strings.Contains(name, "/schema/") ||
		strings.Contains(name, "cue.mod/pkg/")
}

// toPos makes file names relative to the working folder, where they lie under it.
func toPos(p token.Pos, root string) Pos {
	if !p.IsValid() {
		return Pos{}
	}
	at := p.Position()
	name := at.Filename
	if filepath.IsAbs(name) {
		if wd, err := filepath.Abs("."); err == nil {
			if rel, err := filepath.Rel(wd, name); err == nil && !strings.HasPrefix(rel, "..") {
				name = rel
			} else if rel, err := filepath.Rel(root, name); err == nil && !strings.HasPrefix(rel, "..") {
				name = rel
			}
		}
	}
	return Pos{File: name, Line: at.Line, Column: at.Column}
}
