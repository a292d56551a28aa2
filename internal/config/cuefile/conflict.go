package cuefile

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ExplainConflict explains two values of one field: with both places, or with the kind that a schema expects instead of the
// user's value. The files of temporal-dsql are in base.
func ExplainConflict(cueError errors.Error, root string, base fs.FS, p *source.Problem) {
	_, args := cueError.Msg()
	if len(args) < 2 {
		return
	}
	field := strings.Join(cueError.Path(), ".")
	values := []string{fmt.Sprint(args[0]), fmt.Sprint(args[1])}
	var places []string
	isForeign := false
	found := -1 // the value in the user's file
	for _, pos := range errors.Positions(cueError) {
		place, ours := Position(pos, root), ProductFile(pos.Filename())
		isUsers := !UserPosition([]token.Pos{pos}, root).IsZero()
		if place.IsZero() || !isUsers && (ours == "" || strings.HasPrefix(ours, "schema/")) {
			continue
		}
		// CUE also names the structs around the values
		rest := ReadLines(pos, base).At(place.Line)
		rest = rest[min(max(0, place.Column-1), len(rest)):]
		which := slices.IndexFunc(values, func(v string) bool { return strings.HasPrefix(rest, v[:valueStart(v)]) })
		name := place.String()
		if !isUsers {
			name = fmt.Sprintf("%s:%d:%d of temporal-dsql", ours, place.Line, place.Column)
		}
		switch {
		case which < 0 || slices.Contains(places, name):
			continue
		case isUsers:
			places = slices.Insert(places, 0, name)
		default:
			isForeign, places = true, append(places, name)
		}
		if isUsers && found < 0 {
			p.Pos, found = place, which
		}
	}
	switch {
	case len(places) > 1:
		p.Message = fmt.Sprintf("%s has two values, %s and %s", field, shortenValue(values[0]), shortenValue(values[1]))
		p.Remedy = "keep one: they are at " + strings.Join(places, " and ")
		if isForeign {
			p.Remedy += " (CUE never replaces a value: copy what you want to change)"
		}
	case len(args) == 4 && found >= 0:
		kind := fmt.Sprint(args[3-found]) // of the other value
		p.Message = fmt.Sprintf("%s: expected %s, found %s", field, KindName(kind), shortenValue(values[found]))
	}
}

// valueStart returns the length of the part of a value that its source begins with, too: of a struct or list, only the
// bracket is the same.
func valueStart(value string) int {
	if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
		return 1
	}
	return len(value)
}

// shortenValue names a struct or list, and returns another value as it is.
func shortenValue(value string) string {
	switch {
	case strings.HasPrefix(value, "{"):
		return KindName("struct")
	case strings.HasPrefix(value, "["):
		return KindName("list")
	}
	return value
}

// KindName returns the name of a kind of value in a sentence, such as a string.
func KindName(kind string) string { return cmp.Or(kindNames[kind], kind) }

var kindNames = map[string]string{
	"string": "a string", "int": "an integer", "float": "a number", "number": "a number",
	"bool": "true or false", "struct": "a struct", "list": "a list", "bytes": "bytes", "null": "null",
}

// Lines are the lines of a file.
type Lines []string

// ReadLines reads the file of a position; the files of temporal-dsql are in base.
func ReadLines(pos token.Pos, base fs.FS) Lines {
	text, err := budget.SourceFile.ReadRegular(pos.Filename())
	if ours := ProductFile(pos.Filename()); err != nil && ours != "" {
		text, err = budget.SourceFile.ReadFS(base, ours)
	}
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// At returns a line by its number, or "" if the file does not have it.
func (l Lines) At(number int) string {
	if number < 1 || number > len(l) {
		return ""
	}
	return l[number-1]
}
