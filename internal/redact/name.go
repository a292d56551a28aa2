package redact

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// IsSecretName reports whether the name of a variable, field, header or path names a secret, whatever its value. Case
// does not matter.
func IsSecretName(name string) bool { return classifyName(name).is == secretAlways }

// canBeSecretName reports whether a name makes some values secret.
func canBeSecretName(name string) bool { return classifyName(name).is != notSecret }

// IsSecretField reports whether a value is a secret because of its name. Some names, such as key or auth, decide only
// together with the value.
func IsSecretField(name, value string) bool {
	if value == "" || isPlaceholder(value) || isReference(value) || isCommandResult(value) {
		return false
	}
	class := classifyName(name)
	if class.is == notSecret {
		return false
	}
	return class.isSecretValue(value, false)
}

// nameKind orders names by how far they alone decide.
type nameKind int

const (
	notSecret    nameKind = iota
	secretIfRare          // only if the value looks random: key, session
	secretUnless          // unless the value is a mode, number or location: auth, seed
	secretAlways
)

// nameClass is a name with what its value can be besides a secret.
type nameClass struct {
	is nameKind
	// key allows identifiers of several words, as columns and key ids have
	key bool
	// number allows numbers: tokens: 100
	number bool
	// id allows UUIDs, as ids of keys in KMS are
	id bool
	// folder allows paths only
	folder bool
	// licence allows the names of licences of software
	licence bool
	// stored allows the names that secrets have in a store
	stored bool
	// jwk allows public JSON Web Keys
	jwk bool
	// connection allows addresses of databases without a password
	connection bool
	// password accepts nothing but references as harmless
	password bool
}

// isSecretValue reports whether a value under the name is a secret. In prose, a plain word is not.
func (c nameClass) isSecretValue(value string, prose bool) bool {
	switch {
	case c.number && isShortNumber(value):
		return false
	case c.folder:
		return !strings.ContainsAny(value[:1], "/~.") && !strings.Contains(value, `:\`)
	case c.stored && storedPattern().MatchString(value):
		return false // --secret-id prod/db
	case c.jwk && publicJWKPattern().MatchString(value) && !privateJWKPattern().MatchString(value):
		return false
	case c.connection && isPlainConnection(value):
		return false
	case c.password:
		return !isFilePath(value)
	case c.is == secretAlways && c.key && secretItemPattern().MatchString(value):
		return false // secretKey: password
	case c.is == secretAlways:
		return !isFilePath(value) && !isPlainURL(value) && !modeWords[strings.ToLower(value)]
	case isFilePath(value) || isPlainURL(value) || isShortNumber(value) || modeWords[strings.ToLower(value)]:
		return false
	case c.is == secretIfRare:
		return looksRandom(value)
	case isSentence(value) || c.licence && licencePattern().MatchString(value):
		return false
	case prose:
		return !replicaPattern().MatchString(value) && countClasses(value) >= 2 && strings.ContainsAny(value, "0123456789") &&
			len(value) >= 6
	}
	isNamed := c.key && isIdentifier(value) || c.id && (isUUID(value) || isWordy(value) || len(value) >= 16 && isHex(value))
	return !isNamed
}

// secretItemPattern matches the names that secrets usually have in a Secret of Kubernetes.
var secretItemPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+[-_.])*(password|token|credentials)$|^([A-Z]+_)*(PASSWORD|TOKEN|CREDENTIALS)$`)
})

var publicJWKPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"kty"\s*:\s*"(?:RSA|EC|OKP)"`) })

var privateJWKPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:d|k|p|q|dp|dq|qi|oth)"\s*:`) })

// storedPattern matches the name of a secret in a store: folders and a name, of plain words.
var storedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^/?[a-z]+[0-9]{0,2}(-[a-z]+[0-9]{0,2})*(/[a-z]+[0-9]{0,2}([_-][a-z]+[0-9]{0,2})*)+$`)
})

// classifyName decides what a name says about its value.
func classifyName(name string) nameClass {
	all := splitName(plainLetters(name))
	if len(all) == 0 || len(all) == 1 && all[0] == "oldpwd" {
		return nameClass{}
	}
	if len(all) == 1 && all[0] == "pwd" {
		return nameClass{is: secretUnless, folder: true} // the shell's working folder, or a password
	}
	// KEY_DATA and TOKEN_VALUE hold what KEY and TOKEN hold
	words, held := all, false
	for len(words) > 1 && (contentWords[words[len(words)-1]] || isNumber(words[len(words)-1])) {
		held = held || !isNumber(words[len(words)-1])
		words = words[:len(words)-1]
	}
	// TOKEN_FILE_CONTENT holds a token, TOKEN_FILE its path
	if bodyWords[all[len(all)-1]] && len(words) > 1 && words[len(words)-1] == "file" {
		words = words[:len(words)-1]
	}
	last, before := words[len(words)-1], ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}
	if last == "encryption" && before == "password" || last == "id" && before == "version" ||
		descriptiveWords[last] || descriptiveWords[all[len(all)-1]] {
		return nameClass{}
	}
	if slices.ContainsFunc(words, func(w string) bool { return passwordWords[w] }) {
		return nameClass{is: secretAlways}
	}
	for i, w := range all {
		if containsSecretWord(w) || i > 0 && splitWords[all[i-1]+w] {
			if i > 0 && referringWords[all[i-1]] {
				return nameClass{is: secretIfRare}
			}
			return nameClass{is: secretAlways, password: singular(last) != "key", key: singular(last) == "key", stored: last == "id"}
		}
	}
	switch {
	case last == "token" || last == "tokens":
		if slices.ContainsFunc(words, func(w string) bool { return countWords[w] }) {
			return nameClass{}
		}
		return nameClass{is: secretAlways, number: last == "tokens"}
	case secretLastWords[last]:
		return nameClass{is: secretAlways, connection: last == "dsn", jwk: last == "jwk" || last == "jwks"}
	case secretLastWords[singular(last)]:
		return nameClass{is: secretAlways, number: singular(last) == "pass"}
	case singular(last) == "code" && secretCodeKinds[before], last == "phrase" && secretPhraseKinds[before]:
		return nameClass{is: secretAlways}
	case openLastWords[last]:
		if harmlessBefore[last][before] {
			return nameClass{}
		}
		return nameClass{is: secretUnless, licence: last == "license" || last == "licence"}
	case last == "private" && secretKeyKinds[before]: // rsaPrivate
		return nameClass{is: secretUnless}
	case last == "signatures" || last == "hmacs" || last == "sha" && before == "hmac" || held && last == "keystore":
		return nameClass{is: secretUnless}
	case last == "key":
		return classifyKey(words, before, held)
	case last == "keys":
		switch {
		case secretKeyKinds[before]:
			return nameClass{is: secretAlways}
		case harmlessKeyKinds[before]:
			return nameClass{}
		}
		return nameClass{is: secretIfRare}
	case rareLastWords[last]:
		return nameClass{is: secretIfRare}
	case last == "id":
		switch {
		case before == "key" && len(words) > 2 && words[len(words)-3] == "access":
			return nameClass{is: secretAlways}
		case before == "key" && (len(words) == 2 || secretKeyKinds[words[len(words)-3]]):
			return nameClass{is: secretUnless, key: true, id: true}
		case before == "session" || before == "sess":
			return nameClass{is: secretIfRare}
		}
		return nameClass{}
	case held && last == "connection" || held && last == "conn": // CONNECTION_STRING
		return nameClass{is: secretAlways, connection: true}
	case joinedSecretPattern().MatchString(last) && !joinedHarmless[last]:
		return nameClass{is: secretAlways}
	case slices.ContainsFunc(words, func(w string) bool { return secretGroupWords[w] }):
		return nameClass{is: secretUnless}
	}
	return nameClass{}
}

func isNumber(word string) bool { return strings.Trim(word, "0123456789") == "" }

// singular returns a word without the ending of a plural.
func singular(word string) string {
	if strings.HasSuffix(word, "sses") {
		return strings.TrimSuffix(word, "es")
	}
	return strings.TrimSuffix(word, "s")
}

func classifyKey(words []string, before string, held bool) nameClass {
	switch {
	case before == "routing":
		return nameClass{is: secretIfRare} // of a message, or of a service that sends alerts
	case harmlessKeyKinds[before] || len(words) > 2 && harmlessKeyKinds[words[len(words)-3]+" "+before]:
		return nameClass{}
	case secretKeyKinds[before]:
		return nameClass{is: secretAlways}
	case before == "" && !held:
		return nameClass{is: secretIfRare} // the name of a pair, or of an object in a bucket
	case before == "":
		return nameClass{is: secretAlways} // key_data
	}
	return nameClass{is: secretUnless, key: true}
}

// containsSecretWord reports whether a word marks a secret wherever it occurs in a name.
func containsSecretWord(word string) bool {
	if strings.ContainsAny(word, "0345") {
		word = similarLetters.Replace(word)
		if word == "token" {
			return true
		}
	}
	for _, part := range secretParts {
		if strings.Contains(word, part) {
			return !harmlessWords[word]
		}
	}
	return false
}

// similarLetters are written for the digits that take their place: passw0rd, tok3n.
var similarLetters = strings.NewReplacer("0", "o", "3", "e", "4", "a", "5", "s")

// joinedSecretPattern matches secret words that are written together with the word before: dbpass, authtoken.
var joinedSecretPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9]{1,24}(tokens?|apikeys?|pwds?|pws?|pswd|authstring|[a-z0-9]{2}cred|creds|credentials?)$|` +
		`^[a-z0-9]+pass$|^[a-z0-9]*(db|sql|pg|root|admin|user|redis|mysql|postgres|smtp|mail|ldap|es|key|store|trust|proxy|login|my)pw$|` +
		`^[a-z0-9]*(api|access|private|priv|signing|master|encryption|enc|aes|hmac|jwt|write|` +
		`session|auth|account|shared|storage|ssh|crypt)keys?$|` +
		`^[a-z0-9]*(db|sql|redis|http|proxy|registry|smtp|docker|master)auth$`)
})

func stringSet(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

// splitName splits a name at punctuation and capitals, in lower case. It drops list indexes at the end.
func splitName(name string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			all = append(all, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0:
			// apiKey, and the K of APIKey's last word
			if unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	for len(all) > 1 && strings.Trim(all[len(all)-1], "0123456789") == "" {
		all = all[:len(all)-1]
	}
	// TOKEN2
	if last := strings.TrimRight(lastOf(all), "0123456789"); len(all) > 0 && last != "" && !fixedWords[all[len(all)-1]] {
		all[len(all)-1] = last
	}
	return all
}

// fixedWords keep their digits.
var fixedWords = stringSet("s3", "p12", "pkcs12", "k8s", "b64", "base64", "i18n", "ed25519")

func lastOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
