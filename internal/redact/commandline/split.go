package commandline

import (
	"iter"
	"strings"
)

// Split yields the commands in a text, each as its arguments, as a shell does: quotes and backslashes are removed, and
// operators and the ends of lines end a command. Text that is not a command becomes one, too.
func Split(text string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var command []string
		var word strings.Builder
		isWord := false
		endWord := func() {
			if isWord {
				command = append(command, word.String())
			}
			word.Reset()
			isWord = false
		}
		endCommand := func() bool {
			endWord()
			is := len(command) == 0 || yield(command)
			command = nil
			return is
		}
		for i := 0; i < len(text); i++ {
			switch c := text[i]; c {
			case '\\':
				if i+1 < len(text) {
					if i++; text[i] == '\n' {
						endWord()
						break
					}
					word.WriteByte(text[i])
					isWord = true
				}
			case '\'', '"':
				end := closingQuote(text, i)
				if end < 0 { // an apostrophe, or the end of a text around
					endWord()
					break
				}
				word.WriteString(text[i+1 : end])
				isWord = true
				i = end
			case '$':
				end := expansionEnd(text, i)
				word.WriteString(text[i:end])
				isWord = true
				i = end - 1
			case ' ', '\t', '\r':
				endWord()
			case '\n', ';', '|', '&', '(', ')', '`':
				if !endCommand() {
					return
				}
			default:
				word.WriteByte(c)
				isWord = true
			}
		}
		endCommand()
	}
}

// closingQuote returns the index of the quote that ends what the one at an index begins, in the same line, or -1.
func closingQuote(text string, start int) int {
	for i := start + 1; i < len(text) && text[i] != '\n'; i++ {
		if text[i] == '\\' && text[start] == '"' {
			i++
		} else if text[i] == text[start] {
			return i
		}
	}
	return -1
}

// expansionEnd returns the index after $NAME, ${NAME} or $(COMMAND).
func expansionEnd(text string, start int) int {
	const longest = 256
	next := start + 1
	if next < len(text) && (text[next] == '(' || text[next] == '{') {
		if end := strings.IndexAny(text[next:min(len(text), next+longest)], ")}\n"); end > 0 && text[next+end] != '\n' {
			return next + end + 1
		}
	}
	return next
}
