package redact

import (
	"slices"
	"strings"
	"unicode"
)

// IsSecretName reports whether the name of a variable, field, header or path names a secret. Case does not matter.
func IsSecretName(name string) bool {
	all := splitName(name)
	if len(all) == 0 || slices.Equal(all, []string{"pwd"}) || slices.Equal(all, []string{"oldpwd"}) {
		return false // the shell's working folder
	}
	last := all[len(all)-1]
	before := ""
	if len(all) > 1 {
		before = all[len(all)-2]
	}
	if descriptiveWords[last] {
		return false
	}
	for i, w := range all {
		if containsSecretWord(w) || i > 0 && splitWords[all[i-1]+w] {
			return true
		}
	}
	switch last {
	case "token", "tokens":
		return !slices.ContainsFunc(all, func(w string) bool { return countWords[w] })
	case "pass", "pwd", "dsn", "jwt", "credential", "credentials", "authorization", "cookie", "apikey", "accesskey", "salt":
		return true
	case "key", "keys":
		return secretKeyKinds[before]
	case "id":
		return before == "key" && (len(all) == 2 || secretKeyKinds[all[len(all)-3]])
	case "string", "str":
		return before == "connection" || before == "conn"
	}
	return strings.HasSuffix(last, "token") || strings.HasSuffix(last, "apikey")
}

// containsSecretWord reports whether a word marks a secret wherever it occurs in a name.
func containsSecretWord(word string) bool {
	return strings.Contains(word, "password") || strings.Contains(word, "passwd") || strings.Contains(word, "passphrase") ||
		strings.Contains(word, "secret")
}

// splitWords are secret words that are also written as two words.
var splitWords = map[string]bool{"passphrase": true, "password": true}

// descriptiveWords are last words of names that describe a secret or its location, not the secret itself.
var descriptiveWords = stringSet(
	"file",
	"path",
	"dir",
	"folder",
	"arn",
	"name",
	"ref",
	"length",
	"days",
	"hours",
	"minutes",
	"seconds",
	"ttl",
	"duration",
	"enabled",
	"disabled",
	"required",
	"optional",
	"timeout",
	"expiry",
	"expires",
	"expiration",
	"rotation",
	"interval",
	"policy",
	"mode",
	"count",
	"size",
	"type",
	"header",
	"store",
	"manager",
	"provider",
	"version",
	"region",
	"endpoint",
	"age",
	"limit",
	"algorithm",
	"format",
	"kind",
	"uri",
)

// countWords mark names where "tokens" means a number of tokens.
var countWords = stringSet("max", "min", "num", "number", "total", "count", "per")

// secretKeyKinds are words before "key" that make it a secret key.
var secretKeyKinds = stringSet(
	"api",
	"access",
	"private",
	"signing",
	"encryption",
	"license",
	"account",
	"master",
	"shared",
	"session",
	"hmac",
	"ssh",
	"storage",
	"admin",
	"auth",
	"app",
	"service",
	"ingest",
	"subscription",
)

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
	return all
}
