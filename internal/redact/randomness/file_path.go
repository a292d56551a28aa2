package randomness

import (
	"regexp"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/gitleaks"
)

// IsFilePath reports whether a value is the path of a file: below a well-known folder, or with the extension of a key
// or a configuration.
func IsFilePath(value string) bool {
	value = mountModePattern().ReplaceAllString(value, "")
	if volume, path, is := strings.Cut(value, ":/"); is && volumeNamePattern().MatchString(volume) {
		value = "/" + path // db:/etc/creds/db
	}
	if !strings.ContainsAny(value, `/\.`) || len(value) > 256 || !filePathPattern().MatchString(value) {
		return false
	}
	for segment := range strings.SplitSeq(value, "/") {
		if len(segment) >= 24 && CountClasses(segment) >= 3 && gitleaks.Entropy(segment) >= Enough {
			return false
		}
	}
	return true
}

// mountModePattern matches how a volume is mounted, after its path.
var mountModePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:(?:ro|rw|z|Z|cached|delegated)$`) })

var volumeNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_-]*$`) })

var filePathPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(/dev/(stdin|stdout|null|fd/[0-9]+)|/(run|var|etc|mnt|secrets?|vault|opt|app|home|tmp|usr|srv|root|data|config|` +
			`certs?|keys?|tls|ssl|credentials?|workspace|conf)(/[\w.@-]+)*/?|(~|\.{1,2})(/[\w.@-]+)+/?|` +
			`(\.{0,2}/|~/|[A-Z]:\\)?([\w.@-]+[/\\])*[\w@-]+(\.[\w-]+)*\.` +
			`(md|pem|key|crt|cer|cert|json|ya?ml|txt|p12|pfx|jks|token|env|conf|ini|toml|pub|kubeconfig))$`,
	)
})
