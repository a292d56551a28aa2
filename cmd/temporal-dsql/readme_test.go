//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// The pages that a reader types along with: the folder that each starts in, and the
// fewest commands that it has. Pages whose commands need a cluster are not among them.
var typedPages = map[string]struct {
	startIn func(*testing.T) string
	least   int
}{
	"README.md":                     {cloneTree, 3},
	"docs/getting-started.md":       {(*testing.T).TempDir, 10},
	"docs/deployments.md":           {cloneTree, 14},
	"docs/presets-and-modifiers.md": {cloneTree, 7},
	"docs/migrating.md":             {cloneTree, 6},
	"docs/ci.md":                    {(*testing.T).TempDir, 9},
}

// Every command of a page does what the page says: it exits as stated and prints the
// block of text below it.
func TestPagesAreExecutable(t *testing.T) {
	names := slices.Sorted(maps.Keys(typedPages))
	for _, n := range rapidtest.Choose(len(names)) {
		name, typed := names[n], typedPages[names[n]]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join("../..", name))
			if err != nil {
				t.Fatal(err)
			}
			reader := pageReader{t: t, worker: listenForCommands(t), dir: typed.startIn(t), home: t.TempDir()}
			reader.follow(string(content))
			if reader.typed < typed.least {
				t.Errorf("found only %d commands, want at least %d", reader.typed, typed.least)
			}
		})
	}
}

// A misspelt command, a wrong exit code and another output are noticed.
func TestPagesThatAreWrongFail(t *testing.T) {
	for name, c := range map[string]struct{ stated, output string }{
		"output": {"a\n…c", "a\nb\n"},
		"order":  {"b\na", "a\nb\n"},
		"line":   {"a\nb", "a\nx\nb\n"},
	} {
		if matchesText(c.stated, c.output) {
			t.Errorf("%s: %q matches %q", name, c.output, c.stated)
		}
	}
	if !matchesText("a…\n…\nd", "abc\nx\nd\n") || statedExit("temporal-dsql gate # exits with 1") != 1 ||
		statedExit("temporal-dsql gate") != 0 {
		t.Error("what a page states is not understood")
	}
}

// cloneTree copies what the commands of a clone need.
func cloneTree(t *testing.T) string {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "clone")
	for _, dir := range []string{"adapters", "cue.mod", "grafana", "modifiers", "policies", "presets", "profiles", "schema"} {
		if err := os.CopyFS(filepath.Join(clone, dir), os.DirFS(filepath.Join("../..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	return clone
}

// A pageReader types the commands of a page, one after the other.
type pageReader struct {
	t                 *testing.T
	worker, dir, home string
	typed             int
}

var (
	codeBlock   = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	fileToWrite = regexp.MustCompile(`^(?:#|//) ([\w./-]+/[\w.-]+\.\w+)\n`)
	exitStated  = regexp.MustCompile(`# exits with (\d+)`)
)

// follow runs the shell blocks of a page, writes the files that it shows under their
// names, and compares outputs with the blocks of text.
func (r *pageReader) follow(content string) {
	output := ""
	for _, block := range codeBlock.FindAllStringSubmatch(content, -1) {
		language, code := block[1], block[2]
		switch {
		case language == "sh":
			output = ""
			for line := range strings.Lines(strings.ReplaceAll(code, "\\\n", "")) {
				if printed, ran := r.typeLine(strings.TrimSpace(line)); ran {
					output = printed
				}
			}
		case language == "text":
			if !matchesText(code, output) {
				r.t.Errorf("the page shows\n%s\nbut the command prints\n%s", code, output)
			}
		case fileToWrite.MatchString(code):
			name := filepath.Join(r.dir, fileToWrite.FindStringSubmatch(code)[1])
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				r.t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(code), 0o600); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

// typeLine runs one line. Stock tools are the parity tests' to run, and an
// installation needs the network.
func (r *pageReader) typeLine(line string) (output string, ran bool) {
	command, _, _ := strings.Cut(line, " ")
	switch command {
	case "cd":
		r.dir = filepath.Join(r.dir, strings.TrimSpace(strings.TrimPrefix(line, "cd")))
		return "", false
	case "temporal-dsql":
		r.typed++
	case "git", "mkdir", "cp":
	default:
		return "", false
	}
	line, _, _ = strings.Cut(line, " | ")
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", line)
	cmd.Dir = r.dir
	cmd.Env = []string{
		r.worker, "PATH=" + os.Getenv("PATH"), "HOME=" + r.home,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
	}
	out, _ := cmd.CombinedOutput()
	if got, want := cmd.ProcessState.ExitCode(), statedExit(line); got != want {
		r.t.Errorf("%s: exits with %d, want %d\n%s", line, got, want, out)
	}
	if command == "temporal-dsql" && len(out) == 0 {
		r.t.Errorf("%s: prints nothing", line)
	}
	return string(out), true
}

func statedExit(line string) int {
	stated := exitStated.FindStringSubmatch(line)
	if stated == nil {
		return 0
	}
	code, err := strconv.Atoi(stated[1])
	if err != nil {
		panic(fmt.Sprintf("%q is not an exit code", stated[1]))
	}
	return code
}

// matchesText reports whether an output is the stated one, in which … stands for any
// text within a line, and a line of … for any lines.
func matchesText(stated, output string) bool {
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for line := range strings.Lines(strings.TrimSpace(stated) + "\n") {
		line = strings.TrimRight(line, "\n")
		if line == "…" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		for i, part := range strings.Split(line, "…") {
			if i > 0 {
				pattern.WriteString(`.*`)
			}
			pattern.WriteString(regexp.QuoteMeta(part))
		}
		pattern.WriteString(`\n`)
	}
	pattern.WriteString(`\z`)
	return regexp.MustCompile(pattern.String()).MatchString(strings.TrimSpace(output) + "\n")
}
