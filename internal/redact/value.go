package redact

import (
	"regexp"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
)

// isPlainURL reports whether a value is a URL that carries nothing besides an address.
func isPlainURL(value string) bool {
	return strings.Contains(value, "://") && plainURLPattern().MatchString(value) && !hasURLSecret(value) &&
		(strings.Contains(value, "/.well-known/") || !hasRandomSegment(value)) // well-known documents are public
}

var plainURLPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[^\s?@]+$`) })

// isPlainConnection reports whether a value is the address of a database, as a URL or as a list of keywords, without a
// password.
func isPlainConnection(value string) bool {
	value = plainform.RemovePlaceholders(plainform.ReplaceTemplates(value))
	value = userInfoPattern().ReplaceAllStringFunc(value, func(found string) string {
		if m := userInfoPattern().FindStringSubmatch(found); m[2] != "" && isPlaceholder(m[2]) {
			return "://"
		}
		return found
	})
	return plainform.IsConnection(value) && !hasURLSecret(value) && !hasAssignedSecret(value) && !hasWebhookToken(value)
}

// hasWebhookToken reports whether a URL of a webhook has a random part, which alone authorizes the caller.
func hasWebhookToken(text string) bool {
	if !strings.Contains(text, "://") || !strings.Contains(text, "hook") {
		return false
	}
	for _, m := range webhookPattern().FindAllStringSubmatch(text, -1) {
		if hasTokenSegment(m[1]) {
			return true
		}
	}
	return false
}

var webhookPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`://[^\s"'<>?#]*hooks?(?:\.[^\s"'<>/?#]+)?/([^\s"'<>?#]+)`)
})

// hasTokenSegment reports whether a part of a path is random, or a UUID.
func hasTokenSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if plainform.IsUUID(segment) ||
			len(segment) >= 16 && (randomness.IsIrregular(segment) || plainform.IsHex(segment) && randomness.CountClasses(segment) >= 2) {
			return true
		}
	}
	return false
}

// hasRandomSegment reports whether a part of a path looks random.
func hasRandomSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if len(segment) >= 16 && randomness.IsIrregular(segment) {
			return true
		}
	}
	return false
}
