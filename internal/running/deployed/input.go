package deployed

import (
	"os"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// readContents reads a file within the size limit. Files that other files refer to must be regular.
func readContents(name string, named bool) ([]byte, error) {
	wrong := func(message, remedy string) error {
		return &source.Error{Doing: Doing, Problems: []source.Problem{{Message: message, Pos: source.Pos{File: name}, Remedy: remedy}}}
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, wrong(source.Cause(err), "")
	case info.IsDir():
		return nil, wrong("expected a file, found a folder", "use the files in it")
	case named && !info.Mode().IsRegular():
		return nil, wrong("not a regular file", "")
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

// openNamed returns the text of a file that another file refers to.
func openNamed(path string) (string, error) {
	data, err := readContents(path, true)
	if err != nil {
		return "", err
	}
	return decodeText(path, data)
}

// decodeText accepts UTF-8 only.
func decodeText(name string, data []byte) (string, error) {
	text, problem := source.Text(name, data)
	if problem != nil {
		return "", &source.Error{Doing: Doing, Problems: []source.Problem{*problem}}
	}
	return text, nil
}
