package compose

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// noFile is the path that Compose takes for no env file.
const noFile = "/dev/null"

// absentFiles are the files that a project names and that cannot be read here. The loader reads stubs in their place, so
// that the rest of the project can be checked.
type absentFiles struct {
	included, extended map[string]bool     // paths
	bases              map[string]bool     // services that others extend
	env                []*yaml.Node        // names of env files of includes
	extending          []*yaml.Node        // services that extend one whose name is not known
	noted              map[source.Pos]bool // places with a notice
	isHit              bool                // a service extends an absent file
	stubs              string              // folder of the stubs
}

func newAbsentFiles() absentFiles {
	return absentFiles{
		included: map[string]bool{}, extended: map[string]bool{}, bases: map[string]bool{}, noted: map[source.Pos]bool{},
	}
}

// addBase notes a service of an absent file that another service extends.
func (a *absentFiles) addBase(service string) { a.bases[service], a.isHit = true, true }

// noteAbsent reports whether a file that another one names cannot be read here, and adds a notice. A request names no files.
func (d *document) noteAbsent(path, what string, at *yaml.Node) bool {
	isFar := isRemote(path)
	switch {
	case d.project.broken.leavesOut(path):
		return true
	case !d.Files.AreOnDisk || !isFar && d.Files.Exists(path):
		return false
	}
	why := "does not exist"
	if isFar {
		why = "is remote and not fetched"
	}
	if pos := d.Position(at); !d.project.absent.noted[pos] {
		d.project.absent.noted[pos] = true
		d.AddNotice(pos, deployed.RuleMissingFile, fmt.Sprintf("the %s %s %s, so what it sets is unknown", what, path, why), "")
	}
	return true
}

// noteUnknown adds a notice, once for a place, that something depends on a variable that is not set.
func (c *composer) noteUnknown(at source.Pos, message string) {
	if !c.absent.noted[at] {
		c.absent.noted[at] = true
		c.AddNotice(at, deployed.RuleUnreadSource, message, "set the variable in the .env next to the file, or "+resolved)
	}
}

// dropAbsentEnv returns the env files of an include without those that do not exist.
func (d *document) dropAbsentEnv(paths []string, at *yaml.Node) []string {
	var kept []string
	for n, path := range paths {
		item := itemAt(at, n)
		switch {
		case path == noFile:
		case d.noteAbsent(path, "env file", item), d.isBrokenEnv(path, item):
			d.project.absent.env = append(d.project.absent.env, item)
		default:
			kept = append(kept, path)
		}
	}
	return kept
}

// isBrokenEnv reports whether an env file of an include cannot be read, and leaves it out.
func (d *document) isBrokenEnv(path string, at *yaml.Node) bool {
	_, err := d.project.surroundingVariables([]string{path}, d.given)
	return err != nil && d.project.leaveBroken(path, addReference(err, path, d.Position(at)))
}

// itemAt returns an item of a list, or a node that is a single item.
func itemAt(n *yaml.Node, index int) *yaml.Node {
	if list := configtext.FollowAlias(n); list.Kind == yaml.SequenceNode {
		return list.Content[index]
	}
	return n
}

// withoutEnv calls use with the content of the project's file, in which absent env files of includes are none.
func (a *absentFiles) withoutEnv(root *yaml.Node, content string, use func(content string) error) error {
	if len(a.env)+len(a.extending) == 0 {
		return use(content)
	}
	before := make([]yaml.Node, len(a.env))
	for i, n := range a.env {
		before[i] = *n
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: noFile, Anchor: n.Anchor, Line: n.Line, Column: n.Column}
	}
	extending := make([]yaml.Node, len(a.extending))
	for i, n := range a.extending {
		extending[i] = *n
		kept := yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: dropField(n, "extends")}
		kept.Anchor, kept.Line, kept.Column = n.Anchor, n.Line, n.Column
		*n = kept
	}
	defer func() {
		for i, n := range slices.Backward(a.extending) {
			*n = extending[i]
		}
		for i, n := range slices.Backward(a.env) {
			*n = before[i]
		}
	}()
	text, err := yaml.Marshal(root)
	if err != nil {
		return err
	}
	return use(string(text))
}

// textOf returns the text of a file below the project's own, as withoutEnv changes it.
func (a *absentFiles) textOf(x layer) (string, error) {
	if len(a.env)+len(a.extending) == 0 {
		return x.file.Content(), nil
	}
	text, err := yaml.Marshal(x.root)
	return string(text), err
}

// writeStubs writes the stubs into a temporary folder. The caller removes it.
func (a *absentFiles) writeStubs() (remove func(), err error) {
	remove = func() {}
	if len(a.included)+len(a.extended) == 0 {
		return remove, nil
	}
	if a.stubs, err = os.MkdirTemp("", "temporal-dsql-"); err != nil {
		return remove, err
	}
	remove = func() { _ = os.RemoveAll(a.stubs) }
	bases := map[string]any{}
	for name := range maps.Keys(a.bases) {
		bases[name] = map[string]any{}
	}
	for name, content := range map[string]map[string]any{includedStub: {}, extendedStub: bases} {
		text, err := yaml.Marshal(map[string]any{services: content})
		if err == nil {
			err = os.WriteFile(filepath.Join(a.stubs, name), text, 0o600)
		}
		if err != nil {
			return remove, err
		}
	}
	return remove, nil
}

// Names of the stubs.
const includedStub, extendedStub = "included.yaml", "extended.yaml"

// findStub returns the stub of an absent file, "" if it is not one.
func (a *absentFiles) findStub(path string) string {
	switch {
	case a.included[path]:
		return filepath.Join(a.stubs, includedStub)
	case a.extended[path]:
		return filepath.Join(a.stubs, extendedStub)
	}
	return ""
}
