package textform

import (
	"strings"
	"unicode"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// PlainLetters writes wide letters and spaces as plain ones and leaves out characters that cannot be seen, such as a
// zero-width space, so that they do not hide a name.
func PlainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case unicode.Is(unicode.Zs, r):
			return ' '
		case words.IsBlank(r):
			return -1
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		}
		return r
	}, text)
}
