package frame

import (
	"bytes"
	"html/template"

	"github.com/yuin/goldmark"
)

// renderMarkdown renders a text of the compiler. It can contain user input: goldmark
// escapes HTML in it.
func renderMarkdown(text string) (template.HTML, error) {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(text), &out); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil
}
