package deployed

import (
	"errors"
	"os"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const (
	maxFile     = 4 << 20 // bytes of one file: a large configuration has some hundred thousand
	maxValues   = 200_000 // values of one file, with every alias followed
	maxSettings = 2_000   // of one file, for all its services
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
	data, err := source.Read(name, maxFile)
	switch {
	case errors.As(err, new(source.TooLarge)):
		return nil, wrong(source.Cause(err), "a configuration is smaller: is it the right file?")
	case err != nil:
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
