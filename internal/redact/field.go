package redact

import (
	"cmp"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/gitleaks"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/phrase"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/textform"
)

// IsSecretName reports whether the name of a variable, field, header or path names a secret, whatever its value. Case
// does not matter.
func IsSecretName(name string) bool { return classifyName(name).Kind == secretname.Always }

// canBeSecretName reports whether a name makes some values secret.
func canBeSecretName(name string) bool { return classifyName(name).Kind != secretname.Never }

// IsSecretField reports whether a value is a secret because of its name. Some names, such as key or auth, decide only
// together with the value.
func IsSecretField(name, value string) bool {
	if value == "" || isPlaceholder(value) || plainform.IsReference(value) || plainform.IsCommandResult(value) ||
		plainform.IsComposedName(value) {
		return false
	}
	switch name {
	case manifestAccount:
		return isRandomAccount(value)
	case secretname.LoginValue:
		return isUserPassword(value) || !phrase.IsDescriptive(value) && !plainform.IsUserProperty(value)
	case secretname.UserValue:
		return isUserPassword(value)
	}
	class := classifyName(name)
	if class.Kind == secretname.Never || !class.Password && plainform.IsPublicKey(value) {
		return false
	}
	return isSecretValue(class, value, false)
}

// isRandomAccount reports whether a value, possibly in base64, is not the name of a user, a host or a database.
func isRandomAccount(value string) bool {
	value = cmp.Or(decodeText(value), value)
	return randomness.IsIrregular(value) || isUnlikeWord(value)
}

// isUserPassword reports whether a value below the name of a user is like a password, and not like a role, a team or an
// address.
func isUserPassword(value string) bool {
	return !plainform.IsUserProperty(value) && (phrase.IsMarkedWord(value) || phrase.IsNumbered(value) || isUnlikeWord(value))
}

// decodeText returns the text that a value is in base64, or "".
func decodeText(value string) string {
	if plain, err := base64.StdEncoding.DecodeString(value); err == nil && randomness.IsReadable(plain) {
		return string(plain)
	}
	return ""
}

// isSecretValue reports whether a value under the name is a secret. In prose, a plain word is not.
func isSecretValue(c secretname.Class, value string, prose bool) bool {
	isNamed := c.Key && plainform.IsIdentifier(value) ||
		c.Key && (plainform.IsKeyID(value) || plainform.IsVersion(value)) ||
		c.ID &&
			(plainform.IsUUID(value) || randomness.IsWordy(value) || plainform.IsDatedID(value) ||
				len(value) >= 8 && plainform.IsHex(value))
	switch {
	case len(value) == 1 && value[0] >= '0' && value[0] <= '9', plainform.IsClassName(value),
		c.Integer && (strings.Trim(value, "0123456789") == "" || phrase.IsDescriptive(value)): // seedEnv: staging
		return false
	case c.Attribute:
		return !randomness.IsFilePath(value) && !isPlainURL(value) && !plainform.IsResourceName(value) &&
			!plainform.IsUUID(value) && (randomness.IsIrregular(value) || isUnlikeWord(value))
	case c.Login:
		_, password, _ := strings.Cut(value, "/") // sa/Pl4stic.Cup
		return plainform.IsLoginList(value) || isUnlikeWord(password) && !strings.Contains(password, "/")
	case c.Entity && (plainform.IsColumn(value) || phrase.IsDescriptive(value)), // accountKey: tenant_id
		c.Key && c.Kind == secretname.UnlessMode && phrase.IsDescriptive(value),
		c.Key && c.Kind == secretname.UnlessMode && plainform.IsVariableName(value) && !randomness.IsIrregular(value), // enumKey: STATUS_OPEN
		c.Entity && c.Kind == secretname.UnlessMode && plainform.IsShortWord(value):                                   // alertKey: alertname
		return false
	case c.Trailing && (plainform.IsQuantity(value) || plainform.IsTime(value) || plainform.IsMode(value) || isPlainURL(value) ||
		plainform.IsRegion(value) || phrase.IsDescriptive(value)):
		return false // secretLabels: team=payments
	case c.Number && plainform.IsShortNumber(value):
		return false
	case c.Folder:
		return !strings.ContainsAny(value[:1], "/~.") && !strings.Contains(value, `:\`)
	case c.Realm && strings.Contains(value, " ") && randomness.IsWordy(value):
		return false // auth_basic "Restricted area"
	case c.Stored && (plainform.IsStoreName(value) || plainform.IsObjectName(value) || plainform.IsNameList(value)):
		return false // --secret-id prod/db
	case c.Names && phrase.IsDescriptive(strings.ReplaceAll(strings.Trim(value, `[]"`), `"`, "")) || c.Cookie && plainform.IsCookieName(value):
		return false // SECRET_KEYS=username,password, CSRF_COOKIE=_csrf
	case c.Version && plainform.IsVersion(value):
		return false // PIN=1.30.1
	case c.JWK && plainform.IsPublicJWK(value):
		return false
	case c.Connection && isPlainConnection(value):
		return false
	case c.Variable && plainform.IsVariableName(value):
		return false
	case c.Password:
		return !randomness.IsFilePath(value) && !plainform.IsState(value)
	case c.Kind == secretname.Always && (c.Item && plainform.IsItemName(value) || c.Key && plainform.IsKeyPath(value)),
		c.Key && c.Stored && isPlainName(value):
		return false // secretKey: password, passwordSecret: temporal-db
	case c.Kind == secretname.Always && prose && len(value) <= 3 && plainform.IsShortNumber(value):
		return false // credentials: 2 of 3 rotated
	case c.Kind == secretname.Always:
		return !plainform.IsCredentialsName(value) && !randomness.IsFilePath(value) && !isPlainURL(value) &&
			!plainform.IsMode(strings.ToLower(value))
	case randomness.IsFilePath(value) || isPlainURL(value) || plainform.IsShortNumber(value) || plainform.IsMode(strings.ToLower(value)) ||
		plainform.IsFileName(value):
		return false
	case c.Kind == secretname.IfRandom && c.ID && plainform.IsHex(value):
		return false // tokenTenant: 4f0a…
	case c.Kind == secretname.IfRandom:
		return randomness.IsIrregular(value) || phrase.IsMarkedWord(value) && randomness.CountClasses(value) == 4 ||
			c.Key && isUnlikeWord(value) ||
			c.UUID && plainform.IsUUID(value)
	case c.Key && strings.Contains(value, "/") && randomness.IsWordy(plainform.RemoveUUIDs(value)): // of an object in a bucket
		return false
	case isNamed, plainform.IsSentence(value) || c.Licence && plainform.IsLicence(value):
		return false
	case prose:
		return !plainform.IsReplica(value) && randomness.CountClasses(value) >= 2 && strings.ContainsAny(value, "0123456789") &&
			len(value) >= 6
	}
	return true
}

// hasNamedRuleSecret reports whether a rule finds a secret in a value, with its name before it. Some tokens have no shape
// besides the name of their service.
func hasNamedRuleSecret(name, value string) bool {
	return name != "" && len(value) >= gitleaks.MinTokenLength && gitleaks.HasSecret(name+"="+value, isPlaceholder)
}

// hasNamedSecret reports whether a value is a secret that shows only together with its name.
func hasNamedSecret(name, value string, depth int) bool {
	return depth > 0 && secretname.UserMapValue(name) != "" && hasNamedStructure(name, value, depth-1) ||
		hasOptionSecret(name, value) || hasNamedRuleSecret(name, value) || hasHeaderSecret(name, value) ||
		hasRandomPassword(value) && !secretname.CanBeRandom(name) || isUnnamedSecret(name, value) ||
		(hasPasswordPair(value) || hasPasswordPair(decodeText(value))) && secretname.IsUserInfo(name) ||
		strings.Contains(value, "://") && strings.Contains(strings.ToLower(name), "hook") && hasTokenSegment(value)
}

// isUnnamedSecret reports whether a value is too random for what its name says, if that is not the name of a secret.
func isUnnamedSecret(name, value string) bool {
	if name == "" || plainform.IsPublicKey(value) {
		return false
	}
	isHex := secretname.CanBeHex(name) || len(strings.TrimPrefix(value, "0x")) == 40 && secretname.CanBeCommit(name)
	value = strings.TrimRight(value, ":,;")
	if !isHex && randomness.IsHexToken(value) {
		return true
	}
	if secretname.CanBeRandom(name) {
		return false
	}
	return randomness.IsToken(value) || !secretname.IsExpression(name) && randomness.IsSignedToken(value) ||
		hasRandomPart(value) && !secretname.CanBeHex(name)
}

// hasRandomPassword reports whether a value is the name of an account, as ci, and a random password. A pod and an image
// have random letters, too, after words.
func hasRandomPassword(value string) bool {
	account, password, _ := strings.Cut(value, ":")
	return isLogin(value) && strings.Trim(account, "abcdefghijklmnopqrstuvwxyz-_") == "" && randomness.IsIrregular(password) &&
		!strings.Contains(password, ".") && !namedInstancePattern().MatchString(password)
}

// hasRandomPart reports whether a value is a short word and a random text, with a dot or another separator between them,
// as most services write their tokens: mlsn.9fk…, APP_USR-2814-9fk….
func hasRandomPart(value string) bool {
	if len(value) < 24 || len(value) > 512 || strings.ContainsAny(value, " /@=+\n\t\"'(){}<>,") || !textform.IsLetterOrDigit(value[0]) ||
		randomness.IsObjectID(value) {
		return false
	}
	before, isNamed := "", false
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune("-_.:|$", r) }) {
		if isNamed && !slices.Contains(digestPrefixes, before) && !secretname.CanBeHex(before) && !secretname.CanBeRandom(before) &&
			(len(part) >= 20 && randomness.IsToken(part) || len(part) != 40 && randomness.IsHexToken(part)) {
			return true
		}
		before = strings.ToLower(part)
		isNamed = isNamed || strings.Trim(before, "0123456789") != ""
	}
	return false
}

// namedInstancePattern matches a word with more behind it, as names of pods and tags of images: history-7f9c6d5b4-x2k9q.
var namedInstancePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{3,}(?:-[a-z0-9]+)+$`) })

// HasQuerySecret reports whether a query, as of Prometheus, or a message that quotes one, contains a secret, by its shape
// or by the name before it.
// Values of other names are those of labels, such as namespaces, and can be as random as keys.
func HasQuerySecret(query string) bool {
	rest := labelPattern().ReplaceAllStringFunc(query, func(label string) string {
		m := labelPattern().FindStringSubmatch(label)
		name, value := m[2], m[3]
		isRandom := randomness.IsToken(value) || randomness.IsHexToken(value) ||
			randomness.IsIrregular(value) && secretname.PairRole(name) != 1
		isObject := name == "secret" && isPlainName(value) // of kube-state-metrics
		if isObject || isRandom && !strings.HasPrefix(value, "//") && !canBeSecretName(name) && !HasSecret(value) &&
			!hasNamedRuleSecret(name, value) {
			return m[1]
		}
		return label
	})
	return HasSecret(rest) || rest != query && (hasURLSecret(query) || hasConnectionSecret(query))
}

// labelPattern matches a name with a value that can be random, up to the value and the value alone.
var labelPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(([A-Za-z_][\w.-]*)["']?[ \t]*(?:=~|!~|!=|[=:])[ \t]*["']?)([A-Za-z0-9+/_-]{14,128}={0,2})`)
})

// isPlainName reports whether a value is a name made of words that describe systems: temporal-db.
func isPlainName(v string) bool { return plainform.IsJoinedName(v) && !phrase.IsUnrelated(v) }

// hasHeaderSecret reports whether a list of headers has a value that looks random, whatever the header's name.
func hasHeaderSecret(name, value string) bool {
	if last := secretname.LastWord(name); last != "headers" && last != "header" {
		return false
	}
	for header := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(",;\n", r) }) {
		if i := strings.IndexAny(header, "=:"); i > 0 && randomness.IsIrregular(strings.Trim(header[i+1:], ` "'`)) {
			return true
		}
	}
	return false
}

// classifyName decides by a name what its value can be.
func classifyName(name string) secretname.Class {
	return secretname.Classify(textform.PlainLetters(name))
}

func stringSet(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}
