// Package words formats counts and shell command lines.
package words

import (
	"strconv"
	"strings"
)

// Count returns a number with its noun: "1 file", "2 files", "3 entries".
func Count(n int, noun string) string { return strconv.Itoa(n) + " " + Plural(n, noun) }

// Plural returns the noun in the form that the number n requires.
func Plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	if stem, isY := strings.CutSuffix(noun, "y"); isY && stem != "" && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return stem + "ies"
	}
	return noun + "s"
}

// QuoteShell returns a word as a POSIX shell reads it.
func QuoteShell(word string) string {
	isSafe := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_./=:,+@%", c)
	}
	if word != "" && strings.IndexFunc(word, func(c rune) bool { return !isSafe(c) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// CommandLine returns a command as a user types it into a shell.
func CommandLine(command ...string) string {
	quoted := make([]string, len(command))
	for i, word := range command {
		quoted[i] = QuoteShell(word)
	}
	return strings.Join(quoted, " ")
}

// CommandLines returns a command with one group of words per line.
func CommandLines(groups ...[]string) string {
	lines := make([]string, len(groups))
	for i, group := range groups {
		lines[i] = CommandLine(group...)
	}
	return strings.Join(lines, " \\\n  ")
}
