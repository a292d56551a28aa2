package artefact

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
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const manifestName = "manifest.json"

// A Manifest lists what one compile wrote. It is the only file with a clock in it.
type Manifest struct {
	SchemaVersion         int            `json:"schema_version"`
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

// WriteFolder puts the result's files and a manifest into dir: all of them or none.
// Files are written to a staging folder first. Once all are there, they are renamed, the
// manifest last. Then it removes files of an earlier compile that this one no longer has,
// unless they were changed by hand.
func (r *Result) WriteFolder(dir string, now time.Time) (Manifest, error) {
	return r.writeWith(dir, now, os.Rename)
}

func (r *Result) writeWith(dir string, now time.Time, rename func(from, to string) error) (Manifest, error) {
	m := r.newManifest(now)
	wanted, err := newLayout(r.Files)
	if err != nil {
		return m, err
	}
	listing, err := m.encodeJSON()
	if err != nil {
		return m, err
	}
	names := append(sortedNames(r.Files), manifestName)
	for _, name := range names {
		if err := checkObstacle(dir, name); err != nil {
			return m, fmt.Errorf("write %s: %w", name, err)
		}
	}
	before, err := readManifest(dir)
	if err != nil {
		return m, source.Wrong("write the output folder", fmt.Sprintf("%s: %v", filepath.Join(dir, manifestName), err), newerVersionRemedy)
	}

	made, err := makeDir(dir)
	if err != nil {
		return m, fmt.Errorf("make output folder %s: %w", dir, err)
	}
	content := map[string]string{manifestName: listing}
	maps.Copy(content, r.Files)
	if err := swapFiles(dir, names, content, rename); err != nil {
		removeFolder(made)
		return m, err
	}
	for _, old := range before.Files {
		if !wanted.hasFile(old.Path) {
			removeStale(dir, old)
		}
	}
	return m, nil
}

func (m Manifest) encodeJSON() (string, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", manifestName, err)
	}
	return string(data) + "\n", nil
}

func (r *Result) newManifest(now time.Time) Manifest {
	m := Manifest{
		SchemaVersion:         SchemaVersion,
		Name:                  r.Name,
		WrittenAt:             now.UTC().Truncate(time.Second),
		CompilerVersion:       r.Profile.CompilerVersion,
		TemporalServerVersion: r.Profile.TemporalServerVersion,
		DSQLPluginVersion:     r.Profile.DSQLPluginVersion,
	}
	for _, name := range sortedNames(r.Files) {
		m.Files = append(m.Files, ManifestFile{name, hashHex([]byte(r.Files[name])), len(r.Files[name])})
	}
	return m
}

// swapFiles writes files into dir, in order. If one cannot be moved to its place, the
// folder stays as it was.
func swapFiles(dir string, names []string, content map[string]string, rename func(from, to string) error) error {
	stage, err := os.MkdirTemp(dir, ".temporal-dsql-")
	if err != nil {
		// the name of the staging folder means nothing to the user
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return fmt.Errorf("write into output folder %s: %w", dir, err)
	}
	s := &swap{dir: dir, stage: stage, rename: rename}
	for _, name := range names {
		if err := s.stageFile(name, content[name]); err != nil {
			removeFolder(stage)
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	for _, name := range names {
		if err := s.installFile(name); err != nil {
			err = fmt.Errorf("write %s: %w", name, err)
			if lost := s.rollBack(); lost != nil {
				// what could not go back is still in the staging folder
				return errors.Join(err, fmt.Errorf("restore earlier files, kept in %s: %w", stage, lost))
			}
			removeFolder(stage)
			return err
		}
	}
	removeFolder(stage)
	return nil
}

// A swap exchanges files of dir for those of a staging folder in it, and can roll back.
type swap struct {
	dir, stage string
	rename     func(from, to string) error
	undoSteps  []func() error
}

func (s *swap) newPath(name string) string { return filepath.Join(s.stage, "new", name) }
func (s *swap) oldPath(name string) string { return filepath.Join(s.stage, "old", name) }

// stageFile writes a file into the staging folder.
func (s *swap) stageFile(name, content string) error {
	for _, at := range []string{s.newPath(name), s.oldPath(name)} {
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
	}
	return os.WriteFile(s.newPath(name), []byte(content), 0o644)
}

// installFile moves a file from the staging folder to its place, and the earlier file into
// the staging folder.
func (s *swap) installFile(name string) error {
	to, kept := filepath.Join(s.dir, name), s.oldPath(name)
	made, err := makeDir(filepath.Dir(to))
	if err != nil {
		return err
	}
	if made != "" {
		s.undoSteps = append(s.undoSteps, func() error { return os.RemoveAll(made) })
	}
	// a folder that appeared meanwhile stays, and fails the rename below
	if info, err := os.Lstat(to); err == nil && !info.IsDir() {
		if err := s.rename(to, kept); err != nil {
			return err
		}
		s.undoSteps = append(s.undoSteps, func() error { return s.rename(kept, to) })
	}
	if err := s.rename(s.newPath(name), to); err != nil {
		return err
	}
	s.undoSteps = append(s.undoSteps, func() error { return os.Remove(to) })
	return nil
}

// rollBack reverts the steps so far, the last first.
func (s *swap) rollBack() error {
	var lost []error
	for _, step := range slices.Backward(s.undoSteps) {
		lost = append(lost, step())
	}
	return errors.Join(lost...)
}

// checkObstacle rejects a file whose place in dir is a folder, or whose folder is a file
// or a link: a link may lead out of dir, or two files to one place.
func checkObstacle(dir, name string) error {
	at := filepath.Join(dir, name)
	if info, err := os.Stat(at); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", at)
	}
	for _, parent := range parentFolders(name) {
		at := filepath.Join(dir, parent)
		if info, err := os.Lstat(at); err == nil && !info.IsDir() {
			return fmt.Errorf("%s is not a folder", at)
		}
	}
	return nil
}

// removeStale removes an unchanged file of an earlier compile, and the sub-folders that
// are empty without it.
func removeStale(dir string, old ManifestFile) {
	// a manifest is a file that anybody can edit
	if checkName(old.Path) != nil || checkObstacle(dir, old.Path) != nil {
		return
	}
	at := filepath.Join(dir, old.Path)
	data, err := budget.SourceFile.ReadRegular(at)
	if err != nil || hashHex(data) != old.SHA256 || os.Remove(at) != nil {
		return
	}
	for _, parent := range parentFolders(old.Path) {
		// a folder that is not empty stays, with those around it
		if os.Remove(filepath.Join(dir, parent)) != nil {
			return
		}
	}
}

// makeDir makes dir and returns the topmost folder that it had to make.
func makeDir(dir string) (made string, err error) {
	// a dangling link exists, and must stay
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = at
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		removeFolder(made)
		return "", err
	}
	return made, nil
}

// removeFolder removes a folder that was made, as far as it can.
func removeFolder(made string) {
	if made != "" {
		_ = os.RemoveAll(made)
	}
}

// readManifest returns the manifest of an output folder, or an empty one if it has none that
// can be read. It rejects the manifest of a newer temporal-dsql.
func readManifest(dir string) (Manifest, error) {
	var m Manifest
	data, err := budget.SourceFile.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, nil //nolint:nilerr // without a manifest, the folder has no files of a compile
	}
	if err := checkSchemaVersion("manifest", data); err != nil {
		return m, err
	}
	_ = json.Unmarshal(data, &m)
	return m, nil
}

// WriteFiles puts files into dir, without a manifest: all of them or none.
func WriteFiles(dir string, files map[string]string) error {
	if _, err := newLayout(files); err != nil {
		return err
	}
	names := sortedNames(files)
	for _, name := range names {
		if err := checkObstacle(dir, name); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	made, err := makeDir(dir)
	if err != nil {
		return fmt.Errorf("make output folder %s: %w", dir, err)
	}
	if err := swapFiles(dir, names, files, os.Rename); err != nil {
		removeFolder(made)
		return err
	}
	return nil
}

// sortedNames returns the names of files, sorted.
func sortedNames(files map[string]string) []string {
	return slices.Sorted(maps.Keys(files))
}

func hashHex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
