package redact

import (
	"regexp"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
)

// hasSpokenSecret finds a secret in a sentence: a word that only a password or a key is like, near a word for one.
func hasSpokenSecret(text string) bool {
	if !strings.Contains(text, " ") {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.ContainsAny(paddingPattern().ReplaceAllString(line, "$1"), `{}[]=<>$|\`) || strings.Contains(line, `":`) {
			continue // structured text or a command, which other rules read
		}
		words := strings.Fields(line)
		for i, word := range words {
			if len(word) >= 6 && isPasswordLike(word) && isNearSecretWord(words, i) {
				return true
			}
		}
	}
	return false
}

// isNearSecretWord reports whether one of the words before or after a word, in the same part of the sentence, names a
// secret.
func isNearSecretWord(words []string, at int) bool {
	const before, after = 5, 3
	for i := at - 1; i >= max(0, at-before) && !strings.ContainsAny(words[i][len(words[i])-1:], ".;"); i-- {
		if namesSecret(words, i) {
			return true
		}
	}
	for i := at + 1; i < min(len(words), at+after+1) && !strings.ContainsAny(words[i-1][len(words[i-1])-1:], ".;,"); i++ {
		if namesSecret(words, i) {
			return true
		}
	}
	return false
}

// namesSecret reports whether a word of a sentence means a secret or a login, as "token" and "log in" do, and "cache key"
// does not.
func namesSecret(words []string, at int) bool {
	word := strings.ToLower(strings.Trim(words[at], punctuation))
	if strings.ContainsAny(word, "0123456789/:.") || len(word) > 48 || strings.HasPrefix(word, "-") {
		return false
	}
	before := ""
	if at > 0 {
		before = strings.ToLower(strings.Trim(words[at-1], punctuation))
	}
	switch {
	case word == "key":
		return canBeSecretName(before + " key")
	case (word == "in" || word == "on") && (before == "log" || before == "sign" || before == "logged"):
		return true
	case (word == "code" || word == "codes") && before != "":
		return IsSecretName(before + " code")
	}
	return loginWords[word] || IsSecretName(word) && !secretname.IsDescriptive(word)
}

// paddingPattern matches the end of base64.
var paddingPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([A-Za-z0-9+/_-]{20})={1,2}(?:[\s.,;:?!)"'\x60]|$)`)
})

const punctuation = `.,;:!?()"'` + "`"

// loginWords are words for what needs a password.
var loginWords = stringSet("login", "logon", "signin", "wifi", "vpn", "unlock", "creds", "credentials")

// isPasswordLike reports whether a word is a password or key, and not a name, a version, a machine or a measure. It can
// come after the name of its user.
func isPasswordLike(word string) bool {
	word = strings.Trim(word, `.,;:?()"'`+"`")
	if user, password, is := strings.Cut(word, ":"); is && loginNamePattern().MatchString(user) {
		word = password
	}
	if len(word) >= 20 && randomness.IsToken(word) {
		return true
	}
	isHex := plainform.IsHex(word)
	switch {
	case len(word) < 6 || !randomness.HasLetterAndDigit(word) || strings.ContainsAny(word, `/:()"'`) || !isUnlikeName(word) ||
		plainform.IsTicket(word) || plainform.IsUUID(word) ||
		randomness.IsWordy(word) && (randomness.CountClasses(word) < 4 || !isUnlikeWord(word)) || randomness.IsObjectID(word) ||
		plainform.IsResourceName(word) || plainform.IsMachineType(word) || plainform.IsHost(word) ||
		plainform.IsTime(word) || plainform.IsMode(strings.ToLower(word)):
		return false
	case isHex:
		return len(word) == 32 || len(word) > 40
	case strings.ContainsAny(word, "!#%^&*~+@"):
		return randomness.CountClasses(word) >= 3 && !strings.Contains(word, "@") || randomness.IsUnlikely(word, 4)
	}
	isMixed := strings.ToLower(word) != word && strings.ToUpper(word) != word
	return isMixed && randomness.IsUnlikely(word, 2) || randomness.IsUnlikely(word, 10)
}

var loginNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9._-]{1,20}$`) })
