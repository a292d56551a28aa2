package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/knownform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/phrase"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/textform"
)

// hasConnectionSecret finds one of the patterns of package textform, passwords after user names, and lines of a .pgpass file.
func hasConnectionSecret(text string) bool {
	lower := knownform.LowerLetters(text)
	for _, p := range textform.Patterns() {
		if !p.CanMatch(text, lower) {
			continue
		}
		if p.Decision == textform.ShortFlag {
			if hasShortFlagSecret(p.Regexp(), text) {
				return true
			}
			continue
		}
		for _, m := range p.Regexp().FindAllStringSubmatch(text, -1) {
			if decides(p.Decision, m) {
				return true
			}
		}
	}
	return hasCommandSecret(text) || hasUserFlagSecret(text) || hasPgpassLine(text)
}

// hasShortFlagSecret finds the secret of a flag of one letter, which depends on the command before it.
func hasShortFlagSecret(form *regexp.Regexp, text string) bool {
	for _, at := range form.FindAllStringSubmatchIndex(text, -1) {
		flag, value := text[at[2]:at[3]], text[at[4]:at[5]]
		if isShortFlagSecret("", flag, value) && isShortFlagSecret(text[:at[0]], flag, value) {
			return true
		}
	}
	return false
}

// decides reports whether a match of a pattern is a secret.
func decides(by textform.Decision, m []string) bool {
	switch by {
	case textform.FormAlone:
		return true
	case textform.SecretName:
		return IsSecretName(m[1])
	case textform.NumberedWord:
		value := strings.TrimRight(m[1], ".,;)")
		return randomness.HasLetterAndDigit(value) && !randomness.IsFilePath(value) && !isPlaceholder(value) &&
			!plainform.IsTicket(value) && !plainform.BeginsCall(value) &&
			!plainform.IsVersion(value) && !plainform.IsShortNumber(value) && !plainform.IsMode(strings.ToLower(value)) &&
			!plainform.IsRegion(value) && !plainform.IsProperty(value)
	case textform.StatedWord:
		value := strings.TrimRight(m[1], ".,;)")
		return decides(textform.NumberedWord, m) && !plainform.IsReplica(value) && !plainform.IsNumberedWord(value) &&
			!plainform.IsMeasure(value) && !strings.Contains(value, "/")
	case textform.MixedRun:
		return plainform.HasTurns(m[1])
	case textform.Irregular:
		return randomness.IsIrregular(strings.TrimRight(m[1], ".,;)")) && !randomness.IsFilePath(m[1]) && !isPlaceholder(m[1]) &&
			!plainform.IsReference(m[1])
	case textform.PasswordPair:
		_, password, _ := strings.Cut(m[1], ":")
		return hasPasswordPair(m[1]) && randomness.CountClasses(password) >= 2 && strings.ContainsAny(password, "0123456789")
	case textform.Directive:
		return IsSecretField(m[1], m[2]) &&
			(isUnlikeWord(m[2]) || isDirective(m[1]) && isUnlikeName(m[2]) && randomness.HasLetterAndDigit(m[2]))
	case textform.UnlikeWord:
		return isUnlikeWord(strings.TrimRight(m[1], ".,;)"))
	case textform.MarkedWord:
		return phrase.IsMarkedWord(strings.TrimRight(m[1], ".,;)"))
	case textform.UnlikeOrMarked:
		value := strings.TrimRight(m[1], ".,;)")
		return phrase.IsMarkedWord(value) || isUnlikeWord(value)
	case textform.LetterAndDigit:
		value := strings.TrimRight(m[1], ".,;)")
		return randomness.HasLetterAndDigit(value) && !plainform.IsVersion(value)
	case textform.PrintedFile:
		return IsSecretName(strings.TrimSuffix(m[1], "-file")) && !isPlaceholder(m[2])
	case textform.SecretPath:
		return IsSecretName(m[1][strings.LastIndex(m[1], "/")+1:])
	case textform.MixedText:
		return isMixedSecret(m[1]) && !plainform.IsFileName(m[1])
	case textform.TokenOrUUID:
		return plainform.IsUUID(m[1]) || randomness.IsToken(m[1]) || randomness.IsIrregular(m[1]) && !randomness.IsFilePath(m[1])
	case textform.Authorization:
		login, err := base64.StdEncoding.DecodeString(m[1])
		isWord := len(m[1]) >= 5 && plainform.IsPlainWord(m[1]) && phrase.IsUnrelated(m[1])
		return !isPlaceholder(m[1]) && (randomness.HasLetterAndDigit(m[1]) || isWord || err == nil && strings.Contains(string(login), ":"))
	case textform.SpacedPair:
		return IsSecretName(m[1]) && isDirective(m[1]) && randomness.HasLetterAndDigit(m[2]) && isUnlikeName(m[2]) &&
			!plainform.IsTicket(m[2])
	case textform.SetCommand:
		return IsSecretName(m[1]) && !strings.ContainsAny(m[2][:1], "<>|&") &&
			(isDirective(m[1]) && !phrase.IsOfSentence(m[2]) || !plainform.IsPlainWord(m[2]))
	case textform.PrintedWord:
		return phrase.IsUnrelated(m[1]) && plainform.IsPrintable(m[1])
	case textform.JoinedNoun:
		return phrase.IsPartlyUnrelated(m[1])
	case textform.PlainWord:
		return phrase.IsUnrelated(m[1]) && !isPlaceholder(m[1])
	case textform.WordPassword:
		return phrase.IsJoined(strings.TrimRight(m[1], ".,;:!?)"))
	case textform.WordPhrase:
		return phrase.BeginsWithWords(m[1])
	case textform.FewWords:
		return phrase.AreUnrelated(m[1])
	case textform.WalletPhrase:
		return phrase.IsWallet(m[1])
	case textform.NamedRandom:
		return canBeSecretName(m[1]) && (randomness.IsIrregular(m[2]) || plainform.IsUUID(m[2]))
	case textform.SpokenCode:
		first, _, _ := strings.Cut(m[2], " ") // but not: unlock code path 4a
		return IsSecretName(m[1]) && strings.ContainsAny(first, "0123456789") && len(m[2]) >= 4
	case textform.QuotedPhrase:
		words := strings.Fields(m[1])
		if isPlaceholder(m[1]) || plainform.IsReference(m[1]) || plainform.BeginsTemplate(m[1]) {
			return false
		}
		return randomness.HasLetterAndDigit(m[1]) ||
			len(words) > 1 && !slices.ContainsFunc(words, phrase.IsOfSentence)
	case textform.Attribute: // not the element code of HTML
		return m[1] != "code" && (IsSecretName(m[1]) || IsSecretField(m[1], m[2]) || isUnnamedSecret(m[1], m[2]))
	case textform.WindowsFlag:
		return !plainform.BeginsProperty(m[1]) && isMixedSecret(m[1])
	case textform.ColonRow:
		isName := strings.ContainsAny(m[1], "_-.") && randomness.IsWordy(m[1]) || plainform.IsResourceName(m[1])
		return !isName && isMixedSecret(m[1])
	case textform.SecretColumn:
		return slices.ContainsFunc(strings.Split(m[1], ","), IsSecretName)
	}
	return !isPlaceholder(m[1]) && !isImageDigest(m[0]) && !isAccount(m[0])
}

// isMixedSecret reports whether a value has letters and digits, and is not a placeholder or a mode.
func isMixedSecret(value string) bool {
	return len(value) >= 6 && randomness.HasLetterAndDigit(value) && !isPlaceholder(value) && !plainform.IsMode(value)
}

// isUnlikeWord reports whether a value mixes letters and digits as passwords do, and versions, times, paths and names
// with a number do not.
func isUnlikeWord(value string) bool {
	isMarked := strings.ContainsAny(strings.TrimRight(value, "!?"), "!#$%^&*~+") // as in no name
	return randomness.CountClasses(value) >= 3 && strings.ContainsAny(value, "0123456789") && (isMarked || !randomness.IsWordy(value)) &&
		!plainform.IsReplica(value) && isUnlikeName(value)
}

// isUnlikeName reports whether a value is not a version, a path, an address, a number or a placeholder.
func isUnlikeName(value string) bool {
	return len(value) >= 6 && !strings.Contains(value, " ") && !plainform.IsVersion(value) && !randomness.IsFilePath(value) &&
		!isPlainURL(value) && !isPlaceholder(value) && !plainform.IsReference(value) &&
		!strings.ContainsAny(value[:1], "$<{(") && !plainform.IsMeasure(value) && !plainform.IsQuantity(value) &&
		!plainform.IsRegion(value) && !plainform.IsProperty(value) && !plainform.IsMachineType(value)
}

// isDirective reports whether a name is one of a configuration file, not a word of a sentence: requirepass, db_password.
func isDirective(name string) bool {
	return len(secretname.Split(name)) > 1 || secretname.IsJoined(name)
}

// isImageDigest reports whether a match is the tag of a container image, before its digest.
func isImageDigest(match string) bool {
	return strings.Contains(match, "@sha256") || strings.Contains(match, "@sha512")
}

// isAccount reports whether a match is an address of a person or a pair of numeric ids.
func isAccount(match string) bool {
	trimmed := strings.TrimLeft(match, " \t\n\"'=,;(")
	for _, scheme := range []string{"mailto:", "sip:", "acct:", "xmpp:", "im:", "serviceAccount:", "group:"} {
		if strings.HasPrefix(trimmed, scheme) {
			return true
		}
	}
	return false
}

var pgpassPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ \t]*([^:\s#/]+):([0-9]{2,5}|\*):([^:\s]+):([^:\s]+):([^:\s]+)[ \t]*\r?$`)
})

func hasPgpassLine(text string) bool {
	if strings.Count(text, ":") < 4 {
		return false
	}
	for _, m := range pgpassPattern().FindAllString(text, -1) {
		if !plainform.BeginsInterval(m) && !plainform.IsAddress(strings.TrimSpace(m)) {
			return true
		}
	}
	return false
}
