package compile_test

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/semver"
	"pgregory.net/rapid"
)

// contract is schema/environment_variables.cue as plain data.
type contract struct {
	Variables map[string]variableContract
	Modes     map[string]struct{ Parameter, Table string }
	Programs  map[string]struct{ Doc, Source string }
}

type variableContract struct {
	Parameter string
	Plugin    map[string]map[string]bool // by generation: the modes in which it reads the variable
	Programs  []string
	Since     string
	// why no value makes a difference
	WithoutEffect string `json:"without_effect"`
}

// stockSchema returns the schema as stock cue evaluates it.
var stockSchema = sync.OnceValue(func() cue.Value {
	return cuecontext.New().BuildInstance(load.Instances([]string{"./schema"}, &load.Config{Dir: "../../.."})[0])
})

func readContract(t *testing.T) contract {
	t.Helper()
	var c contract
	for name, into := range map[string]any{"contract": &c.Variables, "modes": &c.Modes, "programs": &c.Programs} {
		if err := stockSchema().LookupPath(cue.ParsePath(name)).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// A setup decides which program reads a name: plugin generation, server version and modes.
type setup struct {
	plugin, server string
	modes          map[string]bool
}

// modesOf reports the modes in which the plugin runs with these values.
func (c contract) modesOf(values map[string]any) map[string]bool {
	modes := map[string]bool{}
	for name, m := range c.Modes {
		on, _ := values[m.Parameter].(bool)
		table, _ := values[m.Table].(string)
		modes[name] = on && (m.Table == "" || table != "")
	}
	return modes
}

func (v variableContract) pluginReads(s setup) bool {
	when, reads := v.Plugin[s.plugin]
	for mode, on := range when {
		reads = reads && s.modes[mode] == on
	}
	return reads
}

// hasReader reports whether some program reads the name in this setup.
func (c contract) hasReader(name string, s setup) bool {
	v, known := c.Variables[name]
	switch {
	case !known:
		return false
	case v.pluginReads(s):
		return true
	case len(v.Programs) == 0:
		return false
	}
	return v.Since == "" || semver.Compare("v"+v.Since, "v"+s.server) <= 0
}

var (
	envLine    = regexp.MustCompile(`(?m)^(?:export )?([A-Za-z_][A-Za-z0-9_]*)=`)
	actions    = regexp.MustCompile(`{{[^{}]*}}`) // of a template
	lookedUp   = regexp.MustCompile(`\benv "([A-Za-z_][A-Za-z0-9_]*)"`)
	isVariable = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

// namesIn finds the environment variables in an artefact: statements of an env file,
// environments of containers, and what templates look up.
func namesIn(t *rapid.T, file, content string) []string {
	var names []string
	for _, m := range lookedUp.FindAllStringSubmatch(content, -1) {
		names = append(names, m[1])
	}
	switch path.Ext(file) {
	case ".env":
		for _, m := range envLine.FindAllStringSubmatch(content, -1) {
			names = append(names, m[1])
		}
	case ".json", ".yaml", ".yml":
		var doc any
		if err := yaml.Unmarshal([]byte(actions.ReplaceAllString(content, "x")), &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		names = append(names, environmentsIn(doc)...)
		if flat, ok := doc.(map[string]any); ok && strings.HasSuffix(file, "-env.json") {
			for name := range flat {
				names = append(names, name)
			}
		}
	}
	return names
}

// environmentsIn finds the variables of every environment in a document: a map, a
// list of NAME=VALUE, or a list of names and values.
func environmentsIn(x any) (names []string) {
	switch x := x.(type) {
	case []any:
		for _, item := range x {
			names = append(names, environmentsIn(item)...)
		}
	case map[string]any:
		for key, value := range x {
			if !slices.Contains([]string{"environment", "additionalEnv", "env"}, key) {
				names = append(names, environmentsIn(value)...)
				continue
			}
			switch value := value.(type) {
			case map[string]any:
				for name := range value {
					names = append(names, name)
				}
			case []any:
				for _, item := range value {
					switch item := item.(type) {
					case string:
						name, _, _ := strings.Cut(item, "=")
						names = append(names, name)
					case map[string]any:
						name, _ := item["name"].(string)
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

// dynamicKeysIn finds the dynamic-config keys in an artefact: a file of the server's
// own form, or the chart's values.
func dynamicKeysIn(file, content string) []string {
	var doc map[string]any
	if path.Ext(file) != ".yaml" || yaml.Unmarshal([]byte(content), &doc) != nil {
		return nil
	}
	if server, ok := doc["server"].(map[string]any); ok {
		doc, _ = server["dynamicConfig"].(map[string]any)
	} else if file != "dynamic_config.yaml" {
		return nil
	}
	var keys []string
	for key := range doc {
		keys = append(keys, key)
	}
	return keys
}

// hasPath reports whether a document has a path, in which * is any key.
func hasPath(x any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	fields, _ := x.(map[string]any)
	for key, value := range fields {
		if (path[0] == "*" || path[0] == key) && hasPath(value, path[1:]) {
			return true
		}
	}
	return false
}

var modeSwitches = []string{
	"dsql.reservoir_enabled", "dsql.distributed_rate_limiter_enabled", "dsql.token_bucket_enabled", "dsql.slot_block_enabled",
	"dsql.staggered_startup",
}

// P35: every variable and key of every artefact has a reader at the plugin
// generation, the server version and the modes of its deployment; and what the
// plugin reads there and the registry knows is handed to it.
func TestEveryNameHasAReader_P35(t *testing.T) {
	e := sharedEngine()
	c := readContract(t)
	known := map[string]map[string]bool{}
	for _, server := range servers() {
		keys, err := e.Keys(server)
		if err != nil {
			t.Fatal(err)
		}
		known[server] = map[string]bool{}
		for _, k := range keys {
			known[server][k.Key] = true
		}
	}
	registry, err := e.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		d, out := compiled.Draw(t, "request")
		values := map[string]any{}
		for _, p := range out.Profile.Params() {
			values[p.Key] = p.Value
		}
		s := setup{d.PluginVersion, d.TemporalVersion, c.modesOf(values)}
		emitted := map[string]bool{}
		for file, content := range out.Files {
			for _, name := range namesIn(t, file, content) {
				emitted[name] = true
				if !c.hasReader(name, s) {
					t.Fatalf("%s: nothing reads %s (%+v)", file, name, s)
				}
			}
			for _, key := range dynamicKeysIn(file, content) {
				if !known[d.TemporalVersion][key] {
					t.Fatalf("%s: Temporal %s has no key %s", file, d.TemporalVersion, key)
				}
			}
		}
		if len(emitted) == 0 {
			t.Fatal("no artefact has a variable")
		}
		var static map[string]any
		if err := yaml.Unmarshal([]byte(actions.ReplaceAllString(out.Files["server_config.yaml"], "x")), &static); err != nil {
			t.Fatal(err)
		}
		for _, p := range registry {
			if p.Static != "" && !hasPath(static, strings.Split(p.Static, ".")) {
				t.Fatalf("server_config.yaml has no %s, from which %s is read", p.Static, p.Key)
			}
		}
		for name, v := range c.Variables {
			// (an empty value says no more than its absence)
			if v.Parameter != "" && v.WithoutEffect == "" && v.pluginReads(s) && values[v.Parameter] != "" && !emitted[name] {
				t.Fatalf("the plugin reads %s (%+v), and no artefact has it", name, s)
			}
		}
	})
}

// Names of the contract are sound: each has a reader, and each parameter a place to
// be read from.
func TestContractIsSound_P35(t *testing.T) {
	c := readContract(t)
	for name, v := range c.Variables {
		if !isVariable.MatchString(name) {
			t.Errorf("%s is not the name of a variable", name)
		}
		if len(v.Plugin) == 0 && len(v.Programs) == 0 {
			t.Errorf("nothing reads %s", name)
		}
	}
	registry, err := sharedEngine().Parameters()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, p := range registry {
		keys[p.Key] = true
		if p.DynamicConfig == "" && p.Static == "" && p.Deployment == "" && len(p.SDK) == 0 && len(p.Env) == 0 {
			t.Errorf("nothing reads the parameter %s", p.Key)
		}
	}
	for name, v := range c.Variables {
		if v.Parameter != "" && !keys[v.Parameter] {
			t.Errorf("%s states %s, which is not a parameter", name, v.Parameter)
		}
	}
	// a check that cannot fail proves nothing
	if c.hasReader("TEMPORAL_SQL_IAM_AUTH", setup{"2", "1.30", nil}) {
		t.Error("TEMPORAL_SQL_IAM_AUTH has a reader")
	}
	if c.hasReader("DSQL_TOKEN_BUCKET_RATE", setup{"1", "1.30", map[string]bool{"shared_limiter": true, "token_bucket": true}}) {
		t.Error("generation 1 has a token bucket")
	}
	data, _ := json.Marshal(
		map[string]any{"containerDefinitions": []any{map[string]any{"environment": []any{map[string]any{"name": "X_Y"}}}}},
	)
	var doc any
	_ = json.Unmarshal(data, &doc)
	if got := environmentsIn(doc); !slices.Equal(got, []string{"X_Y"}) {
		t.Errorf("environments of a task definition: %v", got)
	}
}
