package access

import "time"

// IssuerPause and TokenCheckInterval export the intervals between two looks at the issuer and the tokens file.
const (
	IssuerPause        = issuerPause
	TokenCheckInterval = tokenCheckInterval
)

// SetClock replaces the clock that the issuer's pause is measured with.
func (o *OIDC) SetClock(now func() time.Time) { o.now = now }

// SetClock replaces the clock that the file's interval is measured with.
func (t *Tokens) SetClock(now func() time.Time) { t.now = now }
