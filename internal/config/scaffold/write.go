package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Written says what became of each file of a repository.
type Written struct {
	Dir     string   `json:"dir"`
	Written []string `json:"written"`
	// files that were there before, and are as they were
	Kept []string `json:"kept"`
}

// Vendored reports whether a file of a repository is of the vendored module.
func Vendored(name string) bool { return strings.HasPrefix(name, vendored+"/") }

// Check says why a repository cannot be laid down in dir, or nil.
func Check(dir string, r Repository) error {
	const doing = "lay down the repository"
	if err := checkDir(doing, dir); err != nil {
		return err
	}
	root, itself, err := moduleAround(dir)
	switch {
	case err != nil:
		return err
	case itself:
		return source.Wrong(doing, dir+" lies in temporal-dsql itself", "lay it down in a repository of your own")
	case root != "" && !sameFolder(root, dir):
		return source.Wrong(doing, fmt.Sprintf("%s lies in the CUE module of %s", dir, root), "add a deployment to that: temporal-dsql init --name NAME "+root)
	}
	if at := filepath.Join(dir, filepath.FromSlash(r.folder())); discover.IsDeployment(at) {
		return source.Wrong(doing, "there is a deployment in "+at, "choose another --name")
	}
	return nil
}

func checkDir(doing, dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return source.Wrong(doing, dir+" is a file", "name a folder; it is made where it is missing")
	}
	return nil
}

// Write lays down a repository in dir: every file that is missing, or none.
func Write(dir string, r Repository) (Written, error) {
	out := Written{Dir: dir, Written: []string{}, Kept: []string{}}
	if err := Check(dir, r); err != nil {
		return out, err
	}
	files, err := r.files()
	if err != nil {
		return out, err
	}
	// a repository that was laid down before gets the deployment, and no file
	// back that its owners have done away with
	_, err = os.Lstat(filepath.Join(dir, filepath.FromSlash(vendored)))
	laidDown := err == nil
	engine, err := compile.New(dir)
	if err != nil {
		return out, err
	}
	var undo undoing
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if engine.Dependency() != "" && Vendored(name) {
			continue // CUE takes a package from one place only
		}
		if laidDown && name != r.deployment() && name != schemaFile && name != gathering {
			continue
		}
		at := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(at); err == nil {
			out.Kept = append(out.Kept, name)
			continue
		}
		if err := undo.create(at, files[name]); err != nil {
			undo.all()
			return out, fmt.Errorf("write %s: %w", at, err)
		}
		out.Written = append(out.Written, name)
	}
	return out, nil
}

// undoing remembers what was made, in order.
type undoing []string

func (u *undoing) create(name string, data []byte) error {
	var missing []string
	for at := filepath.Dir(name); ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	for _, at := range slices.Backward(missing) {
		if err := os.Mkdir(at, 0o755); err != nil {
			return reason(err)
		}
		*u = append(*u, at)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return reason(err)
	}
	*u = append(*u, name)
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// all removes what was made, the last first; what somebody else put into a
// folder meanwhile keeps it.
func (u undoing) all() {
	for _, name := range slices.Backward(u) {
		_ = os.Remove(name)
	}
}

// reason is an error without the path, which the message has.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// moduleAround is the folder of the CUE module that dir lies in, or "", and
// whether that is temporal-dsql itself.
func moduleAround(dir string) (root string, itself bool, err error) {
	engine, err := compile.New(dir)
	if err != nil {
		return "", false, err
	}
	root, name := engine.HostModule()
	return root, name == cuefile.ModulePath, nil
}

func sameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
