// Package envfile reads env files as Compose does, and fills in the variables of values.
package envfile

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

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// maxStatement is the size limit of an environment variable.
var maxStatement = int(budget.VariableBytes.Most)

var assignment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=`)
})

// IsVariableName reports whether an environment variable can have a name.
func IsVariableName(name string) bool { return assignment().MatchString(name + "=") }

// IsUpperName reports whether a name is spelled like an environment variable.
func IsUpperName(name string) bool { return name == strings.ToUpper(name) && IsVariableName(name) }

// IsEnvFile detects an env file by its name or first statement.
func IsEnvFile(name, text string) bool {
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

// Variables are what values can refer to. Given overrides Known, which grows with every statement. Withheld and Unknown
// ones are set elsewhere.
type Variables struct {
	Given             template.Mapping
	Known             map[string]string
	Withheld, Unknown map[string]bool
}

// findGiven returns the value of a variable that is given.
func (v Variables) findGiven(name string) (value string, ok bool) {
	if v.Given == nil {
		return "", false
	}
	return v.Given(name)
}

// Read reads an env file as Compose does, statement by statement so that each keeps its line.
func Read(file *configtext.Text, v Variables) ([]deployed.Setting, error) {
	SilenceLogging()
	var all []deployed.Setting
	if v.Known == nil {
		v.Known, v.Unknown = map[string]string{}, map[string]bool{}
	}
	lines := strings.SplitAfter(file.Content(), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if t := strings.TrimSpace(line); t == "" || strings.HasPrefix(t, "#") {
			continue
		}
		if err := file.Budget.Values.Spend(1); err != nil {
			return nil, file.BudgetError(source.Pos{File: file.Name, Line: i + 1, Column: 1}, err)
		}
		start := i
		x := NewExpansion(v)
		statement := strings.TrimSuffix(line, "\n") + "\n"
		found, err := x.parseStatement(statement)
		// a quoted value can span lines, up to its closing quote
		if quote := openingQuote(statement); err != nil && quote != 0 && isUnterminated(err) {
			for i++; i < len(lines) && len(statement) < maxStatement; i++ {
				if statement += lines[i]; closesQuote(lines[i], quote) {
					break
				}
			}
			x = NewExpansion(v)
			found, err = x.parseStatement(statement)
		}
		at := source.Pos{File: file.Name, Line: start + 1, Column: 1 + len(line) - len(strings.TrimLeft(line, " \t"))}
		if err != nil {
			return nil, file.NewError(at, x.DescribeError(err), "write NAME=VALUE")
		}
		if m := assignment().FindStringSubmatch(statement); len(found) == 0 && x.IsOpen && m != nil {
			found = map[string]string{m[1]: ""} // required from the shell
		}
		if !strings.ContainsAny(statement, "=:") {
			found = map[string]string{strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(statement), "export ")): ""}
			x.IsOpen = true // inherited from the shell
		}
		for _, variable := range locateVariables(statement, found) {
			if err := file.Budget.Text.Spend(len(found[variable.name])); err != nil {
				return nil, file.BudgetError(at, err)
			}
			s := deployed.Setting{
				Kind:     deployed.Variable,
				Key:      variable.name,
				Value:    found[variable.name],
				Unknown:  x.IsOpen,
				Pos:      at,
				ValuePos: at,
			}
			s.FromSecret = x.FromSecret
			s.Pos.Column = variable.column
			s.ValuePos.Column = variable.value
			if x.IsOpen {
				s.Value, v.Unknown[s.Key] = nil, true
			} else {
				delete(v.Unknown, s.Key)
			}
			v.Known[s.Key] = found[variable.name]
			all = append(all, s)
		}
	}
	return deployed.LastSettings(all), nil
}

// FormatRaw is the env file format without quoting.
const FormatRaw = "raw"

// rawStatement splits a line into a name and an optional value.
func rawStatement(line string) (name, value string, given bool) {
	line = strings.TrimLeft(strings.TrimRight(line, "\r\n"), " \t")
	if strings.HasPrefix(line, "#") {
		return "", "", false
	}
	return strings.Cut(line, "=")
}

// RegisterRaw registers the format with Compose's loader, as docker compose does.
var RegisterRaw = sync.OnceFunc(func() {
	dotenv.RegisterFormat(FormatRaw, func(r io.Reader, _ string, vars map[string]string, lookup func(string) (string, bool)) error {
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

// ReadRaw reads an env file without quoting.
func ReadRaw(file *configtext.Text, v Variables) ([]deployed.Setting, error) {
	var all []deployed.Setting
	number := 0
	for line := range strings.Lines(file.Content()) {
		number++
		key, value, given := rawStatement(line)
		if key == "" && !given {
			continue
		}
		at := source.Pos{File: file.Name, Line: number, Column: 1 + len(line) - len(strings.TrimLeft(line, " \t"))}
		if err := file.Budget.Values.Spend(1); err != nil {
			return nil, file.BudgetError(at, err)
		}
		if key == "" || strings.ContainsAny(key, " \t") {
			return nil, file.NewError(at, "not a valid variable name", "write NAME=VALUE")
		}
		s := deployed.Setting{Kind: deployed.Variable, Key: key, Value: value, Pos: at, ValuePos: at}
		if given {
			s.ValuePos.Column += len(key) + 1
		} else if value, given = v.findGiven(key); given {
			s.Value = value
		} else {
			s.Value, s.Unknown = nil, true
		}
		all = append(all, s)
	}
	return deployed.LastSettings(all), nil
}

// openingQuote returns the opening quote of a statement's value, or 0.
func openingQuote(statement string) byte {
	at := strings.IndexAny(statement, "=:")
	rest := strings.TrimSpace(statement[at+1:])
	if at >= 0 && rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		return rest[0]
	}
	return 0
}

// closesQuote reports whether a line ends a quoted value.
func closesQuote(line string, quote byte) bool {
	escaped := false
	for i := range len(line) {
		if line[i] == quote && !escaped {
			return true
		}
		escaped = line[i] == '\\' && !escaped
	}
	return false
}

func isUnterminated(err error) bool {
	return strings.Contains(err.Error(), "unterminated quoted value")
}

// variablePlace is a variable with the columns of its name and value.
type variablePlace struct {
	name          string
	column, value int
}

// locateVariables locates the variables of a statement; several can follow a quoted value.
func locateVariables(statement string, found map[string]string) []variablePlace {
	var all []variablePlace
	for name := range found {
		p := variablePlace{name: name, column: 1, value: 1}
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
	slices.SortFunc(all, func(a, b variablePlace) int {
		return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.name, b.name))
	})
	return all
}

// Expansion looks up variables for values and records missing ones. It limits the size of the result.
type Expansion struct {
	Variables
	Missing map[string]bool
	IsOpen  bool // the value is set elsewhere
	// a variable with the name of a secret was filled in, or its default
	FromSecret bool
	left       int
	grown      bool
}

// NewExpansion returns an expansion for one value.
func NewExpansion(v Variables) *Expansion { return &Expansion{Variables: v, left: maxStatement} }

func (x *Expansion) lookUp(name string) (string, bool) {
	value, ok := x.findGiven(name)
	switch {
	case ok:
	case x.Withheld[name], x.Unknown[name]:
		x.IsOpen = true
	default:
		value, ok = x.Known[name]
	}
	if !ok {
		if x.Missing == nil {
			x.Missing = map[string]bool{}
		}
		x.Missing[name] = true
		return "", false
	}
	x.FromSecret = x.FromSecret || redact.IsSecretField(name, value)
	if x.left -= len(value); x.left < 0 {
		x.grown = true
		return "", true
	}
	return value, true
}

func (x *Expansion) parseStatement(statement string) (map[string]string, error) {
	if err := checkBounds(statement); err != nil {
		return nil, err
	}
	found, err := dotenv.UnmarshalWithLookup(statement, x.lookUp)
	return found, x.settleMissing(statement, err)
}

// settleMissing decides whether a value with missing variables is known.
func (x *Expansion) settleMissing(text string, err error) error {
	var required *template.MissingRequiredError
	switch {
	case x.grown:
		return errTooLong
	case errors.As(err, &required):
		x.IsOpen = true
		return nil
	case err != nil || len(x.Missing) == 0:
		return err
	}
	stated := template.ExtractVariables(map[string]any{"": text}, template.DefaultPattern)
	for name := range x.Missing {
		x.IsOpen = x.IsOpen || stated[name].DefaultValue == ""
		x.FromSecret = x.FromSecret || redact.IsSecretField(name, stated[name].DefaultValue)
	}
	return nil
}

// Fill fills in the variables of a Compose value.
func (x *Expansion) Fill(value string) (string, error) {
	if err := checkBounds(value); err != nil {
		return "", err
	}
	text, err := template.SubstituteWithOptions(value, x.lookUp, template.WithoutLogging)
	return text, x.settleMissing(value, err)
}

var errTooLong, errTooMany = errors.New("too long"), errors.New("too many")

// checkBounds rejects texts with too many references. Each default can contain the rest, which makes substitution
// quadratic.
func checkBounds(text string) error {
	switch {
	case len(text) > maxStatement:
		return errTooLong
	case int64(strings.Count(text, "$")) > budget.VariableReferences.Most:
		return errTooMany
	}
	return nil
}

// SilenceLogging stops Compose's modules from logging unset variables.
var SilenceLogging = sync.OnceFunc(func() { logrus.SetOutput(io.Discard) })

// DescribeError describes an error without quoting the line, which can contain a secret.
func (x *Expansion) DescribeError(err error) string {
	var invalid *template.InvalidTemplateError
	switch message := err.Error(); {
	case errors.Is(err, errTooLong):
		return fmt.Sprintf("the value is longer than %d bytes", maxStatement)
	case errors.Is(err, errTooMany):
		return fmt.Sprintf("the value refers to more than %d variables", budget.VariableReferences.Most)
	case isUnterminated(err):
		return "a quote is not closed"
	case errors.As(err, &invalid):
		return "a $ without a variable name: write $$ for a literal one"
	case strings.Contains(message, "contain a space"), strings.Contains(message, "unexpected character"):
		return "not a valid variable name"
	}
	return "not a valid assignment"
}
