package plainform

import "strings"

// IsMode reports whether a value chooses a mode, whatever its name: oidc, disabled.
func IsMode(value string) bool { return modes[value] }

// IsState reports whether a value says what is done with secrets, whatever its name: inherit, read.
func IsState(value string) bool {
	switch value {
	case "enabled", "disabled", "inherit", "read", "write", "get", "list":
		return true
	}
	return false
}

// modes are values that choose a mode.
var modes = newSet(
	"plain", "login", "none", "iam", "oauth", "oauth2", "basic", "digest", "ntlm", "kerberos", "scram",
	"scram-sha-256", "scram-sha-512", "md5", "sha1", "sha256", "sha384", "sha512", "sha-256", "sha-512",
	"hmac-sha256", "hmac-sha512", "hs256", "hs384", "hs512", "rs256", "es256", "eddsa", "trust", "peer", "cert",
	"certificate", "mtls", "tls", "ssl", "require", "required", "request", "requested", "optional", "enabled",
	"disabled", "enable", "disable", "default", "jwt", "oidc", "ldap", "saml", "cram-md5", "xoauth2", "bearer",
	"token", "apikey", "api-key", "api_key", "sigv4", "aws", "aws-iam", "aws_iam", "aws_msk_iam", "verify",
	"verify-full", "verify-ca", "auto", "anonymous", "v2", "v4", "s3v4", "s3", "static", "env", "environment",
	"instance-profile", "metadata", "vault", "file", "allow", "deny", "strict", "lax", "insecure", "secure",
	"internal", "external", "n/a", "unset", "empty", "unknown", "unauthenticated", "skip", "noop", "random",
	"same-origin", "include", "omit", "forward", "all", "any", "rsa", "ecdsa", "ed25519", "failed", "ok",
	"succeeded", "from-env", "from-secret", "valuefrom", "v1", "v3", "ssha", "bcrypt", "argon2", "argon2id", "scrypt", "pbkdf2",
	"utf8", "utf-8", "ascii", "hex", "base64", "base32", "gzip",
	"hybrid", "simple", "sasl_ssl", "sasl_plaintext", "plaintext", "ro", "rw", "read", "write",
	"AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "alpha", "beta", "stable", "preview", "deprecated", "experimental",
	"unlimited", "unbounded", "infinite", "xsrf-token", "csrf-token", "awsalb", "awsalbcors", "jsessionid",
)

func newSet(all ...string) map[string]bool {
	set := map[string]bool{}
	for _, one := range all {
		set[one] = true
	}
	return set
}

// IsUserProperty reports whether a value is an address, a number, a time, a mode or an id, as fields of users have.
func IsUserProperty(value string) bool {
	return strings.ContainsAny(value, " /") || strings.Contains(value, "@") && strings.Contains(value, ".") || IsUUID(value) ||
		IsQuantity(value) || IsTime(value) || IsState(value) || IsMode(value) ||
		IsRegion(value) || len(value) == 12 && IsShortNumber(value[:6]) && IsShortNumber(value[6:])
}

// IsErrorPrefix reports whether a value is the beginning of an error within another one: unauthorized:.
func IsErrorPrefix(value string) bool {
	word, is := strings.CutSuffix(value, ":")
	return is && (IsMode(word) || IsPlainWord(word))
}
