package compose

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// readReferenced reads another file of the project, and so lets the loader open it.
func (d *document) readReferenced(path, dir string, given types.Mapping, above []string) (*document, error) {
	if isRemote(path) { // in a request
		return nil, d.NewError(source.Pos{File: d.Name}, "it refers to "+path+", and remote files are not fetched", resolved)
	}
	c := d.project
	c.documents = append(c.documents, path)
	text, err := d.Files.Open(path)
	if err != nil {
		return nil, err
	}
	if c.recordFile(path); int64(len(c.seen)) > budget.ComposeFiles.Most {
		return nil, d.NewError(
			source.Pos{File: c.Name},
			fmt.Sprintf("it refers to more than %d files, directly and indirectly", budget.ComposeFiles.Most),
			resolved,
		)
	}
	file := d.OtherFile(path, text)
	root, err := file.ParseTree()
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, d.NewError(source.Pos{File: path}, "the file is empty", "")
	}
	return c.readDocument(file, root, dir, given, above)
}

// addReference adds the referring place to errors about a whole file.
func addReference(err error, path string, at source.Pos) error {
	var in *source.Error
	if errors.As(err, &in) {
		for i, p := range in.Problems {
			if p.Pos == (source.Pos{File: path}) && p.Remedy == "" {
				in.Problems[i].Remedy = "it is referenced at " + at.String()
			}
		}
	}
	return err
}

// absolutePath returns the absolute path of a file that is not remote.
func absolutePath(path string) string {
	if absolute, err := filepath.Abs(path); err == nil && !isRemote(path) {
		return absolute
	}
	return path
}

func isRemote(path string) bool {
	return strings.Contains(path, "://") || strings.HasPrefix(path, "git@")
}

// readIncludes reads the files that a file includes. Its own settings override theirs, and earlier includes override later
// ones.
func (d *document) readIncludes(n *yaml.Node, above []string) error {
	entries, err := d.ListItems(n)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		at, dirAt, envAt := e, (*yaml.Node)(nil), (*yaml.Node)(nil)
		if configtext.FollowAlias(e).Kind == yaml.MappingNode {
			for name, to := range map[string]**yaml.Node{"path": &at, "project_directory": &dirAt, "env_file": &envAt} {
				if *to, err = d.FieldOf(e, name); err != nil {
					return err
				}
			}
		}
		files, err := d.filePaths(at)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return d.NewError(d.Position(e), "it includes no file", "write include: [FILE]")
		}
		if (dirAt != nil || envAt != nil) && len(above) > 1 {
			// the loader resolves it from its working folder
			return d.NewError(d.Position(e), "nested includes with their own folder or env file are not supported", resolved)
		}
		dirs, err := d.filePaths(dirAt)
		if err != nil {
			return err
		}
		dir := filepath.Dir(files[0])
		if len(dirs) > 0 {
			dir = dirs[0]
		}
		env, err := d.filePaths(envAt)
		if err != nil {
			return err
		}
		env = d.dropAbsentEnv(env, envAt)
		if beside := filepath.Join(dir, ".env"); envAt == nil && d.Files.Exists(beside) {
			env = append(env, beside)
			if d.project.broken.leavesOut(beside) { // the loader reads it for each of the files
				for _, path := range files {
					d.project.absent.included[absolutePath(path)] = true
				}
				continue
			}
		}
		given, err := d.project.surroundingVariables(env, d.given)
		if err != nil {
			for _, path := range env {
				err = addReference(err, path, d.Position(e))
			}
			return err // (leaveOut leaves it out)
		}
		for n, path := range files {
			isLeftOut := d.noteAbsent(path, "included file", itemAt(at, n))
			if !isLeftOut {
				if slices.Contains(above, path) {
					return d.NewError(d.Position(at), path+" includes itself", "")
				}
				included, err := d.readReferenced(path, dir, given, append(slices.Clip(above), path))
				if err = addReference(err, path, d.Position(at)); err != nil && !d.project.leaveBroken(path, err) {
					return err
				}
				if isLeftOut = err != nil; !isLeftOut {
					d.includes = append(d.includes, included)
					for _, name := range included.order {
						d.addPart(included, name)
					}
				}
			}
			if !isLeftOut {
				continue
			}
			d.project.absent.included[absolutePath(path)] = true
			if n == 0 { // the others change what it defines
				for _, change := range files[1:] {
					d.project.absent.included[absolutePath(change)] = true
				}
				break
			}
		}
	}
	return nil
}

// surroundingVariables returns the variables that values can refer to. Env files add those that are not set around them.
func (c *composer) surroundingVariables(env []string, around types.Mapping) (types.Mapping, error) {
	given := around.Clone()
	for _, path := range env {
		c.documents = append(c.documents, path)
		text, err := c.Files.Open(path)
		if err != nil {
			return nil, err
		}
		found, err := envfile.Read(c.OtherFile(path, text), envfile.Variables{Given: given.Resolve})
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if text, ok := s.Value.(string); ok && around[s.Key] == "" {
				given[s.Key] = text
			}
		}
		deployed.HideSecrets(found, c.Redactor) // registers its secrets, to find them under other names
	}
	return given, nil
}

// filePaths returns the files named by a text or a list, relative to this process.
func (d *document) filePaths(n *yaml.Node) ([]string, error) {
	if n == nil {
		return nil, nil
	}
	names := []*yaml.Node{n}
	if configtext.FollowAlias(n).Kind == yaml.SequenceNode {
		names = configtext.FollowAlias(n).Content
	}
	var all []string
	for _, at := range names {
		if configtext.FollowAlias(at).Kind != yaml.ScalarNode {
			return nil, d.NewError(d.Position(at), "expected a file name, found "+configtext.KindName(configtext.FollowAlias(at)), "")
		}
		s := deployed.Setting{Value: configtext.FollowAlias(at).Value}
		if err := d.fillVariables(&s, at); err != nil {
			return nil, err
		}
		path, ok := s.Value.(string)
		switch {
		case s.Unknown:
			return nil, d.NewError(d.Position(at), "the file name depends on a variable that is not set", resolved)
		case !ok || path == "":
			return nil, d.NewError(d.Position(at), "the file name is empty", "")
		case !filepath.IsAbs(path) && !isRemote(path):
			path = filepath.Join(d.dir, path)
		}
		all = append(all, path)
	}
	return all, nil
}

// extendedFile returns the file that a service extends; nil if it is absent.
func (d *document) extendedFile(file *yaml.Node) (*document, error) {
	files, err := d.filePaths(file)
	if err != nil {
		return nil, err
	}
	if len(files) != 1 || configtext.FollowAlias(file).Kind != yaml.ScalarNode {
		return nil, d.NewError(d.Position(file), "extends names no file", "write extends: {file: FILE, service: NAME}")
	}
	path := files[0]
	if d.extendable[path] == nil {
		var in *document
		isLeftOut := d.noteAbsent(path, "extended file", file)
		if !isLeftOut {
			in, err = d.readReferenced(path, filepath.Dir(path), d.given, nil)
			if err = addReference(err, path, d.Position(file)); err != nil && !d.project.leaveBroken(path, err) {
				return nil, err
			}
			isLeftOut = err != nil
		}
		if isLeftOut {
			d.project.absent.extended[absolutePath(path)] = true
			return nil, nil
		}
		d.extendable[path] = in
	}
	return d.extendable[path], nil
}
