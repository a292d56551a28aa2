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

// A WriteResult lists the files of a repository that were written, and those that existed.
type WriteResult struct {
	Dir     string   `json:"dir"`
	Written []string `json:"written"`
	// Kept lists files that existed before and are unchanged.
	Kept []string `json:"kept"`
}

// IsVendored reports whether a file of a repository belongs to the vendored module.
func IsVendored(name string) bool { return strings.HasPrefix(name, vendored+"/") }

const creating = "create the repository"

// CheckTarget rejects a folder in which a repository cannot be created.
func CheckTarget(dir string, r Repository) error {
	if err := checkDir(creating, dir); err != nil {
		return err
	}
	root, itself, err := moduleAround(dir)
	switch {
	case err != nil:
		return err
	case itself:
		return source.Wrong(creating, dir+" is inside temporal-dsql itself", "create your repository in another folder")
	case root != "" && !isSameFolder(root, dir):
		return source.Wrong(
			creating,
			fmt.Sprintf("%s is inside the CUE module of %s", dir, root),
			"add a deployment to that: temporal-dsql init --name NAME "+root,
		)
	}
	if folder := filepath.Join(dir, filepath.FromSlash(r.folder())); discover.IsDeployment(folder) {
		return source.Wrong(creating, "there is a deployment in "+folder, "choose another --name")
	}
	return nil
}

func checkDir(doing, dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return source.Wrong(doing, dir+" is a file", "name a folder; a missing one is created")
	}
	return nil
}

// WriteRepository creates a repository in dir. It writes all missing files, or none.
func WriteRepository(dir string, r Repository) (WriteResult, error) {
	out := WriteResult{Dir: dir, Written: []string{}, Kept: []string{}}
	if err := CheckTarget(dir, r); err != nil {
		return out, err
	}
	files, err := r.files()
	if err != nil {
		return out, err
	}
	// an existing repository gets the deployment, but none of the files that its owners removed
	_, err = os.Lstat(filepath.Join(dir, filepath.FromSlash(vendored)))
	exists := err == nil
	engine, err := compile.New(dir)
	if err != nil {
		return out, err
	}
	var created createdPaths
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if engine.Dependency() != "" && IsVendored(name) {
			continue // CUE takes a package from one place only
		}
		if exists && name != r.deployment() && name != schemaFile && name != gatheringFile {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(path); err == nil {
			out.Kept = append(out.Kept, name)
			continue
		}
		if err := created.createFile(path, files[name]); err != nil {
			created.removeAll()
			return out, fmt.Errorf("write %s: %w", path, err)
		}
		out.Written = append(out.Written, name)
	}
	return out, nil
}

// createdPaths lists created files and folders, in order, to undo them.
type createdPaths []string

func (u *createdPaths) createFile(name string, data []byte) error {
	var missing []string
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			break
		}
		missing = append(missing, dir)
	}
	for _, dir := range slices.Backward(missing) {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return withoutPath(err)
		}
		*u = append(*u, dir)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return withoutPath(err)
	}
	*u = append(*u, name)
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// removeAll removes the created paths, the last first. A folder that has other files by now
// stays.
func (u createdPaths) removeAll() {
	for _, name := range slices.Backward(u) {
		_ = os.Remove(name)
	}
}

// withoutPath removes the path from an error, because the message has it already.
func withoutPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// moduleAround returns the folder of the CUE module around dir, or "", and whether it is
// temporal-dsql itself.
func moduleAround(dir string) (root string, itself bool, err error) {
	engine, err := compile.New(dir)
	if err != nil {
		return "", false, err
	}
	root, name := engine.HostModule()
	return root, name == cuefile.ModulePath, nil
}

func isSameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
