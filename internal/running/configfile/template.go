package configfile

import (
	"regexp"
	"strings"
	"sync"
)

// placeholder matches values that are filled in before use.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
})

// substituted matches values of a static configuration that envsubst or the server's start script fills in.
var substituted = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Z_][A-Z0-9_]+)`)
})

var (
	templated   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*#.*enable-template`) })
	expressions = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^\n]*?\}\}`) })
	actions     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{-?\s*(\w+|/\*)`) })
)

// templateLimit is how far the server searches for the comment that enables templates.
const templateLimit = 1024

// withoutTemplate replaces the expressions of a template that the server fills in.
func withoutTemplate(text string) string {
	if !templated().MatchString(text[:min(len(text), templateLimit)]) {
		return text
	}
	return stripTemplate(text)
}

// stripTemplate replaces template expressions with placeholders of the same length, so that YAML can parse the text and
// places stay the same. Lines of actions become comments, and so do lines that only hold under a condition.
func stripTemplate(text string) string {
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
