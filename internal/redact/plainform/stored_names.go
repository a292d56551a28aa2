package plainform

import (
	"regexp"
	"sync"
)

// IsJoinedName reports whether a value is a name of plain words, as Secrets of Kubernetes have.
func IsJoinedName(value string) bool { return joinedNamePattern().MatchString(value) }

var joinedNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]+(?:-[a-z]+)+$`) })

// IsObjectName reports whether a value is a name that a Secret of Kubernetes often has, by its last word: alertmanager-config.
func IsObjectName(value string) bool { return objectNamePattern().MatchString(value) }

var objectNamePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z]+(?:[-.][a-z]+)*-(?:config|credentials|creds|tls|certs?|regcred)$`)
})

// IsItemName reports whether a value is a name that secrets usually have in a Secret of Kubernetes.
func IsItemName(value string) bool { return secretItemPattern().MatchString(value) }

var secretItemPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^([a-z]+[-_.])*(password|token|credentials)$|^([a-z]+[-_.])*(pw|pwd|passwd|pass)$|` +
			`^([A-Z]+_)*(PASSWORD|TOKEN|CREDENTIALS)$|^([A-Z][A-Z0-9]*_){2,}[A-Z]*KEYS?$|^regcred$`,
	)
})

// IsCookieName reports whether a value is the name of a cookie, and not its content: _csrf, __session.
func IsCookieName(value string) bool { return cookiePattern().MatchString(value) }

var cookiePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^__?[a-z]{3,}(?:[_-][a-z0-9]{2,6})*$`) })

// IsCredentialsName reports whether a value is the name of a file or an object with credentials: kafka1_keystore_creds.
func IsCredentialsName(value string) bool { return credentialsPattern().MatchString(value) }

var credentialsPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+[-_](?:creds|credentials)$`)
})

// IsKeyPath reports whether a value is a path of three or more plain words, as keys of a store have: config/prod/worker.
func IsKeyPath(value string) bool { return keyPathPattern().MatchString(value) }

var keyPathPattern = sync.OnceValue(
	func() *regexp.Regexp { return regexp.MustCompile(`^/?[a-z]+(?:-[a-z]+)*(?:/[a-z]+(?:-[a-z]+)*){2,}$`) },
)

// IsVariableName reports whether a value is the name of an environment variable, or a list of them.
func IsVariableName(value string) bool { return variableNamePattern().MatchString(value) }

var variableNamePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^[A-Z][A-Z_]*(, ?[A-Z][A-Z_]*)+$`)
})

// IsPublicJWK reports whether a value is a JSON Web Key, or several, without a private part.
func IsPublicJWK(value string) bool {
	return publicJWKPattern().MatchString(value) && !privateJWKPattern().MatchString(value)
}

var publicJWKPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"kty"\s*:\s*"(?:RSA|EC|OKP)"`) })

var privateJWKPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:d|k|p|q|dp|dq|qi|oth)"\s*:`) })
