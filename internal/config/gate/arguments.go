package gate

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const readingDeployments = "read deployments"

func noDeploymentError(argument string) error {
	return source.Wrong(
		readingDeployments,
		"there is no deployment in "+argument,
		"add a deployment.yaml, or a CUE package with schema.#Deployment & {preset: …}",
	)
}

// A pattern is an argument with the entries that it names.
type pattern struct {
	argument string
	entries  []discover.Entry
}

// matches reports whether a pattern names anything that was checked.
func (p pattern) matches(all []outcome) bool {
	return slices.ContainsFunc(all, func(j outcome) bool {
		return !j.skipped && slices.ContainsFunc(p.entries, func(f discover.Entry) bool { return f.Path == j.path })
	})
}

// expandArguments finds the deployments and profiles that arguments name.
func expandArguments(arguments []string) ([]pattern, error) {
	all := make([]pattern, 0, len(arguments))
	for _, arg := range arguments {
		dir, isBelow := strings.CutSuffix(filepath.ToSlash(arg), "...")
		dir = filepath.Clean(filepath.FromSlash(dir))
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			return nil, source.Unreadable(
				readingDeployments,
				&fs.PathError{Op: "stat", Path: arg, Err: errors.Unwrap(err)},
				"name the folder of a deployment, a profile.json, or FOLDER/... for all deployments below",
			)
		case !isBelow && (discover.IsCompiled(dir) || discover.IsDeployment(dir) || !info.IsDir() && cuefile.IsPlain(dir)):
			all = append(all, pattern{arg, []discover.Entry{{Path: dir}}})
			continue
		case !info.IsDir():
			return nil, source.Wrong(
				readingDeployments,
				arg+" is neither a deployment nor a config profile",
				"name the folder or the YAML file of a deployment, or the profile.json of an earlier compile",
			)
		}
		found, err := discover.FindDeployments(dir)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, noDeploymentError(arg)
		}
		all = append(all, pattern{arg, found})
	}
	return all, nil
}

// mergePatterns lists the entries of all patterns, each path once and in order. A path
// that one pattern names as a deployment is a deployment, whatever another takes it for.
func mergePatterns(patterns []pattern) []discover.Entry {
	var all []discover.Entry
	for _, p := range patterns {
		all = append(all, p.entries...)
	}
	slices.SortStableFunc(all, func(a, b discover.Entry) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
	return slices.CompactFunc(all, func(a, b discover.Entry) bool { return a.Path == b.Path })
}
