package policy

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"pgregory.net/rapid"
)

// A fact of every kind that facts are made of.
type fact struct {
	Text    string             `json:"text"`
	Left    string             `json:"left,omitempty"`
	Number  float64            `json:"number"`
	Count   int                `json:"count"`
	Yes     bool               `json:"yes"`
	Missing *float64           `json:"missing"`
	Part    *part              `json:"part,omitempty"`
	Parts   []part             `json:"parts"`
	Words   []string           `json:"words,omitempty"`
	Levels  map[string]float64 `json:"levels"`
	Any     any                `json:"any"`
	Raw     json.RawMessage    `json:"raw,omitempty"`
	At      time.Time          `json:"at"`
}

type part struct {
	Of   string         `json:"of"`
	More map[string]any `json:"more"`
}

// Facts are what they are as JSON, and come back as they were.
func TestFactsAreReadAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[ -~äß<>&\"\\\\\n\u2028\x00]{0,8}")
		float := rapid.OneOf(
			rapid.Float64Range(-1e25, 1e25),
			rapid.Float64Range(-1e-5, 1e-5),
			rapid.SampledFrom([]float64{0, 1, 1e21, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64}),
		)
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) part {
			return part{text.Draw(t, "of"), map[string]any{text.Draw(t, "key"): float.Draw(t, "value"), "list": []any{nil, true, "x", 2}}}
		}), 0, 3)
		f := fact{
			Text:   text.Draw(t, "text"),
			Left:   text.Draw(t, "left"),
			Number: float.Draw(t, "number"),
			Count:  rapid.Int().Draw(t, "count"),
			Yes:    rapid.Bool().Draw(t, "yes"),
			Parts:  parts.Draw(t, "parts"),
			Words:  rapid.SliceOfN(text, 0, 2).Draw(t, "words"),
			Levels: rapid.MapOfN(text, float, 0, 3).
				Draw(t, "levels"),
			Any: rapid.SampledFrom([]any{nil, 3, "x", json.Number("1.50"), []part{{}}, map[string]int{"a": 1}}).Draw(t, "any"),
			Raw: json.RawMessage(
				rapid.SampledFrom([]string{`null`, `{"a": [1e3]}`}).Draw(t, "raw"),
			),
			At: time.Unix(rapid.Int64Range(0, 1e10).Draw(t, "at"), 0).UTC(),
		}
		if rapid.Bool().Draw(t, "known") {
			f.Missing, f.Part = &f.Number, &part{Of: "x"}
		}
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := valueOf(reflect.ValueOf(f))
		if err != nil {
			t.Fatal(err)
		}
		said := appendJSON(nil, got)
		for _, text := range [][]byte{want, said} {
			same, err := ast.ValueFromReader(bytes.NewReader(text))
			if err != nil {
				t.Fatalf("%v, of %s", err, text)
			}
			if got.Compare(same) != 0 {
				t.Fatalf("%s is read as\n%v, not\n%v", text, got, same)
			}
		}
	})
}

// What policies say is JSON, whatever it is.
func TestWhatPoliciesSayIsJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"b", "a"}`:                   `["a","b"]`,
		`{1: [], {2}: {}}`:             `{"1":[],"[2]":{}}`,
		`[null, true, 1e3, "ü\u0001"]`: `[null,true,1e3,"ü\u0001"]`,
		`{"a\"b": {"c": [[], set()]}}`: `{"a\"b":{"c":[[],[]]}}`,
	} {
		if got := string(appendJSON(nil, ast.MustParseTerm(text).Value)); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

func TestFactsThatAreNoNumbers(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1)} {
		if v, err := EncodeFacts(map[string][]float64{"x": {x}}); err == nil {
			t.Errorf("%v is read as %v", x, v)
		}
	}
}
