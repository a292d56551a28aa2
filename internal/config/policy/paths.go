package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy/builtin"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A MissingPath is a path that a project's own policies read, and that no profile has. A rule that reads one finds nothing.
type MissingPath struct {
	Path string
	// Allowed are the names that a profile has there instead.
	Allowed []string
	Pos     source.Pos
}

// FindMissingPaths returns the paths that the project's own policies read and that the JSON Schema of their input does
// not have. OPA's own type check finds them.
func (r *Rules) FindMissingPaths(inputSchema any) ([]MissingPath, error) {
	shipped, err := parse(r.tree, "policies/lib")
	if err != nil {
		return nil, err
	}
	modules := maps.Clone(r.own.modules)
	for name, m := range shipped {
		modules[shippedPrefix+name] = m
	}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, inputSchema)
	compiler := ast.NewCompiler().WithCapabilities(builtin.Confined()).WithSchemas(schemas).SetErrorLimit(0)
	compiler.Compile(modules)
	var all []MissingPath
	for _, err := range compiler.Errors {
		detail, isMissing := err.Details.(*ast.RefErrInvalidDetail)
		if _, isOwn := r.own.modules[err.Location.File]; !isOwn || !isMissing {
			continue
		}
		missing := MissingPath{Path: detail.Ref[:detail.Pos+1].String(), Pos: posOf(err.Location)}
		for _, name := range detail.OneOf {
			missing.Allowed = append(missing.Allowed, strings.Trim(name.String(), `"`))
		}
		slices.Sort(missing.Allowed)
		all = append(all, missing)
	}
	slices.SortFunc(all, func(a, b MissingPath) int { return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Path, b.Path)) })
	return all, nil
}

// Name returns the last name of the path.
func (m MissingPath) Name() string { return m.Path[strings.LastIndex(m.Path, ".")+1:] }

// Message describes the problem.
func (m MissingPath) Message() string { return fmt.Sprintf("no profile has %s", m.Path) }

// Remedy names the paths that a profile has instead.
func (m MissingPath) Remedy() string {
	if len(m.Allowed) == 0 {
		return ""
	}
	return "use one of " + strings.Join(m.Allowed, ", ")
}
