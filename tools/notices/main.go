// Notices lists the modules that the product links: their licences, as a table for the gate, as
// the text of a release, or as a bill of materials in CycloneDX.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	format := flag.String("format", "table", "table, text or cyclonedx")
	root := flag.String("root", "..", "folder of the product's module")
	flag.Parse()
	if err := run(os.Stdout, *root, *format); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, root, format string) error {
	modules, err := listModules(root)
	if err != nil {
		return err
	}
	var unknown []string
	for i := range modules {
		if err := modules[i].readLicence(); err != nil {
			unknown = append(unknown, err.Error())
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("%d modules have no accepted licence:\n%s", len(unknown), strings.Join(unknown, "\n"))
	}
	switch format {
	case "table":
		for _, m := range modules {
			fmt.Fprintf(w, "%-14s %s %s\n", m.licence, m.Path, m.Version)
		}
		return nil
	case "text":
		return writeText(w, modules)
	case "cyclonedx":
		return writeCycloneDX(w, modules)
	}
	return fmt.Errorf("unknown format %q: use table, text or cyclonedx", format)
}

// module is a module that the product links.
type module struct {
	Path, Version, Dir string
	// Sum is the hash of the module's files, as in go.sum
	Sum string

	licence string // SPDX
	text    string
}

// listModules returns the modules of all packages that the binary links, for any platform of a release.
func listModules(root string) ([]module, error) {
	found := map[string]module{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.Command(
			"go",
			"list",
			"-deps",
			"-f",
			"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}} {{.Sum}}{{end}}{{end}}",
			"./cmd/temporal-dsql",
		)
		list.Dir, list.Stderr = root, os.Stderr
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("list the packages for %s: %w", system, err)
		}
		for line := range strings.Lines(string(out)) {
			if f := strings.Fields(line); len(f) >= 3 {
				m := module{Path: f[0], Version: f[1], Dir: f[2]}
				if len(f) > 3 {
					m.Sum = f[3]
				}
				found[m.Path] = m
			}
		}
	}
	var all []module
	for _, m := range found {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// licences are the accepted licences by a phrase of their texts. Those with a longer text come first.
var licences = []struct{ spdx, phrase string }{
	{"MPL-2.0", "Mozilla Public License, version 2.0"},
	{"MPL-2.0", "Mozilla Public License Version 2.0"},
	{"Apache-2.0", "Apache License"},
	{"BSD-3-Clause", "Neither the name of"},
	{"BSD-3-Clause", "The name of the author may not be used"},
	{"BSD-3-Clause", "names of its contributors may"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any"},
	{"ISC", "Permission to use, copy, modify, and distribute this software for any"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"Unlicense", "This is free and unencumbered software"},
	{"CC0-1.0", "CC0 1.0 Universal"},
}

// withoutText are modules without a licence file, with the reason to link them nevertheless.
var withoutText = map[string]string{
	"github.com/nexus-rpc/nexus-proto-annotations": "No licence file. Annotations that go.temporal.io/api (MIT) of the same owner requires.",
}

// readLicence reads the licence files of a module, and its notices.
func (m *module) readLicence() error {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		isLicence := strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "COPYING")
		if e.IsDir() || !isLicence && !strings.HasPrefix(name, "NOTICE") || strings.HasSuffix(name, ".GO") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		m.text += strings.TrimSpace(string(text)) + "\n"
		if isLicence && m.licence == "" {
			m.licence = classify(string(text))
		}
	}
	if reason := withoutText[m.Path]; m.licence == "" && reason != "" {
		m.licence, m.text = "NOASSERTION", reason+"\n"
	}
	if m.licence == "" {
		return fmt.Errorf("  %s %s (%s)", m.Path, m.Version, m.Dir)
	}
	return nil
}

func classify(text string) string {
	words := strings.Join(strings.Fields(text), " ")
	for _, l := range licences {
		if strings.Contains(strings.ToLower(words), strings.ToLower(l.phrase)) {
			return l.spdx
		}
	}
	return ""
}

// writeText writes each text once, after the modules that have it.
func writeText(w io.Writer, modules []module) error {
	var texts []string
	users := map[string][]string{}
	for _, m := range modules {
		if users[m.text] == nil {
			texts = append(texts, m.text)
		}
		users[m.text] = append(users[m.text], fmt.Sprintf("%s %s (%s)", m.Path, m.Version, m.licence))
	}
	var b bytes.Buffer
	b.WriteString("temporal-dsql links the following modules. The rules of gitleaks (MIT) are in internal/redact/gitleaks,\n" +
		"and uPlot (MIT) is in internal/service/pages/frame/web/static.\n")
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s", strings.Repeat("=", 80), strings.Join(users[text], "\n"), text)
	}
	_, err := b.WriteTo(w)
	return err
}

// writeCycloneDX writes a bill of materials without times and random ids, so that it is the same for the same modules.
func writeCycloneDX(w io.Writer, modules []module) error {
	type component struct {
		Type     string           `json:"type"`
		Name     string           `json:"name"`
		Version  string           `json:"version"`
		PURL     string           `json:"purl"`
		Licences []map[string]any `json:"licenses"`
		Extra    []map[string]any `json:"properties,omitempty"`
	}
	var all []component
	for _, m := range modules {
		all = append(all, component{
			Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version,
			Licences: []map[string]any{{"license": map[string]any{licenceField(m.licence): m.licence}}},
			Extra:    []map[string]any{{"name": "go:sum", "value": m.Sum}},
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":   map[string]any{"component": map[string]any{"type": "application", "name": "temporal-dsql"}},
		"components": all,
	})
}

// licenceField returns the field of a licence: an SPDX id, or a name that is none.
func licenceField(licence string) string {
	if licence == "NOASSERTION" {
		return "name"
	}
	return "id"
}
