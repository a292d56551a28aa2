package redact

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/commandline"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/gitleaks"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/knownform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/phrase"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/textform"
)

// HasSecret reports whether a text is or contains a secret, by its shape: keys, signed tokens, passwords in
// connection strings, private keys, Authorization values, secret names with values. It also looks inside YAML, JSON
// and base64.
func HasSecret(text string) bool { return hasSecret(text, maxNested) }

// maxNested limits how deep text is read inside other text. Anything deeper is removed as a whole.
const maxNested = 5

func hasSecret(text string, depth int) bool {
	switch {
	case len(text) < minSecretLength || isPlaceholder(text) || plainform.IsReference(text):
		return false
	case len(text) > maxScanLength:
		return true // too long to search
	}
	text = strings.ReplaceAll(textform.PlainLetters(text), "\\\n", "  ") // a command over several lines
	private := knownform.Matches(text)
	text = plainform.RemovePublicKeys(text)
	return private || hasAWSKey(text) || hasURLSecret(text) || hasAuthorization(text) || hasAssignedSecret(text) ||
		hasConnectionSecret(text) || gitleaks.HasSecret(text, isPlaceholder) || hasPrefixedToken(text) ||
		hasWebhookToken(text) || phrase.IsWallet(text) || hasSpokenSecret(text) ||
		depth == 0 && strings.ContainsAny(text[:1], "{[") ||
		depth > 0 && (hasStructuredSecret(text, depth-1) || hasQuotedSecret(text, depth-1) ||
			hasEncodedSecret(text, depth-1) || hasEscapedSecret(text, depth-1))
}

// minSecretLength is the length of the shortest text with a secret: x:y.
const minSecretLength = 3

// maxScanLength limits the text that is searched, at the size limit of an environment variable. Longer text is
// removed as a whole.
const maxScanLength = 128 << 10

// hasPrefixedToken finds random text after a short word, as most services write their tokens: NAME_kind_9fK….
func hasPrefixedToken(text string) bool {
	if !strings.ContainsAny(text, "_-") {
		return false
	}
	for _, m := range prefixedPattern().FindAllStringSubmatch(text, -1) {
		token := m[1]
		isRandom := randomness.CountClasses(token) == 3 && gitleaks.Entropy(token) >= 3.9 ||
			randomness.CountClasses(token) == 2 && len(token) >= 32 && gitleaks.Entropy(token) >= 4.2
		isObject := randomness.IsObjectID(strings.TrimRight(m[0], `"', `))
		if isRandom && !isObject && !randomness.IsWordy(token) && strings.IndexFunc(token, unicode.IsDigit) < len(token)-4 {
			return true
		}
	}
	for _, m := range hexTokenPattern().FindAllStringSubmatch(text, -1) {
		if !slices.Contains(digestPrefixes, m[1]) {
			return true
		}
	}
	return false
}

// hexTokenPattern matches tokens in hexadecimal, which look like a digest except for how they begin.
var hexTokenPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b([a-z]{2,5})(?:_v[0-9])?_[0-9a-f]{40,64}\b`)
})

// digestPrefixes are written before digests.
var digestPrefixes = []string{"sha", "git", "rev", "hash", "img", "image", "etag", "oid", "blob", "tree", "build"}

var prefixedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?:^|[^A-Za-z0-9+/_-])` +
			`(?:(?:[A-Za-z]?[a-z]+[0-9]{0,2}|[A-Z]{2,8}[0-9]{0,2}|[a-z]+[0-9][a-z]{0,3}|[A-Z][a-z]+[A-Z][a-z]+)[_-]){1,3}` +
			`([A-Za-z0-9]{24,})(?:$|[^A-Za-z0-9+/])`,
	)
})

// hasAWSKey finds AWS secret access keys: forty random letters, digits, / and +. Commit hashes have hexadecimal
// digits only, and paths are less random.
func hasAWSKey(text string) bool {
	if strings.Contains(text, "://") {
		text = addressPattern().ReplaceAllString(text, " ") // hasURLSecret reads them part by part
	}
	for run := range textform.SplitRuns(text, 40, "/+") {
		if len(run) == 40 && randomness.CountClasses(run) >= 3 && gitleaks.Entropy(run) >= randomness.Enough &&
			!randomness.IsEncodedText(run) && !plainform.IsCaptchaKey(run) {
			return true
		}
	}
	return false
}

// addressPattern matches a web address up to its query.
var addressPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`https?://[^\s"'<>?#]+`) })

var userInfoPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`://([^\s/?#@:"'<>]*)(?::([^\s"'<>]*))?@`)
})

var portPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,5}[/?#]`) })

// hasURLSecret finds passwords, or tokens in their place, in URLs.
func hasURLSecret(text string) bool {
	if !strings.Contains(text, "://") {
		return false
	}
	for _, m := range urlPathPattern().FindAllStringSubmatch(text, -1) {
		if hasTokenInPath(m[1]) {
			return true
		}
	}
	for _, m := range userInfoPattern().FindAllStringSubmatch(text, -1) {
		user, password := m[1], m[2]
		switch {
		case password != "" && !portPattern().MatchString(password) && !isPlaceholder(password):
			return true
		case password == "" && len(user) >= 20 && randomness.CountClasses(user) >= 2 && gitleaks.Entropy(user) >= 3.3,
			password == "" && randomness.CountClasses(user) >= 3 && randomness.IsIrregular(user) && !isPlaceholder(user):
			return true
		}
	}
	return false
}

// documentWords come before the id of a document in a path.
var documentWords = stringSet("d", "document", "file", "files", "folders", "design", "board", "dashboard", "runs", "view", "wiki", "page")

// intakeWords come before the key of an account in a path to which data is sent.
var intakeWords = stringSet("input", "inputs", "ingest", "intake", "collect", "collector", "push", "receiver", "heartbeat", "ping")

// urlPathPattern matches the path of a web address.
var urlPathPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`https?://[^\s"'<>/?#]+/([^\s"'<>?#]+)`) })

// hasTokenInPath reports whether a part of a path is nothing but random letters and digits, so anyone who knows the
// address has access. The id of a document, as in /d/ID, is as random and not secret.
func hasTokenInPath(path string) bool {
	before := ""
	for segment := range strings.SplitSeq(path, "/") {
		if len(segment) >= 24 && !documentWords[before] && randomness.IsToken(segment) ||
			intakeWords[before] && (plainform.IsUUID(segment) || randomness.IsHexToken(segment)) {
			return true
		}
		before = segment
	}
	return false
}

var authorizationPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?i)\b(Bearer|Basic|Token|Negotiate|ApiKey|Api-Key|GenieKey|SSWS|Splunk|SharedKey|AWS4-HMAC-SHA256)` +
			`(?:[ \t]+|[ \t\\]*\n[ \t]+|%20)([A-Za-z0-9+/_.=~-]{8,})`,
	)
})

// hasAuthorization finds Authorization values. Prose has no digits after Bearer.
func hasAuthorization(text string) bool {
	if !strings.ContainsAny(text, " \t%") {
		return false
	}
	for _, m := range authorizationPattern().FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[2], "--") && !plainform.IsRegion(m[2]) && !plainform.IsProperty(m[2]) &&
			(strings.ContainsAny(m[2], "0123456789=") || len(m[2]) >= 32) {
			return true
		}
	}
	return false
}

// assignmentPattern matches the value after a name. Only flags take a value after a space or as the next list item.
var assignmentPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(?:\[["']?[\w.-]+["']?\])?\\*["']?\]?(?:[ \t]*(?:==|=>|=|:=|::=|\?=|\+=|->|:)[ \t]*|([ \t]+|["'],[ \t]*))` +
			`(?:"(\$?\$\([^()]*\))"|\\*"([^"]*)|'([^']*)|` +
			`(\$?\$\{[^{}]*\}|\$?\$\([^()]*\)|\$?\{\{[^{}]*\}\})|([^\s"',;&{}\[\]()]+)|\{([^{}"':$]+)\})`,
	)
})

// maxValueDistance limits how far after a name its value is searched.
const maxValueDistance = 256

// hasAssignedSecret finds secret names with values: password=…, "token": "…", --api-key …, also in lists of
// flags.
func hasAssignedSecret(text string) bool {
	if !strings.ContainsAny(text, "=:-") {
		return false
	}
	if strings.Contains(text, "arn:") || strings.Contains(text, "--secret-id") || strings.Contains(text, "{{resolve:") ||
		strings.Contains(text, "gcloud ") {
		text = arnPattern().ReplaceAllString(text, "")
	}
	text = strings.ReplaceAll(text, `"""`, `"`) // as in INI files
	end := 0
	for name := range textform.SplitNames(text) {
		at := end + strings.Index(text[end:], name)
		end = at + len(name)
		flag, isVariable := name[0] == '-', strings.HasSuffix(text[:at], "${")
		if flag && switchPattern().MatchString(name) {
			continue
		}
		after := text[end:min(len(text), end+maxValueDistance)]
		if !flag && !isVariable && !canBeginValue(after) {
			continue
		}
		name = strings.TrimLeft(name, "_.-0123456789")
		if flag && plainform.IsJavaProperty(text[at:end]) {
			name = name[1:]
		}
		class := classifyName(wordBefore(text[:at], name) + name)
		if class.Kind == secretname.Never {
			if isRandomAssignment(name, text[:at], after, flag) {
				return true
			}
			continue
		}
		if isVariable { // with a default: ${DB_PASSWORD:-hunter2}
			m := defaultPattern().FindStringSubmatch(after)
			if m == nil || isPlaceholder(m[1]) || strings.HasPrefix(m[1], "$(") || !isSecretValue(class, m[1], false) {
				continue
			}
			return true
		}
		m := assignmentPattern().FindStringSubmatch(after)
		if m == nil || plainform.BeginsSentence(after) || strings.HasPrefix(after, "://") {
			continue
		}
		for strings.HasSuffix(m[6], `\n`) { // of text within JSON
			m[6] = strings.TrimRight(strings.TrimSuffix(m[6], `\n`), `\`)
		}
		value := strings.TrimRight(m[2]+strings.TrimRight(m[3], `\`)+strings.Join(m[4:], ""), "`")
		if class.Connection && m[6] != "" { // has the signs that end other values
			_, rest, _ := strings.Cut(untilLineEnd(after), m[6])
			value, _, _ = strings.Cut(m[6]+rest, " ")
		}
		if strings.Trim(value, ",; .*+?$<%=") == "" || plainform.BeginsTemplate(m[3]) || isPlaceholder(value) ||
			plainform.IsReference(value) || plainform.IsCommandResult(value) ||
			plainform.IsComposedName(value) ||
			m[1] != "" && (!flag || strings.HasPrefix(value, "-") || phrase.IsOfSentence(value)) ||
			(flag && m[4] == "" || after[0] == '=' && m[3] != "" && name == strings.ToUpper(name)) &&
				plainform.IsVariable(value) ||
			m[6] == name && strings.ToLower(name) != name ||
			flag && (commandline.IsReference(lastPart(text[:at]), text[at:end], value, m[1] != "") ||
				m[1] != "" && strings.ContainsAny(m[6], "<>|")) ||
			plainform.IsCall(m[6], after[len(m[0]):]) || !flag && !isTight(after) && isProse(m[6], value, after[len(m[0]):]) {
			continue
		}
		if isSecretValue(class, value, !flag) {
			return true
		}
	}
	return false
}

// wordBefore returns the word before "key", which decides what it is: api key = …
func wordBefore(before, name string) string {
	if !strings.EqualFold(name, "key") || !strings.HasSuffix(before, " ") {
		return ""
	}
	start := len(before) - 1
	for start > 0 && textform.IsLetterOrDigit(before[start-1]) {
		start--
	}
	return before[start:]
}

// canBeginValue reports whether what comes after a name can have its value, as after few words of a sentence: deciding what a
// name means takes longer.
func canBeginValue(after string) bool {
	after = strings.TrimLeft(after, " \t")
	return after != "" && strings.IndexByte("[\\\"'=:>]?+-", after[0]) >= 0
}

// isTight reports whether a value comes after = at once, as in a connection string.
func isTight(after string) bool { return len(after) > 1 && after[0] == '=' && after[1] != ' ' }

// switchPattern matches flags that have a secret asked for, or left out, and take no value.
var switchPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-+(?:ask|prompt|no|skip|generate)-`) })

// isProse reports whether a value without quotes begins an error or a description, not a secret.
func isProse(unquoted, value, after string) bool {
	return plainform.IsErrorPrefix(unquoted) || plainform.IsCount(unquoted+untilLineEnd(after)) || unquoted != "" &&
		(phrase.IsOfSentence(strings.ToLower(value)) || phrase.IsDescription(untilLineEnd(unquoted+after)) ||
			isCircumstance(untilLineEnd(unquoted+after)))
}

// untilLineEnd returns a text up to the end of its first line.
func untilLineEnd(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// defaultPattern matches the default of a variable, after its name.
var defaultPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^:?[-=+]["']?([^{}"']+)`) })

// isRandomAssignment reports whether a name that is not a secret's has a random value: BLOB=9fk…, <p name="BLOB">9fk…</p>,
// --blob 9fk….
func isRandomAssignment(name, before, after string, flag bool) bool {
	const least = 20
	between := len(after) - len(strings.TrimLeft(after, "\"'=:>] \t\\"))
	separator, rest := after[:between], after[between:]
	if name == "" && !strings.ContainsAny(separator, "\"' ") || between == 0 || between > 8 || len(rest) < least ||
		!flag && !strings.ContainsAny(separator, "=:>") {
		return false
	}
	n := len(rest) - len(strings.TrimLeft(rest, base64Letters))
	value := rest[:n]
	if n < least || n > 512 || n < len(rest) && !strings.ContainsRune("=\"'<&,;)}] \t\r\n", rune(rest[n])) ||
		secretname.PairRole(name) == 1 && secretname.BeforeLast(name) == "" && separator != ":" || flag && len(name) == 1 {
		return false
	}
	isTag := separator == ":" && (strings.HasSuffix(before, "/") || strings.HasSuffix(before, "@")) // of an image
	switch {
	case isTag || secretname.CanBeRandom(name):
		return false
	case plainform.IsHex(value):
		return separator != ":" && n != 40 && randomness.IsHexToken(value) && !secretname.CanBeHex(name)
	}
	return randomness.IsToken(value)
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"

// arnPattern matches Amazon resource names and references to stores, which may name a secret without containing it.
var arnPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`\barn:aws[a-z-]*:[A-Za-z0-9:/_+=.@*?-]*|\bsecretsmanager [a-z-]+[^\n]*? --secret-id[ =][\w/+=.@-]+|` +
			`\bgcloud (?:\w+ )*secrets [^\n]*? --secret[ =][\w/-]+|\bgcloud [^\n]*? --(?:set|update)-secrets[ =]\S+|` +
			`\{\{resolve:[\w.:/${}-]+\}\}`,
	)
})
