package configtext

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// OnDisk are the files of this machine.
var OnDisk = Files{Open: openReferenced, Exists: fileExists, AreOnDisk: true}

// fileExists reports whether a file exists.
func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// IsFolder reports whether a path is that of a folder.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// IsBinary reports whether a path is that of a file whose content is not text.
func IsBinary(path string) bool {
	data, err := readFile(path, true)
	return err == nil && (!utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0)
}

// readFile reads a file within the size limit. Files that other files refer to must be regular.
func readFile(name string, isReferenced bool) ([]byte, error) {
	wrong := func(message, remedy string) error {
		return &source.Error{
			Doing:    deployed.Doing,
			Problems: []source.Problem{{Message: message, Pos: source.Pos{File: name}, Remedy: remedy}},
		}
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		missing := source.Problem{Message: source.Cause(err), Pos: source.Pos{File: name}, Missing: name}
		return nil, &source.Error{Doing: deployed.Doing, Problems: []source.Problem{missing}}
	case err != nil:
		return nil, wrong(source.Cause(err), "")
	case info.IsDir():
		return nil, wrong("expected a file, found a folder", "use the files in it")
	case isReferenced && !info.Mode().IsRegular():
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

// ReadFile reads a file within the size limit.
func ReadFile(name string) ([]byte, error) { return readFile(name, false) }

// openReferenced returns the text of a file that another file refers to.
func openReferenced(path string) (string, error) {
	data, err := readFile(path, true)
	if err != nil {
		return "", err
	}
	return DecodeText(path, data)
}

// DecodeText accepts UTF-8 only.
func DecodeText(name string, data []byte) (string, error) {
	text, problem := source.Text(name, data)
	if problem != nil {
		return "", &source.Error{Doing: deployed.Doing, Problems: []source.Problem{*problem}}
	}
	return text, nil
}
