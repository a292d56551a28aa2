package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/gitleaks"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
)

// isReference reports whether a value only says where a secret is: an ARN, a path into a secret store, or an expression of
// CloudFormation, Terraform or a programming language.
func isReference(value string) bool {
	begins := func(start string) bool { return strings.HasPrefix(value, start) }
	return (strings.Contains(value, ":") || slices.ContainsFunc(referenceStarts, begins)) && referencePattern().MatchString(value)
}

// referenceStarts begin the references that have no colon.
var referenceStarts = []string{
	"projects/", "!", "@Mic", "mrk-", "var.", "local.", "module.", "data.", "aws_", "google_", "azurerm_", "random_", "vault_", "tls_",
	"kubernetes_", "process.env", "os.", "System.get",
}

var referencePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(arn:aws[a-z-]*:[a-z0-9-]+:[A-Za-z0-9:/_+=.@*?-]+|` +
			`!(Ref|GetAtt|ImportValue|secret|env|ENV) [\w.:-]+|\{\s*"(Ref|Fn::ImportValue)"\s*:\s*"[\w:.-]+"\s*\}|` +
			`@Microsoft\.(KeyVault|AppConfiguration)\([^()\s]+\)|` +
			`(var|local|module|data)(\.[a-z][a-z0-9_]*(\[[\w".]+\])?)+|` +
			`(aws|google|azurerm|random|vault|tls|kubernetes)_[a-z_]+\.[a-z]\w*(\[[\w".]+\])?\.[a-z_]+|` +
			`process\.env\.[A-Z_][A-Z0-9_]*|(os\.environ|os\.getenv|os\.Getenv|System\.getenv)([(\[]["'][A-Z_][A-Z0-9_]*["'][)\]])?|` +
			`(ref\+)?(op|vault|ssm|awssm|awsssm|gcpsm|secretsmanager|secretsstore|awssecrets|gcpsecrets|sops|akv|azurekeyvault|gcpsecretmanager|` +
			`aws-sm|gcp-sm|sm|bao|conjur|doppler|infisical|file)://?[A-Za-z0-9/_.@#?=-]+|` +
			`vault:[a-z0-9_-]+(/[A-Za-z0-9_.-]+)+(#[A-Za-z0-9_.-]+)?|` +
			`\[\s*(\{\s*"name"\s*:\s*"[\w.-]+"\s*,\s*"valueFrom"\s*:\s*"(arn:aws[\w:/+=.@-]*|/[\w./-]+)"\s*\}\s*,?\s*)+\]|` +
			`env:[A-Z_][A-Z0-9_]*|mrk-[0-9a-f]{32}|projects/[a-z0-9-]+/secrets/[A-Za-z0-9_-]+(/versions/[a-z0-9]+)?)$`,
	)
})

// isCommandResult reports whether a value is what a command reads from a store: $(aws secretsmanager get-secret-value …).
func isCommandResult(value string) bool {
	return strings.HasPrefix(value, "$(") && commandPattern().MatchString(value) && !strings.Contains(value, "echo") &&
		!strings.Contains(value, "printf")
}

var commandPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\$\((aws|vault|gcloud|az|kubectl|op|pass|sops|cat|openssl rand|pwgen|yq|jq|chamber|doppler) [^()<]+\)$`)
})

// isFilePath reports whether a value is the path of a file: below a well-known folder, or with the extension of a key
// or a configuration.
func isFilePath(value string) bool {
	if !strings.ContainsAny(value, `/\.`) || len(value) > 256 || !filePathPattern().MatchString(value) {
		return false
	}
	for segment := range strings.SplitSeq(value, "/") {
		if len(segment) >= 24 && countClasses(segment) >= 3 && gitleaks.Entropy(segment) >= randomEnough {
			return false
		}
	}
	return true
}

var filePathPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(/(run|var|etc|mnt|secrets?|vault|opt|app|home|tmp|usr|srv|root|data|config|` +
			`certs?|keys?|tls|ssl|credentials?|workspace|conf)(/[\w.@-]+)+/?|` +
			`(\.{0,2}/|~/|[A-Z]:\\)?([\w.@-]+[/\\])*[\w@-]+(\.[\w-]+)*\.` +
			`(pem|key|crt|cer|cert|json|ya?ml|txt|p12|pfx|jks|token|env|conf|ini|toml|pub|kubeconfig))$`,
	)
})

// isPlainURL reports whether a value is a URL that carries nothing besides an address.
func isPlainURL(value string) bool {
	return strings.Contains(value, "://") && plainURLPattern().MatchString(value) && !hasURLSecret(value) &&
		(strings.Contains(value, "/.well-known/") || !hasRandomSegment(value)) // well-known documents are public
}

var plainURLPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[^\s?@]+$`) })

// isPlainConnection reports whether a value is the address of a database, as a URL or as a list of keywords, without a
// password.
func isPlainConnection(value string) bool {
	value = templatePattern().ReplaceAllString(value, "$${VARIABLE}")
	value = userInfoPattern().ReplaceAllStringFunc(value, func(found string) string {
		if m := userInfoPattern().FindStringSubmatch(found); m[2] != "" && isPlaceholder(m[2]) {
			return "://"
		}
		return found
	})
	value = variablePattern().ReplaceAllString(value, "variable")
	return connectionPattern().MatchString(value) && !hasURLSecret(value) && !hasAssignedSecret(value) && !hasWebhookToken(value)
}

// variablePattern matches variables in a longer text.
var variablePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\([A-Za-z_]\w*\)|\$\{[A-Za-z_][\w:.]*\}`)
})

var templatePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^{}]*\}\}`) })

// isComposedName reports whether a value is a name of words and variables: ${AWS::StackName}-tokens.
func isComposedName(value string) bool {
	return strings.Contains(value, "${") && composedPattern().MatchString(value)
}

var composedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+[-_./:])*\$\{[A-Za-z][\w:.]*\}([-_./:]([a-z]+|\$\{[A-Za-z][\w:.]*\}))*$`)
})

var connectionPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^((host|hostaddr|port|user|dbname|sslmode|sslrootcert|sslcert|application_name|connect_timeout|target_session_attrs|` +
			`options)=[\w.,:/-]+( |$)){2,}$|` +
			`^(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|redis|rediss|amqps?|nats|cassandra|kafka|sqlserver|jdbc:[a-z]+)://` +
			`([a-z][\w.-]{0,18}@)?[\w.,:-]+(/[\w.-]*)?(\?[\w=&./-]+)?$`,
	)
})

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
			len(segment) >= 16 && (looksRandom(segment) || plainform.IsHex(segment) && countClasses(segment) >= 2) {
			return true
		}
	}
	return false
}

// hasRandomSegment reports whether a part of a path looks random.
func hasRandomSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if len(segment) >= 16 && looksRandom(segment) {
			return true
		}
	}
	return false
}

// isShortNumber reports whether a value is a number of at most six digits, possibly with a unit or a word: 3 retries.
func isShortNumber(value string) bool {
	return len(value) <= 20 && shortNumberPattern().MatchString(value)
}

var shortNumberPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^-?[0-9]{1,6}(\.[0-9]+)?(ms|s|m|h|d|%|[KMG]i?B?| [a-z]{2,12})?$`)
})

// isIdentifier reports whether a value is a name of several plain words, as columns of tables are.
func isIdentifier(value string) bool {
	return len(value) <= 64 && identifierPattern().MatchString(value)
}

var identifierPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+([_.:-][a-z]+){1,2}|[a-z]+[_-]id|id|alias/[\w/-]+|[a-z0-9-]+(\.[a-z0-9-]+)+/[a-z][\w.-]*)$`)
})

// looksRandom reports whether a value is too irregular to be a word, an identifier or a number.
func looksRandom(value string) bool {
	n := utf8.RuneCountInString(value)
	switch {
	case n < 12 || strings.ContainsAny(value, " \t\n") || isIdentifier(value) || plainform.IsVersion(value) || plainform.IsUUID(value) ||
		plainform.IsTime(value):
		return false
	case n >= 32 && plainform.IsHex(value):
		return true
	case !strings.ContainsAny(value, "0123456789") || isWordy(value):
		return false
	}
	return countClasses(value) >= 3 && gitleaks.Entropy(value) >= 3.3 || n >= 20 && gitleaks.Entropy(value) >= 3.8
}

// maxTokenLength is the length of the longest key that is recognised by its randomness alone.
const maxTokenLength = 512

// isRandomToken reports whether a value is nothing but random letters in both cases and digits, as keys and tokens are,
// whatever its name.
func isRandomToken(value string) bool {
	body := strings.TrimRight(value, "=")
	if len(body) < 22 || len(body) > maxTokenLength || len(value)-len(body) > 2 || publicStartPattern().MatchString(body) ||
		isWordy(value) || isPhysicalName(value) || objectPattern().MatchString(body) {
		return false
	}
	var lower, upper, digits int
	for i := range len(body) {
		switch c := body[i]; {
		case c >= 'a' && c <= 'z':
			lower++
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= '0' && c <= '9':
			digits++
		case c != '+' && c != '/' && c != '-' && c != '_':
			return false
		}
	}
	if named := wordRunPattern().FindAllString(body, -1); len(strings.Join(named, "")) >= len(body)/2 {
		return false // words in camel case
	}
	return min(lower, upper) >= len(body)/6 && digits >= len(body)/24+1 && gitleaks.Entropy(body) >= 4 && !isEncodedText(body)
}

// isHexToken reports whether a value is nothing but as many hexadecimal digits as keys have. A commit has forty.
func isHexToken(value string) bool {
	digits := strings.TrimPrefix(value, "0x")
	n := len(digits)
	return n >= 32 && n <= 256 && n%2 == 0 && n != 40 && plainform.IsHex(digits) && hasLetterAndDigit(digits) &&
		gitleaks.Entropy(digits) >= 2.8
}

// isPhysicalName reports whether a value is a name that the CDK or CloudFormation made of words in camel case, a digest
// of eight digits and, for some resources, twelve random letters.
func isPhysicalName(value string) bool {
	m := physicalNamePattern().FindStringSubmatch(value)
	return m != nil && len(m[1]) >= 8
}

var physicalNamePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:(?:[A-Z]{1,4}|[a-z])[a-z]{2,}[0-9]{0,2}-?)+)[0-9A-F]{8}(?:-[A-Za-z0-9]{12})?$`)
})

// wordRunPattern matches the letters of words. Of random letters and digits few runs are as long.
var wordRunPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[a-z]{4,}`) })

// publicStartPattern matches the start of digests, public keys, and files whose format says what they are.
var publicStartPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(sha[0-9]{1,3}[-/:]|AAAA[A-Z]|MI[IGMH]|H4sI|KLUv|iVBOR|/9j/|UEsDB|JVBER|QlpoO|AGFzb)`)
})

// isEncodedText reports whether a value is readable text in base64.
func isEncodedText(value string) bool {
	plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(value))
	return err == nil && isReadable(plain)
}

// isWordy reports whether a value consists of words and numbers, with separators or capitals between them, as host names,
// paths and keys of dynamic configuration do.
func isWordy(value string) bool {
	words := secretname.Split(value)
	letters := 0
	for _, w := range words {
		if !wordPattern().MatchString(w) {
			return false
		}
		letters += len(w)
	}
	return letters >= 3*len(words)
}

var wordPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]{2,}[0-9]{0,3}|[a-z][0-9]{0,3}|[1-9][a-f]|e2e|k8s|p2p|s2s|m2m|b2b|i18n|l10n|h2c|u2f|[0-9]{1,4})$`)
})

// isSentence reports whether a value is a few plain words. More can be the phrase of a wallet.
func isSentence(value string) bool {
	words := strings.Fields(value)
	return len(words) >= 3 && len(words) < 12 && !strings.ContainsAny(value, "0123456789=")
}
