package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
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
	return r.write(dir, now, os.Rename)
}

func (r *Result) write(dir string, now time.Time, rename func(from, to string) error) (Manifest, error) {
	m := r.manifest(now)
	wanted, err := layoutOf(r.Files)
	if err != nil {
		return m, err
	}
	listing, err := m.text()
	if err != nil {
		return m, err
	}
	names := append(keysOf(r.Files), manifestName)
	for _, name := range names {
		if err := obstacle(dir, name); err != nil {
			return m, fmt.Errorf("write %s: %w", name, err)
		}
	}
	before := readManifest(dir)

	made, err := makeDir(dir)
	if err != nil {
		return m, fmt.Errorf("make output folder %s: %w", dir, err)
	}
	content := map[string]string{manifestName: listing}
	maps.Copy(content, r.Files)
	if err := replace(dir, names, content, rename); err != nil {
		undo(made)
		return m, err
	}
	for _, old := range before.Files {
		if !wanted.has(old.Path) {
			removeStale(dir, old)
		}
	}
	return m, nil
}

func (m Manifest) text() (string, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", manifestName, err)
	}
	return string(data) + "\n", nil
}

func (r *Result) manifest(now time.Time) Manifest {
	m := Manifest{
		Name:                  r.Name,
		WrittenAt:             now.UTC().Truncate(time.Second),
		CompilerVersion:       r.Profile.CompilerVersion,
		TemporalServerVersion: r.Profile.TemporalServerVersion,
		DSQLPluginVersion:     r.Profile.DSQLPluginVersion,
	}
	for _, name := range keysOf(r.Files) {
		m.Files = append(m.Files, ManifestFile{name, digest([]byte(r.Files[name])), len(r.Files[name])})
	}
	return m
}

// replace writes files into dir, in order. When one cannot take its place, the
// folder is left as it was.
func replace(dir string, names []string, content map[string]string, rename func(from, to string) error) error {
	stage, err := os.MkdirTemp(dir, ".temporal-dsql-")
	if err != nil {
		// the name of the staging folder means nothing to anybody
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return fmt.Errorf("write into output folder %s: %w", dir, err)
	}
	s := &swap{dir: dir, stage: stage, rename: rename}
	for _, name := range names {
		if err := s.put(name, content[name]); err != nil {
			undo(stage)
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	for _, name := range names {
		if err := s.take(name); err != nil {
			err = fmt.Errorf("write %s: %w", name, err)
			if lost := s.restore(); lost != nil {
				// what could not go back is still in the staging folder
				return errors.Join(err, fmt.Errorf("restore earlier files, kept in %s: %w", stage, lost))
			}
			undo(stage)
			return err
		}
	}
	undo(stage)
	return nil
}

// A swap exchanges the files of dir for those of a staging folder in it, and
// knows the way back.
type swap struct {
	dir, stage string
	rename     func(from, to string) error
	back       []func() error
}

func (s *swap) fresh(name string) string { return filepath.Join(s.stage, "new", name) }
func (s *swap) kept(name string) string  { return filepath.Join(s.stage, "old", name) }

// put writes a file into the staging folder.
func (s *swap) put(name, content string) error {
	for _, at := range []string{s.fresh(name), s.kept(name)} {
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
	}
	return os.WriteFile(s.fresh(name), []byte(content), 0o644)
}

// take moves a file from the staging folder to its place, and what was there
// into the staging folder.
func (s *swap) take(name string) error {
	to, kept := filepath.Join(s.dir, name), s.kept(name)
	made, err := makeDir(filepath.Dir(to))
	if err != nil {
		return err
	}
	if made != "" {
		s.back = append(s.back, func() error { return os.RemoveAll(made) })
	}
	// a folder that appeared meanwhile stays, and fails the rename below
	if info, err := os.Lstat(to); err == nil && !info.IsDir() {
		if err := s.rename(to, kept); err != nil {
			return err
		}
		s.back = append(s.back, func() error { return s.rename(kept, to) })
	}
	if err := s.rename(s.fresh(name), to); err != nil {
		return err
	}
	s.back = append(s.back, func() error { return os.Remove(to) })
	return nil
}

// restore undoes what was taken so far, the last first.
func (s *swap) restore() error {
	var lost []error
	for _, step := range slices.Backward(s.back) {
		lost = append(lost, step())
	}
	return errors.Join(lost...)
}

// obstacle says what in dir is in the way of a file. A link in place of a
// sub-folder is: it may lead out of dir, or two files to one place.
func obstacle(dir, name string) error {
	at := filepath.Join(dir, name)
	if info, err := os.Stat(at); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", at)
	}
	for _, parent := range parents(name) {
		at := filepath.Join(dir, parent)
		if info, err := os.Lstat(at); err == nil && !info.IsDir() {
			return fmt.Errorf("%s is not a folder", at)
		}
	}
	return nil
}

// removeStale removes a file of an earlier compile that nobody has changed,
// and the sub-folders that are empty without it.
func removeStale(dir string, old ManifestFile) {
	// a manifest is a file that anybody may have edited
	if checkName(old.Path) != nil || obstacle(dir, old.Path) != nil {
		return
	}
	at := filepath.Join(dir, old.Path)
	data, err := budget.SourceFile.ReadRegular(at)
	if err != nil || digest(data) != old.SHA256 || os.Remove(at) != nil {
		return
	}
	for _, parent := range parents(old.Path) {
		// what is not empty stays, and so does what it lies in
		if os.Remove(filepath.Join(dir, parent)) != nil {
			return
		}
	}
}

// makeDir makes dir and tells the topmost folder that it had to make.
func makeDir(dir string) (made string, err error) {
	// a link that leads nowhere exists, and is not ours to undo
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = at
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		undo(made)
		return "", err
	}
	return made, nil
}

// undo removes a folder that was made, as far as it can.
func undo(made string) {
	if made != "" {
		_ = os.RemoveAll(made)
	}
}

func readManifest(dir string) Manifest {
	var m Manifest
	if data, err := readWhole(filepath.Join(dir, manifestName)); err == nil {
		_ = json.Unmarshal(data, &m)
	}
	return m
}

// keysOf are the names of files, in order.
func keysOf(files map[string]string) []string {
	return slices.Sorted(maps.Keys(files))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
