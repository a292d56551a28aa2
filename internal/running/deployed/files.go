package deployed

import (
	"path/filepath"
	"slices"
	"strings"
)

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

// NameFolders returns the names of folders: the end of their paths, as far as it distinguishes them.
func NameFolders(folders []string) map[string]string {
	names := map[string]string{}
	for _, folder := range folders {
		parts := strings.Split(filepath.ToSlash(folder), "/")
		for n := len(parts) - 1; n >= 0; n-- {
			end := "/" + strings.Join(parts[n:], "/")
			isOther := func(other string) bool { return other != folder && strings.HasSuffix(filepath.ToSlash(other), end) }
			if n == 0 || !slices.ContainsFunc(folders, isOther) {
				names[folder] = strings.Trim(strings.ReplaceAll(end, "/", "-"), "-")
				break
			}
		}
	}
	return names
}

// FolderOf returns the absolute path of a file's folder.
func FolderOf(name string) string {
	folder, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return filepath.Dir(name)
	}
	return folder
}
