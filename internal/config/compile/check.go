package compile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// What is the matter with a file of an output folder.
const (
	Missing = "missing" // the folder does not have it
	Stale   = "stale"   // an earlier compile wrote it, and this one writes another
	Edited  = "edited"  // it is not what a compile wrote
	Extra   = "extra"   // an earlier compile wrote it, and this one does not
)

// A Deviation is a file of an output folder that is not as a compile writes it.
type Deviation struct {
	Path  string
	State string
	// Is is what the folder has, and Would what a compile writes; "" for none.
	Is, Would string
}

// Check holds an output folder against what the result would write into it, by
// name; the manifest comes last. It writes nothing.
func (r *Result) Check(dir string) ([]Deviation, error) {
	const doing = "check output folder"
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, source.Wrong(doing, dir+" is not a folder", "name the folder that compile --out writes")
	}
	wanted, err := layoutOf(r.Files)
	if err != nil {
		return nil, err
	}
	wrote := map[string]string{}
	manifest := readManifest(dir)
	for _, f := range manifest.Files {
		wrote[f.Path] = f.SHA256
	}
	var found []Deviation
	for _, name := range keysOf(r.Files) {
		is, err := content(dir, name)
		d := Deviation{Path: name, Is: is, Would: r.Files[name], State: Stale}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			d.State = Missing
		case err != nil:
			return nil, unreadable(doing, err, "")
		case is == d.Would:
			continue
		case wrote[name] != digest([]byte(is)):
			d.State = Edited
		}
		found = append(found, d)
	}
	for _, f := range manifest.Files {
		if checkName(f.Path) != nil || wanted.has(f.Path) {
			continue
		}
		is, err := content(dir, f.Path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, unreadable(doing, err, "")
		}
		found = append(found, Deviation{Path: f.Path, State: Extra, Is: is})
	}
	last, err := r.checkManifest(dir, manifest)
	return append(found, last...), err
}

// checkManifest holds what the manifest says against what it would say, but for
// the time.
func (r *Result) checkManifest(dir string, is Manifest) ([]Deviation, error) {
	if _, err := os.Stat(filepath.Join(dir, manifestName)); errors.Is(err, fs.ErrNotExist) {
		return []Deviation{{Path: manifestName, State: Missing}}, nil
	}
	would := r.manifest(is.WrittenAt)
	before, err := is.text()
	if err != nil {
		return nil, err
	}
	after, err := would.text()
	if err != nil || before == after {
		return nil, err
	}
	return []Deviation{{Path: manifestName, State: Stale, Is: before, Would: after}}, nil
}

// content reads a file of an output folder, as far as a compile could have
// written it there.
func content(dir, name string) (string, error) {
	if err := obstacle(dir, name); err != nil {
		return "", err
	}
	data, err := readWhole(filepath.Join(dir, filepath.FromSlash(name)))
	return string(data), err
}
