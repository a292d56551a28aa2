package redact

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/phrase"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/textform"
)

// hasSpokenSecret finds a secret in a sentence: a word that only a password or a key is like, near a word for one.
func hasSpokenSecret(text string) bool {
	if !strings.Contains(text, " ") {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.ContainsAny(textform.TrimPadding(line), `{}[]=<>$|\`) || strings.Contains(line, `":`) {
			continue // structured text or a command, which other rules read
		}
		words := strings.Fields(line)
		for i, word := range words {
			if len(word) >= 6 && isPasswordLike(word) && isNearSecretWord(words, i) || isNamedBefore(words, i) {
				return true
			}
		}
	}
	return false
}

// isNamedBefore reports whether the words directly before a UUID or a random text name it, as in "api key 2fa12c49-…" and
// "bad signature 9fK…".
func isNamedBefore(words []string, at int) bool {
	value := strings.Trim(words[at], punctuation)
	isUUID := plainform.IsUUID(value)
	if at == 0 || len(value) < 20 || !isUUID && !randomness.IsToken(value) && !randomness.IsHexToken(value) {
		return false
	}
	i := at - 1
	for i > 0 && (linkWords[strings.Trim(words[i], ":=()")] || plainform.IsShortNumber(strings.TrimSuffix(words[i], ":"))) {
		i--
	}
	if i > 1 && relationWords[words[i-1]] && (i < at-1 || !idNouns[words[i]]) { // api key for staging is …, not: keys for app …
		i -= 2
	}
	name := strings.Trim(words[i], punctuation)
	if strings.ContainsAny(name, ":=") {
		return false
	}
	if path := strings.LastIndex(name, "/"); path >= 0 { // of a parameter: /prod/db-password
		name = name[path+1:]
	} else if i > 0 && !phrase.IsOfSentence(words[i-1]) && strings.Trim(words[i-1], lettersAndHyphen) == "" {
		name = words[i-1] + " " + name
	}
	class := classifyName(name)
	isCommit := len(value) == 40 && plainform.IsHex(value)
	return class.Kind == secretname.Always && (!isCommit || !class.Key) ||
		class.Kind != secretname.Never && !isCommit && (!isUUID || class.UUID)
}

const lettersAndHyphen = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"

// relationWords are between a name and what it is for.
var relationWords = stringSet("for", "of", "on", "at", "in")

// idNouns are what a UUID after them is the id of.
var idNouns = stringSet("app", "application", "client", "tenant", "user", "request", "subscription", "trace", "run", "workflow", "key")

// linkWords are between a name and its value.
var linkWords = stringSet("", "is", "was", "now", "to", "set", "changed", "reset", "rotated", "updated", "value", "with", "->", "=>")

// isNearSecretWord reports whether one of the words before or after a word, in the same part of the sentence, names a
// secret.
func isNearSecretWord(words []string, at int) bool {
	before, after := 5, 3
	if len(words[at]) >= 20 && randomness.IsToken(strings.Trim(words[at], punctuation)) {
		before = 8
	}
	if at > 1 && classifyName(words[at-2]+" "+strings.Trim(words[at-1], punctuation)).Kind >= secretname.UnlessMode {
		return true // auth string 9fK…
	}
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
	word := strings.TrimSuffix(strings.ToLower(strings.Trim(words[at], punctuation)), "'s")
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
	case (word == "in" || word == "on") && slices.Contains(signInVerbs, before):
		return true
	case (word == "code" || word == "codes") && before != "":
		return IsSecretName(before + " code")
	}
	return loginWords[word] || IsSecretName(word) && !secretname.IsDescriptive(word)
}

const punctuation = `.,;:!?()"'` + "`"

// signInVerbs come before "in" or "on" where a user signs in.
var signInVerbs = []string{"log", "logs", "logged", "logging", "sign", "signs", "signed", "signing"}

// loginWords are words for what needs a password.
var loginWords = stringSet("login", "logon", "signin", "wifi", "vpn", "unlock", "creds", "credentials")

// isPasswordLike reports whether a word is a password or key, and not a name, a version, a machine or a measure. It can
// come after the name of its user.
func isPasswordLike(word string) bool {
	word = strings.Trim(word, `.,;:?()"'`+"`")
	if user, password, is := strings.Cut(word, ":"); is && tokenUsers[password] { // TOKEN:x-oauth-basic
		word = user
	} else if is && loginNamePattern().MatchString(user) && !slices.Contains(digestPrefixes, strings.TrimRight(user, "0123456789")) {
		word = password
	}
	if len(word) >= 20 && randomness.IsToken(word) || phrase.IsMarkedWord(word) && randomness.CountClasses(word) == 4 {
		return true
	}
	isHex := plainform.IsHex(word)
	switch {
	case len(word) < 6 || !randomness.HasLetterAndDigit(word) || strings.ContainsAny(word, `/:()"'`) || !isUnlikeName(word) ||
		plainform.IsTicket(word) || plainform.IsUUID(word) || plainform.IsULID(word) ||
		randomness.IsWordy(word) && !strings.ContainsAny(word, "!^~&*") && (randomness.CountClasses(word) < 4 || !isUnlikeWord(word)) ||
		randomness.IsObjectID(word) ||
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

// isCircumstance reports whether a text says where, whose or how long something is, without a password: in secret db-2.
func isCircumstance(text string) bool {
	return phrase.BeginsCircumstance(text) && !slices.ContainsFunc(strings.Fields(text), isPasswordLike)
}

// tokenUsers take the place of a user or a password next to a token.
var tokenUsers = stringSet("x-oauth", "x-oauth-basic", "x-token-auth", "x-access-token", "api_token", "token", "X")

var loginNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9._-]{1,20}$`) })
