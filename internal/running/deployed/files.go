package deployed

import "path/filepath"

// IdentifyFile returns the absolute path of a file without links, by which two names of one file are equal.
func IdentifyFile(name string) string {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if path, err := filepath.EvalSymlinks(absolute); err == nil {
		return path
	}
	return absolute
}
