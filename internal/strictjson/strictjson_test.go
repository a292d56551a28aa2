package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/strictjson"
)

type inner struct {
	Value int `json:"value"`
}

type outer struct {
	inner
	Name    string             `json:"name"`
	Plain   string             // without a tag
	Time    time.Time          `json:"time"`
	Inner   *inner             `json:"inner,omitempty"`
	List    []inner            `json:"list"`
	ByName  map[string]inner   `json:"by_name"`
	Any     any                `json:"any"`
	Raw     json.RawMessage    `json:"raw"`
	Numbers map[string]float64 `json:"numbers"`
}

func TestKeysThatReadersTakeDifferently(t *testing.T) {
	for text, want := range map[string]string{
		`{"name": "a", "name": "b"}`:                              `field "name" is given twice`,
		`{"name": "a", "n\u0061me": "b"}`:                         `field "name" is given twice`,
		`{"NAME": "a"}`:                                           `unknown field "NAME": write name`,
		`{"name": "a", "Name": "b"}`:                              `unknown field "Name": write name`,
		`{"li\u017ft": []}`:                                       `write list`,
		`{"inner": {"VALUE": 1}}`:                                 `unknown field "inner.VALUE": write value`,
		`{"list": [{"value": 1}, {"value": 1, "value": 2}]}`:      `field "list.value" is given twice`,
		`{"by_name": {"A": {"Value": 1}}}`:                        `unknown field "by_name.A.Value": write value`,
		`{"any": {"a": [{"b": 1, "b": {}}]}}`:                     `field "any.a.b" is given twice`,
		`{"raw": {"password": "hunter2", "password": ""}}`:        `field "raw.password" is given twice`,
		`{"Value": 1}`:                                            `unknown field "Value": write value`,
		`{"any": "a \"quoted\\\" {text", "any": 1}`:               `field "any" is given twice`,
		`{"any": {"a": 1, "A": 2}, "numbers": {"x": 1, "X": 2}}`:  "",
		`{"name": "{\"a\":1,\"a\":2}", "Plain": "x", "value": 1}`: "",
		`{"unknown": {"x": 1}, "raw": [1, "a", {"b": {}}], "time": "2026-01-02T15:04:05Z"}`: "",
	} {
		var into outer
		err := strictjson.Unmarshal([]byte(text), &into)
		var wrong *strictjson.KeyError
		if want == "" && err != nil || want != "" && (!errors.As(err, &wrong) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := strictjson.Unmarshal([]byte(`{"a": `), new(any)); err == nil {
		t.Error("half a document is decoded")
	}
}

// What encoding/json writes is read again, into any type.
func TestOwnDocumentsPass(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		value := outer{
			Name: text.Draw(t, "name"), List: []inner{{1}, {2}},
			ByName: rapid.MapOf(text, rapid.Just(inner{3})).Draw(t, "map"),
			Any:    rapid.MapOf(text, rapid.OneOf(rapid.Just[any](1.5), rapid.Just[any]([]any{"{", "}", nil}))).Draw(t, "any"),
		}
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := strictjson.Unmarshal(data, new(outer)); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if err := strictjson.Unmarshal(data, new(any)); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
	})
}

// A field that its type lacks is refused where the type is known, and nowhere else.
func TestUnknownFields(t *testing.T) {
	for text, want := range map[string]string{
		`{"unknown": {"x": 1}}`:                  `unknown field "unknown"`,
		`{"inner": {"value": 1, "more": 2}}`:     `unknown field "inner.more"`,
		`{"by_name": {"a": {"extra": 1}}}`:       `unknown field "by_name.a.extra"`,
		`{"list": [{"value": 1}, {"x\"y": 1}]}`:  `unknown field "list.x\"y"`,
		`{"NAME": "a"}`:                          `unknown field "NAME": write name`,
		`{"any": {"x": 1}, "raw": {"y": 1}}`:     "",
		`{"by_name": {"x": {}}, "numbers": {}}`:  "",
		`{"value": 1, "name": "a", "Plain": ""}`: "",
	} {
		err := strictjson.UnmarshalKnown([]byte(text), new(outer))
		var wrong *strictjson.KeyError
		if want == "" && err != nil || want != "" && (!errors.As(err, &wrong) || !wrong.Unknown || err.Error() != want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
