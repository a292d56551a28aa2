package deployed

import (
	"os"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// contents reads a file within the limit. A file that another names has to be
// a regular one.
func contents(name string, named bool) ([]byte, error) {
	wrong := func(message, hint string) error {
		return &source.Error{Doing: doing, Problems: []source.Problem{{Message: message, Pos: source.Pos{File: name}, Hint: hint}}}
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, wrong(source.Cause(err), "")
	case info.IsDir():
		return nil, wrong("it is a folder", "name the files in it")
	case named && !info.Mode().IsRegular():
		return nil, wrong("it is no regular file", "")
	}
	data, err := budget.ConfigFile.ReadFile(name)
	if exceeded := budget.IsExceeded(err); exceeded != nil {
		return nil, wrong(exceeded.Error(), exceeded.Limit.Remedy)
	}
	if err != nil {
		return nil, wrong(source.Cause(err), "")
	}
	return data, nil
}

// openNamed is the text of a file that another names.
func openNamed(path string) (string, error) {
	data, err := contents(path, true)
	if err != nil {
		return "", err
	}
	return decode(path, data)
}

// decode takes UTF-8 and nothing else.
func decode(name string, data []byte) (string, error) {
	text, problem := source.Text(name, data)
	if problem != nil {
		return "", &source.Error{Doing: doing, Problems: []source.Problem{*problem}}
	}
	return text, nil
}
