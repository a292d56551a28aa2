package plainform

import (
	"regexp"
	"sync"
)

// TakesTaskQueue reports whether a program takes the name of a task queue after -t.
func TakesTaskQueue(program string) bool {
	return program == "temporal" || program == "tctl" || program == "tdbg"
}

// KnownProgram returns the program whose command a text ends in, if its flags of one letter take no secret, besides those
// that are recognised by the program, and tokens, or "".
func KnownProgram(text string) string {
	start := 0
	for _, at := range commandStartPattern().FindAllStringIndex(text, -1) {
		start = at[1]
	}
	m := knownCommandPattern().FindStringSubmatch(text[start:])
	if m == nil || m[1] == "docker" && runPattern().MatchString(text[start:]) { // what docker runs has flags of its own
		return ""
	}
	return m[1]
}

// commandStartPattern matches the text before a command in a longer text.
var commandStartPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[|;&\n]|\$\(|\s--\s|\w:\s+|["']:`) })

var knownCommandPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^[\s"'\[-]*(?:sudo\s+)?(?:[A-Za-z_]\w*=\S*\s+)*(?:\S*/)?(temporal|tctl|tdbg|kubectl|docker|aws|helm|psql|pg_\w+|` +
			`ssh|scp|rsync|nc|nmap|mvn|gradle|npm|yarn|pnpm|cargo|pytest|perl|protoc|mkdir|cp|tar|wrk|k6|vegeta|git|terraform|tofu|sysbench|` +
			`iperf3?|ps|fio|kcat|stress|stress-ng|strace|perf|tcpdump|screen|tmux|kustomize|skaffold|pulumi|ansible\S*|gh|glab)(?:["',\s]|$)`,
	)
})

var runPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\s(?:run|exec)\s`) })

// IsShellVariable reports whether a value begins with what a shell fills in.
func IsShellVariable(value string) bool { return shellVariablePattern().MatchString(value) }

var shellVariablePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\$+(?:[A-Za-z_{(]|[0-9@*?]$)`) })

// IsVariable reports whether a value is a variable of a shell, and nothing else.
func IsVariable(value string) bool { return variableOnlyPattern().MatchString(value) }

var variableOnlyPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\$[A-Za-z_]\w*$`) })

// IsNumberedWord reports whether a value is a word with a digit, as stages and profiles have: phase2.
func IsNumberedWord(value string) bool { return numberedWordPattern().MatchString(value) }

var numberedWordPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{4,}-?[0-9]$`) })
