package product

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Artefacts are the files of one compilation.
type Artefacts struct {
	Variant
	Dir     string
	Profile Profile
}

func readArtefacts(v Variant, dir string) (Artefacts, error) {
	a := Artefacts{Variant: v, Dir: dir}
	text, err := a.Read("profile.json")
	if err != nil {
		return Artefacts{}, err
	}
	a.Profile, err = readProfile(text)
	return a, err
}

// Path is where the file with that base name, or base name pattern, stands:
// which folder an adapter writes into is its own business. Exactly one must.
func (a Artefacts) Path(pattern string) (string, error) {
	var found []string
	err := filepath.WalkDir(a.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		matched, err := filepath.Match(pattern, entry.Name())
		if matched {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("find %s: %w", pattern, err)
	}
	if len(found) != 1 {
		return "", fmt.Errorf("find %s of %s: want one file, found %d %v", pattern, a.Name(), len(found), found)
	}
	return found[0], nil
}

// Read is the content of the file that Path finds.
func (a Artefacts) Read(pattern string) ([]byte, error) {
	path, err := a.Path(pattern)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
