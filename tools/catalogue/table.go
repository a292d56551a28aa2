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

// printRelease writes the entries of one release, by lower-cased key. It reads
// the committed table, so that a check of its output checks what users get.
func printRelease(w io.Writer, name, release string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the catalogue: %w", err)
	}
	entries, err := entriesOf(data, release)
	if err != nil {
		return err
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "\t")
	return out.Encode(entries)
}

func entriesOf(table []byte, release string) (map[string]entry, error) {
	v := cuecontext.New().CompileBytes(table, cue.Filename(fileName))
	var modules map[string]string
	if err := v.LookupPath(cue.ParsePath("modules")).Decode(&modules); err != nil {
		return nil, fmt.Errorf("read the supported servers: %w", err)
	}
	if _, ok := modules[release]; !ok {
		return nil, fmt.Errorf("print release %q: want one of %v", release, slices.Sorted(maps.Keys(modules)))
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
		e, ok, err := flatten(row, release)
		if err != nil {
			return nil, fmt.Errorf("read row %s: %w", id, err)
		}
		if ok {
			entries[id] = e
		}
	}
	return entries, nil
}

// flatten applies what a release has differently; ok is false if it lacks the
// key.
func flatten(row map[string]json.RawMessage, release string) (e entry, ok bool, err error) {
	var releases []string
	if err := json.Unmarshal(row["versions"], &releases); err != nil {
		return entry{}, false, err
	}
	if !slices.Contains(releases, release) {
		return entry{}, false, nil
	}
	var was map[string]map[string]json.RawMessage
	if text, ok := row["was"]; ok {
		if err := json.Unmarshal(text, &was); err != nil {
			return entry{}, false, err
		}
	}
	merged := maps.Clone(row)
	diff := was[release]
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
