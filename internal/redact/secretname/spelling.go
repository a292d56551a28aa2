package secretname

import (
	"slices"
	"strings"
)

// spellInFull writes abbreviations and misspellings of secret words in full, and takes words apart that are written
// together: clientScrt is client secret, rootkey is root key.
func spellInFull(all []string) []string {
	if !slices.ContainsFunc(all, isSpelledOddly) {
		return all
	}
	var words []string
	for i, w := range all {
		before := ""
		if i > 0 {
			before = all[i-1]
		}
		switch stem, ending := splitJoined(w); {
		case isMisspeltPassword(w):
			words = append(words, "password")
		case abbreviations[w] != "":
			words = append(words, abbreviations[w])
		case shortAbbreviations[w] != "" && isOwner(before):
			words = append(words, shortAbbreviations[w])
		case stem != "":
			words = append(words, stem, ending)
		default:
			words = append(words, w)
		}
	}
	return words
}

// dropOwner leaves out the service or the account at the end of a name: TOKEN_SLACK, signingKeyDb.
func dropOwner(all []string) []string {
	n := len(all)
	if n < 2 {
		return all
	}
	secret, last := all[n-2], all[n-1]
	isOwner := keyServices[last] || loginWords[last] || accountWords[last]
	isPassword := passwordWords[secret] || strings.HasPrefix(secret, "passw")
	if isOwner && isSecretNoun(secret) || (isOwner || passwordOwners[last]) && isPassword && !descriptiveWords[last] {
		return all[:n-1]
	}
	return all
}

// passwordOwners are accounts at the end of the names of passwords, besides accountWords.
var passwordOwners = stringSet("app", "reader", "writer", "replica", "worker", "elastic", "opensearch")

// accountWords are services and environments at the end of names.
var accountWords = stringSet(
	"slack", "github", "gitlab", "stripe", "discord", "telegram", "sentry", "vault", "npm", "docker", "temporal", "kafka", "billing",
	"grafana", "crm", "payments", "acme", "legacy", "ops",
)

// joinedDescriptions are descriptive words that are written together with a secret word: tokenttl.
var joinedDescriptions = []string{
	"policy", "file", "path", "name", "length", "header", "expiry", "timeout", "manager", "provider", "url", "ref", "refs", "arn", "ttl",
}

// isJoinedDescription reports whether a word describes a secret without a separator: passwordpolicy, secretname.
func isJoinedDescription(word string) bool {
	for _, ending := range joinedDescriptions {
		if rest, is := strings.CutSuffix(word, ending); is && containsSecretWord(rest) {
			return true
		}
	}
	return false
}

func isSpelledOddly(word string) bool {
	stem, _ := splitJoined(word)
	return stem != "" || abbreviations[word] != "" || shortAbbreviations[word] != "" || isMisspeltPassword(word)
}

// abbreviations of words that make a secret, and what they are short for.
var abbreviations = map[string]string{
	"tok": "token", "toks": "tokens", "tkn": "token", "tkns": "tokens", "tokn": "token", "toekn": "token", "tken": "token",
	"scrt": "secret", "scrts": "secret", "secr": "secret", "secrt": "secret", "scret": "secret", "sekret": "secret", "secert": "secret",
	"pword": "password", "pwords": "password", "pwrd": "password", "pwrds": "password", "phrse": "phrase", "psphrase": "passphrase",
	"credz": "creds", "prv": "private", "pvt": "private", "prvkey": "privkey", "pvtkey": "privkey",
	"passphrse": "passphrase", "passprhase": "passphrase", "passfrase": "passphrase",
	"pwhash": "password", "passhash": "password", "pwsalt": "salt",
	"tfa": "mfa", "twofa": "mfa", "2fa": "mfa", "pincode": "pin", "puk": "pin", "cvc": "cvv", "authn": "auth",
}

// shortAbbreviations are short for a secret after the name of its owner only: clientSec, but not timeout_sec.
var shortAbbreviations = map[string]string{"sec": "secret", "tk": "token", "sk": "privkey", "k": "key"}

// isOwner reports whether a word names what has keys and tokens.
func isOwner(word string) bool {
	return secretKeyKinds[word] || keyServices[word] || ownerWords[word]
}

// ownerWords have keys, tokens or passwords, besides services.
var ownerWords = stringSet(
	"hook", "bot", "erl", "erlang", "refresh", "bearer", "stripe", "slack", "github", "gitlab", "discord", "telegram", "sentry",
	"vault", "wh",
	"data", "stream", "live", "id", "bind", "dashboard", "oauth", "oidc", "sso", "saml", "registry", "docker", "npm", "git", "gh", "gl",
	"temporal", "tenant", "partner", "internal", "ci", "deployment", "agent", "runner", "worker", "codec",
)

// endings are secret words that are written together with the word before, and what they are short for.
var endings = []struct{ ending, word string }{
	{"tokens", "tokens"}, {"token", "token"}, {"toks", "tokens"}, {"tok", "token"}, {"tkn", "token"}, {"keys", "keys"}, {"key", "key"},
	{"scrt", "secret"}, {"secr", "secret"}, {"sec", "secret"}, {"salt", "salt"}, {"creds", "creds"}, {"cred", "cred"}, {"cookie", "cookie"},
}

// joinedEndings are content words that are written together with a secret word: apikeydev.
var joinedEndings = []string{
	"dev", "prod", "test", "stg", "stage", "live", "b64", "base64", "hex", "plain", "value", "data", "text", "new", "old", "tmp", "primary",
	"backup", "current",
}

// maxJoinedLength is the length of the longest word that is taken apart. The work grows with its square.
const maxJoinedLength = 64

// splitJoined splits a word into an owner and a secret word, or returns "".
func splitJoined(word string) (owner, secret string) {
	if len(word) > maxJoinedLength || word == "appsec" {
		return "", ""
	}
	for _, ending := range joinedEndings {
		if rest, is := strings.CutSuffix(word, ending); is && len(rest) >= 4 {
			if owner, secret := splitJoined(rest); owner != "" {
				return owner, secret
			}
			if isSecretNoun(rest) || isJoined(rest) {
				return rest, ending
			}
		}
	}
	for _, e := range endings {
		if owner, is := strings.CutSuffix(word, e.ending); is && isOwner(owner) {
			return owner, e.word
		}
	}
	return "", ""
}

// isMisspeltPassword reports whether a word has the consonants of password, or begins as it does.
func isMisspeltPassword(word string) bool {
	at := strings.IndexByte(word, 'w')
	if at < 1 || strings.IndexByte(word, 'p') < 0 || containsSecretWord(word) || harmlessWords[word] {
		return false
	}
	if strings.Contains(word, "passw") {
		return true
	}
	var consonants []byte
	for i := range len(word) {
		c := word[i]
		if strings.IndexByte("aeiou0123456789", c) < 0 && (len(consonants) == 0 || consonants[len(consonants)-1] != c) {
			consonants = append(consonants, c)
		}
	}
	bare := strings.TrimSuffix(string(consonants), "s")
	return strings.HasSuffix(bare, "pswrd") || strings.HasSuffix(bare, "pswd")
}
