package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// entry is a row of the table as one server has it.
type entry struct {
	Key         string            `json:"key"`
	Precedence  string            `json:"precedence"`
	Kind        string            `json:"kind"`
	Gradual     bool              `json:"gradual,omitempty"`
	Fields      []string          `json:"fields,omitempty"`
	Default     json.RawMessage   `json:"default,omitempty"`
	Expr        string            `json:"expr,omitempty"`
	Constrained []json.RawMessage `json:"constrained,omitempty"`
	Module      string            `json:"module,omitempty"`
	Doc         string            `json:"doc"`
}

// lineRow is a line of the table.
type lineRow struct {
	Patches []int `json:"patches"`
}

// printVersion writes the entries of one server, by lower-cased key. It reads the
// committed table, so that a check of its output checks what users get.
func printVersion(w io.Writer, name, version string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the catalogue: %w", err)
	}
	entries, err := entriesOf(data, version)
	if err != nil {
		return err
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "\t")
	return out.Encode(entries)
}

// entriesOf returns the entries of a patch (1.32.1), or of the newest patch of a
// line (1.32).
func entriesOf(table []byte, version string) (map[string]entry, error) {
	v := cuecontext.New().CompileBytes(table, cue.Filename(fileName))
	var lines map[string]lineRow
	if err := v.LookupPath(cue.ParsePath("lines")).Decode(&lines); err != nil {
		return nil, fmt.Errorf("read the supported servers: %w", err)
	}
	at, err := patchIn(lines, version)
	if err != nil {
		return nil, err
	}
	var rows map[string]map[string]json.RawMessage
	text, err := v.LookupPath(cue.ParsePath("keys")).MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("evaluate the catalogue: %w", err)
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	entries := map[string]entry{}
	for id, row := range rows {
		e, ok, err := flatten(row, at)
		if err != nil {
			return nil, fmt.Errorf("read row %s: %w", id, err)
		}
		if ok {
			entries[id] = e
		}
	}
	return entries, nil
}

// patchIn looks up a version among the patches that were read.
func patchIn(lines map[string]lineRow, version string) (patchOf, error) {
	for name, line := range lines {
		if version == name {
			return patchOf{name, line.Patches[len(line.Patches)-1]}, nil
		}
		for _, patch := range line.Patches {
			if version == fmt.Sprintf("%s.%d", name, patch) {
				return patchOf{name, patch}, nil
			}
		}
	}
	return patchOf{}, fmt.Errorf("print version %q: it is not in the catalogue; the lines are %v", version, slices.Sorted(maps.Keys(lines)))
}

// flatten applies what a server has differently; ok is false if it lacks the key.
func flatten(row map[string]json.RawMessage, at patchOf) (e entry, ok bool, err error) {
	var lines []string
	if err := json.Unmarshal(row["versions"], &lines); err != nil {
		return entry{}, false, err
	}
	if !slices.Contains(lines, at.line) {
		return entry{}, false, nil
	}
	var since, until map[string]int
	var was map[string]map[string]json.RawMessage
	for name, into := range map[string]any{"since": &since, "until": &until, "was": &was} {
		if text, ok := row[name]; ok {
			if err := json.Unmarshal(text, into); err != nil {
				return entry{}, false, err
			}
		}
	}
	if last, ended := until[at.line]; at.patch < since[at.line] || ended && at.patch > last {
		return entry{}, false, nil
	}
	diff, ok := was[fmt.Sprintf("%s.%d", at.line, at.patch)]
	if !ok {
		diff = was[at.line]
	}
	merged := maps.Clone(row)
	if diff["expr"] != nil {
		delete(merged, "default")
	}
	if diff["default"] != nil {
		delete(merged, "expr")
	}
	maps.Copy(merged, diff)
	text, err := json.Marshal(merged)
	if err != nil {
		return entry{}, false, err
	}
	return e, true, json.Unmarshal(text, &e)
}
