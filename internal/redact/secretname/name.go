// Package secretname decides by the name of a variable, field, header or path whether its value is a secret.
package secretname

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Kind orders names by how far they alone decide.
type Kind int

// Kinds of names.
const (
	Never      Kind = iota // says nothing about the value
	IfRandom               // a secret only if the value looks random: key, session
	UnlessMode             // a secret unless the value is a mode, number or location: auth, seed
	Always                 // a secret, except for a reference
)

// Class is a name with what its value can be besides a secret.
type Class struct {
	Kind Kind
	// Key allows identifiers of several words, as columns and key ids have
	Key bool
	// Item allows names that secrets usually have in a Secret of Kubernetes, which a variable does not have as its value
	Item bool
	// Number allows numbers: tokens: 100
	Number bool
	// Integer allows numbers of any length: seed: 20261124
	Integer bool
	// ID allows UUIDs, as ids of keys in KMS are
	ID bool
	// Folder allows paths only
	Folder bool
	// Licence allows the names of licences of software
	Licence bool
	// Stored allows the names that secrets have in a store
	Stored bool
	// JWK allows public JSON Web Keys
	JWK bool
	// Connection allows addresses of databases without a password
	Connection bool
	// Realm allows words, as the name of what a login is for
	Realm bool
	// Password accepts only references as harmless
	Password bool
	// Variable allows the names of variables
	Variable bool
	// Version allows versions, to which a program is pinned
	Version bool
	// Cookie allows the name of the cookie
	Cookie bool
	// Names allows the names of a secret's parts: SECRET_KEYS=username,password
	Names bool
	// UUID makes a UUID a secret, which otherwise is an id
	UUID bool
	// Entity allows columns of tables, as the owner of the key can be an entity of one: accountKey
	Entity bool
	// Attribute accepts only passwords and random text, as the name is that of an attribute of a secret: tokenLevel
	Attribute bool
	// Trailing allows words and small numbers, as the name ends in another word than the secret's: secretLabels
	Trailing bool
	// Login makes only USER:PASSWORD a secret, also in a list
	Login bool
}

// Classify decides by a name what its value can be.
func Classify(name string) Class {
	class := classifyWords(name)
	if class.Kind == Never {
		return class
	}
	class.Item = class.Key && (name != strings.ToUpper(name) ||
		strings.HasSuffix(name, "PASSWORD_KEY") || strings.HasSuffix(name, "PASSWORD_SECRET_KEY"))
	switch last := LastWord(name); {
	case last == "bytes": // tokenBytes: 32
		class.Number = true
	case last == "stage": // credentialStage: prod
		class.Trailing = true
	case variableWords[last]: // passwordEnv: DB_PASSWORD
		class.Variable = true
	}
	return class
}

func classifyWords(name string) Class {
	if strings.ContainsAny(name, "@$") {
		name = similarSigns.Replace(name)
	}
	all := Split(name)
	if len(all) == 0 || len(all) == 1 && all[0] == "oldpwd" {
		return Class{}
	}
	isShort := shortAbbreviations[lastOf(all)] != "" // timeout_sec: 30
	all = dropOwner(spellInFull(all))
	if n := len(all); n > 1 && versionWords[all[n-1]] && isVersioned(all[n-2]) { // DB_PASS_ROTATED, but also passwordRotated: 2026-11-24
		class := classifyWords(strings.Join(all[:n-1], "_"))
		class.Trailing = class.Kind != Never
		return class
	}
	if all[0] == "checksum" || all[0] == "vault" && slices.Contains(all, "inject") {
		return Class{} // of a Secret, or where it is, in annotations
	}
	if i := slices.IndexFunc(all, func(w string) bool { return relationWords[w] }); i > 0 &&
		(all[i] != "per" || !quantityWords[singular(lastOf(all))]) {
		all = all[:i]
	}
	if len(all) == 1 && all[0] == "pwd" {
		return Class{Kind: UnlessMode, Folder: true} // the shell's working folder, or a password
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
	if last == "id" && before == "token" { // VAULT_DEV_ROOT_TOKEN_ID, or the id of a token
		if slices.Contains(words, "root") {
			return Class{Kind: Always}
		}
		return Class{Kind: UnlessMode, Key: true, ID: true}
	}
	if last == "appid" && before != "" || last == "id" && before == "app" && len(words) > 2 {
		return Class{Kind: IfRandom} // OPENWEATHER_APPID
	}
	if last == "id" && before == "key" && slices.Contains(words, "kms") {
		return Class{}
	}
	if last == "login" || (userNouns[last] || last == "info") && loginPrefixes[before] { // web.auth-users
		return Class{Kind: UnlessMode, Login: true}
	}
	if len(words) > 1 && isAttribute(last) && slices.ContainsFunc(words[:len(words)-1], func(w string) bool {
		return isSecretNoun(singular(w)) || containsSecretWord(w) || passwordWords[w]
	}) {
		return Class{Kind: IfRandom, Attribute: true}
	}
	if roleWords[last] && (passwordWords[before] || strings.HasPrefix(before, "passw")) { // of a role, or its name
		return Class{Kind: IfRandom, Attribute: true}
	}
	if last == "encryption" && before == "password" || last == "id" && before == "version" ||
		descriptiveWords[last] || descriptiveWords[singular(last)] || descriptiveWords[all[len(all)-1]] {
		return Class{}
	}
	if slices.ContainsFunc(words, func(w string) bool { return passwordWords[w] }) {
		return Class{Kind: Always, Trailing: !passwordWords[last], Stored: storedWords[last]}
	}
	for i, w := range all {
		if i == len(all)-1 && isJoinedDescription(w) {
			return Class{}
		}
		if containsSecretWord(w) || i > 0 && splitWords[all[i-1]+w] {
			refers := i > 0 && (referringWords[all[i-1]] || all[0] == "existing") && strings.Contains(w+last, "secret")
			isVerb := i > 0 && verbs[all[0]] && (!nouns[all[0]] || !strings.HasPrefix(w, "passw")) // MOUNT_PASSWORD: of a mount
			if refers && !secretLastWords[last] || isVerb || isKeeper(all[i+1:]) {
				return Class{Kind: IfRandom}
			}
			isKey := singular(last) == "key" || last == "secret" && (containsSecretWord(before) || isSecretNoun(before) ||
				resourceOwners[before]) // passwordSecret: its name
			isLast := isSecretNoun(singular(last)) || containsSecretWord(last) || i == len(all)-1
			return Class{
				Kind: Always, Password: !isKey, Key: isKey, Number: isShort, Trailing: !isKey && !isLast,
				Stored: storedWords[last], Names: last == "keys",
			}
		}
	}
	switch {
	case len(words) == 2 && (before == "pass" || singular(before) == "cred") && !passingWords[last] && !secretLastWords[last]: // PASS_REPLICA
		return Class{Kind: Always, Number: true, Trailing: true}
	case last == "token" || last == "tokens":
		if slices.ContainsFunc(words, func(w string) bool { return countWords[w] }) {
			return Class{}
		}
		switch {
		case isCursor(words):
			return Class{}
		case requestWords[before]:
			return Class{Kind: UnlessMode, ID: true}
		}
		return Class{Kind: Always, Number: last == "tokens"}
	case singular(last) == "pin" && pinnedWords[before]:
		return Class{}
	case secretLastWords[last]:
		return Class{
			Kind: Always, Connection: last == "dsn", Cookie: last == "cookie", JWK: last == "jwk" || last == "jwks", Version: last == "pin",
		}
	case secretLastWords[singular(last)]:
		return Class{Kind: Always, Number: singular(last) == "pass"}
	case singular(last) == "code" && secretCodeKinds[before], last == "phrase" && secretPhraseKinds[before],
		singular(last) == "answer" && secretAnswerKinds[before], (last == "hash" || last == "hashes") && (before == "pass" || before == "shadow"):
		return Class{Kind: Always}
	case last == "basic" && before == "auth":
		return Class{Kind: UnlessMode, Realm: true}
	case singular(last) == "share" && (before == "key" || before == "shamir"):
		return Class{Kind: UnlessMode}
	case last == "community" && (all[0] == "snmp" || before == "ro" || before == "rw"),
		last == "signing" && signedKinds[before]:
		return Class{Kind: UnlessMode}
	case last == "authenticator":
		return Class{Kind: IfRandom}
	case openLastWords[last]:
		if harmlessBefore[last][before] {
			return Class{}
		}
		return Class{Kind: UnlessMode, UUID: true, Integer: last == "seed", Licence: last == "license" || last == "licence"}
	case last == "private" && secretKeyKinds[before], // rsaPrivate
		(last == "shared" || last == "md") && networkWords[before]:
		return Class{Kind: UnlessMode}
	case last == "signatures" || last == "hmacs" || last == "sha" && before == "hmac" || held && last == "keystore":
		return Class{Kind: UnlessMode}
	case last == "key":
		return classifyKey(words, before, held)
	case slices.ContainsFunc(words, func(w string) bool { return keyWords[w] }):
		if slices.ContainsFunc(words, func(w string) bool { return secretKeyKinds[w] || loginWords[w] }) {
			return Class{Kind: Always}
		}
		return Class{Kind: IfRandom}
	case last == "keys":
		switch {
		case secretKeyKinds[before]:
			return Class{Kind: Always}
		case harmlessKeyKinds[before]:
			return Class{}
		}
		return Class{Kind: IfRandom}
	case last == "sid" && before != "" && !sessionWords[before] && before != "connect": // TWILIO_ACCOUNT_SID
		return Class{}
	case rareLastWords[last]:
		return Class{Kind: IfRandom, UUID: !sessionWords[last]}
	case last == "id":
		switch {
		case before == "key" && len(words) > 2 && words[len(words)-3] == "access":
			return Class{Kind: Always}
		case before == "key" && len(words) > 2 && words[len(words)-3] == "api":
			return Class{}
		case before == "key" && (len(words) == 2 || secretKeyKinds[words[len(words)-3]]):
			return Class{Kind: UnlessMode, Key: true, ID: true}
		case before == "session" || before == "sess":
			return Class{Kind: IfRandom}
		}
		return Class{}
	case held && last == "connection" || held && last == "conn": // CONNECTION_STRING
		return Class{Kind: Always, Connection: true}
	case isJoined(last) && !joinedHarmless[last]:
		return Class{Kind: Always}
	case slices.ContainsFunc(words, func(w string) bool { return secretGroupWords[w] }):
		return Class{Kind: UnlessMode}
	case strings.HasSuffix(last, "key") && !identifierWords[last]: // hashkey
		stem := strings.TrimSuffix(last, "key")
		if harmlessKeyKinds[stem] && stem != "hash" && stem != "state" { // partitionkey
			return Class{}
		}
		return Class{Kind: IfRandom, UUID: true}
	case held && plainWords[lastOf(all)], isKeyWithKind(words): // KMS_PLAINTEXT, KEY_AES
		return Class{Kind: IfRandom, Key: len(words) > 2 && isKeyWithKind(words) && secretKeyKinds[words[len(words)-3]]}
	case slices.ContainsFunc(words, func(w string) bool { return keyServices[w] }) && !CanBeRandom(name) && !namesHex(Split(name)):
		return Class{Kind: IfRandom, UUID: true}
	case slices.ContainsFunc(words, func(w string) bool { return projectServices[w] }) && !CanBeRandom(name):
		return Class{Kind: IfRandom}
	case hasSecretNoun(words[:len(words)-1]) && !CanBeRandom(name) && !commitWords[last]:
		return Class{Kind: IfRandom, Key: true, ID: namesHex(Split(name))} // TOKEN_ACME
	}
	return Class{}
}

// isAttribute reports whether a word names an attribute, as "level" and "validation" do, and not an owner, as "billing" does.
func isAttribute(word string) bool {
	if attributeWords[word] || attributeWords[singular(word)] {
		return true
	}
	word = singular(word)
	return !ownerNouns[word] &&
		slices.ContainsFunc([]string{"tion", "sion", "ity", "ness", "ment", "ance", "ency"}, func(ending string) bool {
			return len(word) > len(ending)+2 && strings.HasSuffix(word, ending)
		})
}

// isKeeper reports whether the words after a secret's make a name that of what keeps or limits secrets:
// secretManagerProject, but not SECRET_STORE_PASSWORD.
func isKeeper(after []string) bool {
	return len(after) > 1 && keeperWords[after[0]] && !contentWords[lastOf(after)] && !slices.ContainsFunc(after, func(w string) bool {
		return isSecretNoun(w) || passwordWords[w] || containsSecretWord(w)
	})
}

func isNumber(word string) bool { return strings.Trim(word, "0123456789") == "" }

// singular returns a word without the ending of a plural.
func singular(word string) string {
	switch {
	case strings.HasSuffix(word, "sses"):
		return strings.TrimSuffix(word, "es")
	case strings.HasSuffix(word, "ss"):
		return word
	}
	return strings.TrimSuffix(word, "s")
}

func classifyKey(words []string, before string, held bool) Class {
	switch {
	case positionWords[before] && len(words) > 2 && secretKeyKinds[words[len(words)-3]] && !entityKinds[words[len(words)-3]]:
		return Class{Kind: Always, Key: true} // ENCRYPTION_SECONDARY_KEY
	case before == "routing" && !slices.ContainsFunc(words, func(w string) bool { return keyServices[w] }):
		return Class{Kind: IfRandom} // of a message, or of a service that sends alerts
	case before == "hash" || before == "state":
		return Class{Kind: IfRandom} // a column or an object, or the key of a session's digest or of a login's state
	case harmlessKeyKinds[before] || len(words) > 2 && harmlessKeyKinds[words[len(words)-3]+" "+before]:
		return Class{}
	case secretKeyKinds[before] || keyServices[before]:
		return Class{Kind: Always, Key: true, Entity: entityKinds[before]}
	case before == "" && !held:
		return Class{Kind: IfRandom} // the name of a pair, or of an object in a bucket
	case before == "":
		return Class{Kind: Always} // key_data
	}
	isSecret := slices.ContainsFunc(words, func(w string) bool { return secretKeyKinds[w] && !entityKinds[w] }) // JWT_HS256_KEY
	return Class{Kind: UnlessMode, Key: true, Entity: !isSecret}
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

// similarSigns are written for the signs that take their place: p@ssword, pa$$.
var similarSigns = strings.NewReplacer(
	"p@s", "pas", "P@S", "PAS", "P@s", "Pas", "pa$$", "pass", "PA$$", "PASS", "p@$$", "pass", "P@$$", "PASS",
)

func stringSet(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

// Split splits a name into words, at punctuation and capitals, in lower case. It drops list indexes at the end.
func Split(name string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			lower := strings.ToLower(string(word))
			if len(lower) > len(word) { // not ASCII only
				lower = withoutAccents().Replace(lower)
			}
			all = append(all, lower)
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
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

// withoutAccents writes letters with accents as plain ones, because names of variables often have none.
var withoutAccents = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for plain, accented := range map[string]string{
		"a": "àáâãäåāăą", "c": "çćĉċč", "d": "ďđ", "e": "èéêëēĕėęě", "g": "ĝğġģ", "i": "ìíîïĩīĭįı", "l": "ĺļľł", "n": "ñńņňŉ",
		"o": "òóôõöøōŏő", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťț", "u": "ùúûüũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
	} {
		for _, letter := range accented {
			pairs = append(pairs, string(letter), plain)
		}
	}
	return strings.NewReplacer(pairs...)
})

// fixedWords keep their digits.
var fixedWords = stringSet("s3", "p12", "pkcs12", "k8s", "b64", "base64", "i18n", "ed25519")

// LastWord returns the last word of a name, or "".
func LastWord(name string) string { return lastOf(Split(name)) }

// BeforeLast returns the words of a name before the last.
func BeforeLast(name string) string {
	all := Split(name)
	return strings.Join(all[:max(0, len(all)-1)], " ")
}

// IsDescriptive reports whether the last word of a name makes it describe a secret or its location: password_file.
func IsDescriptive(name string) bool { return descriptiveWords[LastWord(name)] }

// IsIdentifier reports whether the value of a name can be random without being a secret: an id, a digest, a public key.
func IsIdentifier(name string) bool {
	all := Split(name)
	if len(all) == 1 && slices.Contains(publicNumbers, all[0]) {
		return true
	}
	return endsWithOne(all, identifierWords) || isCursor(all)
}

// CanBeRandom reports whether the value of a name can be random without being a secret: that of an identifier, or of a
// resource.
func CanBeRandom(name string) bool {
	return IsIdentifier(name) || endsWithOne(Split(name), resourceWords)
}

// IsExpression reports whether the value of a name is an expression or a format, which has as many signs as base85.
func IsExpression(name string) bool { return endsWithOne(Split(name), expressionWords) }

// CanBeHex reports whether the value of a name can be many hexadecimal digits without being a secret: that of a digest, an
// id or a resource, or of a key in a table.
func CanBeHex(name string) bool {
	all := Split(name)
	return namesHex(all) || strings.HasSuffix(lastOf(all), "key") && Classify(name).Kind == Never // s3Key
}

// CanBeCommit reports whether the value of a name can be a commit: that of a digest or an id, or of a time or a purpose.
func CanBeCommit(name string) bool {
	return CanBeHex(name) || slices.ContainsFunc(Split(name), func(w string) bool { return commitWords[w] })
}

// namesHex reports whether the words of a name are those of a digest, an id or a resource.
func namesHex(all []string) bool {
	return endsWithOne(all, resourceWords) || isCursor(all) || len(all) == 1 && slices.Contains(publicNumbers, all[0]) ||
		isJoinedID(lastOf(all)) ||
		slices.ContainsFunc(all, func(w string) bool {
			return hexWords[w] || hexWords[singular(w)] || identifierWords[w] || strings.HasPrefix(w, "sha") || strings.HasPrefix(w, "hash")
		})
}

var joinedIDs = []string{
	"checksum", "digest", "commit", "revision", "tag", "traceid", "spanid", "fingerprint", "thumbprint",
	"sha", "hash", "rev", "ref", "head",
}

// isJoinedID reports whether a word is the name of an id or a digest without a separator: traceid, imagetag.
func isJoinedID(word string) bool {
	if slices.ContainsFunc(joinedIDs, func(ending string) bool { return strings.HasSuffix(word, ending) }) {
		return true
	}
	owner, is := strings.CutSuffix(word, "id")
	return is && (hexWords[owner] || identifierWords[owner] || resourceWords[owner])
}

// endsWithOne reports whether one of the last two words of a name is in a set.
func endsWithOne(all []string, set map[string]bool) bool {
	return slices.ContainsFunc(all[max(0, len(all)-2):], func(w string) bool { return set[w] || set[singular(w)] })
}

func lastOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
