package redact

import (
	"regexp"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
)

// hasUserFlagSecret finds the password of any program that takes -u USER -p PASSWORD.
func hasUserFlagSecret(text string) bool {
	if !strings.Contains(text, " -p") && !strings.Contains(text, " -P") {
		return false
	}
	for _, at := range userFlagPattern().FindAllStringSubmatchIndex(text, -1) {
		value := text[at[2]:at[3]]
		isPassword := len(value) >= 4 && (randomness.HasLetterAndDigit(value) || strings.ContainsAny(value, "!#%^&*~+"))
		isName := plainform.IsVersion(value) || isFilePath(value) || isPlaceholder(value) || plainform.IsResourceName(value) ||
			plainform.IsReplica(value) || strings.ContainsAny(value, "/:=,$<{(")
		if isPassword && !isName && plainform.KnownProgram(lastPart(text[:at[0]])) == "" {
			return true
		}
	}
	return false
}

var userFlagPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\s(?:-[uU]|--user(?:name)?)[ =]["']?[A-Za-z][^\s"']*["']?\s(?:[^\n|;&]*?\s)?-[pP][ =]?["']?([^\s"']+)`)
})
