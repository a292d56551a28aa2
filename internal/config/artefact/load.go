// Package artefact represents the result of a compile: the config profile, its trace
// and the files. It writes, checks and loads output folders, and runs executable adapters.
package artefact

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
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Names of the files that every compile writes.
const (
	ProfileName = "profile.json"
	TraceName   = "trace.json"
)

const readingProfile = "read config profile"

// profileNames are the files that a compile writes the config profile to, in the order
// in which they are read.
var profileNames = []string{ProfileName, "profile.yaml", "profile.yml"}

// FindProfile returns the config profile in a folder; "" without one. A profile.yaml may
// be some other tool's.
func FindProfile(dir string) string {
	for _, base := range profileNames {
		name := filepath.Join(dir, base)
		if info, err := os.Stat(name); err == nil && !info.IsDir() && (base == ProfileName || IsProfileFile(name)) {
			return name
		}
	}
	return ""
}

// IsProfileFile reports whether a file has the fields of a config profile.
func IsProfileFile(name string) bool {
	data, err := source.ReadText(name)
	return err == nil && LooksLikeProfile(string(data))
}

// LooksLikeProfile reports whether a text has the fields of a config profile or of a whole
// compile (-o json), as JSON or YAML.
func LooksLikeProfile(text string) bool {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		var fields struct {
			Preset *string          `json:"preset_name"`
			Safety *json.RawMessage `json:"safety_params"`
			printedCompile
		}
		err := json.Unmarshal([]byte(text), &fields)
		return err == nil && (fields.Preset != nil && fields.Safety != nil || fields.hasProfile())
	}
	has := map[string]bool{}
	for line := range strings.Lines(text) {
		if field, _, ok := strings.Cut(line, ":"); ok {
			has[field] = true
		}
	}
	return has["preset_name"] && has["safety_params"] || has["profile"] && has["dsql_plugin_config"] && has["files"]
}

// A printedCompile is what compile -o json prints of its files.
type printedCompile struct {
	Config *json.RawMessage  `json:"dsql_plugin_config"`
	Files  map[string]string `json:"files"`
}

// hasProfile reports whether a document is a printed compile with its files.
func (c printedCompile) hasProfile() bool { return c.Config != nil && c.Files[ProfileName] != "" }

// LoadArtefacts reads the output of an earlier compile: a config profile with the trace next
// to it, if there is one, from a folder all files that its manifest lists, and from what a
// compile printed all its files.
func LoadArtefacts(path string) (*Result, error) {
	const remedy = "name the profile.json or profile.yaml of an earlier compile, its folder, or what compile -o json printed"
	dir, name := filepath.Dir(path), path
	info, err := os.Stat(path)
	if err != nil {
		return nil, source.Unreadable(readingProfile, err, remedy)
	}
	if info.IsDir() {
		dir, name = path, cmp.Or(FindProfile(path), filepath.Join(path, ProfileName))
	}
	profile, err := source.ReadText(name)
	if err != nil {
		return nil, source.Unreadable(readingProfile, err, remedy)
	}
	trace, err := source.ReadText(filepath.Join(dir, TraceName))
	if errors.Is(err, fs.ErrNotExist) {
		trace, err = []byte("{}"), nil
	}
	if err != nil {
		return nil, source.Unreadable(readingProfile, err, remedy)
	}
	for file, text := range map[string]*[]byte{name: &profile, filepath.Join(dir, TraceName): &trace} {
		if *text, err = cuefile.ConvertToJSON(readingProfile, file, *text); err != nil {
			return nil, source.AddRemedy(err, remedy)
		}
	}
	result, err := decodeProfile(name, profile, trace, remedy)
	if err != nil || !info.IsDir() {
		return result, err
	}
	result.Files, err = loadListedFiles(dir)
	return result, err
}

// loadListedFiles reads the files that the manifest of an output folder lists.
func loadListedFiles(dir string) (map[string]string, error) {
	manifest, err := readManifest(dir)
	if err != nil {
		return nil, source.Wrong(readingProfile, fmt.Sprintf("%s: %v", filepath.Join(dir, manifestName), err), newerVersionRemedy)
	}
	files := map[string]string{}
	for _, f := range manifest.Files {
		if checkName(f.Path) != nil {
			continue // a manifest is a file that anybody can edit
		}
		data, err := budget.SourceFile.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err == nil {
			files[f.Path] = string(data)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, source.Unreadable(readingProfile, err, "")
		}
	}
	return files, nil
}

// ParseProfile reads the text of a config profile, as JSON or YAML. The name is for
// errors.
func ParseProfile(name string, data []byte) (*Result, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) && LooksLikeProfile(string(data)) {
		var err error
		if data, err = cuefile.ConvertToJSON(readingProfile, profileNames[1], data); err != nil {
			return nil, source.Wrong(readingProfile, fmt.Sprintf("%s: %v", name, err), "it is the profile.yaml of a compile")
		}
	}
	return decodeProfile(name, data, []byte("{}"), "it is the profile.json of a compile")
}

// decodeProfile returns the result of a profile, which must have parameters, and a trace.
func decodeProfile(name string, profile, trace []byte, remedy string) (*Result, error) {
	result := &Result{Places: Places{Origin: source.Pos{File: name, Line: 1, Column: 1}}}
	var printed printedCompile
	if json.Unmarshal(profile, &printed) == nil && printed.hasProfile() {
		result.Files = printed.Files
		maps.DeleteFunc(result.Files, func(name, _ string) bool { return checkName(name) != nil }) // anybody can edit it
		profile, trace = []byte(printed.Files[ProfileName]), []byte(cmp.Or(printed.Files[TraceName], "{}"))
	}
	err := result.DecodeDocuments(profile, trace)
	if err == nil && len(result.Profile.Params()) == 0 {
		err = errors.New("there are no parameters in it")
	}
	var newer *NewerVersionError
	if errors.As(err, &newer) {
		remedy = newerVersionRemedy
	}
	if err != nil {
		return nil, source.Wrong(readingProfile, fmt.Sprintf("%s: %v", name, err), remedy)
	}
	return result, nil
}
