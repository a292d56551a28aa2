package deployed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

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
	at := source.Pos{File: name}
	wrong := func(message, hint string) error {
		return &source.Error{Doing: doing, Problems: []source.Problem{{Message: message, Pos: at, Hint: hint}}}
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, wrong(cause(err), "")
	case info.IsDir():
		return nil, wrong("it is a folder", "name the files in it")
	case named && !info.Mode().IsRegular():
		return nil, wrong("it is no regular file", "")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, wrong(cause(err), "")
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, wrong(cause(err), "")
	}
	if len(data) > maxFile {
		return nil, wrong(fmt.Sprintf("it has more than the %d bytes that are read", maxFile), "a configuration is smaller: is it the right file?")
	}
	return data, nil
}

// cause is an error without the system call and the name.
func cause(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// decode takes UTF-8 and nothing else.
func decode(name string, data []byte) (string, error) {
	wrong := func(line int, message, hint string) (string, error) {
		at := source.Pos{File: name}
		if line > 0 {
			at.Line, at.Column = line, 1
		}
		return "", &source.Error{Doing: doing, Problems: []source.Problem{{Message: message, Pos: at, Hint: hint}}}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return wrong(0, "it is written in UTF-16", "save it as UTF-8")
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return wrong(0, "it is binary, not text", "")
	}
	if !utf8.Valid(data) {
		line := 1
		for rest := data; len(rest) > 0; {
			c, size := utf8.DecodeRune(rest)
			if c == utf8.RuneError && size == 1 {
				break
			}
			if c == '\n' {
				line++
			}
			rest = rest[size:]
		}
		return wrong(line, "it is not UTF-8", "save it as UTF-8")
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n"), nil
}
