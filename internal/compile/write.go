package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const manifestName = "manifest.json"

// A Manifest lists what one compile wrote. It is the only file with a clock in it.
type Manifest struct {
	Name                  string         `json:"name"`
	WrittenAt             time.Time      `json:"written_at"`
	CompilerVersion       string         `json:"compiler_version"`
	TemporalServerVersion string         `json:"temporal_server_version"`
	DSQLPluginVersion     string         `json:"dsql_plugin_version"`
	Files                 []ManifestFile `json:"files"`
}

// A ManifestFile is a file with its digest.
type ManifestFile struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

// Write puts the result's files and a manifest into dir: all of them or none.
// Every file is written beside its place first; only when all are there are
// they renamed, the manifest last. Files of an earlier compile that this one
// no longer has are removed, unless somebody has changed them.
func (r *Result) Write(dir string, now time.Time) (Manifest, error) {
	m := Manifest{
		Name:                  r.Name,
		WrittenAt:             now.UTC().Truncate(time.Second),
		CompilerVersion:       r.Profile.CompilerVersion,
		TemporalServerVersion: r.Profile.TemporalServerVersion,
		DSQLPluginVersion:     r.Profile.DSQLPluginVersion,
	}
	names := make([]string, 0, len(r.Files))
	for name := range r.Files {
		names = append(names, name)
	}
	for _, name := range sorted(names) {
		m.Files = append(m.Files, ManifestFile{name, digest([]byte(r.Files[name])), len(r.Files[name])})
	}
	listing, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, fmt.Errorf("write %s: %w", manifestName, err)
	}

	made, err := makeDir(dir)
	if err != nil {
		return m, fmt.Errorf("make output folder: %w", err)
	}
	stage, err := os.MkdirTemp(dir, ".temporal-dsql-")
	if err != nil {
		undo(made)
		return m, fmt.Errorf("write into output folder: %w", err)
	}
	defer undo(stage)
	put := func(name string, content []byte) error {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			return fmt.Errorf("%s is a folder", filepath.Join(dir, name))
		}
		at := filepath.Join(stage, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		return os.WriteFile(at, content, 0o644)
	}
	for _, f := range m.Files {
		if err := put(f.Path, []byte(r.Files[f.Path])); err != nil {
			undo(made)
			return m, fmt.Errorf("write %s: %w", f.Path, err)
		}
	}
	if err := put(manifestName, append(listing, '\n')); err != nil {
		undo(made)
		return m, fmt.Errorf("write %s: %w", manifestName, err)
	}

	before := readManifest(dir)
	for _, f := range append(m.Files, ManifestFile{Path: manifestName}) {
		to := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return m, fmt.Errorf("write %s: %w", f.Path, err)
		}
		if err := os.Rename(filepath.Join(stage, f.Path), to); err != nil {
			return m, fmt.Errorf("write %s: %w", f.Path, err)
		}
	}
	for _, old := range before.Files {
		if _, still := r.Files[old.Path]; still || !filepath.IsLocal(old.Path) {
			continue
		}
		at := filepath.Join(dir, old.Path)
		if data, err := os.ReadFile(at); err == nil && digest(data) == old.SHA256 {
			_ = os.Remove(at)
		}
	}
	return m, nil
}

// makeDir makes dir and tells the topmost folder that it had to make.
func makeDir(dir string) (made string, err error) {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = at
	}
	return made, os.MkdirAll(dir, 0o755)
}

// undo removes a folder that was made, as far as it can.
func undo(made string) {
	if made != "" {
		_ = os.RemoveAll(made)
	}
}

func readManifest(dir string) Manifest {
	var m Manifest
	if data, err := os.ReadFile(filepath.Join(dir, manifestName)); err == nil {
		_ = json.Unmarshal(data, &m)
	}
	return m
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
