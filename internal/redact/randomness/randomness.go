// Package randomness distinguishes random text, such as keys and tokens, from names that people write.
package randomness

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/gitleaks"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
)

// Enough is the entropy in bits per character above which forty characters are random. English has about 4, random
// characters about 4.8.
const Enough = 4.25

// IsIrregular reports whether a value is too irregular to be a word, an identifier or a number.
func IsIrregular(value string) bool {
	n := utf8.RuneCountInString(value)
	switch {
	case n < 12 || strings.ContainsAny(value, " \t\n") || plainform.IsIdentifier(value) || plainform.IsVersion(value) ||
		plainform.IsUUID(value) || plainform.IsTime(value):
		return false
	case n >= 32 && plainform.IsHex(value):
		return true
	case IsWordy(value):
		return false
	case !strings.ContainsAny(value, "0123456789"):
		return n >= 16 && CountClasses(value) >= 2 && IsUnlikely(value, unlikelyBits)
	}
	entropy := gitleaks.Entropy(value)
	return (CountClasses(value) >= 3 && entropy >= 3.3 || n >= 20 && entropy >= 3.8) && IsUnlikely(value, -5)
}

// maxTokenLength is the length of the longest key that is recognised by its randomness alone.
const maxTokenLength = 512

// unlikelyBits are how many bits likelier a text is as random letters and digits than as names. Of random texts of
// sixteen characters 97 of 100 have as many; names of several words have none.
const unlikelyBits = 8

// IsToken reports whether a value consists of random letters and digits, as keys and tokens do, whatever its name.
func IsToken(value string) bool {
	body := strings.TrimRight(value, "=")
	if len(body) < 14 || len(body) > maxTokenLength || len(value)-len(body) > 2 || publicStartPattern().MatchString(body) ||
		IsPhysicalName(value) || IsObjectID(body) || plainform.IsKSUID(value) || plainform.IsULID(value) {
		return false
	}
	var lower, upper, digits, others int
	for i := range len(body) {
		switch c := body[i]; {
		case c >= 'a' && c <= 'z':
			lower++
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= '0' && c <= '9':
			digits++
		case c != '+' && c != '/' && c != '-' && c != '_':
			return false
		default:
			others++
		}
	}
	isMixed := lower > 0 && upper > 0
	switch {
	case IsWordy(value) || isCamelName(body):
		return false
	case len(body) >= 22 && min(lower, upper) >= len(body)/6 && digits >= len(body)/24+1 && gitleaks.Entropy(body) >= 4 &&
		!hasWords(body):
	case isMixed && digits > 0 && others <= len(body)/8 && IsUnlikely(body, unlikelyBits+6*min(1, max(0, 18-len(body)))):
	case isMixed && digits == 0 && len(body) >= 20 && others <= len(body)/8 && IsUnlikely(body, 2*unlikelyBits):
	case !isMixed && others == 0 && digits > 1 && lower+upper > digits && len(body) >= 28 && !plainform.IsHex(body) &&
		IsUnlikely(body, 4*unlikelyBits):
	case !isMixed && others == 0 && len(body) >= 28 && isBase32(body) && IsUnlikely(body, 3*unlikelyBits):
	default:
		return false
	}
	return !IsEncodedText(body)
}

// isBase32 reports whether a text has the letters and digits of base32 only.
func isBase32(text string) bool {
	return strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == "" || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// IsSignedToken reports whether a value consists of random letters, digits and signs, as base85 and generated passwords
// do, and is not an expression, a format or a template.
func IsSignedToken(value string) bool {
	if len(value) < 16 || len(value) > maxTokenLength || hasWords(value) || expressionPattern().MatchString(value) {
		return false
	}
	var count [numKinds]int
	signs, changes, before := "", 0, -1
	for i := range len(value) {
		c, kind := value[i], kindOf(value[i])
		if c <= ' ' || c > '~' {
			return false
		}
		if kind == other && strings.IndexByte(signs, c) < 0 {
			signs += string(rune(c))
		}
		if kind != before {
			changes++
		}
		count[kind]++
		before = kind
	}
	switch {
	case min(count[lower], count[upper]) < 2 || count[digit] == 0 && (len(signs) < 6 || len(value) < 20) || signs == "":
		return false
	case strings.Trim(signs, passwordSigns) == "" && count[other] <= 4: // a token with few signs
		body := strings.Join(strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(passwordSigns, r) }), "")
		return len(body) >= 14 && !IsWordy(value) && IsUnlikely(body, 2)
	}
	return len(signs) >= 3 && count[other]*10 >= len(value) && count[other]*5 <= 3*len(value) && changes*2 >= len(value) &&
		IsUnlikely(value, 0)
}

// passwordSigns are in generated passwords, and not in names, numbers and base64.
const passwordSigns = "!#$%^&*@~?"

// expressionPattern matches what is in regular expressions, formats of times and texts, templates, and addresses.
var expressionPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`\[\^?(?:A-Z|a-z|0-9|:)|\\[dwsDWSb.]|\(\?|\.[*+]|\$?\{\{|\$\{|://|::|` +
			`(?:%[-0-9.]*[A-Za-z][^%]{0,2}){3}|[a-z]{6}|[A-Z]{7}|"[:,]`,
	)
})

// hasWords reports whether half of a text is words in camel case.
func hasWords(text string) bool {
	return len(strings.Join(wordRunPattern().FindAllString(text, -1), "")) >= len(text)/2
}

// isCamelName reports whether most letters of a text are those of words in camel case, as in Soak24hMidScale15Replicas.
func isCamelName(text string) bool {
	letters := 0
	for i := range len(text) {
		if kind := kindOf(text[i]); kind == lower || kind == upper {
			letters++
		}
	}
	words := strings.Join(camelWordPattern().FindAllString(text, -1), "")
	return len(words)*10 >= letters*7 && !IsUnlikely(words, 0)
}

// camelWordPattern matches a word that begins with a capital.
var camelWordPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Z][a-z]{2,}`) })

// wordRunPattern matches the letters of words. Of random letters and digits few runs are as long.
var wordRunPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[a-z]{4,}`) })

// IsHexToken reports whether a value consists of hexadecimal digits, as many as keys have.
func IsHexToken(value string) bool {
	digits := strings.TrimPrefix(value, "0x")
	n := len(digits)
	if n < 32 || n > 256 || n%2 != 0 || !plainform.IsHex(digits) || !HasLetterAndDigit(digits) || gitleaks.Entropy(digits) < 2.8 {
		return false
	}
	plain, err := hex.DecodeString(digits)
	return err != nil || !IsReadable(plain) || IsToken(string(plain)) // other readable text has its own secrets
}

// IsPhysicalName reports whether a value is a name that the CDK or CloudFormation made: of words in camel case and a digest
// of eight digits, or of the stack and the resource; for most resources, twelve or thirteen random letters follow.
func IsPhysicalName(value string) bool {
	if m := physicalNamePattern().FindStringSubmatch(value); m != nil {
		return len(m[1]) >= 8
	}
	m := stackNamePattern().FindStringSubmatch(value)
	return m != nil && IsWordy(m[1]) && secretname.Classify(m[1]).Kind == secretname.Never
}

// stackNamePattern matches a stack, a resource in camel case, and random letters: temporal-prod-TaskRole-1A2B3C4D5E6F7.
var stackNamePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^([A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*-(?:[A-Z]+[a-z]+){2,}[0-9]{0,2})-(?:[A-Z0-9]{12,13}|[A-Za-z0-9]{12})$`,
	)
})

var physicalNamePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:(?:[A-Z]{1,4}|[a-z])[a-z]{2,}[0-9]{0,2}-?)+)[0-9A-F]{8}(?:-[A-Za-z0-9]{12})?$`)
})

// IsObjectID reports whether a value is the id of an object of a service, which is written as its tokens are:
// price_1j9jYb2maUs….
func IsObjectID(value string) bool { return objectPattern().MatchString(value) }

var objectPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^[^A-Za-z0-9]?(?:org|team|prj|proj|dpl|srv|acct|cus|price|prod|evt|msg|thread|asst|seti|txn|pi)[_-][A-Za-z0-9]+$|` +
			`^(?:run|plan|apply|ws|cv|sv)-[A-Za-z0-9]{16}$|` + // of Terraform Cloud
			`^(?:0oa|00[gou]|aus|rst)[A-Za-z0-9]{17}$|` + // of Okta
			`^[0-9a-f]{16}-[A-Z]{3}$`, // a ray of Cloudflare
	)
})

// publicStartPattern matches the start of digests, public keys, and files with a recognisable format, and public addresses.
var publicStartPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(sha[0-9]{1,3}[-/:]|AAAA[A-Z]|MI[IGMH]|H4sI|KLUv|iVBOR|/9j/|UEsDB|JVBER|QlpoO|AGFzb|bafy[bkr]|Qm[1-9A-HJ-NP-Za-km-z]{44}$|` +
			`age1[a-z0-9]{50,}$|(?:bc|tb)1[a-z0-9]{38,62}$)`,
	)
})

// IsEncodedText reports whether a value is readable text in base64.
func IsEncodedText(value string) bool {
	plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(value, "=")))
	return err == nil && IsReadable(plain)
}

// IsReadable reports whether data is text.
func IsReadable(data []byte) bool {
	return utf8.Valid(data) && strings.IndexFunc(string(data), func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }) < 0
}

// IsWordy reports whether a value consists of words and numbers, with separators or capitals between them, as host names,
// paths and keys of dynamic configuration do.
func IsWordy(value string) bool {
	words := secretname.Split(value)
	letters := 0
	for _, w := range words {
		if !wordPattern().MatchString(w) {
			return false
		}
		letters += len(w)
	}
	return letters >= 3*len(words)
}

var wordPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^([a-z]{2,}[0-9]{0,3}|[a-z]{3,}[0-9]{1,2}(?:ms|[smhd])|[a-z][0-9]{0,3}|[1-9][a-f]|e2e|k8s|p2p|s2s|m2m|b2b|i18n|l10n|` +
			`h2c|u2f|[0-9]{1,4})$`,
	)
})

// HasLetterAndDigit reports whether a value has both.
func HasLetterAndDigit(value string) bool {
	return strings.ContainsAny(value, "0123456789") && strings.IndexFunc(value, unicode.IsLetter) >= 0
}

// CountClasses counts the kinds of characters: lower case, upper case, digits, others.
func CountClasses(text string) int {
	var kinds [4]int
	for _, r := range text {
		switch {
		case unicode.IsLower(r):
			kinds[0] = 1
		case unicode.IsUpper(r):
			kinds[1] = 1
		case unicode.IsDigit(r):
			kinds[2] = 1
		default:
			kinds[3] = 1
		}
	}
	return kinds[0] + kinds[1] + kinds[2] + kinds[3]
}
