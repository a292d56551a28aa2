package deployed

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// maxFurther is the most Compose files that one may name.
const maxFurther = 100

// further reads one more file of the project, which the loader may then open.
func (d *document) further(path, dir string, given types.Mapping, above []string) (*document, error) {
	if remote(path) {
		return nil, d.wrong(source.Pos{File: d.name}, "it names "+path+", and nothing is fetched", resolved)
	}
	text, err := d.open(path)
	if err != nil {
		return nil, err
	}
	c := d.project
	if c.saw(path); len(c.seen) > maxFurther {
		return nil, d.wrong(source.Pos{File: c.name}, fmt.Sprintf("more than %d files are named in it and below", maxFurther), resolved)
	}
	r := *d.reader
	r.name = path
	root, err := r.tree(text)
	if err != nil {
		return nil, err
	}
	return c.document(&r, root, dir, given, above)
}

// namedAt adds to what is wrong with a whole file who names it.
func namedAt(err error, path string, at source.Pos) error {
	var in *source.Error
	if errors.As(err, &in) {
		for i, p := range in.Problems {
			if p.Pos == (source.Pos{File: path}) && p.Hint == "" {
				in.Problems[i].Hint = "it is named at " + at.String()
			}
		}
	}
	return err
}

func remote(path string) bool {
	return strings.Contains(path, "://") || strings.HasPrefix(path, "git@")
}

// include reads the files that a file includes. What it says itself wins over
// them, and the first of them over the next.
func (d *document) include(n *yaml.Node, above []string) error {
	entries, err := d.items(n)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		at, dirAt, envAt := e, (*yaml.Node)(nil), (*yaml.Node)(nil)
		if target(e).Kind == yaml.MappingNode {
			for name, to := range map[string]**yaml.Node{"path": &at, "project_directory": &dirAt, "env_file": &envAt} {
				if *to, err = d.field(e, name); err != nil {
					return err
				}
			}
		}
		files, err := d.paths(at)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return d.wrong(d.pos(e), "it includes no file", "write include: [FILE]")
		}
		if (dirAt != nil || envAt != nil) && len(above) > 1 {
			// the loader takes it from the working folder, wherever that is
			return d.wrong(d.pos(e), "an included file includes another with a folder or env file of its own, which is not followed", resolved)
		}
		dirs, err := d.paths(dirAt)
		if err != nil {
			return err
		}
		dir := filepath.Dir(files[0])
		if len(dirs) > 0 {
			dir = dirs[0]
		}
		env, err := d.paths(envAt)
		if err != nil {
			return err
		}
		env = slices.DeleteFunc(env, func(path string) bool { return path == "/dev/null" })
		if beside := filepath.Join(dir, ".env"); envAt == nil && d.exists(beside) {
			env = append(env, beside)
		}
		given, err := d.project.surroundings(env, d.given)
		if err != nil {
			for _, path := range env {
				err = namedAt(err, path, d.pos(e))
			}
			return err
		}
		for _, path := range files {
			if slices.Contains(above, path) {
				return d.wrong(d.pos(at), path+" includes itself", "")
			}
			included, err := d.further(path, dir, given, append(slices.Clip(above), path))
			if err != nil {
				return namedAt(err, path, d.pos(at))
			}
			d.includes = append(d.includes, included)
		}
	}
	return nil
}

// surroundings is what values may refer to: what env files say where nothing
// around them does.
func (c *composer) surroundings(env []string, around types.Mapping) (types.Mapping, error) {
	given := around.Clone()
	for _, path := range env {
		text, err := c.open(path)
		if err != nil {
			return nil, err
		}
		found, err := c.env(path, text, variables{given: given.Resolve})
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if text, ok := s.Value.(string); ok && around[s.Key] == "" {
				given[s.Key] = text
			}
		}
		hideAll(found, c.redactor) // its secrets are known under other names, too
	}
	return given, nil
}

// paths are the files that a text or a list names, as this process finds them.
func (d *document) paths(n *yaml.Node) ([]string, error) {
	if n == nil {
		return nil, nil
	}
	names := []*yaml.Node{n}
	if target(n).Kind == yaml.SequenceNode {
		names = target(n).Content
	}
	var all []string
	for _, at := range names {
		if target(at).Kind != yaml.ScalarNode {
			return nil, d.wrong(d.pos(at), "this is no name of a file, but "+words(target(at)), "")
		}
		s := Setting{Value: target(at).Value}
		if err := d.fill(&s, at); err != nil {
			return nil, err
		}
		path, ok := s.Value.(string)
		switch {
		case s.Unknown:
			return nil, d.wrong(d.pos(at), "the name of the file depends on a variable that is not set", resolved)
		case !ok || path == "":
			return nil, d.wrong(d.pos(at), "it names no file", "")
		case !filepath.IsAbs(path) && !remote(path):
			path = filepath.Join(d.dir, path)
		}
		all = append(all, path)
	}
	return all, nil
}

// extends is the file that a service is extended from.
func (d *document) extends(file *yaml.Node) (*document, error) {
	files, err := d.paths(file)
	if err != nil {
		return nil, err
	}
	if len(files) != 1 || target(file).Kind != yaml.ScalarNode {
		return nil, d.wrong(d.pos(file), "it extends a service of no file", "write extends: {file: FILE, service: NAME}")
	}
	path := files[0]
	if d.extendable[path] == nil {
		in, err := d.further(path, filepath.Dir(path), d.given, nil)
		if err != nil {
			return nil, namedAt(err, path, d.pos(file))
		}
		d.extendable[path] = in
	}
	return d.extendable[path], nil
}
