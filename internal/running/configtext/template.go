package configtext

import (
	"regexp"
	"strings"
	"sync"
)

var (
	templated   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*#.*enable-template`) })
	expressions = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^\n]*?\}\}`) })
	filled      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(\{_*\}|_{4})`) })
	comments    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)\{\{-?\s*/\*.*?\*/\s*-?\}\}`) })
	actions     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{-?\s*(\w+)`) })
	silent      = sync.OnceValue(func() *regexp.Regexp { // actions that insert nothing themselves
		return regexp.MustCompile(`^\{\{-?\s*(?:\$\w*\s*:?=|(?:if|else|end|range|with|define|block|break|continue)\b)`)
	})
)

// IsTemplate reports whether a value contains an expression of a template, or the placeholder of one.
func IsTemplate(value string) bool {
	return strings.Contains(value, "{{") || filled().MatchString(value)
}

// HasExpressions reports whether a text contains expressions of a template.
func HasExpressions(text string) bool {
	return expressions().MatchString(text) || comments().MatchString(text)
}

// templateLimit is how far the server searches for the comment that enables templates.
const templateLimit = 1024

// FillTemplate replaces the expressions of a template that the server fills in, and leaves any other text as it is.
func (t *Text) FillTemplate() {
	if templated().MatchString(t.content[:min(len(t.content), templateLimit)]) {
		t.StripTemplate()
	}
}

// StripTemplate replaces template expressions with placeholders of the same length, so that YAML can parse the text and
// places stay the same. Lines of actions become empty, and so do lines that only hold under a condition.
func (t *Text) StripTemplate() {
	var out strings.Builder
	var omitted []int
	conditions, number := 0, 0
	var flow flowScanner
	for line := range strings.Lines(comments().ReplaceAllStringFunc(t.content, blankOut)) {
		number++
		content := strings.TrimSpace(line)
		before := conditions
		for _, action := range actions().FindAllStringSubmatch(line, -1) {
			switch action[1] {
			case "if", "range", "with", "define", "block":
				conditions++
			case "end":
				conditions = max(0, conditions-1)
			}
		}
		isAction := strings.HasPrefix(content, "{{") && strings.HasSuffix(content, "}}")
		isConditional := before > 0 || conditions > 0
		if isAction || isConditional {
			line = emptyLine(line)
		}
		if isAction && !silent().MatchString(content) || isConditional && !isAction {
			omitted = append(omitted, number)
		}
		end := 0
		for _, at := range expressions().FindAllStringIndex(line, -1) {
			out.WriteString(flow.read(line[end:at[0]]))
			length := at[1] - at[0]
			if flow.isPlain() { // a brace would end the value
				out.WriteString("$" + strings.Repeat("_", length-1))
			} else {
				out.WriteString("${" + strings.Repeat("_", length-3) + "}")
			}
			flow.last = '$'
			end = at[1]
		}
		out.WriteString(flow.read(line[end:]))
	}
	t.SetContent(out.String())
	t.omitted = omitted
}

// IsPartial reports whether StripTemplate has left out fields: lines that only hold under a condition, or that an action
// inserts.
func (t *Text) IsPartial() bool { return len(t.omitted) > 0 }

// A flowScanner follows a YAML text far enough to know whether a place is a plain value between brackets or braces.
type flowScanner struct {
	depth     int  // open brackets and braces
	quote     rune // of the text that is open, or 0
	last      rune // before this place, without spaces
	isComment bool
	isSpace   bool // a space is before this place
}

// isPlain reports whether a value without quotes, between brackets or braces, can have this place.
func (f *flowScanner) isPlain() bool { return f.depth > 0 && f.quote == 0 && !f.isComment }

// read takes the next part of the text, and returns it.
func (f *flowScanner) read(part string) string {
	for _, c := range part {
		switch {
		case c == '\n':
			f.isComment = false
			if f.depth == 0 {
				f.quote, f.last = 0, 0 // (a line of its own: texts over several lines have no expressions in brackets)
			}
		case f.isComment:
		case f.quote != 0:
			if c == f.quote && f.last != '\\' {
				f.quote = 0
			}
		case c == '#' && (f.isSpace || f.last == 0):
			f.isComment = true
		case c == '"' || c == '\'':
			if f.last == 0 || strings.ContainsRune(":-,[{", f.last) {
				f.quote = c
			}
		case c == '{' || c == '[':
			if f.depth > 0 || f.last == 0 || f.isSpace && strings.ContainsRune(":-", f.last) {
				f.depth++
			}
		case (c == '}' || c == ']') && f.depth > 0:
			f.depth--
		}
		f.isSpace = c == ' ' || c == '\t' || c == '\n'
		if !f.isSpace {
			f.last = c
		}
	}
	return part
}

// blankOut replaces all characters but the ends of lines with spaces.
func blankOut(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, text)
}

// emptyLine returns an empty line in place of a line. A comment would end a text of several lines.
func emptyLine(line string) string {
	if strings.HasSuffix(line, "\n") {
		return "\n"
	}
	return ""
}
