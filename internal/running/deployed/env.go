package deployed

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/sirupsen/logrus"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// maxStatement is the most that one variable may take: a process is given no
// longer one.
const maxStatement = 128 << 10

// maxReferences is the most variables that one value may refer to.
const maxReferences = 100

var assignment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=`)
})

// looksLikeEnv tells an env file by its name or its first statement.
func looksLikeEnv(name, text string) bool {
	base := strings.ToLower(filepath.Base(name))
	switch filepath.Ext(base) {
	case ".yaml", ".yml", ".json":
		return false
	case ".env":
		return true
	}
	if strings.HasPrefix(base, ".env") {
		return true
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return assignment().MatchString(line)
		}
	}
	return false
}

// variables are what a value may refer to. Given wins over known, which grows
// with every statement; withheld and unknown are those of either whose value
// is set elsewhere.
type variables struct {
	given             template.Mapping
	known             map[string]string
	withheld, unknown map[string]bool
}

// env reads an env file as Compose does, statement by statement so that each
// keeps its line.
func (r *reader) env(name, text string, v variables) ([]Setting, error) {
	quiet()
	var all []Setting
	if v.known == nil {
		v.known, v.unknown = map[string]string{}, map[string]bool{}
	}
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if t := strings.TrimSpace(line); t == "" || strings.HasPrefix(t, "#") {
			continue
		}
		if err := r.budget.Values.Spend(1); err != nil {
			return nil, r.exceeded(source.Pos{File: name, Line: i + 1, Column: 1}, err)
		}
		start := i
		x := expansion{variables: v, left: maxStatement}
		statement := strings.TrimSuffix(line, "\n") + "\n"
		found, err := x.parse(statement)
		// a quoted value may go on over several lines, up to the one that closes it
		if quote := opened(statement); err != nil && quote != 0 && unterminated(err) {
			for i++; i < len(lines) && len(statement) < maxStatement; i++ {
				if statement += lines[i]; closes(lines[i], quote) {
					break
				}
			}
			x = expansion{variables: v, left: maxStatement}
			found, err = x.parse(statement)
		}
		at := source.Pos{File: name, Line: start + 1, Column: 1 + len(line) - len(strings.TrimLeft(line, " \t"))}
		if err != nil {
			return nil, r.wrong(at, x.said(err), "write NAME=VALUE")
		}
		if m := assignment().FindStringSubmatch(statement); len(found) == 0 && x.open && m != nil {
			found = map[string]string{m[1]: ""} // the shell's value, which is required
		}
		if !strings.ContainsAny(statement, "=:") {
			found = map[string]string{strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(statement), "export ")): ""}
			x.open = true // the shell's value, if it has one
		}
		for _, variable := range inOrder(statement, found) {
			if err := r.budget.Text.Spend(len(found[variable.name])); err != nil {
				return nil, r.exceeded(at, err)
			}
			s := Setting{Kind: Variable, Key: variable.name, Value: found[variable.name], Unknown: x.open, Pos: at, ValuePos: at}
			s.Pos.Column = variable.column
			s.ValuePos.Column = variable.value
			if x.open {
				s.Value, v.unknown[s.Key] = nil, true
			} else {
				delete(v.unknown, s.Key)
			}
			v.known[s.Key] = found[variable.name]
			all = append(all, s)
		}
	}
	return winning(all), nil
}

// raw is the format of an env file whose values are what they look like.
const raw = "raw"

// rawStatement is a line of such a file: a name, and a value if one is given.
func rawStatement(line string) (name, value string, given bool) {
	line = strings.TrimLeft(strings.TrimRight(line, "\r\n"), " \t")
	if strings.HasPrefix(line, "#") {
		return "", "", false
	}
	return strings.Cut(line, "=")
}

// readsRaw makes Compose's loader read such files, as docker compose does.
var readsRaw = sync.OnceFunc(func() {
	dotenv.RegisterFormat(raw, func(r io.Reader, _ string, vars map[string]string, lookup func(string) (string, bool)) error {
		text, err := io.ReadAll(r)
		for line := range strings.Lines(string(text)) {
			name, value, given := rawStatement(line)
			if !given {
				value, given = lookup(name)
			}
			if name != "" && given {
				vars[name] = value
			}
		}
		return err
	})
})

// raw reads such a file.
func (r *reader) raw(name, text string, v variables) ([]Setting, error) {
	var all []Setting
	number := 0
	for line := range strings.Lines(text) {
		number++
		key, value, given := rawStatement(line)
		if key == "" && !given {
			continue
		}
		at := source.Pos{File: name, Line: number, Column: 1 + len(line) - len(strings.TrimLeft(line, " \t"))}
		if err := r.budget.Values.Spend(1); err != nil {
			return nil, r.exceeded(at, err)
		}
		if key == "" || strings.ContainsAny(key, " \t") {
			return nil, r.wrong(at, "this is no name of a variable", "write NAME=VALUE")
		}
		s := Setting{Kind: Variable, Key: key, Value: value, Pos: at, ValuePos: at}
		if given {
			s.ValuePos.Column += len(key) + 1
		} else if value, given = v.given(key); given {
			s.Value = value
		} else {
			s.Value, s.Unknown = nil, true
		}
		all = append(all, s)
	}
	return winning(all), nil
}

// opened is the quote that a statement's value begins with; 0 where there is none.
func opened(statement string) byte {
	at := strings.IndexAny(statement, "=:")
	rest := strings.TrimSpace(statement[at+1:])
	if at >= 0 && rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		return rest[0]
	}
	return 0
}

// closes reports whether a further line of a quoted value ends it.
func closes(line string, quote byte) bool {
	escaped := false
	for i := range len(line) {
		if line[i] == quote && !escaped {
			return true
		}
		escaped = line[i] == '\\' && !escaped
	}
	return false
}

func unterminated(err error) bool { return strings.Contains(err.Error(), "unterminated quoted value") }

// placed is a variable with the columns of its name and its value.
type placed struct {
	name          string
	column, value int
}

// inOrder finds the variables of a statement in it; there may be several after
// a quoted value.
func inOrder(statement string, found map[string]string) []placed {
	var all []placed
	for name := range found {
		p := placed{name: name, column: 1, value: 1}
		if at := strings.Index(statement, name); at >= 0 {
			p.column = 1 + at
			rest := statement[at+len(name):]
			p.value = p.column + len(name) + len(rest) - len(strings.TrimLeft(rest, " \t=:"))
			if strings.Contains(statement[:at], "\n") {
				p.column, p.value = 1, 1
			}
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.name, b.name)) })
	return all
}

// expansion serves the variables that values refer to, and notes what is
// missing. It bounds what one statement may grow to.
type expansion struct {
	variables
	left    int
	missing map[string]bool
	open    bool // the value is known elsewhere only
	grown   bool
}

func (x *expansion) lookup(name string) (string, bool) {
	value, ok := "", false
	if x.given != nil {
		value, ok = x.given(name)
	}
	switch {
	case ok:
	case x.withheld[name], x.unknown[name]:
		x.open = true
	default:
		value, ok = x.known[name]
	}
	if !ok {
		if x.missing == nil {
			x.missing = map[string]bool{}
		}
		x.missing[name] = true
		return "", false
	}
	if x.left -= len(value); x.left < 0 {
		x.grown = true
		return "", true
	}
	return value, true
}

func (x *expansion) parse(statement string) (map[string]string, error) {
	if err := bounded(statement); err != nil {
		return nil, err
	}
	found, err := dotenv.UnmarshalWithLookup(statement, x.lookup)
	return found, x.settle(statement, err)
}

// settle decides what a value is worth whose text refers to missing variables.
func (x *expansion) settle(text string, err error) error {
	var required *template.MissingRequiredError
	switch {
	case x.grown:
		return errTooLong
	case errors.As(err, &required):
		x.open = true
		return nil
	case err != nil || len(x.missing) == 0:
		return err
	}
	stated := template.ExtractVariables(map[string]any{"": text}, template.DefaultPattern)
	for name := range x.missing {
		x.open = x.open || stated[name].DefaultValue == ""
	}
	return nil
}

// text fills in the variables of a Compose value.
func (x *expansion) text(value string) (string, error) {
	if err := bounded(value); err != nil {
		return "", err
	}
	text, err := template.SubstituteWithOptions(value, x.lookup, template.WithoutLogging)
	return text, x.settle(value, err)
}

var errTooLong, errTooMany = errors.New("too long"), errors.New("too many")

// bounded refuses what would take the substitution long: each reference may
// hold the rest in its default, and is read again for each.
func bounded(text string) error {
	switch {
	case len(text) > maxStatement:
		return errTooLong
	case strings.Count(text, "$") > maxReferences:
		return errTooMany
	}
	return nil
}

// quiet keeps Compose's modules from logging, as they do of variables that are
// not set.
var quiet = sync.OnceFunc(func() { logrus.SetOutput(io.Discard) })

// said tells what is wrong without quoting the line, which may hold a secret.
func (x *expansion) said(err error) string {
	var invalid *template.InvalidTemplateError
	switch message := err.Error(); {
	case errors.Is(err, errTooLong):
		return fmt.Sprintf("the value is longer than %d bytes", maxStatement)
	case errors.Is(err, errTooMany):
		return fmt.Sprintf("the value refers to more than %d variables", maxReferences)
	case unterminated(err):
		return "a quote is not closed"
	case errors.As(err, &invalid):
		return "a $ is followed by no name: a literal one is $$"
	case strings.Contains(message, "contain a space"), strings.Contains(message, "unexpected character"):
		return "this is no name of a variable"
	}
	return "this is no assignment"
}
