package deployed

import (
	"regexp"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// placeholder is a value that something fills in before it is used.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
})

// hideAll marks secrets and drops their values. It looks twice, since one that
// its name betrays may stand under another name before.
func hideAll(all []Setting, r *redact.Redactor) {
	for range 2 {
		for i := range all {
			all[i].hide(r)
		}
	}
}

// hide marks a secret and drops its value, but for what may be shown of it.
func (s *Setting) hide(r *redact.Redactor) {
	if s.Secret {
		return
	}
	shown, taken := r.Value(s.Key, s.Key, s.Value)
	for _, fields := range [][]Named{s.Constraints, s.Ignored} {
		for i := range fields {
			fields[i].Value, _ = r.Value(fields[i].Name, fields[i].Name, fields[i].Value)
		}
	}
	s.Shown = shown
	// a variable that is known to hold one, whether its value is known or not
	s.Secret = s.Kind != Dynamic && redact.Name(s.Key) && !isBool(s.Value) || len(taken) > 0
	if s.Secret {
		s.Value = nil
	}
}

func isBool(v any) bool {
	_, is := v.(bool)
	return is
}
