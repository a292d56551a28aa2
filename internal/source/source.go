// Package source describes places in user input, and the problems there.
package source

import (
	"cmp"
	"fmt"
	"strings"
)

// Pos is a place in user input.
type Pos struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func (p Pos) String() string {
	// a flag needs no line
	if p.Line == 0 || strings.HasPrefix(p.File, "--") {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders places by file, line and column.
func (p Pos) Compare(o Pos) int {
	return cmp.Or(cmp.Compare(p.File, o.File), cmp.Compare(p.Line, o.Line), cmp.Compare(p.Column, o.Column))
}

// IsZero reports whether the place is unknown.
func (p Pos) IsZero() bool { return p.File == "" }

// Problem is one problem in user input.
type Problem struct {
	Message string
	Pos     Pos
	Remedy  string
	// Missing is the path that does not exist, if that is the problem: the command line suggests the nearest one.
	Missing string
	// Unknown is the name that does not exist, if that is the problem.
	Unknown string
}

// Error reports unreadable input: an unknown name, or a file that does not parse or evaluate.
type Error struct {
	Doing    string
	Problems []Problem
}

// Wrong returns an Error with one problem and no place.
func Wrong(doing, message, remedy string) error {
	return &Error{Doing: doing, Problems: []Problem{{Message: message, Remedy: remedy}}}
}

func (e *Error) Error() string {
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
		if p.Remedy != "" {
			line += " (" + p.Remedy + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
