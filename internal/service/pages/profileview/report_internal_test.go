package profileview

import (
	"bytes"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

// What users name things adds no link, image, mention or formatting to a report.
func TestMarkdownIsEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"![x](http://evil.example/p.png)": `\!\[x\](http&#58;//evil.example/p.png)`,
		"[click](javascript:alert(1))":    `\[click\](javascript:alert(1))`,
		"see www.evil.example":            "see www&#46;evil.example",
		"@team <img src=x> a|b":           `&#64;team &lt;img src=x&gt; a\|b`,
		"**bold** `code` and `more`":      "\\*\\*bold\\*\\* \\`code\\` and \\`more\\`",
		"a\u202eb\x1b[2Jc":                `ab\[2Jc`,
		"`history.persistence_latency`":   "`history.persistence_latency`",
		"`a|b`":                           "`a\\|b`",
	} {
		if got := escapeInline(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// A section has the name of a category, which an imported profile chooses.
func TestHeadingsAreEscaped(t *testing.T) {
	var out bytes.Buffer
	writeSection(&out, "<i>![x](http://evil.example)", []string{"a"}, [][]string{{"b"}})
	if text := out.String(); strings.Contains(text, "<i>") || strings.Contains(text, "![") {
		t.Error(text)
	}
}

// Titles of pages show names without characters that reorder them.
func TestTitlesAreVisible(t *testing.T) {
	var out bytes.Buffer
	if err := frame.Execute(&out, "report", "report.html", reportView{Title: "a\u202eb\x1b<c>"}); err != nil {
		t.Fatal(err)
	}
	if page := out.String(); !strings.Contains(page, "<title>ab&lt;c&gt;</title>") {
		t.Errorf("the page is %s", page)
	}
}
