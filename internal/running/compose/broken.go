package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// brokenFiles are the files of a project that cannot be read. The rest is read without them, as without absent files.
type brokenFiles struct {
	paths    map[string]bool // absolute
	problems []source.Problem
	isAll    bool            // whatever the project's own file refers to is left out
	services map[string]bool // services of the project's own file that are left out
	isRoot   bool            // the services of the project's own file are left out, and its includes are read
}

func (b *brokenFiles) leavesOut(path string) bool { return b.isAll || b.paths[absolutePath(path)] }

// add adds a file with its problems.
func (b *brokenFiles) add(path string, problems []source.Problem) {
	b.paths[absolutePath(path)] = true
	b.problems = append(b.problems, problems...)
}

// addTo returns an error with the problems of the files that were left out, too.
func (b *brokenFiles) addTo(err error) error {
	var input *source.Error
	if len(b.problems) == 0 || !errors.As(err, &input) {
		return err
	}
	return &source.Error{Doing: deployed.Doing, Problems: slices.Concat(b.problems, input.Problems)}
}

// Read reads environment and replicas of every service. If a file of the project, or a service of its own file, cannot be
// read, it notes why, and reads the others.
func Read(ctx context.Context, file *configtext.Text, root *yaml.Node, readConfig ConfigReader) ([]deployed.Setting, error) {
	return readLayers(ctx, []layer{{file, root}}, readConfig)
}

// readLayers reads the files of a project, the weakest first, with what the last one has found.
func readLayers(ctx context.Context, layers []layer, readConfig ConfigReader) ([]deployed.Setting, error) {
	file, root := layers[len(layers)-1].file, layers[len(layers)-1].root
	before := *file.Findings
	broken := &brokenFiles{paths: map[string]bool{}, services: map[string]bool{}}
	for readings := int64(1); ; readings++ {
		c := newComposer(file, readConfig, broken)
		c.lower = layers[:len(layers)-1]
		all, err := c.readProject(ctx, root)
		if err == nil {
			file.Findings.Unread = append(file.Findings.Unread, broken.problems...)
			return all, nil
		}
		isLast := readings >= budget.BrokenFiles.Most
		if ctx.Err() != nil || readings > budget.BrokenFiles.Most || !c.leaveOut(ctx, root, err, isLast) {
			return nil, broken.addTo(err)
		}
		// each reading has its own account: BrokenFiles bounds how many there are
		*file.Findings, file.Budget = before, budget.NewConfiguration()
	}
}

// leaveBroken leaves a file out that another one refers to, if an error is about its content or about a file below it, and
// reports whether it does: the reading goes on without it.
func (c *composer) leaveBroken(path string, err error) bool {
	var input *source.Error
	if !c.Files.AreOnDisk || c.IsSpent() || !errors.As(err, &input) {
		return false
	}
	c.broken.add(path, input.Problems)
	delete(c.seen, absolutePath(path)) // the loader reads a stub
	return true
}

// leaveOut leaves the file or the service out that an error is about, and reports whether the rest can be read. The last time
// it leaves all files out that the project refers to.
func (c *composer) leaveOut(ctx context.Context, root *yaml.Node, err error, isLast bool) bool {
	var input *source.Error
	if !c.Files.AreOnDisk || c.IsSpent() || !errors.As(err, &input) {
		return false
	}
	if len(c.documents) == 0 {
		return !isLast && c.leaveServicesOut(root, input.Problems)
	}
	if isLast {
		c.broken.isAll = true
		c.broken.problems = append(append(c.broken.problems, input.Problems...), source.Problem{
			Pos:     source.Pos{File: c.Name},
			Message: fmt.Sprintf("after %d readings, the files that it refers to are left out", budget.BrokenFiles.Most),
			Remedy:  budget.BrokenFiles.Remedy,
		})
		return true
	}
	for _, p := range input.Problems {
		if slices.Contains(c.documents, p.Pos.File) && !c.broken.leavesOut(p.Pos.File) {
			c.broken.add(p.Pos.File, input.Problems)
			return true
		}
	}
	// Compose's loader does not say which file is wrong. A file is wrong, too, if one that it refers to is: that one is later
	// in the order of references.
	c.Budget = budget.NewConfiguration()
	hasFound := false
	for _, path := range slices.Backward(c.documents) {
		if c.broken.leavesOut(path) {
			continue
		}
		if problems := c.checkAlone(ctx, path); len(problems) > 0 {
			c.broken.add(path, problems)
			hasFound = true
		}
	}
	if hasFound {
		return true
	}
	if c.leaveServicesOut(root, input.Problems) {
		return true
	}
	include, wrong := c.FieldOf(root, "include")
	if wrong != nil || include == nil || c.broken.isRoot {
		return false
	}
	c.broken.isRoot = true
	c.broken.problems = append(c.broken.problems, input.Problems...)
	return true
}

// checkAlone reads a file of the project as if it were a project, and returns its problems.
func (c *composer) checkAlone(ctx context.Context, path string) []source.Problem {
	content, err := c.Files.Open(path)
	if err != nil {
		return nil // the project has its problem
	}
	file := c.OtherFile(path, content)
	file.Findings = &configtext.Findings{}
	root, err := file.ParseTree()
	if err == nil && root != nil {
		_, err = newComposer(file, c.readConfig, c.broken).readProject(ctx, root)
	}
	var input *source.Error
	if !errors.As(err, &input) || c.IsSpent() {
		return nil
	}
	return input.Problems
}

// onlyIncludes returns a file without its services.
func onlyIncludes(root *yaml.Node) *yaml.Node {
	top := *configtext.FollowAlias(root)
	for _, name := range []string{services, jobs} {
		top.Content = dropField(&top, name)
	}
	return &top
}

// dropField returns the content of a mapping without a field.
func dropField(n *yaml.Node, name string) []*yaml.Node {
	n = configtext.FollowAlias(n)
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != name {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	return kept
}
