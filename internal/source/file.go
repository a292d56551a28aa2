package source

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// Cause is an error without the system call and the name.
func Cause(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// Text is what a file says in UTF-8, without the mark that some editors put
// before it. Of anything else it tells what is wrong, and where.
func Text(name string, data []byte) (string, *Problem) {
	wrong := func(line int, message, hint string) (string, *Problem) {
		at := Pos{File: name}
		if line > 0 {
			at.Line, at.Column = line, 1
		}
		return "", &Problem{Message: message, Pos: at, Hint: hint}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return wrong(0, "it is written in UTF-16", "save it as UTF-8")
	}
	if bytes.IndexByte(data, 0) >= 0 {
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
