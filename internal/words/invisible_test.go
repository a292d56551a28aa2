package words_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Whatever pieces a text is written in, no invisible character arrives, and every other one does.
func TestTerminalDropsInvisibleCharacters(t *testing.T) {
	odd := []string{
		"\x1b[31m",
		"\x1b]0;title\a",
		"\u202e",
		"\u2066",
		"\u200f",
		"\x9b1m",
		"\u009b",
		"\r",
		"\b",
		"\x00",
		"\U000e0041",
		"\u2028",
	}
	rapid.Check(t, func(t *rapid.T) {
		var text, want string
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			part := rapid.StringMatching(`[a-zäß€😀\n\t ]{0,4}`).Draw(t, "part")
			text, want = text+part+rapid.SampledFrom(odd).Draw(t, "odd"), want+part
		}
		var out bytes.Buffer
		w := words.NewTerminal(&out)
		for data := []byte(text); len(data) > 0; {
			n := rapid.IntRange(1, len(data)).Draw(t, "piece")
			if _, err := w.Write(data[:n]); err != nil {
				t.Fatal(err)
			}
			data = data[n:]
		}
		got := out.String()
		for _, left := range []string{"[31m", "]0;title", "1m", "m"} {
			got = strings.ReplaceAll(got, left, "")
			want = strings.ReplaceAll(want, left, "")
		}
		if strings.IndexFunc(out.String(), words.IsInvisible) >= 0 || got != want {
			t.Fatalf("%q became %q, want %q", text, got, want)
		}
	})
}

// A document keeps its meaning when it is printed.
func TestEscapedDocumentsMeanTheSame(t *testing.T) {
	for _, text := range []string{"plain", "a\u202eb", "\U000e0041", "\u007f\u009b", "line\nbreak\t"} {
		document, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		safe := words.EscapeInvisible(document)
		var got string
		if err := json.Unmarshal(safe, &got); err != nil || got != text || bytes.IndexFunc(safe, words.IsInvisible) >= 0 {
			t.Errorf("%q became %s: %v", text, safe, err)
		}
	}
}

func TestNamesWithInvisibleCharacters(t *testing.T) {
	for name, has := range map[string]bool{
		"payments, Übung 1": false, "日本 😀": false, "a\x1b[2J": true, "a\u202eb": true, "a\nb": true, "a\tb": true, "a\u200bb": true,
	} {
		if words.HasInvisible(name) != has {
			t.Errorf("%q: %v", name, !has)
		}
	}
}

// BenchmarkStripInvisible passes a page's text, which is ASCII with a few other characters.
func BenchmarkStripInvisible(b *testing.B) {
	page := strings.Repeat(`<path class="line a" d="M0 120L4 130L8 128L12 400"/> – `, 8000)
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if words.StripInvisible(page) != page {
			b.Fatal("the page has invisible characters")
		}
	}
}
