package configtext

import (
	"regexp"
	"strings"
	"sync"
)

var (
	templated   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*#.*enable-template`) })
	expressions = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^\n]*?\}\}`) })
	actions     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{-?\s*(\w+|/\*)`) })
)

// HasExpressions reports whether a text contains expressions of a template.
func HasExpressions(text string) bool { return expressions().MatchString(text) }

// templateLimit is how far the server searches for the comment that enables templates.
const templateLimit = 1024

// FillTemplate replaces the expressions of a template that the server fills in, and leaves any other text as it is.
func FillTemplate(text string) string {
	if !templated().MatchString(text[:min(len(text), templateLimit)]) {
		return text
	}
	return StripTemplate(text)
}

// StripTemplate replaces template expressions with placeholders of the same length, so that YAML can parse the text and
// places stay the same. Lines of actions become comments, and so do lines that only hold under a condition.
func StripTemplate(text string) string {
	var out strings.Builder
	conditions := 0
	for line := range strings.Lines(text) {
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
		isAction := strings.HasPrefix(content, "{{") && strings.HasSuffix(content, "}}") || strings.HasPrefix(content, "{{/*")
		if isAction || before > 0 || conditions > 0 {
			line = blankLine(line)
		}
		out.WriteString(expressions().ReplaceAllStringFunc(line, func(expression string) string {
			return "${" + strings.Repeat("_", len(expression)-3) + "}"
		}))
	}
	return out.String()
}

// blankLine returns a comment in place of a line.
func blankLine(line string) string {
	if strings.HasSuffix(line, "\n") {
		return "#\n"
	}
	return "#"
}
