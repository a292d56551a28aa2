package deployed

import (
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// HideSecrets marks secrets and drops their values. If there is a new one, it runs twice, because a secret known by name
// can occur earlier under another name.
func HideSecrets(all []Setting, r *redact.Redactor) {
	for range 2 {
		before := r.CountSecrets()
		for i := range all {
			all[i].hideSecret(r)
		}
		if r.CountSecrets() == before {
			return
		}
	}
}

// hideSecret marks a secret and drops its value, except for the part that can be shown.
func (s *Setting) hideSecret(r *redact.Redactor) {
	if s.Secret {
		return
	}
	if text, isText := s.Value.(string); isText && s.FromSecret && text != "" {
		s.Shown, s.Value, s.Secret = r.RedactSecret(s.Key, text), nil, true
		return
	}
	shown, taken := r.RedactValue(s.Key, s.Key, s.Value)
	for _, fields := range [][]Field{s.Constraints, s.Ignored} {
		for i := range fields {
			fields[i].Value, _ = r.RedactValue(fields[i].Name, fields[i].Name, fields[i].Value)
		}
	}
	s.Shown = shown
	// secret by its name, even if the value is unknown
	s.Secret = s.Kind != Dynamic && redact.IsSecretName(s.Key) && !isBool(s.Value) || len(taken) > 0
	if s.Secret {
		s.Value = nil
	}
}

func isBool(v any) bool {
	_, is := v.(bool)
	return is
}
