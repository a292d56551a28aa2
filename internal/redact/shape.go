package redact

import (
	"encoding/base64"
	"math"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Shaped reports whether a text is a secret by its shape, or holds one: keys,
// signed tokens, passwords in connection strings, private keys, Authorization
// values, names of secrets with their values; in YAML or JSON and base64, too.
func Shaped(text string) bool { return shaped(text, maxNested) }

// maxNested is how deep one text is read within another. What is deeper is taken
// out whole.
const maxNested = 5

func shaped(text string, depth int) bool {
	switch {
	case len(text) < shortest || standIn(text):
		return false
	case len(text) > longest:
		return true // nobody has looked through it
	}
	return formed(text) || amazonKey(text) || inURL(text) || authorised(text) || assigned(text) ||
		depth == 0 && strings.ContainsAny(text[:1], "{[") || depth > 0 && (structured(text, depth-1) || encoded(text, depth-1))
}

// shortest is the least that a text with a secret has: x:y.
const shortest = 3

// longest is the most that is looked through: a process is given no variable of
// more, and what is larger is taken out whole.
const longest = 128 << 10

// forms are secrets that say what they are. Each is looked for where a part of it
// that is always the same stands in the text, which costs next to nothing.
var forms = []struct{ part, form string }{
	// AWS: access keys, session tokens, signed requests
	{"AKIA", `\bAKIA[0-9A-Z]{16}\b`}, {"ASIA", `\bASIA[0-9A-Z]{16}\b`}, {"ABIA", `\bABIA[0-9A-Z]{16}\b`}, {"ACCA", `\bACCA[0-9A-Z]{16}\b`},
	{"IQoJb3JpZ2lu", `\bIQoJb3JpZ2lu[A-Za-z0-9+/=%]{20,}`}, {"oGZXIvYXdz", `\bF[wQ]oGZXIvYXdz[A-Za-z0-9+/=%]{20,}`},
	{"X-Amz-", `X-Amz-(Signature|Security-Token|Credential)=`}, {"x-amz-", `x-amz-(signature|security-token|credential)=`},
	// private keys
	{"PRIVATE KEY", `-----BEGIN [A-Z0-9 ]*PRIVATE KEY`}, {"PuTTY-User-Key-File-", ``}, {"AGE-SECRET-KEY-1", `AGE-SECRET-KEY-1[0-9A-Z]{20,}`},
	// JSON Web Tokens, signed or encrypted
	{"eyJ", `\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*`},
	// tokens of services
	{"gh", `\bgh[pousr]_[A-Za-z0-9]{16,}`}, {"github_pat_", `\bgithub_pat_[A-Za-z0-9_]{20,}`}, {"glpat-", `\bglpat-[A-Za-z0-9_-]{16,}`},
	{"xox", `\bxox[abeoprs]-[A-Za-z0-9-]{10,}`}, {"hooks.slack.com/", `hooks\.slack\.com/(services|workflows)/[A-Za-z0-9/]{16,}`},
	{"_live_", `\b(sk|rk|pk)_live_[A-Za-z0-9]{16,}`}, {"_test_", `\b(sk|rk|pk)_test_[A-Za-z0-9]{16,}`},
	{"sk-", `\bsk-[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{12,}`}, {"AIza", `\bAIza[0-9A-Za-z_-]{35}`}, {"npm_", `\bnpm_[A-Za-z0-9]{30,}`},
	{"pypi-", `\bpypi-[A-Za-z0-9_-]{30,}`}, {"SG.", `\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`}, {"dop_v1_", `\bdop_v1_[a-f0-9]{40,}`},
	{"hv", `\bhv[sbr]\.[A-Za-z0-9_-]{20,}`}, {"glsa_", `\bglsa_[A-Za-z0-9_]{20,}`}, {"glc_", `\bglc_[A-Za-z0-9+/=]{20,}`},
	{"dckr_pat_", `\bdckr_pat_[A-Za-z0-9_-]{20,}`}, {":AA", `\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}`},
	// connection strings that are no URLs
	{"@tcp(", `[^\s:/@]+:[^\s@]+@tcp\(`}, {"@unix(", `[^\s:/@]+:[^\s@]+@unix\(`}, {"jdbc:oracle:thin:", `jdbc:oracle:thin:[^/\s]+/[^@\s]+@`},
}

var compiled = sync.OnceValue(func() []*regexp.Regexp {
	all := make([]*regexp.Regexp, len(forms))
	for i, f := range forms {
		all[i] = regexp.MustCompile(f.form)
	}
	return all
})

// formed finds secrets of the forms.
func formed(text string) bool {
	for i, f := range forms {
		if strings.Contains(text, f.part) && compiled()[i].MatchString(text) {
			return true
		}
	}
	return false
}

// amazonKey finds a secret access key: forty random letters, digits, / and +. A
// commit has forty hexadecimal digits, and a path is less random.
func amazonKey(text string) bool {
	for run := range runs(text, 40, "/+") {
		if len(run) == 40 && classes(run) >= 3 && entropy(run) >= randomEnough {
			return true
		}
	}
	return false
}

// randomEnough is the entropy of forty characters in bits each, above which they
// are no words: English has about 4, forty random ones about 4.8.
const randomEnough = 4.25

var userInfo = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`://([^\s/?#@:"'<>]*)(?::([^\s"'<>]*))?@`)
})

var port = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,5}[/?#]`) })

// inURL finds the password of a URL, or a token that stands for one.
func inURL(text string) bool {
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") {
		return false
	}
	for _, m := range userInfo().FindAllStringSubmatch(text, -1) {
		user, password := m[1], m[2]
		switch {
		case password != "" && !port().MatchString(password) && !standIn(password):
			return true
		case password == "" && len(user) >= 20 && classes(user) >= 2 && entropy(user) >= 3.3:
			return true
		}
	}
	return false
}

var scheme = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(Bearer|Basic|Token|Negotiate|AWS4-HMAC-SHA256)(?:\s+|%20)([A-Za-z0-9+/_.=~-]{8,})`)
})

// authorised finds an Authorization value. Prose has no digits after Bearer.
func authorised(text string) bool {
	if !strings.ContainsAny(text, " \t%") {
		return false
	}
	for _, m := range scheme().FindAllStringSubmatch(text, -1) {
		if strings.ContainsAny(m[2], "0123456789=") || len(m[2]) >= 32 {
			return true
		}
	}
	return false
}

// after a name, what it is assigned: after a space or as the next item of a list
// only a flag has a value
var assignment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^["']?(?:[ \t]*(?:=|:=|=>|:)[ \t]*|([ \t]+|["'],[ \t]*))(?:"([^"]*)|'([^']*)|([^\s"',;&{}\[\]()]+))`)
})

// maxAhead is how far behind a name its value is looked for.
const maxAhead = 256

// assigned finds a name of a secret with a value: password=…, "token": "…",
// --api-key …, in a list of flags, too.
func assigned(text string) bool {
	if !strings.ContainsAny(text, "=:-") {
		return false
	}
	if strings.Contains(text, "arn:") {
		text = resource().ReplaceAllString(text, "")
	}
	end := 0
	for name := range runs(text, 1, "_.-") {
		at := end + strings.Index(text[end:], name)
		end = at + len(name)
		flag := name[0] == '-'
		if name = strings.TrimLeft(name, "_.-0123456789"); !Name(name) {
			continue
		}
		m := assignment().FindStringSubmatch(text[end:min(len(text), end+maxAhead)])
		if m == nil {
			continue
		}
		value := m[2] + m[3] + m[4]
		if value != "" && !standIn(value) && (m[1] == "" || flag && !strings.HasPrefix(value, "-")) {
			return true
		}
	}
	return false
}

// resource is the name of something of Amazon's, such as of a secret.
var resource = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\barn:aws[a-z-]*:[A-Za-z0-9:/_+=.@-]*`) })

// encoded finds a secret in base64.
func encoded(text string, depth int) bool {
	for run := range runs(text, 16, "+/-_") {
		plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(run))
		if err == nil && readable(plain) && shaped(string(plain), depth) {
			return true
		}
	}
	return false
}

func readable(data []byte) bool {
	return utf8.Valid(data) && strings.IndexFunc(string(data), func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }) < 0
}

// runs are the parts of a text that are letters, digits and what else is given,
// those that are as long.
func runs(text string, least int, also string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(text); i++ {
			if i < len(text) && (text[i] >= 'a' && text[i] <= 'z' || text[i] >= 'A' && text[i] <= 'Z' || text[i] >= '0' && text[i] <= '9' || strings.IndexByte(also, text[i]) >= 0) {
				continue
			}
			if i-start >= least && !yield(text[start:i]) {
				return
			}
			start = i + 1
		}
	}
}

var filledIn = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\$\{[A-Za-z_][A-Za-z0-9_]*\}|\$\([A-Za-z_][A-Za-z0-9_]*\)|\{\{[^{}]*\}\}|%[a-z]|[*xX]{3,}|\.{3}|…|(?i)(null|nil|none|true|false|yes|no|on|off|redacted|string|required|optional))$`)
})

// Digested reports whether a text is a digest that stands for a secret.
func Digested(text string) bool {
	digest, ok := strings.CutPrefix(text, prefix)
	return ok && len(digest) == 32 && strings.Trim(digest, "0123456789abcdef") == ""
}

// standIn reports whether a text only stands for a value: a placeholder, a
// digest of ours, a word that says whether there is one.
func standIn(text string) bool {
	if Digested(text) {
		return true
	}
	if text != "" && len(text) > 10 && !strings.ContainsAny(text[:1], "${*xX") {
		return false // none of the words is as long
	}
	return filledIn().MatchString(text)
}

// classes counts the kinds of characters: lower case, upper case, digits, others.
func classes(text string) int {
	var kinds [4]int
	for _, r := range text {
		switch {
		case unicode.IsLower(r):
			kinds[0] = 1
		case unicode.IsUpper(r):
			kinds[1] = 1
		case unicode.IsDigit(r):
			kinds[2] = 1
		default:
			kinds[3] = 1
		}
	}
	return kinds[0] + kinds[1] + kinds[2] + kinds[3]
}

// entropy of a text, in bits a character.
func entropy(text string) float64 {
	counts := map[rune]int{}
	for _, r := range text {
		counts[r]++
	}
	n, sum := float64(utf8.RuneCountInString(text)), 0.0
	for _, c := range counts {
		p := float64(c) / n
		sum -= p * math.Log2(p)
	}
	return sum
}
