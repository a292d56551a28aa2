package words_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

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

// Colours of data, such as of the name of a folder, do not reach the log of a CI job or a file.
func TestColoursReachTerminalsOnly(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if _, err := words.NewTerminal(file).Write([]byte("read \x1b[30mfolder\x1b[0m")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "read [30mfolder[0m" {
		t.Errorf("%q, %v", got, err)
	}
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
		"a\u00adb": true, "a\u034fb": true, "a\u115fb": true, "a\u1160b": true, "a\u17b4b": true, "a\u180bb": true, "a\u3164b": true,
		"a\uffa0b": true, "a\U000e0101b": true, "a\u2800b": true, "\u2800": true, "a\U0001d159": true, "a\ufffc": true, "a\u00a0b": false,
		"a\u2003b": false, "a\u202fb": false, "a\u200db": true, "a\u200cb": true, "a\ufe0fb": true, "\U0001f680\u200d": true,
		"日本\u3000東京": false, "⚠\ufe0f before": false, "\U0001f469\u200d\U0001f4bb": false, "\U0001f469\U0001f3fd\u200d\U0001f4bb": false,
		"\u2764\ufe0f\u200d\U0001f525": false, "می\u200cخواهم": false, "क्\u200dष": false, "naïve – ½ ° € “x”": false,
	} {
		if words.HasInvisible(name) != has {
			t.Errorf("%+q: %v", name, !has)
		}
	}
}

// Each character that Unicode says to ignore in display makes a name invisible in part, and none that has ink does.
func TestIgnorableCharactersAreInvisible(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		switch {
		case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Bidi_Control):
			if !words.HasInvisible("a" + string(r) + "b") {
				t.Errorf("%U is not found", r)
			}
		case r < 0x10000 && unicode.IsGraphic(r) && !unicode.In(r, unicode.Zs, unicode.Cf) && r != 0x2800 && r < 0xfff0:
			if words.HasInvisible("a" + string(r) + "b") {
				t.Errorf("%U is found", r)
			}
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
