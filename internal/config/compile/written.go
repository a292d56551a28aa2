package compile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const profileName, traceName = "profile.json", "trace.json"

// profileNames are the files that a compile writes the config profile to, in the order
// in which they are read.
var profileNames = []string{profileName, "profile.yaml", "profile.yml"}

// IsWritten reports whether path is what an earlier compile wrote: a config profile as
// JSON or YAML, or a folder with one in it.
func IsWritten(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false
	case info.IsDir():
		return profileIn(path) != "" && !IsDeployment(path)
	case filepath.Ext(path) == ".json":
		return !statesPreset(path)
	case IsPlain(path):
		return looksLikeProfile(path)
	}
	return false
}

// profileIn returns the config profile in a folder; "" without one. A profile.yaml may be
// some other tool's.
func profileIn(dir string) string {
	for _, base := range profileNames {
		name := filepath.Join(dir, base)
		if info, err := os.Stat(name); err == nil && !info.IsDir() && (base == profileName || looksLikeProfile(name)) {
			return name
		}
	}
	return ""
}

func looksLikeProfile(name string) bool {
	data, err := readLimited(name)
	return err == nil && LooksLikeProfile(string(data))
}

// LooksLikeProfile reports whether a text has the fields of a config profile, as JSON or
// YAML.
func LooksLikeProfile(text string) bool {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		var fields struct {
			Preset *string          `json:"preset_name"`
			Safety *json.RawMessage `json:"safety_params"`
		}
		return json.Unmarshal([]byte(text), &fields) == nil && fields.Preset != nil && fields.Safety != nil
	}
	hasPreset, hasSafety := false, false
	for line := range strings.Lines(text) {
		hasPreset = hasPreset || strings.HasPrefix(line, "preset_name:")
		hasSafety = hasSafety || strings.HasPrefix(line, "safety_params:")
	}
	return hasPreset && hasSafety
}

// profileJSON returns a config profile as JSON. YAML is read by CUE's reader, which keeps
// text such as a date as it is written.
func profileJSON(doing, name string, data []byte) ([]byte, error) {
	if isYAML := filepath.Ext(name) == ".yaml" || filepath.Ext(name) == ".yml"; !isYAML {
		if problem := validJSON(name, data); problem != nil {
			return nil, &source.Error{Doing: doing, Problems: []source.Problem{*problem}}
		}
		return data, nil
	}
	decls, err := syntaxIn(doing, name, data)
	if err != nil {
		return nil, err
	}
	text, err := cuecontext.New().BuildFile(&ast.File{Filename: name, Decls: decls}).MarshalJSON()
	if err != nil {
		return nil, problems(doing, cueerrors.Promote(err, ""), "")
	}
	return text, nil
}

// statesPreset reports whether a JSON file is a deployment, which a compile
// starts from, and not the profile that one has led to.
func statesPreset(path string) bool {
	var deployment struct {
		Preset any `json:"preset"`
	}
	data, err := readLimited(path)
	return err == nil && json.Unmarshal(data, &deployment) == nil && deployment.Preset != nil
}

// Written reads what an earlier compile wrote: a config profile with the trace next to it,
// if there is one, and of a folder all files that its manifest lists.
func Written(path string) (*Result, error) {
	const doing = "read config profile"
	const hint = "name the profile.json or profile.yaml of an earlier compile, or its folder"
	dir, name := filepath.Dir(path), path
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(doing, err, hint)
	}
	if info.IsDir() {
		dir, name = path, cmp.Or(profileIn(path), filepath.Join(path, profileName))
	}
	profile, err := readLimited(name)
	if err != nil {
		return nil, unreadable(doing, err, hint)
	}
	trace, err := readLimited(filepath.Join(dir, traceName))
	if errors.Is(err, fs.ErrNotExist) {
		trace, err = []byte("[]"), nil
	}
	if err != nil {
		return nil, unreadable(doing, err, hint)
	}
	for file, text := range map[string]*[]byte{name: &profile, filepath.Join(dir, traceName): &trace} {
		if *text, err = profileJSON(doing, file, *text); err != nil {
			return nil, withRemedy(err, hint)
		}
	}
	out := &Result{places: places{origin: source.Pos{File: name, Line: 1, Column: 1}}}
	if err := out.read(profile, trace); err != nil {
		return nil, source.Wrong(doing, fmt.Sprintf("%s: %v", name, err), hint)
	}
	if len(out.Profile.Params()) == 0 {
		return nil, source.Wrong(doing, fmt.Sprintf("%s: there are no parameters in it", name), hint)
	}
	if info.IsDir() {
		out.Files = map[string]string{}
		for _, f := range readManifest(dir).Files {
			if checkName(f.Path) != nil {
				continue // a manifest is a file that anybody may have edited
			}
			data, err := readWhole(filepath.Join(dir, filepath.FromSlash(f.Path)))
			if err == nil {
				out.Files[f.Path] = string(data)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return nil, unreadable(doing, err, "")
			}
		}
	}
	return out, nil
}

// withRemedy adds a remedy to the problems that have none.
func withRemedy(err error, remedy string) error {
	var in *source.Error
	if errors.As(err, &in) {
		for i := range in.Problems {
			in.Problems[i].Hint = cmp.Or(in.Problems[i].Hint, remedy)
		}
	}
	return err
}

// ParseProfile reads the text of a config profile, as JSON or YAML.
func ParseProfile(name string, data []byte) (*Result, error) {
	const doing = "read config profile"
	out := &Result{places: places{origin: source.Pos{File: name, Line: 1, Column: 1}}}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var err error
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) && LooksLikeProfile(string(data)) {
		if data, err = profileJSON(doing, profileNames[1], data); err != nil {
			return nil, source.Wrong(doing, fmt.Sprintf("%s: %v", name, err), "it is the profile.yaml of a compile")
		}
	}
	err = out.read(data, []byte("[]"))
	if err == nil && len(out.Profile.Params()) == 0 {
		err = errors.New("there are no parameters in it")
	}
	if err != nil {
		return nil, source.Wrong(doing, fmt.Sprintf("%s: %v", name, err), "it is the profile.json of a compile")
	}
	return out, nil
}

// readLimited reads a file that people may have written.
func readLimited(name string) ([]byte, error) {
	data, err := readWhole(name)
	if err != nil {
		return nil, err
	}
	text, problem := source.Text(name, data)
	if problem != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New(problem.Message)}
	}
	return []byte(text), nil
}

func readWhole(name string) ([]byte, error) { return budget.SourceFile.ReadFile(name) }

// unreadable names the file and what is the matter, without the system call.
func unreadable(doing string, err error, hint string) error {
	if exceeded := budget.IsExceeded(err); exceeded != nil && hint == "" {
		hint = exceeded.Limit.Remedy
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return source.Wrong(doing, fmt.Sprintf("%s: %v", at.Path, at.Err), hint)
	}
	return source.Wrong(doing, err.Error(), hint)
}

// Values are the parameters of a profile by key.
func (p Profile) Values() map[string]any {
	values := map[string]any{}
	for _, x := range p.Params() {
		values[x.Key] = x.Value
	}
	return values
}

// validJSON tells what is wrong with JSON, and where.
func validJSON(name string, text []byte) *source.Problem {
	var syntax *json.SyntaxError
	if json.Valid(text) || !errors.As(json.Unmarshal(text, new(any)), &syntax) {
		return nil
	}
	before := string(text[:min(int(syntax.Offset), len(text))])
	at := source.Pos{File: name, Line: 1 + strings.Count(before, "\n")}
	at.Column = max(1, len(before)-1-strings.LastIndex(before, "\n"))
	return &source.Problem{Message: "it is no JSON: " + syntax.Error(), Pos: at}
}

func decodeJSON(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is not what it should be (%s)", wrong.Field, wrong.Value)
	}
	return err
}

// ReadProfile reads a config profile as a compile writes it.
func ReadProfile(data []byte) (Profile, error) {
	const hint = "it is the profile.json of a compile"
	var p Profile
	if err := decodeJSON(data, &p); err != nil {
		return p, source.Wrong("read config profile", err.Error(), hint)
	}
	if len(p.Params()) == 0 {
		return p, source.Wrong("read config profile", "there are no parameters in it", hint)
	}
	return p, nil
}

// Restate is the request that resolves to a profile, as far as that tells: quotas
// that were raised, and where it runs, are not in it.
func (e *Engine) Restate(p Profile) (Request, error) {
	r := Request{
		Name: p.Name, Preset: p.PresetName, Modifier: p.Modifier,
		TemporalVersion: p.TemporalServerVersion, PluginVersion: p.DSQLPluginVersion,
	}
	for _, key := range slices.Sorted(maps.Keys(p.Overrides)) {
		o, err := e.Given(key, Whole(p.Overrides[key]), source.Pos{File: profileName})
		if err != nil {
			return r, err
		}
		r.Overrides = append(r.Overrides, o)
	}
	return r, nil
}

// Whole takes a number of JSON for the whole number that it is.
func Whole(v any) any {
	switch x := v.(type) {
	case float64:
		if n := int64(x); float64(n) == x {
			return n
		}
	case []any:
		all := make([]any, len(x))
		for i := range x {
			all[i] = Whole(x[i])
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for k := range x {
			all[k] = Whole(x[k])
		}
		return all
	}
	return v
}
