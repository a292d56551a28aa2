package deployed

import (
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// DropRepeated drops settings and remarks of files that others refer to and that are also read by themselves, or that several
// refer to.
func DropRepeated(files []*File) {
	type place struct {
		pos          source.Pos
		kind         Kind
		service, key string
		cluster      string
	}
	first := map[place]*File{}
	remarks := map[Notice]bool{}
	ids := map[string]string{} // of files, each looked up once
	identify := func(name string) string {
		if _, has := ids[name]; !has {
			ids[name] = IdentifyFile(name)
		}
		return ids[name]
	}
	isGiven := map[string]bool{}
	for _, f := range files {
		isGiven[identify(f.Name)] = true
	}
	for _, f := range files {
		f.Settings = slices.DeleteFunc(f.Settings, func(s Setting) bool {
			at := place{s.Pos, s.Kind, s.Service, s.Key, s.Cluster}
			at.pos.File = identify(at.pos.File)
			if first[at] == nil {
				first[at] = f
			}
			return first[at] != f && (s.Kind != Dynamic || !isGiven[at.pos.File])
		})
		f.Notices = slices.DeleteFunc(f.Notices, func(n Notice) bool {
			n.Pos.File = identify(n.Pos.File)
			isRepeated := remarks[n]
			remarks[n] = true
			return isRepeated
		})
		f.Settings = slices.DeleteFunc(f.Settings, func(s Setting) bool {
			return s.Kind != Variable && s.Pos.File != f.Name && slices.ContainsFunc(files, func(other *File) bool {
				return other != f && len(other.Settings) > 0 && identify(other.Name) == identify(s.Pos.File)
			})
		})
	}
}

// DropRepeatedProblems keeps the first of equal problems: several files can refer to a broken one, which can also be named
// by itself.
func DropRepeatedProblems(all []source.Problem) []source.Problem {
	type problem struct {
		pos     source.Pos
		message string
	}
	seen := map[problem]bool{}
	return slices.DeleteFunc(all, func(p source.Problem) bool {
		id := problem{p.Pos, p.Message}
		id.pos.File = IdentifyFile(id.pos.File)
		isRepeated := seen[id]
		seen[id] = true
		return isRepeated
	})
}
