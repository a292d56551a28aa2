package api_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// A hostileInput is a request that a client sends to use up time or memory, or to make the service fail.
type hostileInput struct {
	name, path string
	body       any
}

// TestHostileInputsAreBounded checks that each hostile input is accepted or rejected in words, within a limit of processor
// time and memory, and that the service goes on.
func TestHostileInputsAreBounded(t *testing.T) {
	const (
		mostMemory = 512 // MiB
		mostTime   = 2 * time.Second
	)
	s := world.Serve(t, embedded(t))
	s.Send(t, post, "/profiles", request(nil)).Decode(t, http.StatusCreated, nil) // makes what lasts
	var made behaviour.Metadata
	s.Send(t, post, "/profiles", request(nil)).Decode(t, http.StatusCreated, &made)
	exported := string(s.Send(t, get, "/profiles/"+made.ID, nil).Data)
	s.Send(t, remove, "/profiles/"+made.ID, nil).Decode(t, http.StatusNoContent, nil)
	all := append(hostileConfigurations(t), hostileDocuments(t, exported)...)
	slices.SortFunc(all, func(a, b hostileInput) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.path, b.path)) })
	for _, n := range rapidtest.Choose(len(all)) {
		in := all[n]
		start, status := measure.ProcessorTime(), 0
		var said string
		memory := measure.Allocated(func() {
			a := s.Send(t, post, in.path, in.body)
			status, said = a.StatusCode, string(a.Data)
		}) >> 20
		took := measure.ProcessorTime() - start
		if testing.Verbose() {
			t.Logf("%-40s %d %4d MiB %6s %.100s", in.name, status, memory, took.Round(time.Millisecond), said)
		}
		if status < 200 || status >= 500 || status >= 300 && status < 400 {
			t.Errorf("%s: %d %.500s", in.name, status, said)
		}
		if memory > mostMemory || took > mostTime {
			t.Errorf("%s: %d MiB and %s", in.name, memory, took)
		}
		if len(said) > 16<<10 {
			t.Errorf("%s: an answer of %d bytes", in.name, len(said))
		}
	}
	if log := s.Log.String(); strings.Contains(log, "panic") || strings.Contains(log, "goroutine ") {
		t.Errorf("a request panicked: %.2000s", log)
	}
	s.Send(t, post, "/profiles", request(nil)).Decode(t, http.StatusCreated, nil)
}

// hostileConfigurations are requests for profiles whose configuration is hostile.
func hostileConfigurations(t *testing.T) (all []hostileInput) {
	add := func(name, format, content string) {
		all = append(all, hostileInput{format + ": " + name, "/profiles", request(map[string]any{
			"config":          []any{map[string]any{"name": "file", "format": format, "content": content}},
			"time_window_end": apitest.Start.Add(2 * time.Minute), // what is measured is the configuration
		})})
	}
	repeat := strings.Repeat
	formats := []string{
		"dynamic-config", "env", "compose", "ecs", "helm", "server-config", "kubernetes", "cloudformation", "terraform",
	}
	for _, format := range formats {
		add("deep sequences", format, repeat("[", 10_000)+repeat("]", 10_000))
		add("deep mappings", format, repeat(`{"a":`, 5_000)+"1"+repeat("}", 5_000))
		add("deep block mappings", format, deepBlocks(1_000))
		add("alias bomb", format, aliasBomb(20))
		add("an alias of itself", format, "a: &a\n  b: *a\n  <<: *a\n")
		add("a long key", format, repeat("k", 256<<10)+": 1\n")
		add("a number without end", format, "history.rps:\n- value: 1e999999\n- value: -.inf\n- value: 0x"+repeat("f", 10_000)+"\n")
		add("a name taken apart", format, repeat("dev", 80<<10)+": 1\n")
		add("a name that refers to a key", format, "snyk_by_key: x\ntoken_x_by_key: 1\n")
		add("a long number", format, "a: "+repeat("9", 20_000)+"\n")
		add("control and direction characters", format, "a\x00b: \"\u202ex\\u0000\"\nc\u2066: \x1b[2J\n")
		add("a byte order mark", format, "\ufeffa: 1\n")
		add("documents", format, repeat("---\na: 1\n", 2_000))
		add("nothing", format, "")
	}
	add("10,000 services", "compose", manyServices(10_000, "  s%d: {image: x, environment: {A: 1}}\n"))
	add("services that extend each other", "compose", "services:\n  a: {extends: {service: b}}\n  b: {extends: {service: a}}\n")
	add("variables that grow", "compose", growingVariables(24))
	add("variables that grow", "env", growingVariables(24))
	add("nested defaults", "env", "A="+repeat("${B:-", 5_000)+"x"+repeat("}", 5_000)+"\n")
	container := `{"name":"x","environment":[{"name":"A","value":"1"}]},`
	add("10,000 containers", "ecs", `{"containerDefinitions":[`+repeat(container, 9_999)+`{}]}`)
	add("10,000 keys", "dynamic-config", manyServices(10_000, "history.key%d: [{value: 1}]\n"))
	for name, template := range map[string]string{
		"a template that calls itself": `{{ define "x" }}{{ template "x" . }}{{ end }}a: {{ template "x" . }}`,
		"a template that repeats":      `a: {{ repeat 1000000000 "x" }}`,
		"a template that counts":       `a: {{ range until 1000000000 }}x{{ end }}`,
		"a template that pads":         `a: {{ printf "%1000000000d" 1 }}`,
		"nested ranges":                repeat(`{{ range untilStep 0 1000 1 }}`, 6) + "x" + repeat("{{ end }}", 6),
		"many templates":               repeat(`{{ if .A }}{{ env "A" }}{{ end }}`, 5_000),
		"an open template":             "a: {{ " + repeat("(", 10_000),
	} {
		add(name, "server-config", template+"\n")
		add(name, "helm", template+"\n")
	}
	add("base64 in base64", "env", "A="+nestText(t, "PASSWORD=x", 40, false)+"\n")
	add("gzip in gzip", "env", "A="+nestText(t, repeat("\x00", 1<<20), 6, true)+"\n")
	add("a gzip bomb", "compose", "services: {a: {environment: {A: "+nestText(t, repeat("a", 16<<20), 1, true)+"}}}\n")
	add("mappings in text", "env", "A="+repeat("{a: ", 5_000)+"\n")
	add("anchors in text", "kubernetes", "kind: ConfigMap\ndata:\n  a: |\n    "+strings.ReplaceAll(aliasBomb(20), "\n", "\n    ")+"\n")
	refers := func(to string) string { return `{"Properties":{"X":{"Ref":"` + to + `"}}}` }
	add("resources that refer to each other", "cloudformation", `{"Resources":{"A":`+refers("B")+`,"B":`+refers("A")+`}}`)
	joined := repeat(`{"Fn::Join":["",["x",`, 60) + `"x"` + repeat(`]]}`, 60)
	add("joins in joins", "cloudformation",
		`{"Resources":{"A":{"Type":"AWS::ECS::TaskDefinition","Properties":{"ContainerDefinitions":[{"Name":`+joined+`}]}}}}`)
	return all
}

// hostileDocuments are bodies that are hostile themselves, and imports made of an exported profile.
func hostileDocuments(t *testing.T, exported string) (all []hostileInput) {
	created, _ := json.Marshal(request(nil))
	repeat := strings.Repeat
	replaced := func(of, from, to string) string {
		if !strings.Contains(of, from) {
			t.Errorf("%q is not in %.200s, so nothing becomes hostile", from, of)
		}
		return strings.Replace(of, from, to, 1)
	}
	for path, body := range map[string]string{"/profiles": string(created), "/profiles/import": exported} {
		for name, hostile := range map[string]string{
			"deep lists":           repeat("[", 100_000),
			"deep objects":         repeat(`{"a":`, 100_000),
			"a deep field":         replaced(body, "{", `{"x":`+repeat("[", 10_000)+repeat("]", 10_000)+","),
			"a number without end": replaced(body, "{", `{"worker_options":{"a":1e999999},`),
			"a long number":        replaced(body, "{", `{"x":`+repeat("9", 1<<20)+","),
			"a long exponent":      replaced(body, "{", `{"time_window_start":1e-`+repeat("9", 10_000)+","),
			"a long key":           replaced(body, "{", `{"`+repeat("k", 1<<20)+`":1,`),
			"many keys":            replaced(body, "{", `{`+manyKeys(50_000)),
			"a key many times":     replaced(body, "{", `{`+repeat(`"name":"n",`, 10_000)),
			"broken UTF-8":         replaced(body, `"name":"n"`, "\"name\":\"\xff\xfe\xc0\x80\""),
			"half a surrogate":     replaced(body, `"name":"n"`, `"name":"\ud800"`),
			"a NUL":                replaced(body, `"name":"n"`, `"name":"a\u0000b"`),
			"a raw NUL":            replaced(body, `"name":"n"`, "\"name\":\"a\x00b\""),
			"a direction":          replaced(body, `"name":"n"`, `"name":"a\u202eb"`),
			"a long name":          replaced(body, `"name":"n"`, `"name":"`+repeat("n", 1<<20)+`"`),
			"a name of marks":      replaced(body, `"name":"n"`, `"name":"a`+repeat("\u0301", 10_000)+`"`),
			"a list for a text":    replaced(body, `"name":"n"`, `"name":[1,2,3]`),
			"text behind":          body + "{}",
			"half of it":           body[:len(body)/2],
			"white space":          repeat(" ", 1<<20),
			"a date far away":      replaced(body, "2026-03-01", "9999999-03-01"),
			"null":                 "null",
			"a text":               `"` + repeat(`\u0041`, 20_000) + `"`,
		} {
			all = append(all, hostileInput{path + " with " + name, path, hostile})
		}
	}
	for name, change := range map[string][2]string{
		"a mean without end":  {`"mean":`, `"mean":1e400,"x":`},
		"a negative count":    {`"samples":`, `"samples":-9223372036854775809,"x":`},
		"options in options":  {`"worker_options":{`, `"worker_options":{"a":` + repeat(`{"a":`, 60) + "1" + repeat("}", 60) + `,`},
		"base64 in an option": {`"worker_options":{`, `"worker_options":{"a":"` + repeat("QUFB", 30_000) + `",`},
		"an id of a path":     {`"id":"`, `"id":"../../../etc/`},
	} {
		all = append(all, hostileInput{"import with " + name, "/profiles/import", replaced(exported, change[0], change[1])})
	}
	return all
}

func deepBlocks(levels int) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

// aliasBomb is YAML of a few lines that expands to two to the power of levels.
func aliasBomb(levels int) string {
	var b strings.Builder
	b.WriteString("services: &a0 {x: 1}\n")
	for i := range levels {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	return b.String()
}

func manyServices(n int, form string) string {
	var b strings.Builder
	if strings.HasPrefix(form, " ") {
		b.WriteString("services:\n")
	}
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":%d,`, i, i)
	}
	return b.String()
}

// growingVariables are variables of which each is twice as long as the one before.
func growingVariables(n int) string {
	var b strings.Builder
	b.WriteString("A0=xxxxxxxx\n")
	for i := range n {
		fmt.Fprintf(&b, "A%d=${A%d}${A%d}\n", i+1, i, i)
	}
	return b.String()
}

// nestText encodes a text so many times in base64, also compressed.
func nestText(t *testing.T, text string, times int, compressed bool) string {
	t.Helper()
	for range times {
		data := []byte(text)
		if compressed {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			if _, err := z.Write(data); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			data = b.Bytes()
		}
		if text = base64.StdEncoding.EncodeToString(data); len(text) > 1<<20 {
			break
		}
	}
	return text
}
