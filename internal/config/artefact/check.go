package artefact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// States of a file that differs from the output of a compile.
const (
	Missing = "missing" // the folder does not have it
	Stale   = "stale"   // an earlier compile wrote it, and this one writes another
	Edited  = "edited"  // it is not what a compile wrote
	Extra   = "extra"   // an earlier compile wrote it, and this one does not
)

// A Deviation is a file of an output folder that differs from the output of a compile.
type Deviation struct {
	Path  string
	State string
	// Is is the content in the folder, Would the one that a compile writes; "" for none.
	Is, Would string
}

// CheckFolder compares an output folder with the files that the result would write into it.
// Deviations are sorted by name, the manifest last. It writes nothing.
func (r *Result) CheckFolder(dir string) ([]Deviation, error) {
	const doing = "check output folder"
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, source.Wrong(doing, dir+" is not a folder", "name the folder that compile --out writes")
	}
	wanted, err := newLayout(r.Files)
	if err != nil {
		return nil, err
	}
	wrote := map[string]string{}
	manifest, err := readManifest(dir)
	if err != nil {
		return nil, source.Wrong(doing, fmt.Sprintf("%s: %v", filepath.Join(dir, manifestName), err), newerVersionRemedy)
	}
	for _, f := range manifest.Files {
		wrote[f.Path] = f.SHA256
	}
	var found []Deviation
	for _, name := range sortedNames(r.Files) {
		is, err := readArtefact(dir, name)
		d := Deviation{Path: name, Is: is, Would: r.Files[name], State: Stale}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			d.State = Missing
		case err != nil:
			return nil, source.Unreadable(doing, err, "")
		case is == d.Would:
			continue
		case wrote[name] != hashHex([]byte(is)):
			d.State = Edited
		}
		found = append(found, d)
	}
	for _, f := range manifest.Files {
		if checkName(f.Path) != nil || wanted.hasFile(f.Path) {
			continue
		}
		is, err := readArtefact(dir, f.Path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, source.Unreadable(doing, err, "")
		}
		found = append(found, Deviation{Path: f.Path, State: Extra, Is: is})
	}
	last, err := r.checkManifest(dir, manifest)
	return append(found, last...), err
}

// checkManifest compares the manifest with the one that the result would write, except
// for the time.
func (r *Result) checkManifest(dir string, is Manifest) ([]Deviation, error) {
	if _, err := os.Stat(filepath.Join(dir, manifestName)); errors.Is(err, fs.ErrNotExist) {
		return []Deviation{{Path: manifestName, State: Missing}}, nil
	}
	would := r.newManifest(is.WrittenAt)
	before, err := is.encodeJSON()
	if err != nil {
		return nil, err
	}
	after, err := would.encodeJSON()
	if err != nil || before == after {
		return nil, err
	}
	return []Deviation{{Path: manifestName, State: Stale, Is: before, Would: after}}, nil
}

// readArtefact reads a file of an output folder. It follows no link that a compile would
// not write through.
func readArtefact(dir, name string) (string, error) {
	if err := checkObstacle(dir, name); err != nil {
		return "", err
	}
	data, err := budget.SourceFile.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	return string(data), err
}

// CheckFiles compares a folder with the files that belong in it. It ignores other files
// of the folder.
func CheckFiles(dir string, files map[string]string) ([]Deviation, error) {
	var found []Deviation
	for _, name := range sortedNames(files) {
		is, err := readArtefact(dir, name)
		d := Deviation{Path: name, Is: is, Would: files[name], State: Stale}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			d.State = Missing
		case err != nil:
			return nil, source.Unreadable("check output folder", err, "")
		case is == d.Would:
			continue
		}
		found = append(found, d)
	}
	return found, nil
}
