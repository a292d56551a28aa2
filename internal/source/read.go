package source

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// ReadText reads a text file that the user may have written.
func ReadText(name string) ([]byte, error) {
	data, err := budget.SourceFile.ReadFile(name)
	if err != nil {
		return nil, err
	}
	text, problem := Text(name, data)
	if problem != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New(problem.Message)}
	}
	return []byte(text), nil
}

// Unreadable returns the error for a file that cannot be read: its name and the cause,
// without the system call.
func Unreadable(doing string, err error, remedy string) error {
	if exceeded := budget.IsExceeded(err); exceeded != nil && remedy == "" {
		remedy = exceeded.Limit.Remedy
	}
	var at *fs.PathError
	if !errors.As(err, &at) {
		return Wrong(doing, err.Error(), remedy)
	}
	p := Problem{Message: fmt.Sprintf("%s: %v", at.Path, at.Err), Remedy: remedy}
	if errors.Is(at, fs.ErrNotExist) {
		p.Missing = at.Path
	}
	return &Error{Doing: doing, Problems: []Problem{p}}
}

// AddRemedy adds a remedy to the problems that have none.
func AddRemedy(err error, remedy string) error {
	var in *Error
	if errors.As(err, &in) {
		for i := range in.Problems {
			in.Problems[i].Remedy = cmp.Or(in.Problems[i].Remedy, remedy)
		}
	}
	return err
}

// CheckJSON returns the first syntax error of a JSON file with its place, nil for valid
// JSON.
func CheckJSON(name string, text []byte) *Problem {
	var syntax *json.SyntaxError
	if json.Valid(text) || !errors.As(json.Unmarshal(text, new(any)), &syntax) {
		return nil
	}
	before := string(text[:min(int(syntax.Offset), len(text))])
	at := Pos{File: name, Line: 1 + strings.Count(before, "\n")}
	at.Column = max(1, len(before)-1-strings.LastIndex(before, "\n"))
	return &Problem{Message: "invalid JSON: " + syntax.Error(), Pos: at}
}

// DecodeJSON decodes JSON, and names the field of a value with the wrong type.
func DecodeJSON(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is not what it should be (%s)", wrong.Field, wrong.Value)
	}
	return err
}
