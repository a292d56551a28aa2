//go:build temporal

package crosscheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// entry is a row of the committed catalogue as this server has it.
type entry struct {
	Key         string
	Precedence  string
	Kind        string
	Gradual     bool
	Fields      []string
	Default     json.RawMessage
	Expr        string
	Constrained []constrainedDefault
}

type constrainedDefault struct {
	Constraints map[string]any
	Value       json.RawMessage
}

var readTable = sync.OnceValues(func() (map[string]entry, error) {
	cmd := exec.Command("go", "run", "./catalogue", "-print", release)
	// the generator is of the module above, with a go.mod of its own
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("print the catalogue: %w: %s", err, stderr.Bytes())
	}
	var table map[string]entry
	return table, json.Unmarshal(out, &table)
})

// catalogued reads the committed table.
func catalogued(t *testing.T) map[string]entry {
	t.Helper()
	table, err := readTable()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// defaultValue is the default as a configuration file would hold it.
func (e entry) defaultValue(t *testing.T) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(e.Default))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return plain(t, v)
}

func plain(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
		f, err := v.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return f
	case []any:
		for i := range v {
			v[i] = plain(t, v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(t, v[k])
		}
	}
	return v
}

// text spells a constrained default like constrainedText does the server's.
func (c constrainedDefault) text() string {
	var constraints []string
	for _, name := range slices.Sorted(maps.Keys(c.Constraints)) {
		constraints = append(constraints, fmt.Sprintf("%s=%v", strings.ToLower(name), c.Constraints[name]))
	}
	var value any
	_ = json.Unmarshal(c.Value, &value)
	switch v := value.(type) {
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return err.Error()
		}
		return constraintText(constraints, int64(d))
	case float64:
		return constraintText(constraints, int64(v))
	}
	return fmt.Sprintf("unexpected %s", c.Value)
}

func constraintText(constraints []string, value int64) string {
	slices.Sort(constraints)
	return fmt.Sprintf("%s: %d", strings.Join(constraints, " "), value)
}
