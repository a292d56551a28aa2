package main

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// fixture is the source of a server that registers a key in each way that the
// real ones do.
func fixture(t *testing.T) *source {
	t.Helper()
	src, err := parseModules([]module{
		{path: serverModule, version: "v1.0.0", files: os.DirFS("testdata/server")},
		{path: companionModules[0], version: "v0.1.0", files: os.DirFS("testdata/companion")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestScanReadsEachForm(t *testing.T) {
	settings, err := scan(fixture(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"system.enableThing":        `precedence: "Global" kind: "bool" default: true`,
		"system.fromEnvironment":    `precedence: "Global" kind: "bool" expr: "os.Getenv(\"THING\") == \"\""`,
		"system.undocumented":       `precedence: "Global" kind: "int" default: 512`,
		"frontend.keyFromConstants": `precedence: "Global" kind: "int" default: 0`,
		"system.ratio":              `precedence: "Namespace" kind: "float" default: 2.0`,
		"system.byID":               `precedence: "NamespaceID" kind: "string" default: "off"`,
		"system.multiplied":         `precedence: "Global" kind: "duration" default: "5s"`,
		"system.weights":            `precedence: "Namespace" kind: "map" default: {}`,
		"system.outside":            `precedence: "Global" kind: "struct" expr: "outside.Options{}"`,
		"system.struct": `precedence: "Global" kind: "struct" fields: ["IntervalInSeconds", "Requests", "Ratio", "Hooks", "Handler"] ` +
			`default: {IntervalInSeconds: "1m30s", Requests: 0, Ratio: 1.0, Hooks: []}`,
		"system.list":       `precedence: "Global" kind: "list" default: []`,
		"system.explicit":   `precedence: "Global" kind: "list" default: []`,
		"system.gradual":    `precedence: "Global" kind: "bool" gradual: true default: true`,
		"system.gradualInt": `precedence: "Global" kind: "int" gradual: true default: 0`,
		"matching.partitions": `precedence: "TaskQueue" kind: "int" default: 4 ` +
			`constrained: [{constraints: {taskQueueName: "system-queue", namespace: "system"}, value: 1}]`,
		"callback.retryPolicy":        `precedence: "Global" kind: "struct" fields: ["Initial", "Max"] default: {Initial: "1s", Max: "1h"}`,
		"callback.allowed":            `precedence: "Namespace" kind: "list" default: []`,
		"callback.template":           `precedence: "Global" kind: "string" expr: "nil"`,
		"workercontroller.interval_s": `precedence: "Global" kind: "int" default: 21600`,
	}
	for _, s := range settings {
		got := strings.Join(render(s).list()[1:], " ")
		if got != want[s.key] {
			t.Errorf("%s:\n got %s\nwant %s", s.key, got, want[s.key])
		}
		delete(want, s.key)
	}
	for key := range want {
		t.Errorf("%s: not found", key)
	}
}

func TestScanReadsTheWords(t *testing.T) {
	settings, err := scan(fixture(t))
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]serverSetting{}
	for _, s := range settings {
		byKey[s.key] = s
	}
	for key, want := range map[string]string{
		"system.enableThing":          "EnableThing enables the thing.",
		"system.undocumented":         "Undocumented has only this comment.",
		"workercontroller.interval_s": "First, second.",
	} {
		if got := byKey[key].doc; got != want {
			t.Errorf("%s: doc %q, want %q", key, got, want)
		}
	}
	if got := byKey["frontend.keyFromConstants"].note; got != "0 means no limit" {
		t.Errorf("note %q", got)
	}
	if got := byKey["workercontroller.interval_s"].module; got != companionModules[0] {
		t.Errorf("module %q", got)
	}
}

func TestScanRefuses(t *testing.T) {
	for name, code := range map[string]string{
		"a key that is no constant":   `var K = NewGlobalIntSetting(os.Getenv("KEY"), 1, "Doc.")`,
		"a key registered twice":      `var K = NewGlobalIntSetting("System.EnableThing", 1, "Doc.")`,
		"too few arguments":           `var K = NewGlobalIntSetting("system.k", 1)`,
		"an unheard-of constructor":   `func NewMoonIntSetting(key string, def int, description string) {}`,
		"a type that cannot be known": `var K = NewGlobalTypedSetting("system.k", unheard(1, 2), "Doc.")`,
	} {
		t.Run(name, func(t *testing.T) {
			src := fixture(t)
			addCode(t, src, settingPackage, `import "os"`+"\n"+code)
			if _, err := scan(src); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestOutsideTypesAreNamed(t *testing.T) {
	src := fixture(t)
	f := addCode(t, src, settingPackage, `import "example.com/outside"`+"\nvar V outside.Options")
	if _, err := src.shapeOf(f.pkg.vars["V"].typ, f); !errors.Is(err, errOutside) {
		t.Errorf("got %v, want errOutside", err)
	}
}
