package docs_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/cli"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// The reference pages are generated from the product itself. UPDATE_DOCS=1 writes them.

func TestGuardRailReference(t *testing.T) {
	checkPage(t, "guard-rails.md", "rules", guardRails(t))
}

func TestCommandReference(t *testing.T) {
	checkPage(t, "cli.md", "commands", commandReference(t))
}

// checkPage compares the part of a page between two marks with its source.
func checkPage(t *testing.T, name, mark, want string) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	start := "<!-- " + mark + ": written by make docs -->\n"
	before, rest, found := strings.Cut(string(content), start)
	_, after, closed := strings.Cut(rest, "<!-- end of "+mark+" -->")
	if !found || !closed {
		t.Fatalf("%s: no part between %q and the end of %s", name, strings.TrimSpace(start), mark)
	}
	updated := before + start + "\n" + strings.TrimSpace(want) + "\n\n<!-- end of " + mark + " -->" + after
	if updated == string(content) {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s is out of date: run make docs", name)
	}
	if err := os.WriteFile(name, []byte(updated), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run returns the output of a temporal-dsql command.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := cli.Run(t.Context(), args, &stdout, &stderr, func(string) string { return "" }); code != 0 {
		t.Fatalf("temporal-dsql %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	return stdout.String()
}

// complete returns what shell completion offers after the arguments: name and description.
func complete(t *testing.T, args ...string) [][2]string {
	t.Helper()
	var offers [][2]string
	for line := range strings.Lines(run(t, append(append([]string{"__complete"}, args...), "")...)) {
		if name, description, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
			offers = append(offers, [2]string{name, description})
		}
	}
	return offers
}

func guardRails(t *testing.T) string {
	engine, err := compile.New("..")
	if err != nil {
		t.Fatal(err)
	}
	registry, err := engine.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	quotas, margins, err := engine.Limits()
	if err != nil {
		t.Fatal(err)
	}
	rails, err := policy.DescribeGuardRails(engine.Policies(), "")
	if err != nil {
		t.Fatal(err)
	}
	waivers, err := policy.DescribeWaivers(engine.Policies())
	if err != nil {
		t.Fatal(err)
	}
	constraints, err := engine.Constraints()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string][]explain.Rule{}
	for _, r := range rails {
		kinds["guard rail"] = append(kinds["guard rail"], explain.NewRule("guard rail", r, registry, quotas, margins))
	}
	for _, r := range waivers {
		kinds["waiver rule"] = append(kinds["waiver rule"], explain.NewRule("waiver rule", r, nil, nil, nil))
	}
	for _, name := range slices.Sorted(maps.Keys(constraints)) {
		r := explain.NewConstraint(name, constraints[name])
		kinds[r.Kind] = append(kinds[r.Kind], r)
	}
	if len(kinds["guard rail"]) < 40 {
		t.Fatalf("found only %d guard rails", len(kinds["guard rail"]))
	}
	var b strings.Builder
	for _, section := range []struct{ kind, title, intro string }{
		{"guard rail", "Guard rails", "Rego rules over a resolved deployment, in `policies/guardrails`."},
		{"constraint", "Constraints", "Checks of a single value, in CUE. They cannot be waived."},
		{"gate rule", "Gate rules", "Findings of `gate` about folders and policies, rather than about values."},
		{"waiver rule", "Waiver rules", "Rego rules about the waivers of a deployment, in `policies/waivers`."},
		{"lint rule", "Lint rules", "Findings of `lint` about a running configuration."},
	} {
		rules := kinds[section.kind]
		delete(kinds, section.kind)
		if len(rules) == 0 {
			t.Fatalf("there is no %s", section.kind)
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", section.title, section.intro)
		for _, r := range rules {
			writeRule(&b, r)
		}
	}
	for kind := range kinds {
		t.Errorf("rules of the kind %q have no section", kind)
	}
	return b.String()
}

func writeRule(b *strings.Builder, r explain.Rule) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.**", r.Name, strings.TrimSuffix(r.Title, "."))
	if r.Severity != "" {
		fmt.Fprintf(b, " Severity: %s.", r.Severity)
	}
	b.WriteString("\n")
	if r.Rationale != "" {
		fmt.Fprintf(b, "\n%s\n", wrap(r.Rationale))
	}
	if r.Remedy != "" {
		fmt.Fprintf(b, "\n%s\n", wrap("Remedy: "+r.Remedy+"."))
	}
	var reads []string
	for _, p := range r.Parameters {
		reads = append(reads, "`"+p.Key+"`")
	}
	for _, n := range r.Numbers {
		reads = append(reads, fmt.Sprintf("%s `%s`", n.Kind, n.Name))
	}
	if len(reads) > 0 {
		fmt.Fprintf(b, "\n%s\n", wrap("Reads: "+strings.Join(reads, ", ")+"."))
	}
	if r.Source != "" {
		fmt.Fprintf(b, "\n%s\n", wrap("Source: "+r.Source+"."))
	}
}

// wrap breaks a paragraph into lines of at most 100 columns.
func wrap(paragraph string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(paragraph) {
		if line != "" && len(line)+1+len(word) > 100 {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, line), "\n")
}

func commandReference(t *testing.T) string {
	var b strings.Builder
	b.WriteString("\n## temporal-dsql\n\n" + help(t) + "\n")
	var visit func(path ...string)
	visit = func(path ...string) {
		for _, offer := range complete(t, path...) {
			command := append(append([]string{}, path...), offer[0])
			if command[0] == "help" || command[0] == "completion" && len(command) > 1 {
				continue
			}
			text := help(t, command...)
			if !strings.Contains(text, "\n  temporal-dsql "+strings.Join(command, " ")) {
				continue // an argument, not a command
			}
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", strings.Join(command, " "), text)
			if strings.Contains(text, "\nAvailable Commands:\n") {
				visit(command...)
			}
		}
	}
	visit()
	if commands := strings.Count(b.String(), "\n## "); commands < 30 {
		t.Fatalf("found only %d commands", commands)
	}
	return b.String()
}

// help returns the help text of a command as a block of code.
func help(t *testing.T, command ...string) string {
	t.Helper()
	return "```text\n" + strings.TrimSpace(run(t, append(command, "--help")...)) + "\n```"
}
