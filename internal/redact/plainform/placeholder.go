package plainform

import (
	"regexp"
	"strings"
	"sync"
)

var placeholderPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(<\|[a-z_]+\|>|\$?\$\{[A-Za-z_][A-Za-z0-9_]*(:?\?[^{}]*|:?[-+])?\}|\$?\$[A-Z_][A-Z0-9_]+|%[A-Z_]+%|%\([A-Za-z_][A-Za-z0-9_]*\)s|` +
			`\$\{(env|file|dir|directory|secrets?|vault|ssm|awssm|secretsmanager|sys):[\w./:@#-]+\}|` +
			`<([A-Za-z]+[ _-])*(?i:password|token|secret|key|here|value|redacted|hidden|masked|none|empty)>|` +
			`ENC\[AES256_GCM,[^\[\]\s]*\]|` +
			`\$\{\{[^{}]*\}\}|\[(redacted|REDACTED|hidden|masked)\]|\$\([A-Za-z_][A-Za-z0-9_]*\)|\{\{[^{}]*\}\}|%[a-z]|[*xX•●]{3,}|[*?-]|\.{3}|…|` +
			`\$__(file|env|vault)(\{[^{}]*\})?|\{\{resolve:[\w:./${}-]+\}\}|#\{[A-Za-z_][\w.]*\}#?|` +
			`__[A-Z][A-Z0-9_]*__|@@?[A-Z]+(_[A-Z]+)+@@?|!(Sub|Ref|GetAtt|ImportValue|secret|env|ENV)|REPLACE_?(ME|THIS|WITH(_[A-Z]+)+)|TODO|TBD|` +
			`(?i)(null|nil|none|true|false|yes|no|on|off|redacted|string|required|optional))$`,
	)
})

// IsPlaceholder reports whether a text only takes the place of a value: a template variable, or a word such as "none".
func IsPlaceholder(text string) bool {
	if text != "" && len(text) > 10 && strings.IndexByte("${*xX%<[#_@RE\xe2", text[0]) < 0 {
		return false // longer than every such word
	}
	return placeholderPattern().MatchString(text)
}
