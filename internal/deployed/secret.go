package deployed

import (
	"regexp"
	"sync"
)

// secretName tells a secret by its name: a word for one anywhere, or a key, a
// token or a credential at its end.
var secretName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret)|(^|[_.-])(pwd|token|credentials?|dsn|(api|access|private|signing|encryption|license|account)[_.-]?key([_.-]?id)?|key[_.-]?id)$`)
})

// secretValue tells a secret by its shape: AWS keys, a password in a URL, a
// private key, a signed token, and the tokens of some well-known services.
var secretValue = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b|[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.|\b(ghp|gho|ghs|xox[abps]|sk)[_-][A-Za-z0-9_-]{16,}`)
})

// placeholder is a value that something fills in before it is used.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
})

// hide marks a secret and drops its value.
func (s *Setting) hide() {
	text, isText := s.Value.(string)
	s.Secret = s.Kind != Dynamic && secretName().MatchString(s.Key) || isText && secretValue().MatchString(text)
	if s.Secret {
		s.Value = nil
	}
}
