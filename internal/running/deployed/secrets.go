package deployed

import (
	"strconv"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// MarkFromSecret marks a setting that a Secret of Kubernetes holds as secret, whatever its name. An account, a duration and a
// number of up to three digits are settings that a deployment only keeps there.
func (s *Setting) MarkFromSecret() {
	const mostDigits = 3
	text, isText := s.Value.(string)
	_, notNumber := strconv.Atoi(text)
	_, notDuration := time.ParseDuration(text)
	if !isText || notNumber == nil && len(text) <= mostDigits || notDuration == nil {
		return
	}
	resource := map[string]any{"kind": "Secret", "stringData": map[string]any{s.Key: text}}
	_, secrets := redact.New(nil).RedactValue("", "", resource)
	s.FromSecret = s.FromSecret || len(secrets) > 0
}

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
