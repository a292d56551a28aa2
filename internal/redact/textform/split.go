package textform

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// SplitNames yields the names in a text: letters of any script, digits, and the characters between words.
func SplitNames(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(text); {
			size, isPart := 1, i < len(text) && (IsLetterOrDigit(text[i]) || strings.IndexByte("_.-", text[i]) >= 0)
			if i < len(text) && text[i] >= utf8.RuneSelf {
				r, n := utf8.DecodeRuneInString(text[i:])
				size, isPart = n, unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
			}
			if !isPart {
				if i > start && !yield(text[start:i]) {
					return
				}
				start = i + size
			}
			i += size
		}
	}
}

// SplitRuns yields the runs of letters, digits and the given characters that have a minimum length.
func SplitRuns(text string, least int, also string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(text); i++ {
			if i < len(text) && (IsLetterOrDigit(text[i]) || strings.IndexByte(also, text[i]) >= 0) {
				continue
			}
			if i-start >= least && !yield(text[start:i]) {
				return
			}
			start = i + 1
		}
	}
}

// IsLetterOrDigit reports whether a character is a letter of English or a digit.
func IsLetterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// TrimPadding removes the padding of base64 from a text.
func TrimPadding(line string) string {
	if !strings.Contains(line, "=") {
		return line
	}
	return paddingPattern().ReplaceAllString(line, "$1")
}

// paddingPattern matches the end of base64.
var paddingPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([A-Za-z0-9+/_-]{20})={1,2}(?:[\s.,;:?!)"'\x60]|$)`)
})
