package knownform

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Pattern is a pattern with a part that is in all that it matches. The part is searched first: trying the pattern takes
// far longer.
type Pattern struct {
	// Regexp compiles the pattern with its first use: few texts have the part of any.
	Regexp func() *regexp.Regexp
	Words  []string // of which one is the part, in any case

	text string // the part, without words
}

// NewPattern returns a pattern. Its part is a text, or after (?i) one of several words, in any case.
func NewPattern(part, form string) Pattern {
	p := Pattern{Regexp: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(form) }), text: part}
	if list, hasWords := strings.CutPrefix(part, "(?i)"); hasWords {
		p.Words = strings.Split(list, "|")
	}
	return p
}

// CanMatch reports whether a text has the part. The second text is the first one in lower case.
func (p Pattern) CanMatch(text, lower string) bool {
	if p.Words != nil {
		return slices.ContainsFunc(p.Words, func(word string) bool { return strings.Contains(lower, word) })
	}
	return strings.Contains(text, p.text)
}

// LowerLetters returns a text in lower case. The old form of s becomes an s, as in a pattern that ignores case.
func LowerLetters(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ſ", "s") }
