package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/knownform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
)

// secretForm is a pattern of a secret, with its part ([knownform.NewPattern]).
// secret is the number of the group that decides; 0 means the form alone does, and a negative number is a case of decides.
type secretForm struct {
	part, form string
	secret     int
}

// connectionForms are secrets in connection strings, files of credentials and free text.
var connectionForms = []secretForm{
	// files of credentials
	{"auth-pass", `\bauth-pass\s+\S+\s+["']?([^\s"']+)`, 1},
	{"{", `\{\s*(\w+)\s*,\s*(?:<<)?"[^"]+"`, -1}, // Erlang
	{" #", `\buser\s+\S+\s[^\n]*?\s#[0-9a-f]{64}\b`, 0},
	{"(?i) |\t", `(?m)^[ \t]*([A-Za-z][\w.-]*)[ \t]+["']?([^\s"'=:,;(){}\[\]]{4,})["']?[ \t]*;?[ \t]*\r?$`, -6},
	{">", `\buser\s+\S+\s[^\n]*?\s>([^\s>]+)`, 1},
	{"md5", `\bmd5[0-9a-f]{32}\b`, 0},
	{"*:*:", `(?:^|[\s"'])[\w.*-]+:\*:\*:[\w.*-]+:([^\s"':]{4,})`, 1},
	{"pgpass", `(?:^|[\s"'])[\w.*-]+:[0-9*]{1,5}:[\w.*-]+:[\w.*-]+:([^\s"':]{4,})["']?[^\n]*pgpass`, 1},
	{"\t", `(?m)\t(?:TRUE|FALSE)\t[0-9]+\t[^\t\n]+\t([^\s]{6,})\r?$`, 1}, // cookies of browsers and curl
	{"OpenVPN Static key", ``, 0},
	{"AuthProvider:", `AuthProvider:[^\s:]+:([^\s:]+)`, 1},
	{"login", `\blogin\s+\S+\s+password\s+(\S+)`, 1},
	{"machine", `\bmachine\s+\S+\s[^\n]*\bpassword\s+(\S+)`, 1},
	{"$", `\$(?:1|apr1|2[abxy]|5|6|y|argon2(?:id?|d)|scrypt|pbkdf2[\w-]*|sha1|bcrypt-sha256)\$[\w./$=,+-]{13,}`, 0},
	{"SCRAM-SHA-", `\bSCRAM-SHA-(?:1|256|512)\$[0-9]+:[\w+/=]+`, 0},
	{"}", `\{S?SHA(?:256|512)?\}[\w+/=]{20,}`, 0},
	{"pbkdf2:", `\bpbkdf2:sha[0-9]+(?::[0-9]+)?\$[\w.]+\$[0-9a-f]{16,}`, 0},
	{"pbkdf2_", `\bpbkdf2_sha[0-9]+\$[0-9]+\$[\w.]+\$[\w+/=]{16,}`, 0},
	{"*", `(?:^|[\s"'])\*[0-9A-F]{40}\b`, 0},
	{":", `\b[0-9a-fA-F]{32}:[0-9a-fA-F]{32}\b`, 0},
	{`" * "`, `"[^"\s]+"\s+\*\s+"([^"]+)"`, -14},
	{" ", `\b(?:password|secret|key)\s+[0-9]\s+["']?([^\s"']{6,})`, -14},
	{"-server", `\b(?:tacacs|radius)-server\s+(?:host\s+\S+\s+)?key\s+(?:[0-9]\s+)?([^\s]+)`, 1},
	{"WIFI:", `\bWIFI:[^\s]*?;P:([^;]+);`, 1},
	{":", `(?:^|[\s,;"'])[\w.-]+:[0-9]{2,5}:[A-Za-z][\w.-]*:([^\s:,;"'/]{6,})(?:$|[\s,;"'])`, -24},
	// SQL
	{"'", `(?i)\b(?:password|identified(?: with \S+)? (?:by|as))\s+(?:password\s+)?'([^']+)'`, 1},
	{`"`, `(?i)\bidentified(?: with \S+)? by\s+"([^"]+)"`, 1},
	{"'", `(?i)(?:crypt|hmac|sign)\w*\([^()']*,\s*'([^']{6,})'`, 1},
	{"'", `(?i)\bset password\b[^=\n]*=\s*(?:password\()?'([^']+)'`, 1},
	{"(", `(?i)\binsert into\s[^()]*\(([^()]+)\)\s*values\s*\(`, -4},
	// connection strings
	{"@(", `[^\s:/@]+:([^\s@]+)@\([\w.-]+:[0-9]+\)/`, 1},
	{"://", `://[^\s/?#"'<>:]+@[^\s/?#"'<>:]+:([^\s"'<>@/]+)@`, 1},
	{"//", `(?:^|[\s"'=,;(])//[^\s/?#@:"'<>]+:([^\s"'<>@/]+)@[\w.-]+`, 1},
	{"Value=", `\b(?:Parameter)?(?:Key|Name)=["']?([\w.-]+)["']?,\s*(?:Parameter)?Value=\S`, -1},
	{"/", `(?:^|[\s"'=,;])[A-Za-z][\w$#-]*/([^\s/@"']+)@(?://)?[\w.-]+(?::[0-9]+)?[/:][\w.-]+`, 1},
	{"@", `(?:^|[\s"'=,;(])[\w.+%-]+:([^\s:@"'/]+)@(?:[\w-]+(?:\.[\w-]+)+|localhost|[\w-]+:[0-9]+|[\w-]+/[\w-]+)(?:[:/?,;\s"')]|$)`, 1},
	{"nats://", `\b(?:nats|tls)://([^\s/?#@:"'<>]{8,})@`, -14},
	{"_auth", `(?:^|[\s:/])_auth\s*=\s*["']?([A-Za-z0-9+/=]{6,})`, 1},
	{"p=", `[?&](?:u|usr|user|username|login)=[^\s&]+&(?:[^\s&]+&)*p=([0-9]*[^\s&"'0-9][^\s&"']{3,})`, 1},
	{"SharedAccessSignature", `SharedAccessSignature[ =:]*(?:sr=|se=|sig=|skn=|sv=)`, 0},
	{"sig=", `[?&;]sig=([\w%+/=-]{10,})`, 1},
	{"X-Goog-Signature", `X-Goog-(?:Signature|Credential)=`, 0},
	{"=", `[?&](?:key|k|api|auth|access|code)=([\w-]{16,})`, -19},
	{"Signature=", `[?&](?:Key-Pair-Id|Policy|Expires)=[^\s]*[?&]?Signature=([\w~%+/=-]{16,})`, 1},
	{"Signature=", `[?&]Signature=([\w~%+/=-]{16,})`, 1},
	{
		"(?i)pass|pw|psw", `(?i)\b(?:password|passwd|passwort|pw|pwd|psw),?(?: (?:for|of|on|at) [\w./-]+)?` +
			`(?: (?:is|was|now|changed?|set|reset|rotated|to))*:?[ \t]+` +
			`["'\x60]?([^\s"'\x60}][^\s"'\x60]{3,})`, -2,
	},
	{
		"(?i)key|token|secret|passphrase", `(?i)\b(?:api[ -]?key|(?:access|auth|api|bearer) token|secret|passphrase)(?: is| was|:)?[ \t]+` +
			`["'\x60]?([^\s"'\x60]{8,})`, -3,
	},
	{"://", `\botpauth://[^\s?]*\?[^\s]*secret=`, 0},
	{
		"(?i)pw|pass|token|credential|secret", `(?i)\b(?:pw|pwd|pass|passwort|passcode|token|credential|secret)` +
			`(?: is| was| now| to|:|,| ->| =>| →)? ["'\x60]?([^\s"'\x60]{4,})`, -7,
	},
	{"(?i)code", `(?i)\b([a-z]+ codes?)(?: is| are| was|:)? ([0-9a-z]{3,}(?:[- ][0-9a-z]{3,})*)`, -20},
	{"(?i)phrase|password", `(?i)\b(?:passphrase|password|pass phrase)(?: is| was|:)? ["'\x60]([^"'\x60]{6,})["'\x60]`, -21},
	{"(?i)pin|otp|passcode", `(?i)\b(?:pin|otp|passcode)(?: code)?(?: is| was|:)? ([0-9]{4}|[0-9]{6})(?:[.,;)\n]| for |$)`, 1},
	{
		"(?i)log|sign|cred|user",
		`(?i)\b(?:log ?in|sign in|credentials?|creds|user)(?: with| as| for|:)? [\w.@-]+(?::| ?/ ?)([^\s"'/:]{6,})`, -7,
	},
	{"user", `(?m)^\s*user\s*=\s*"([^\s"':]+:[^\s"]+)"`, -5},
	{"(?i)admin|root|super", `(?i)\b(?:admin|root|administrator|super|superuser)(?::| ?/ ?)([^\s"'/:]{6,})`, -2},
	{
		"(?i) to ", `(?i)\b(?:re)?set (?:the )?(?:admin|root|administrator|superuser|sa|dba|postgres|elastic)(?: user| account)? to ` +
			`["'\x60]?([^\s"'\x60/.]{6,})`, -2,
	},
	{"(?i) to ", `(?i)\b(?:re)?set (?:the )?(?:user |account )?[\w.@-]+(?: user| account| login)? to ["'\x60]?([^\s"'\x60/]{6,})`, -7},
	{"\" \"", `(?m)^[ \t]*"[^"\s]+"[ \t]+"([^"]{4,})"[ \t]*\r?$`, 1}, // userlist.txt of PgBouncer
	{"community", `\b(?:r[ow]community6?|trapcommunity)\s+([^\s"']+)`, -14},
	{"createUser", `\bcreateUser\s+(?:-e\s+\S+\s+)?\S+\s+(?:MD5|SHA[-0-9]*)\s+["']?([^\s"']{6,})`, 1},
	{"(?i)as ", `(?i)["'\x60]?([^\s"'\x60]{6,})["'\x60]? as (?:the |a )?(?:password|passwd|pw|pwd)\b`, -2},
	{"(?i) with ", `(?i)\b(?:log ?in|sign in)(?: as)? \S+ with ([^\s"'/:]{6,})`, -7},
	{":", `(?i)\b(?:credentials?|creds)(?: are|:)? [\w.@-]+:([^\s"'/:]{6,})`, -8},
	{"@", `(?:^|[\s"'=,;(])[\w.+-]+[:/]([^\s:@"'/.]{6,})@[a-z][\w-]*(?:[\s"',;)]|$)`, -7},
	{"(?i)licen", `(?i)\blicen[sc]e key(?: is|:)? ([A-Z0-9]{4,}(?:-[A-Z0-9]{4,}){2,})`, 1},
	{
		"(?i)seed|recovery|mnemonic|backup|wallet",
		`(?i)\b(?:seed|recovery|mnemonic|backup|wallet)(?: phrase| words)?(?: is|:)? ((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b`,
		-17,
	},
	{"(?i)authorization", `(?i)\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token|apikey|negotiate)\s+["']?([^\s"',;]+)`, -15},
	{"(?i)in ", `(?i)\b(?:log ?in|sign in) (?:with|as|using) [\w.@-]+ ?[/:] ?([^\s"'/:]{6,})`, -8},
	// source code
	{"{", `\b(\w+)[ \t]*\{[^{}]*?(?:=|[ \t])[ \t]*"([^"\n]{16,})"`, -9},
	{"(?i)auth|login", `(?i)(?:auth|login|authenticate|credentials)\s*(?:=\s*)?\(\s*["'][^"'\s]+["'],\s*["']([^"']+)["']`, -14},
	{"(", `\(\s*["']([\w.-]+)["'],\s*["'][^"']+["']`, -1},
	{"=", `\b([\w.-]+)[ \t]+(?:string|String|str|text)[ \t]*:?=[ \t]*["'][^"']+["']`, -1},
	{"variable", `\bvariable\s+"([\w-]+)"\s*\{[^{}]*\bdefault\s*=\s*"[^"$]+"`, -1},
	// plans of Terraform
	{"value", `\bname\s*=\s*"([^"\s]+)"\s*(?:[~+-]?\s*type\s*=\s*"\w+"\s*)?[~+-]?\s*value\s*=\s*"[^"$]`, -11},
	{"SecureString", `"SecureString"\s*[~+-]?\s*value\s*=\s*"([^"]+)"`, 1},
	{"random_", `"random_(?:password|bytes)"[^\x00]*?"(?:result|hex|base64)"\s*:\s*"([^"$]+)"`, 1},
	{"random_", `"random_(?:password|bytes)"\s+"[\w-]+"\s*\{[^{}]*\b(?:result|hex|base64)\s*=\s*"([^"$]+)"`, 1},
	{"random_", `"random_\w+"\s+"([\w-]+)"\s*\{[^{}]*\b(?:result|hex|base64|b64_\w+|dec)\s*=\s*"[^"$]`, -1},
	{"(?i)passe", `(?i)mots? de passe\s*[:=]\s*["']?([^\s"']{4,})`, 1},
	{"كلمة", `كلمة (?:المرور|السر)\s*[:=]\s*["']?([^\s"']{4,})`, 1},
	{"a ", `(?:parola d.ordine|kata sandi|palabra clave)\s*[:=]\s*["']?([^\s"']{4,})`, 1},
	// structured text that is not YAML
	{"</", `\b(?:name|key|id)=["']([^"'<>]+)["'][^<>]*>\s*([^<>\s$][^<>]*)</`, -22},
	{"</key>", `<key>\s*([^<>]+?)\s*</key>\s*<string>\s*([^<>\s$][^<>]*)`, -22},
	{"</", `<name>\s*([^<>]+?)\s*</name>\s*<value>\s*([^<>\s$][^<>]*)`, -22},
	{"</", `<value>\s*[^<>\s$][^<>]*</value>\s*<name>\s*([^<>]+?)\s*</name>`, -1},
	{"</", `<([\w.:-]+)(?:\s[^<>]*)?>\s*([^<>\s][^<>]*)</`, -22},
	{"><", `<([\w.:-]+)(?:\s[^<>]*)?>\s*<(?i:value|string|data)>\s*[^<>\s]`, -1},
	{"value=", `\b(?:name|key|id)=["']([^"']+)["']\s+value=["']([^"']+)["']`, -22},
	{"value=", `value=["'][^"']+["']\s+(?:name|key|id)=["']([^"']+)["']`, -1},
	{`"kty"`, `"(?:d|k|p|q|dp|dq|qi)"\s*:\s*"[\w-]{16,}"`, 0},
	// keys in DER, in base64
	{"MII", `\bMII[A-Za-z0-9+/]{2,4}(?:IBAAK|IBADAN)[A-Za-z0-9+/]`, 0},
	{"MI", `\bMII[A-Za-z0-9+/]{3}IBAz`, 0}, // PKCS #12
	{"/u3+7Q", `(?:^|[^A-Za-z0-9+/])/u3\+7QAAAA`, 0},
	{"MH", `\bMH[cg]CAQE[A-Za-z0-9+/]{20,}`, 0},
	{"MIG", `\bMIG[A-Za-z0-9+/]{1,4}AgEAM[A-Za-z0-9+/]{20,}`, 0},
	{"MC", `\bMC4CAQAwBQYDK2V[A-Za-z0-9+/]{20,}`, 0},
}

// secretPattern is a compiled secretForm.
type secretPattern struct {
	knownform.Pattern
	secret int
}

// secretPatterns are those of commands and connections.
var secretPatterns = sync.OnceValue(func() []secretPattern {
	all := make([]secretPattern, 0, len(commandForms)+len(connectionForms))
	for _, f := range slices.Concat(commandForms, connectionForms) {
		all = append(all, secretPattern{knownform.NewPattern(f.part, f.form), f.secret})
	}
	return all
})

// hasConnectionSecret finds one of secretPatterns, passwords after user names, and lines of a .pgpass file.
func hasConnectionSecret(text string) bool {
	lower := knownform.LowerLetters(text)
	for _, p := range secretPatterns() {
		if !p.CanMatch(text, lower) {
			continue
		}
		if p.secret == -12 {
			if hasShortFlagSecret(p.Regexp, text) {
				return true
			}
			continue
		}
		for _, m := range p.FindAllStringSubmatch(text, -1) {
			if decides(p.secret, m) {
				return true
			}
		}
	}
	return hasUserFlagSecret(text) || hasPgpassLine(text)
}

// hasShortFlagSecret finds the secret of a flag of one letter, which depends on the command before it.
func hasShortFlagSecret(form *regexp.Regexp, text string) bool {
	for _, at := range form.FindAllStringSubmatchIndex(text, -1) {
		flag, value := text[at[2]:at[3]], text[at[4]:at[5]]
		if isShortFlagSecret("", flag, value) && isShortFlagSecret(text[:at[0]], flag, value) {
			return true
		}
	}
	return false
}

// decides reports whether a match is a secret: by the form alone, by the name in its first group, by how unlike a word
// that group is, by a column with the name of a secret, by a pair of user and password, by a name and its value, or
// by the group not being a placeholder.
func decides(group int, m []string) bool {
	switch group {
	case 0:
		return true
	case -1:
		return IsSecretName(m[1])
	case -2:
		value := strings.TrimRight(m[1], ".,;)")
		return randomness.HasLetterAndDigit(value) && !isFilePath(value) && !isPlaceholder(value) && !plainform.IsTicket(value) &&
			!plainform.IsVersion(value)
	case -3:
		return randomness.IsIrregular(strings.TrimRight(m[1], ".,;)")) && !isFilePath(m[1]) && !isPlaceholder(m[1]) &&
			!plainform.IsReference(m[1])
	case -5:
		_, password, _ := strings.Cut(m[1], ":")
		return hasPasswordPair(m[1]) && randomness.CountClasses(password) >= 2 && strings.ContainsAny(password, "0123456789")
	case -6:
		return IsSecretField(m[1], m[2]) &&
			(isUnlikeWord(m[2]) || isDirective(m[1]) && isUnlikeName(m[2]) && randomness.HasLetterAndDigit(m[2]))
	case -7:
		return isUnlikeWord(strings.TrimRight(m[1], ".,;)"))
	case -8:
		value := strings.TrimRight(m[1], ".,;)")
		return randomness.HasLetterAndDigit(value) && !plainform.IsVersion(value)
	case -10: // --password-file <(echo hunter2)
		return IsSecretName(strings.TrimSuffix(m[1], "-file")) && !isPlaceholder(m[2])
	case -11: // a path of parameters ends in the name
		return IsSecretName(m[1][strings.LastIndex(m[1], "/")+1:])
	case -14:
		return isMixedSecret(m[1])
	case -19: // snyk auth 2fa12c49-…
		return plainform.IsUUID(m[1]) || randomness.IsToken(m[1]) || randomness.IsIrregular(m[1]) && !isFilePath(m[1])
	case -15:
		login, err := base64.StdEncoding.DecodeString(m[1])
		return !isPlaceholder(m[1]) && (randomness.HasLetterAndDigit(m[1]) || err == nil && strings.Contains(string(login), ":"))
	case -16: // secret_access_key 9fK…
		return IsSecretName(m[1]) && isDirective(m[1]) && randomness.HasLetterAndDigit(m[2]) && isUnlikeName(m[2]) &&
			!plainform.IsTicket(m[2])
	case -18: // set NAME VALUE, but not: set password policy
		return IsSecretName(m[1]) && (isDirective(m[1]) || !plainform.IsPlainWord(m[2]))
	case -17:
		return isWalletPhrase(m[1])
	case -9:
		return canBeSecretName(m[1]) && (randomness.IsIrregular(m[2]) || plainform.IsUUID(m[2]))
	case -20: // unlock code 8831-2210
		first, _, _ := strings.Cut(m[2], " ") // but not: unlock code path 4a
		return IsSecretName(m[1]) && strings.ContainsAny(first, "0123456789") && len(m[2]) >= 4
	case -21: // passphrase 'canyon quartz saddle7'
		words := strings.Fields(m[1])
		if isPlaceholder(m[1]) || plainform.IsReference(m[1]) {
			return false
		}
		return randomness.HasLetterAndDigit(m[1]) ||
			len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return sentenceWords[w] })
	case -22: // <add key="BLOB" value="9fk…"/>, but not the element code of HTML
		return m[1] != "code" && (IsSecretName(m[1]) || IsSecretField(m[1], m[2]) || isUnnamedSecret(m[1], m[2]))
	case -23: // net use /p:quay7731, but not msbuild /p:Platform=x64
		return !propertyPattern().MatchString(m[1]) && isMixedSecret(m[1])
	case -24: // proxy:3128:ann:quay7731, but not broker:9092:topic:orders_v2
		isName := strings.ContainsAny(m[1], "_-.") && randomness.IsWordy(m[1]) || plainform.IsResourceName(m[1])
		return !isName && isMixedSecret(m[1])
	case -4:
		return slices.ContainsFunc(strings.Split(m[1], ","), IsSecretName)
	}
	value := m[group]
	return !isPlaceholder(value) && !isImageDigest(m[0]) && !isAccount(m[0])
}

// propertyPattern matches a property and its value.
var propertyPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z]\w*=`) })

// isMixedSecret reports whether a value has letters and digits, and is not a placeholder or a mode.
func isMixedSecret(value string) bool {
	return len(value) >= 6 && randomness.HasLetterAndDigit(value) && !isPlaceholder(value) && !plainform.IsMode(value)
}

// isUnlikeWord reports whether a value mixes letters and digits as passwords do, and versions, times, paths and names
// with a number do not.
func isUnlikeWord(value string) bool {
	isMarked := strings.ContainsAny(strings.TrimRight(value, "!?"), "!#$%^&*~+") // as in no name
	return randomness.CountClasses(value) >= 3 && strings.ContainsAny(value, "0123456789") && (isMarked || !randomness.IsWordy(value)) &&
		isUnlikeName(value)
}

// isUnlikeName reports whether a value is not a version, a path, an address, a number or a placeholder.
func isUnlikeName(value string) bool {
	return len(value) >= 6 && !strings.Contains(value, " ") && !plainform.IsVersion(value) && !isFilePath(value) &&
		!isPlainURL(value) && !isPlaceholder(value) && !plainform.IsReference(value) &&
		!strings.ContainsAny(value[:1], "$<{(") && !plainform.IsMeasure(value) && !plainform.IsMachineType(value)
}

// isDirective reports whether a name is one of a configuration file, not a word of a sentence: requirepass, db_password.
func isDirective(name string) bool {
	return len(secretname.Split(name)) > 1 || secretname.IsJoined(name)
}

// isImageDigest reports whether a match is the tag of a container image, before its digest.
func isImageDigest(match string) bool {
	return strings.Contains(match, "@sha256") || strings.Contains(match, "@sha512")
}

// isAccount reports whether a match is an address of a person or a pair of numeric ids.
func isAccount(match string) bool {
	trimmed := strings.TrimLeft(match, " \t\n\"'=,;(")
	for _, scheme := range []string{"mailto:", "sip:", "acct:", "xmpp:", "im:"} {
		if strings.HasPrefix(trimmed, scheme) {
			return true
		}
	}
	return false
}

// intervalPattern matches the beginning of an interval of time.
var intervalPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}T`) })

var pgpassPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ \t]*([^:\s#/]+):([0-9]{2,5}|\*):([^:\s]+):([^:\s]+):([^:\s]+)[ \t]*\r?$`)
})

func hasPgpassLine(text string) bool {
	if strings.Count(text, ":") < 4 {
		return false
	}
	for _, m := range pgpassPattern().FindAllString(text, -1) {
		if !intervalPattern().MatchString(m) && !plainform.IsAddress(strings.TrimSpace(m)) {
			return true
		}
	}
	return false
}
