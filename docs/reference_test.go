package docs_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
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

// commandReference returns the help of every command. Flags that several commands share are
// described once, before the commands, and named in each.
func commandReference(t *testing.T) string {
	commands := readCommands(t)
	if len(commands) < 30 {
		t.Fatalf("found only %d commands", len(commands))
	}
	uses := map[commandFlag]int{}
	for _, command := range commands {
		for _, flag := range command.flags {
			uses[flag]++
		}
	}
	var shared []commandFlag
	for flag, commands := range uses {
		if commands >= sharedFlagUses {
			shared = append(shared, flag)
		}
	}
	slices.SortFunc(shared, func(a, b commandFlag) int { return cmp.Compare(a.sortKey(), b.sortKey()) })
	var b strings.Builder
	b.WriteString("\n## Shared flags\n\nEvery command takes `--help`. " +
		"A command that takes one of these flags names it in its last line.\n\n```text\n")
	writeFlags(&b, shared)
	b.WriteString("```\n")
	for _, command := range commands {
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s", cmp.Or(strings.Join(command.path, " "), "temporal-dsql"), command.before)
		var own []commandFlag
		var names []string
		for _, flag := range command.flags {
			switch {
			case slices.Contains(shared, flag):
				names = append(names, nameShared(flag, shared))
			case flag.name() != "--help":
				own = append(own, flag)
			}
		}
		if len(own) > 0 {
			b.WriteString("\n\nFlags:\n")
			writeFlags(&b, own)
		} else {
			b.WriteString("\n")
		}
		if len(names) > 0 {
			fmt.Fprintf(&b, "\nShared flags:\n  %s\n", strings.ReplaceAll(wrap(strings.Join(names, ", ")), "\n", "\n  "))
		}
		b.WriteString("```\n")
	}
	return b.String()
}

// nameShared returns the name of a shared flag, with its value if another shared flag has the same name.
func nameShared(flag commandFlag, shared []commandFlag) string {
	for _, other := range shared {
		if other != flag && other.name() == flag.name() {
			return strings.TrimSpace(flag.usage)
		}
	}
	return flag.name()
}

// sharedFlagUses is the number of commands from which on a flag is described once.
const sharedFlagUses = 4

// A commandHelp is the help of a command, with its flags apart from the text before them.
type commandHelp struct {
	path   []string
	before string
	flags  []commandFlag
}

// A commandFlag is a line of the flags of a command.
type commandFlag struct {
	usage, description string
}

// name returns the long name, with dashes.
func (f commandFlag) name() string {
	_, name, _ := strings.Cut(f.usage, "--")
	name, _, _ = strings.Cut(name, " ")
	return "--" + name
}

func (f commandFlag) sortKey() string {
	return f.name() + " " + f.usage
}

// writeFlags writes the flags in two columns.
func writeFlags(b *strings.Builder, flags []commandFlag) {
	width := 0
	for _, flag := range flags {
		width = max(width, len(flag.usage))
	}
	for _, flag := range flags {
		fmt.Fprintf(b, "%-*s   %s\n", width, flag.usage, flag.description)
	}
}

// readCommands returns the help of every command, each before its subcommands.
func readCommands(t *testing.T) []commandHelp {
	commands := []commandHelp{readHelp(t)}
	var visit func(path ...string)
	visit = func(path ...string) {
		for _, offer := range complete(t, path...) {
			command := append(append([]string{}, path...), offer[0])
			if command[0] == "help" || command[0] == "completion" && len(command) > 1 {
				continue
			}
			text := readHelp(t, command...)
			if !strings.Contains(text.before, "\n  temporal-dsql "+strings.Join(command, " ")) {
				continue // an argument, not a command
			}
			commands = append(commands, text)
			if strings.Contains(text.before, "\nAvailable Commands:\n") {
				visit(command...)
			}
		}
	}
	visit()
	return commands
}

// readHelp returns the help of a command.
func readHelp(t *testing.T, command ...string) commandHelp {
	t.Helper()
	text := strings.TrimSpace(run(t, append(command, "--help")...))
	before, after, found := strings.Cut(text, "\n\nFlags:\n")
	if !found {
		t.Fatalf("temporal-dsql %s --help lists no flags", strings.Join(command, " "))
	}
	list, _, _ := strings.Cut(after, "\n\n")
	var flags []commandFlag
	for line := range strings.SplitSeq(list, "\n") {
		match := flagLine.FindStringSubmatch(line)
		if match == nil {
			t.Fatalf("temporal-dsql %s --help: not a flag with a description: %q", strings.Join(command, " "), line)
		}
		flags = append(flags, commandFlag{match[1], match[2]})
	}
	return commandHelp{command, before, flags}
}

// flagLine matches a flag with its description, which two blanks or more precede.
var flagLine = regexp.MustCompile(`^(\s+(?:-\w, )?--\S+(?: \S+)*)\s{2,}(\S.*)$`)
