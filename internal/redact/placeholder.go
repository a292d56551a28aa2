package redact

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
)

// IsDigest reports whether a text is a digest made by a Redactor.
func IsDigest(text string) bool {
	digest, ok := strings.CutPrefix(text, digestPrefix)
	return ok && len(digest) == 32 && strings.Trim(digest, "0123456789abcdef") == ""
}

// isPlaceholder reports whether a text only takes the place of a value, as a digest also does.
func isPlaceholder(text string) bool { return IsDigest(text) || plainform.IsPlaceholder(text) }
