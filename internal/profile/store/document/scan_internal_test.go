package document

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A profile is read as encoding/json reads it, to the last bit.
func TestAProfileIsReadAsUsual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProfile(t)
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var want, got behaviour.Profile
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		if err := readProfile(data, &got); err != nil {
			t.Fatal(err)
		}
		// without the letters' escapes, which mean the same
		want.Config.Profile, got.Config.Profile = plain(t, want.Config.Profile), plain(t, got.Config.Profile)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s\n%s", data, d)
		}
	})
}

func drawProfile(t *rapid.T) behaviour.Profile {
	text := rapid.StringMatching(`[ -~äß<>&"\\{}\[\],:]{0,12}`)
	p := behaviour.Profile{Telemetry: behaviour.Telemetry{}}
	p.ID, p.Name = text.Draw(t, "id"), text.Draw(t, "name")
	p.Config.DynamicConfig = map[string]any{"series": []any{[]any{1.0, 2.0}}, text.Draw(t, "key"): text.Draw(t, "value")}
	p.Config.Profile = json.RawMessage(
		rapid.SampledFrom([]string{`null`, `{"series":[[1,2]]}`, `{"a":"<&>ü"}`}).Draw(t, "config profile"),
	)
	for range rapid.IntRange(0, 3).Draw(t, "metrics") {
		samples := []behaviour.Point{}
		for i, value := range rapid.SliceOfN(rapid.Float64(), 0, 5).Draw(t, "values") {
			samples = append(samples, behaviour.Point{Time: rapid.Int64Range(-1e12, 1e12).Draw(t, "at") + int64(i), Value: value})
		}
		category := text.Draw(t, "category")
		if p.Telemetry[category] == nil {
			p.Telemetry[category] = map[string]behaviour.Summary{}
		}
		s := behaviour.Summarise(samples, 5)
		if rapid.Bool().Draw(t, "without") {
			s.Series = nil
		}
		p.Telemetry[category][text.Draw(t, "metric")] = s
	}
	return p
}

func plain(t *rapid.T, data []byte) []byte {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever is in the place of a profile, it is read where encoding/json reads it,
// and refused where that refuses it.
func FuzzProfile(f *testing.F) {
	for _, text := range []string{
		`{"telemetry":{"latency":{"p":{"unit":"ms","series":[[1,2.5],[-2,1e-7]]},"q":{"series":[]}}},"collection":{}}`,
		`{"telemetry":{"latency":{"p":{"series":null}}},"config_snapshot":{"dynamic_config":{"series":[[1,2]],"a\"\\":"\""}}}`,
		`{"telemetry": {"a": {"b": {"series": [[1, 2]]}}}}`, `{"telemetry":{"a":{"b\\":{"series":[[1,2]]`,
		`{"telemetry":{"a":{"b":{"series":[[1,2]]},}}}`, `{"x":"\`,
		`{"telemetry":{"a":{"b":{"series":[[1,2]]}}},"telemetry":null}`,
		`{"telemetry":{"a` + "\xff" + `":{"b":{"series":[[1,2]]}}}}`,
		`{"telemetry":{"a":{"b":{"series":[[1,2]],"series":null}}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want, got behaviour.Profile
		usual, err := json.Unmarshal(data, &want), readProfile(data, &got)
		if (usual == nil) != (err == nil) {
			t.Fatalf("%v, and as usual %v", err, usual)
		}
	})
}

// Numbers are the nearest floats, however they are written.
func TestANumberIsReadAsUsual(t *testing.T) {
	same := func(t interface{ Fatalf(string, ...any) }, text string) {
		r := reader{data: []byte(text + "]")}
		got := r.readNumber()
		want, err := strconv.ParseFloat(text, 64)
		if r.lost != (err != nil) || math.Float64bits(got) != math.Float64bits(want) || !r.isAt(']') {
			t.Fatalf("%s is read as %v, not %v (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{
		"0", "-0", "0.0", "1", "-1", "9007199254740993", "9007199254740992.5", "9007199254740993.5",
		"9007199254740991.4999999", "0.1", "0.3", "1e23", "-1E+2",
		"9999999999999999999", "18446744073709551615", "18446744073709551616", "0.0000000000000000001",
		"67139924547705.91016", "0.0012345678901234567", "0.00012345678901234567", "0.9999999999999999999",
		"720343154.1415587068", "1.7976931348623157e308", "5e-324",
	} {
		same(t, text)
	}
	// what Go takes, and JSON does not
	for _, text := range []string{
		"01", "-01", "00.5", "0x1p1", "0_1", "1_0", "1_0.5", ".5", "5.", "1.e5", "+5", "Inf", "-inf", "NaN", "1e",
		"", "-",
	} {
		r := reader{data: []byte(text + "]")}
		if r.readNumber(); !r.lost {
			t.Errorf("%s is read as a number", text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1e6, 1e6)).Draw(t, "x")
		for _, form := range []byte("fge") {
			same(t, strconv.FormatFloat(x, form, rapid.SampledFrom([]int{-1, 0, 3, 17}).Draw(t, "digits"), 64))
		}
		// halfway between two floats, and beside it
		whole := rapid.Uint64Range(1<<53, 1<<60).Draw(t, "whole")
		same(t, strconv.FormatUint(whole, 10))
		same(t, strconv.FormatUint(whole|1, 10)+"."+rapid.StringMatching("[05][0-9]{0,2}").Draw(t, "decimals"))
	})
}

// What is wrong is refused, as usual.
func TestAProfileThatIsWrong(t *testing.T) {
	const good = `{"id":"a","telemetry":{"latency":{"p":{"series":[[1,2.5]]}}}}`
	if err := readProfile([]byte(good), &behaviour.Profile{}); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		`[[1]]`, `[[1,2,3]]`, `[[1.5,2]]`, `[[1,"2"]]`, `[1,2]`, `{}`, `[[1,2]`, `[[1,1e999]]`, `[[01,2]]`,
		`[[1,02]]`, `[[1,2.]]`, `[[1,.5]]`, `[[1,2e]]`, `[[-,2]]`, `[[1,-]]`, `[[12345678901234567890,2]]`,
		`[[1,2][1,2]]`, `[[1,0x1]]`, `[[1,inf]]`, `[`, `[[1,2.5]],"x`,
	} {
		if err := readProfile([]byte(strings.Replace(good, `[[1,2.5]]`, wrong, 1)), &behaviour.Profile{}); err == nil {
			t.Errorf("it takes %s", wrong)
		}
	}
}
