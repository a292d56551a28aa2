package redact

import (
	"slices"
	"strings"
	"unicode"
)

// Name reports whether a name is one of a secret: a variable's, a field's, a
// header's, or the path of any, in whatever case.
func Name(name string) bool {
	all := words(name)
	if len(all) == 0 || slices.Equal(all, []string{"pwd"}) || slices.Equal(all, []string{"oldpwd"}) {
		return false // the shell's working folder
	}
	last := all[len(all)-1]
	before := ""
	if len(all) > 1 {
		before = all[len(all)-2]
	}
	if about[last] {
		return false
	}
	for i, w := range all {
		if hidden(w) || i > 0 && plain[all[i-1]+w] {
			return true
		}
	}
	switch last {
	case "token", "tokens":
		return !slices.ContainsFunc(all, func(w string) bool { return counted[w] })
	case "pass", "pwd", "dsn", "jwt", "credential", "credentials", "authorization", "cookie", "apikey", "accesskey", "salt":
		return true
	case "key", "keys":
		return keys[before]
	case "id":
		return before == "key" && (len(all) == 2 || keys[all[len(all)-3]])
	case "string", "str":
		return before == "connection" || before == "conn"
	}
	return strings.HasSuffix(last, "token") || strings.HasSuffix(last, "apikey")
}

// hidden reports whether a word speaks of a secret wherever it stands.
func hidden(word string) bool {
	return strings.Contains(word, "password") || strings.Contains(word, "passwd") || strings.Contains(word, "passphrase") || strings.Contains(word, "secret")
}

// plain are such words that are written as two.
var plain = map[string]bool{"passphrase": true, "password": true}

// about are last words of a name that tell something about a secret, or where it
// is, and not the secret.
var about = set("file", "path", "dir", "folder", "arn", "name", "ref", "length", "days", "hours", "minutes", "seconds", "ttl",
	"duration", "enabled", "disabled", "required", "optional", "timeout", "expiry", "expires", "expiration", "rotation", "interval",
	"policy", "mode", "count", "size", "type", "header", "store", "manager", "provider", "version", "region", "endpoint", "age", "limit",
	"algorithm", "format", "kind", "uri")

// counted are words of a name that make tokens something to count.
var counted = set("max", "min", "num", "number", "total", "count", "per")

// keys are words before key that make it one that opens something.
var keys = set("api", "access", "private", "signing", "encryption", "license", "account", "master", "shared", "session", "hmac", "ssh",
	"storage", "admin", "auth", "app", "service", "ingest", "subscription")

func set(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

// words takes a name apart: at what is no letter and no digit, and where capitals
// begin a word. An index at its end, as of a list, is none.
func words(name string) []string {
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
