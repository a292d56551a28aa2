package redact

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/commandline"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
)

// hasCommandSecret finds what a program in a text takes as a secret.
func hasCommandSecret(text string) bool {
	return strings.ContainsAny(text, " \t") && slices.ContainsFunc(commandline.Secrets(text), isArgumentSecret)
}

// hasQuotedSecret finds secrets in JSON that is an argument of a command.
func hasQuotedSecret(text string, depth int) bool {
	if !strings.Contains(text, `'{`) && !strings.Contains(text, `'[`) && !strings.Contains(text, `"{`) {
		return false
	}
	for command := range commandline.Split(text) {
		for _, argument := range command {
			if len(argument) < len(text)-1 && strings.HasPrefix(argument, "{") && hasStructuredSecret(argument, depth) {
				return true
			}
		}
	}
	return false
}

// isArgumentSecret reports whether the argument of a program that takes a secret is one, and not a variable or a file.
func isArgumentSecret(value string) bool {
	return !isPlaceholder(value) && !plainform.IsReference(value) && !randomness.IsFilePath(value) &&
		!plainform.IsShellVariable(value)
}

// secretArguments returns the items of a list that are secrets to the program before them.
func secretArguments(items []string) map[int]bool {
	var all map[int]bool
	for _, secret := range commandline.InArguments(items) {
		if isArgumentSecret(secret.Text) {
			if all == nil {
				all = map[int]bool{}
			}
			all[secret.Index] = true
		}
	}
	return all
}

// hasOptionSecret finds what the program in the name of a variable takes as a secret: CURL_OPTS="-u ci:…".
func hasOptionSecret(name, value string) bool {
	program := commandline.ProgramOf(name)
	return program != "" && hasCommandSecret(program+" "+value)
}

// hasUserFlagSecret finds the password of any program that takes -u USER -p PASSWORD.
func hasUserFlagSecret(text string) bool {
	if !strings.Contains(text, " -p") && !strings.Contains(text, " -P") {
		return false
	}
	for _, at := range userFlagPattern().FindAllStringSubmatchIndex(text, -1) {
		value := text[at[2]:at[3]]
		isPassword := len(value) >= 4 && (randomness.HasLetterAndDigit(value) || strings.ContainsAny(value, "!#%^&*~+"))
		isName := plainform.IsVersion(value) || randomness.IsFilePath(value) || isPlaceholder(value) || plainform.IsResourceName(value) ||
			plainform.IsReplica(value) || plainform.IsNumberedWord(value) || strings.ContainsAny(value, "/:=,$<{(")
		if isPassword && !isName && plainform.KnownProgram(lastPart(text[:at[0]])) == "" {
			return true
		}
	}
	return false
}

var userFlagPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\s(?:-[uU]|--user(?:name)?)[ =]["']?[A-Za-z][^\s"']*["']?\s(?:[^\n|;&]*?\s)?-[pP][ =]?["']?([^\s"']+)`)
})
