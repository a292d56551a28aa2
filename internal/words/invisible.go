package words

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// IsInvisible reports whether a character changes how a terminal or a page shows the text around it: control
// characters except tab and line feed, direction marks, separators of lines, and tags.
func IsInvisible(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case unicode.IsControl(r), r == utf8.RuneError:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r == 0x00ad, r == 0x180e, r == 0x200b, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

// indexInvisible returns the position of the first character that IsInvisible, or -1. It passes ASCII without decoding,
// at 600 MB/s: BenchmarkStripInvisible.
func indexInvisible(text string) int {
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if IsInvisible(r) {
			return i
		}
		i += size
	}
	return -1
}

// HasInvisible reports whether a name has a character that IsInvisible, a tab or a line feed, or one that IsBlank. An
// emoji keeps its variation selectors and joiners, and a word of a script that joins its letters keeps its joiners.
func HasInvisible(name string) bool {
	before := ' '
	for i, r := range name {
		switch {
		case r == '\n', r == '\t', IsInvisible(r):
			return true
		case IsBlank(r):
			next, _ := utf8.DecodeRuneInString(name[i+utf8.RuneLen(r):])
			if !showsBetween(r, before, next) {
				return true
			}
		}
		before = r
	}
	return false
}

// IsBlank reports whether a character takes no ink, so that names with and without it look the same: what Unicode says
// to ignore in display (fillers, joiners, variation selectors), and glyphs that are empty. Spaces are not blank.
func IsBlank(r rune) bool {
	switch {
	case r < 0x80:
		return false
	case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return true
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
	return slices.Contains(emptyGlyphs, r)
}

// emptyGlyphs are symbols and marks without ink that have no property of Unicode in common: the empty pattern of
// Braille, an empty note, the filler of Khitan, and the place of an object.
var emptyGlyphs = []rune{0x2800, 0x1d159, 0x16fe4, 0xfffc}

// showsBetween reports whether a blank character changes what its neighbours look like.
func showsBetween(r, before, next rune) bool {
	switch r {
	case 0xfe0e, 0xfe0f: // as text, as emoji
		return isEmoji(before)
	case 0x200c, 0x200d: // non-joiner, joiner
		return r == 0x200d && (isEmoji(before) || before == 0xfe0f) && isEmoji(next) ||
			unicode.In(before, joiningScripts...) && unicode.In(next, joiningScripts...)
	}
	return false
}

// isEmoji reports whether a character can be an emoji, or its tone of skin.
func isEmoji(r rune) bool {
	return r >= 0x80 && r != utf8.RuneError && unicode.In(r, unicode.So, unicode.Sm) || r >= 0x1f3fb && r <= 0x1f3ff
}

// joiningScripts are written with joiners between letters.
var joiningScripts = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
	unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar,
}

// StripInvisible returns a text without the characters that IsInvisible.
func StripInvisible(text string) string {
	if indexInvisible(text) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if IsInvisible(r) {
			return -1
		}
		return r
	}, text)
}

// EscapeInvisible returns a JSON document with the characters of its strings that IsInvisible escaped.
func EscapeInvisible(document []byte) []byte {
	if bytes.IndexFunc(document, IsInvisible) < 0 {
		return document
	}
	var b bytes.Buffer
	for _, r := range string(document) {
		switch {
		case !IsInvisible(r) || r == '\r':
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

// Terminal is a writer that keeps invisible characters of data from a terminal. It passes colours only if it writes to
// one.
type Terminal struct {
	to io.Writer

	mu   sync.Mutex
	rest []byte // the start of a character whose end comes with the next write
}

// NewTerminal returns a Terminal that writes to w.
func NewTerminal(w io.Writer) *Terminal { return &Terminal{to: w} }

// FileOf returns the file that a writer writes to, directly or through a Terminal, or nil.
func FileOf(w io.Writer) *os.File {
	if t, ok := w.(*Terminal); ok {
		w = t.to
	}
	f, _ := w.(*os.File)
	return f
}

// colourPattern matches the sequences that this program writes itself: package report has them. Others can come from the
// name of a file, and black hides text.
var colourPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[(0|1|2|31|33)m`) })

// Write writes data without its invisible characters, and reports all of it as written.
func (t *Terminal) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := slices.Concat(t.rest, data)
	t.rest = nil
	if n := incompleteTail(text); n > 0 {
		t.rest = bytes.Clone(text[len(text)-n:])
		text = text[:len(text)-n]
	}
	clean := StripInvisible(string(text))
	if bytes.IndexByte(text, 0x1b) >= 0 && isDevice(FileOf(t)) {
		clean = stripExceptColours(string(text))
	}
	if _, err := io.WriteString(t.to, clean); err != nil {
		return 0, err
	}
	return len(data), nil
}

// isDevice reports whether a file is a terminal or another device of characters, not a pipe or a file on a disk.
func isDevice(f *os.File) bool {
	if f == nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// stripExceptColours removes invisible characters between colours.
func stripExceptColours(text string) string {
	var b strings.Builder
	end := 0
	for _, at := range colourPattern().FindAllStringIndex(text, -1) {
		b.WriteString(StripInvisible(text[end:at[0]]))
		b.WriteString(text[at[0]:at[1]])
		end = at[1]
	}
	b.WriteString(StripInvisible(text[end:]))
	return b.String()
}

// incompleteTail returns the length of a character at the end of which bytes are missing.
func incompleteTail(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if c := text[len(text)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
