package secretname

import (
	"regexp"
	"strings"
	"sync"
)

// IsJoined reports whether a word ends in a secret word that is written together with the word before: requirepass.
func IsJoined(word string) bool { return isJoined(strings.ToLower(word)) }

func isJoined(word string) bool {
	for _, f := range joinedForms {
		owner, is := strings.CutSuffix(word, f.ending)
		if !is && f.hasPlural {
			owner, is = strings.CutSuffix(word, f.ending+"s")
		}
		if is && f.owner().MatchString(owner) {
			return true
		}
	}
	return false
}

// joinedForms are secret words with what is written together before them: dbpass, authtoken. Most words have no such
// ending, and no pattern is tried.
var joinedForms = []struct {
	ending    string
	hasPlural bool
	owner     func() *regexp.Regexp
}{
	{"token", true, anyOwner},
	{"apikey", true, anyOwner},
	{"pwd", true, anyOwner},
	{"pw", true, anyOwner},
	{"pswd", false, anyOwner},
	{"authstring", false, anyOwner},
	{"creds", false, anyOwner},
	{"credential", true, anyOwner},
	{"cred", false, ownerPattern(`[a-z0-9]{3,26}`)}, // not sacred
	{"pass", false, ownerPattern(`[a-z0-9]+`)},
	{"pw", false, ownerPattern(`[a-z0-9]*(db|sql|pg|root|admin|user|redis|mysql|postgres|smtp|mail|ldap|es|key|store|trust|` +
		`proxy|login|my)`)},
	{"key", true, ownerPattern(`[a-z0-9]*(api|access|private|priv|signing|master|encryption|enc|aes|hmac|jwt|write|` +
		`session|auth|account|shared|storage|ssh|crypt)`)},
	{"auth", false, ownerPattern(`[a-z0-9]*(db|sql|redis|http|proxy|registry|smtp|docker|master)`)},
}

var anyOwner = ownerPattern(`[a-z0-9]{1,24}`)

// ownerPattern returns a pattern of a whole word, compiled on first use.
func ownerPattern(form string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + form + `)$`) })
}
