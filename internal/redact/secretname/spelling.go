package secretname

import (
	"slices"
	"strings"
)

// respell writes abbreviations and misspellings of secret words in full, and takes words apart that are written
// together: clientScrt is client secret, rootkey is root key.
func respell(all []string) []string {
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
	"hook", "bot", "erl", "erlang", "refresh", "bearer", "stripe", "slack", "github", "gitlab", "discord", "telegram", "sentry", "vault", "wh",
	"data", "stream", "live", "id", "bind", "dashboard", "oauth", "oidc", "sso", "saml", "registry", "docker", "npm", "git", "gh", "gl",
	"temporal", "tenant", "partner", "internal", "ci", "deployment", "agent", "runner", "worker", "codec",
)

// endings are secret words that are written together with the word before, and what they are short for.
var endings = []struct{ ending, word string }{
	{"tokens", "tokens"}, {"token", "token"}, {"toks", "tokens"}, {"tok", "token"}, {"tkn", "token"}, {"keys", "keys"}, {"key", "key"},
	{"scrt", "secret"}, {"secr", "secret"}, {"sec", "secret"}, {"salt", "salt"}, {"creds", "creds"}, {"cred", "cred"}, {"cookie", "cookie"},
}

// splitJoined splits a word into an owner and a secret word, or returns "".
func splitJoined(word string) (owner, secret string) {
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
	if at < 1 || strings.IndexByte(word, 'p') < 0 {
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
