package plainform

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// publicPattern matches certificates and public keys, whose text is random and not secret.
var publicPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`"(?:n|x|y)"\s*:\s*"[A-Za-z0-9_-]{43,}"|` + // of a public JSON Web Key
		`-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|TRUSTED CERTIFICATE|X509 CRL|CERTIFICATE REQUEST)-----` +
		`[A-Za-z0-9+/=\s\\]*-----END [A-Z0-9 ]+-----|` +
		`\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp[0-9]+|sk-ssh-ed25519@openssh\.com) AAAA[A-Za-z0-9+/]+={0,3}|` +
		`\bchecksum/[\w.-]+["']?(?:: |:| ?= ?)["']?[0-9a-f]{32,64}\b|` + // an annotation
		`\bhttps://[0-9a-f]{32}@(?:o[0-9]+\.ingest\.(?:[a-z]{2}\.)?)?sentry\.io/[0-9]+\b|` + // takes events, and shows none
		`\bpk_(?:live|test)_[A-Za-z0-9]{16,}|` + // of a payment service, for browsers
		`\bsha(?:256|384|512)-[A-Za-z0-9+/]{42,88}={0,2}|\bSHA256:[A-Za-z0-9+/]{43}`)
})

// publicParts are in all that the pattern matches: searching them takes a tenth of its time.
var publicParts = []string{
	`"n"`, `"x"`, `"y"`, "-----BEGIN ", " AAAA", "checksum/", "sentry.io/", "pk_", "sha256-", "sha384-", "sha512-", "SHA256:",
}

func mayHavePublicKey(text string) bool {
	return slices.ContainsFunc(publicParts, func(part string) bool { return strings.Contains(text, part) })
}

// RemovePublicKeys replaces certificates, public keys and their digests in a text with a space.
func RemovePublicKeys(text string) string {
	if !mayHavePublicKey(text) {
		return text
	}
	return publicPattern().ReplaceAllString(text, " ")
}

// IsPublicKey reports whether a text is only a certificate or a public key.
func IsPublicKey(text string) bool {
	if !mayHavePublicKey(text) {
		return false
	}
	rest := strings.TrimSpace(publicPattern().ReplaceAllString(text, ""))
	return len(rest) < len(strings.TrimSpace(text)) &&
		(rest == "" || strings.Contains(text, " AAAA") && keyCommentPattern().MatchString(rest))
}

// keyCommentPattern matches the comment after a public key of SSH.
var keyCommentPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\w.-]+(?:@[\w.-]+)?$`) })

// IsCaptchaKey reports whether a value is a key of reCAPTCHA. Only its name says whether it is that of a site, which is public,
// or that of a server.
func IsCaptchaKey(value string) bool { return captchaPattern().MatchString(value) }

var captchaPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^6L[\w-]{6}AAAAA[\w-]{27}$`) })
