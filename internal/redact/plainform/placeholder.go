package plainform

import (
	"regexp"
	"strings"
	"sync"
)

var placeholderPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(<\|[a-z_]+\|>|` +
			`\$?\$\{[A-Za-z_][A-Za-z0-9_]*(:?\?[^{}]*|:?[-+](?:[0-9]|true|false|none|null)?|:(?:[0-9]|true|false|none|null|empty)?)?\}|` +
			`\$?\$[A-Z_][A-Z0-9_]+|\$[0-9]{1,2},?|:[a-z][a-z_]*|%[A-Z_]+%|%\([A-Za-z_][A-Za-z0-9_]*\)s|` +
			`\$\{(env|file|dir|directory|secrets?|vault|ssm|sm|awssm|secretsmanager|sys):[\w./:@#-]+\}|` +
			`<([A-Za-z]+[ _-])*(?i:password|pw|pwd|pass|token|secret|key|here|value|redacted|hidden|masked|none|empty)>|` +
			`<[A-Z][A-Z0-9]*([_ -][A-Z0-9]+)*>|<%=? [^<>]*%>|<[a-z]+([-_ ][a-z0-9]+)+>|ENC\[AES256_GCM,[^\[\]\s]*\]|` +
			`\$\{\{[^{}]*\}\}|\[(?i:redacted|hidden|masked|filtered|removed)\]|\(\([\w .:"/-]+\)\)|` +
			`\$\([A-Za-z_][A-Za-z0-9_]*\)|(?:\{\{[^{}]*\}\})+|%[a-z](?:/[a-z][\w.-]*)?|[*xX•●]{3,}|[*?~-]|\.{3}|…|` +
			`\$__(file|env|vault)(\{[^{}]*\})?|\{\{resolve:[\w:./${}-]+\}\}|#\{[A-Za-z_][\w.]*\}#?|` +
			`__?[A-Z][A-Z0-9_]*__?|@@?[A-Z]+(_[A-Z]+)+@@?|@@[A-Z]+@@|` +
			`!(Sub|Ref|GetAtt|ImportValue|secret|env|ENV)|REPLACE_?(ME|THIS|WITH(_[A-Z]+)+)|TODO|TBD|` +
			`(?i)(replace[-_ ]?me|integer|boolean|null|nil|none|true|false|yes|no|on|off|redacted|string|required|optional|flag|option|argument|` +
			`\(?(un|not[ _-]?)set\)?))$`,
	)
})

// IsPlaceholder reports whether a text only takes the place of a value: a template variable, or a word such as "none".
func IsPlaceholder(text string) bool {
	for _, scheme := range []string{"Bearer ", "Basic ", "Token "} { // of an Authorization header
		text = strings.TrimPrefix(text, scheme)
	}
	if text != "" && len(text) > 10 && strings.IndexByte("${(:*xX%<[#_@RE\xe2", text[0]) < 0 {
		return isInstruction(text) // longer than every other such word
	}
	return placeholderPattern().MatchString(text) && !hasDefault(text) || isInstruction(text)
}

// isInstruction reports whether a text asks its reader for a value: your-api-key, put-the-token-here, whsec_***.
func isInstruction(text string) bool {
	const longest = 64
	if len(text) < len("your") || len(text) > longest {
		return false
	}
	if strings.IndexByte("*xX.", text[len(text)-1]) >= 0 && maskedPattern().MatchString(text) {
		return true
	}
	if strings.HasPrefix(text, "string & ") || strings.HasPrefix(text, "string | ") { // a type of CUE
		return true
	}
	return (strings.EqualFold(text[:len("your")], "your") || strings.EqualFold(text[len(text)-len("here"):], "here")) &&
		instructionPattern().MatchString(text)
}

// maskedPattern matches the beginning of a token with the rest left out: sk_test_xxxxxxxx, whsec_***.
var maskedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z]+(?:[_-][A-Za-z0-9]+)*[_-](?:\*{3,}|[xX]{6,}|\.{3})$`)
})

var instructionPattern = sync.OnceValue(func() *regexp.Regexp {
	const noun = `(?:key|token|secret|password|passwd|pass|credentials?|dsn|id|value)`
	return regexp.MustCompile(`^(?i)(?:your[-_ ](?:[a-z]+[-_ ]){0,4}` + noun + `|(?:[a-z]+[-_ ]){0,5}` + noun + `[-_ ]?here)$`)
})

// BeginsTemplate reports whether a text in quotes is the beginning of an expression that contains quotes.
func BeginsTemplate(quoted string) bool {
	return strings.HasPrefix(quoted, "{{") && !strings.Contains(quoted, "}}") && !strings.Contains(quoted, "default") ||
		strings.HasSuffix(quoted, "$(< ")
}

// hasDefault reports whether an expression of a template has a text to use in the place of its variable:
// {{ default "hunter2" .Env.PW }}.
func hasDefault(expression string) bool {
	if !strings.ContainsAny(expression, "\"'`") {
		return false
	}
	m := defaultPattern().FindStringSubmatch(expression)
	return m != nil && !IsPlaceholder(m[1])
}

var defaultPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?:(?:^|[\s|({])(?:default[\s(][^"'\x60]*|(?:coalesce|or|ternary)\s[^"'\x60(]*)|\|\|\s*|^\{\{-?\s*)["'\x60]([^"'\x60]+)["'\x60]`,
	)
})
