// Package source says where a user wrote something, and what is wrong there.
package source

import (
	"fmt"
	"strings"
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

// Error says that something cannot be read: an unknown name, a file that does
// not parse, a package that does not evaluate.
type Error struct {
	Doing    string
	Problems []Problem
}

// Wrong is an Error of one problem at no particular place.
func Wrong(doing, message, hint string) error {
	return &Error{Doing: doing, Problems: []Problem{{Message: message, Hint: hint}}}
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
		if p.Hint != "" {
			line += " (" + p.Hint + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
