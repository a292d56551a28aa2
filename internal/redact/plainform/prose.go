package plainform

import (
	"regexp"
	"sync"
)

// IsProse reports whether a line is prose with a colon, as errors are.
func IsProse(line string) bool { return prosePattern().MatchString(line) }

var prosePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^[^{}\[\]"':=]*: (?:[A-Za-z]+[0-9]{0,3},?|[0-9]+ [a-z]+,?)(?:(?: [a-z0-9']+){2,}|(?: [A-Za-z0-9']+){5,})( \([^()]*\))?[.!]?$|` +
			`^[^{}\[\]"':=]*: (?:un)?expected [^:=]*$`,
	)
})

// HasSpacedKey reports whether a line of prose has several words, quoted text or a path before its first colon.
func HasSpacedKey(line string) bool { return spacedKeyPattern().MatchString(line) }

var spacedKeyPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z]+ (?:[^:{}\[\]]*["'\x60/][^:]*|[^\s:{}\[\]]+ [^:{}\[\]]*): `)
})

// BeginsSentence reports whether a text is a colon with plain words after it, as in "read the tokens: no such file".
func BeginsSentence(text string) bool { return sentencePattern().MatchString(text) }

var sentencePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^: (?:[a-z]+,? (?:[a-z/]|v?[0-9]+\.[0-9])|(?:un)?expected |(?:line|column|byte|entry) [0-9]+(?:[:,]|$))`)
})
