package pages

import (
	"bytes"
	"html/template"

	"github.com/yuin/goldmark"
)

// markdown renders what the compiler writes, whose text has values that somebody
// gave: goldmark lets no HTML of theirs through.
func markdown(text string) (template.HTML, error) {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(text), &out); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil
}
