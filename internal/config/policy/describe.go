package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// A Description is a guard rail with its code and with the names of all numbers that it
// reads, besides parameters.
type Description struct {
	Rule
	Limits, Margins, Planned, Needs []string
	Code                            string
}

// DescribeGuardRails reads the guard rails of a policy tree that mention a word, sorted by
// name. An empty word selects all. It parses the rules and compiles none.
func DescribeGuardRails(tree fs.FS, mentioning string) ([]Description, error) {
	return describePolicies(tree, "policies/guardrails", mentioning)
}

// DescribeWaivers reads the rules about waivers.
func DescribeWaivers(tree fs.FS) ([]Description, error) {
	return describePolicies(tree, "policies/waivers", "")
}

// DescribeOwn reads a repository's own policies, if it has any.
func DescribeOwn(repository fs.FS) ([]Description, error) {
	if _, err := fs.Stat(repository, "policies"); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return describePolicies(repository, "policies", "")
}

func describePolicies(tree fs.FS, root, mentioning string) ([]Description, error) {
	modules, code := map[string]*ast.Module{}, map[string]string{}
	err := fs.WalkDir(tree, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isPolicyFile(name) {
			return err
		}
		text, err := budget.SourceFile.ReadFS(tree, name)
		if err != nil || !bytes.Contains(text, []byte(mentioning)) {
			return err
		}
		modules[name], err = parseModule(name, text)
		_, after, _ := bytes.Cut(text, []byte("\npackage "))
		_, after, _ = bytes.Cut(after, []byte("\n"))
		code[name] = string(bytes.TrimSpace(after))
		return err
	})
	if err != nil {
		return nil, locateErrors("read policies", err)
	}
	var all []Description
	for _, query := range rulesOf(modules) {
		for _, r := range query.rules() {
			d := Description{Rule: r, Code: code[r.Pos.File]}
			for _, a := range modules[r.Pos.File].Annotations {
				d.Limits = append(d.Limits, textItems(a.Custom["limits"])...)
				d.Margins = append(d.Margins, textItems(a.Custom["margins"])...)
				d.Planned = append(d.Planned, textItems(a.Custom["planned"])...)
				d.Needs = append(d.Needs, textItems(a.Custom["needs"])...)
			}
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(a, b Description) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Reads reports whether the rule reads a parameter, always or where a profile has it.
func (r Rule) Reads(key string) bool {
	return slices.Contains(r.Parameters, key) || slices.Contains(r.optional, key)
}

func textItems(list any) []string {
	all, _ := list.([]any)
	found := make([]string, 0, len(all))
	for _, w := range all {
		found = append(found, fmt.Sprint(w))
	}
	return found
}
