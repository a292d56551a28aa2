package source

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// Cause returns an error's text without the system call and file name.
func Cause(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// Text returns a file's UTF-8 text without a byte order mark, or the problem and its place.
func Text(name string, data []byte) (string, *Problem) {
	wrong := func(line int, message, remedy string) (string, *Problem) {
		at := Pos{File: name}
		if line > 0 {
			at.Line, at.Column = line, 1
		}
		return "", &Problem{Message: message, Pos: at, Remedy: remedy}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return wrong(0, "expected UTF-8, found UTF-16", "save it as UTF-8")
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return wrong(0, "expected text, found binary data", "")
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
		return wrong(line, "not valid UTF-8", "save it as UTF-8")
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n"), nil
}
