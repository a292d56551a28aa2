package redact

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// IsSecretName reports whether the name of a variable, field, header or path names a secret, whatever its value. Case
// does not matter.
func IsSecretName(name string) bool { return classifyName(name).is == secretAlways }

// canBeSecretName reports whether a name makes some values secret.
func canBeSecretName(name string) bool { return classifyName(name).is != notSecret }

// IsSecretField reports whether a value is a secret because of its name. Some names, such as key or auth, decide only
// together with the value.
func IsSecretField(name, value string) bool {
	if value == "" || isPlaceholder(value) || isReference(value) {
		return false
	}
	class := classifyName(name)
	if class.is == notSecret {
		return false
	}
	return class.isSecretValue(value, false)
}

// nameKind orders names by how far they alone decide.
type nameKind int

const (
	notSecret    nameKind = iota
	secretIfRare          // only if the value looks random: key, session
	secretUnless          // unless the value is a mode, number or location: auth, seed
	secretAlways
)

// nameClass is a name with what its value can be besides a secret.
type nameClass struct {
	is nameKind
	// key allows identifiers of several words, as columns and key ids have
	key bool
	// number allows numbers: tokens: 100
	number bool
	// id allows UUIDs, as ids of keys in KMS are
	id bool
	// folder allows paths only
	folder bool
	// password accepts nothing but references as harmless
	password bool
}

// isSecretValue reports whether a value under the name is a secret. In prose a word is no secret.
func (c nameClass) isSecretValue(value string, prose bool) bool {
	switch {
	case c.number && isShortNumber(value):
		return false
	case c.folder:
		return !strings.ContainsAny(value[:1], "/~.") && !strings.Contains(value, `:\`)
	case c.password:
		return !isFilePath(value)
	case c.is == secretAlways:
		return !isFilePath(value) && !isPlainURL(value) && !modeWords[strings.ToLower(value)]
	case isFilePath(value) || isPlainURL(value) || isShortNumber(value) || modeWords[strings.ToLower(value)]:
		return false
	case c.is == secretIfRare:
		return looksRandom(value)
	case isSentence(value):
		return false
	case prose:
		return countClasses(value) >= 2 && strings.ContainsAny(value, "0123456789") && len(value) >= 6
	}
	isNamed := c.key && isIdentifier(value) || c.id && isUUID(value)
	return !isNamed
}

// classifyName decides what a name says about its value.
func classifyName(name string) nameClass {
	all := splitName(name)
	if len(all) == 0 || len(all) == 1 && all[0] == "oldpwd" {
		return nameClass{}
	}
	if len(all) == 1 && all[0] == "pwd" {
		return nameClass{is: secretUnless, folder: true} // the shell's working folder, or a password
	}
	// KEY_DATA and TOKEN_VALUE hold what KEY and TOKEN hold
	words, held := all, false
	for len(words) > 1 && contentWords[words[len(words)-1]] {
		words, held = words[:len(words)-1], true
	}
	last, before := words[len(words)-1], ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}
	if descriptiveWords[last] || descriptiveWords[all[len(all)-1]] {
		return nameClass{}
	}
	for i, w := range all {
		if containsSecretWord(w) || i > 0 && splitWords[all[i-1]+w] {
			if i > 0 && referringWords[all[i-1]] {
				return nameClass{is: secretIfRare}
			}
			return nameClass{is: secretAlways, password: last != "key"}
		}
	}
	switch {
	case last == "token" || last == "tokens":
		if slices.ContainsFunc(words, func(w string) bool { return countWords[w] }) {
			return nameClass{}
		}
		return nameClass{is: secretAlways, number: last == "tokens"}
	case secretLastWords[last]:
		return nameClass{is: secretAlways}
	case last == "code" && (before == "pin" || before == "security" || before == "unlock"):
		return nameClass{is: secretAlways}
	case openLastWords[last]:
		if harmlessBefore[last][before] {
			return nameClass{}
		}
		return nameClass{is: secretUnless}
	case last == "key":
		return classifyKey(words, before, held)
	case last == "keys":
		if secretKeyKinds[before] {
			return nameClass{is: secretAlways}
		}
		return nameClass{is: secretIfRare}
	case rareLastWords[last]:
		return nameClass{is: secretIfRare}
	case last == "id":
		switch {
		case before == "key" && len(words) > 2 && words[len(words)-3] == "access":
			return nameClass{is: secretAlways}
		case before == "key" && (len(words) == 2 || secretKeyKinds[words[len(words)-3]]):
			return nameClass{is: secretUnless, key: true, id: true}
		case before == "session" || before == "sess":
			return nameClass{is: secretIfRare}
		}
		return nameClass{}
	case held && last == "connection" || held && last == "conn": // CONNECTION_STRING
		return nameClass{is: secretAlways}
	case joinedSecretPattern().MatchString(last) && !joinedHarmless[last]:
		return nameClass{is: secretAlways}
	}
	return nameClass{}
}

func classifyKey(words []string, before string, held bool) nameClass {
	switch {
	case harmlessKeyKinds[before] || len(words) > 2 && harmlessKeyKinds[words[len(words)-3]+" "+before]:
		return nameClass{}
	case secretKeyKinds[before]:
		return nameClass{is: secretAlways}
	case before == "" && !held:
		return nameClass{is: secretIfRare} // the name of a pair, or of an object in a bucket
	case before == "":
		return nameClass{is: secretAlways} // key_data
	}
	return nameClass{is: secretUnless, key: true}
}

// containsSecretWord reports whether a word marks a secret wherever it occurs in a name.
func containsSecretWord(word string) bool {
	for _, part := range []string{"password", "passwd", "passphrase", "passcode", "secret", "mnemonic", "passwort", "kennwort"} {
		if strings.Contains(word, part) {
			return true
		}
	}
	return false
}

// splitWords are secret words that are also written as two words.
var splitWords = stringSet("passphrase", "password", "passcode", "seedphrase", "recoveryphrase", "recoverycode")

// referringWords come before "secret" in names of references: existingSecret, imagePullSecrets.
var referringWords = stringSet("existing", "external", "sealed", "pull", "from", "kubernetes", "k8s")

// contentWords are last words of names that hold the thing named before them.
var contentWords = stringSet(
	"data", "pem", "b64", "base64", "value", "val", "text", "txt", "raw", "content", "contents", "material", "plain",
	"plaintext", "cleartext", "encoded", "decoded", "json", "hex", "string", "str", "current", "previous", "prev", "old", "new", "next",
	"prod", "production", "staging", "stage", "dev", "test", "main", "default", "backup", "override", "env", "blob", "bytes",
	"primary", "secondary", "tmp",
)

// descriptiveWords are last words of names that describe a secret or its location, not the secret itself.
var descriptiveWords = stringSet(
	"file",
	"files",
	"path",
	"paths",
	"dir",
	"folder",
	"filename",
	"arn",
	"arns",
	"name",
	"names",
	"ref",
	"refs",
	"reference",
	"length",
	"len",
	"days",
	"hours",
	"minutes",
	"seconds",
	"ms",
	"millis",
	"ttl",
	"duration",
	"enabled",
	"enable",
	"disabled",
	"disable",
	"required",
	"optional",
	"timeout",
	"expiry",
	"expires",
	"expiration",
	"rotation",
	"interval",
	"policy",
	"mode",
	"count",
	"size",
	"type",
	"types",
	"header",
	"headers",
	"store",
	"manager",
	"provider",
	"providers",
	"version",
	"versions",
	"region",
	"endpoint",
	"age",
	"limit",
	"limits",
	"algorithm",
	"alg",
	"format",
	"kind",
	"uri",
	"uris",
	"url",
	"urls",
	"method",
	"methods",
	"scheme",
	"schema",
	"issuer",
	"audience",
	"domain",
	"scope",
	"scopes",
	"rate",
	"bucket",
	"buckets",
	"ratio",
	"quota",
	"engine",
	"plugin",
	"backend",
	"source",
	"mapper",
	"command",
	"cmd",
	"max",
	"min",
	"hint",
	"label",
	"prefix",
	"suffix",
	"encoding",
	"cost",
	"rounds",
	"namespace",
	"table",
	"column",
	"user",
	"username",
	"host",
	"port",
	"usage",
	"cache",
	"refresh",
	"regex",
	"pattern",
	"field",
	"placeholder",
	"alias",
	"category",
	"authorizer",
	"from",
	"threshold",
	"strength",
	"complexity",
	"history",
	"service",
	"role",
	"group",
)

// countWords mark names where "tokens" means a number of tokens.
var countWords = stringSet(
	"max",
	"min",
	"num",
	"number",
	"total",
	"count",
	"per",
	"used",
	"burst",
	"initial",
	"available",
	"bucket",
	"rate",
)

// secretLastWords are last words of names whose values are secrets.
var secretLastWords = stringSet(
	"pass",
	"pwd",
	"pw",
	"dsn",
	"jwt",
	"cred",
	"creds",
	"credential",
	"credentials",
	"authorization",
	"cookie",
	"cookies",
	"apikey",
	"accesskey",
	"authkey",
	"salt",
	"pepper",
	"otp",
	"totp",
	"hotp",
	"mfa",
	"pin",
	"sas",
	"psk",
	"bearer",
	"keytab",
	"htpasswd",
	"netrc",
	"pgpass",
	"passkey",
	"pat",
	"privkey",
	"keydata",
	"kubeconfig",
	"dockerconfigjson",
	"dockercfg",
	"jwk",
	"jwks",
	"kek",
	"dek",
	"userpass",
	"userpwd",
	"cvv",
	"ssn",
)

// openLastWords are last words of names that hold secrets unless the value is a mode, a short number or a location.
var openLastWords = stringSet("auth", "seed", "signature", "sig", "hmac", "auths", "basicauth", "license", "licence")

// harmlessBefore are words before an open last word that make it harmless.
var harmlessBefore = map[string]map[string]bool{
	"auth": stringSet("iam", "client", "no", "require", "mutual", "allow", "disable", "enable", "skip", "use", "with", "external", "tls"),
	"seed": stringSet("random", "rng", "hash", "jitter"),
}

// rareLastWords are last words of names that hold secrets if the value looks random.
var rareLastWords = stringSet(
	"session",
	"sess",
	"sid",
	"nonce",
	"code",
	"webhook",
	"hook",
	"private",
	"credentialid",
	"bootstrap",
	"invite",
)

// harmlessKeyKinds are words before "key" that make it harmless. Those with a space are two words before it.
var harmlessKeyKinds = stringSet(
	"primary",
	"partition",
	"cache",
	"public",
	"pub",
	"foreign",
	"sort",
	"hash",
	"range",
	"routing",
	"idempotency",
	"idempotent",
	"shard",
	"sharding",
	"lookup",
	"unique",
	"composite",
	"compound",
	"index",
	"candidate",
	"surrogate",
	"natural",
	"map",
	"label",
	"config",
	"configuration",
	"setting",
	"settings",
	"object",
	"s3",
	"prefix",
	"kms",
	"cmk",
	"registry",
	"message",
	"event",
	"record",
	"grouping",
	"group",
	"join",
	"business",
	"dedup",
	"deduplication",
	"dedupe",
	"correlation",
	"ordering",
	"order",
	"sequence",
	"tag",
	"metric",
	"dimension",
	"attribute",
	"search",
	"property",
	"prop",
	"param",
	"parameter",
	"context",
	"memo",
	"row",
	"column",
	"table",
	"item",
	"entity",
	"task",
	"workflow",
	"namespace",
	"cluster",
	"queue",
	"lock",
	"lease",
	"counter",
	"limiter",
	"limit",
	"translation",
	"i18n",
	"locale",
	"theme",
	"feature",
	"flag",
	"hot",
	"arrow",
	"shortcut",
	"distribution",
	"clustering",
	"bucket",
	"tenant",
	"fairness",
	"priority",
	"aggregation",
	"topic",
	"kafka",
	"redis",
	"dict",
	"json",
	"yaml",
	"field",
	"state",
	"version",
	"sticky",
	"affinity",
	"annotation",
	"variable",
	"env",
	"environment",
	"dynamic",
	"sorting",
	"filter",
	"merge",
	"concurrency",
	"build",
	"node",
	"trace",
	"baggage",
	"topology",
	"taint",
	"toleration",
	"selector",
	"secondary",
	"known",
	"host",
	"verification",
	"verify",
	"ssm",
	"static",
	"fingerprint",
	"pagination",
	"page",
	"name",
)

// secretKeyKinds are words before "key" that make it a secret key.
var secretKeyKinds = stringSet(
	"api",
	"access",
	"private",
	"priv",
	"signing",
	"sign",
	"encryption",
	"encrypt",
	"decryption",
	"decrypt",
	"license",
	"licence",
	"account",
	"master",
	"root",
	"shared",
	"session",
	"hmac",
	"ssh",
	"storage",
	"admin",
	"auth",
	"app",
	"application",
	"service",
	"ingest",
	"ingestion",
	"subscription",
	"jwt",
	"cipher",
	"crypto",
	"aes",
	"rsa",
	"ecdsa",
	"ed25519",
	"fernet",
	"sas",
	"client",
	"deploy",
	"write",
	"read",
	"webhook",
	"wrapping",
	"kek",
	"dek",
	"recovery",
	"unseal",
	"activation",
	"integration",
	"pre",
	"preshared",
)

// joinedSecretPattern matches secret words that are written together with the word before: dbpass, authtoken.
var joinedSecretPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9]{1,24}(token|apikey|pwd|[a-z0-9]{2}creds?|credentials)$|` +
		`^[a-z0-9]*(db|sql|pg|root|admin|user|redis|mysql|postgres|smtp|mail|ldap|es|key|store|trust|keystore|proxy|login|my)(pass|pw)$|` +
		`^[a-z0-9]*(api|access|private|priv|signing|master|encryption|session|auth|account|shared|storage|ssh|crypt)key$|` +
		`^[a-z0-9]*(db|sql|redis|http|proxy|registry|smtp|docker)auth$`)
})

var joinedHarmless = stringSet("bypass", "compass", "trespass", "underpass", "overpass", "keypass")

// modeWords are values that choose a mode, whatever the name.
var modeWords = stringSet(
	"plain",
	"login",
	"none",
	"iam",
	"oauth",
	"oauth2",
	"basic",
	"digest",
	"ntlm",
	"kerberos",
	"scram",
	"scram-sha-256",
	"scram-sha-512",
	"md5",
	"sha1",
	"sha256",
	"sha384",
	"sha512",
	"sha-256",
	"sha-512",
	"hmac-sha256",
	"hmac-sha512",
	"hs256",
	"hs384",
	"hs512",
	"rs256",
	"es256",
	"eddsa",
	"trust",
	"peer",
	"cert",
	"certificate",
	"mtls",
	"tls",
	"ssl",
	"require",
	"required",
	"request",
	"requested",
	"optional",
	"enabled",
	"disabled",
	"enable",
	"disable",
	"default",
	"jwt",
	"oidc",
	"ldap",
	"saml",
	"cram-md5",
	"xoauth2",
	"bearer",
	"token",
	"apikey",
	"api-key",
	"api_key",
	"sigv4",
	"aws",
	"aws-iam",
	"aws_iam",
	"aws_msk_iam",
	"verify",
	"verify-full",
	"verify-ca",
	"auto",
	"anonymous",
	"v2",
	"v4",
	"s3v4",
	"s3",
	"static",
	"env",
	"environment",
	"instance-profile",
	"metadata",
	"vault",
	"file",
	"allow",
	"deny",
	"strict",
	"lax",
	"insecure",
	"secure",
	"internal",
	"external",
	"n/a",
	"unset",
	"empty",
	"unknown",
	"unauthenticated",
	"skip",
	"noop",
	"random",
	"same-origin",
	"include",
	"omit",
	"forward",
	"all",
	"any",
	"rsa",
	"ecdsa",
	"ed25519",
	"failed",
	"ok",
	"succeeded",
)

func stringSet(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

// splitName splits a name at punctuation and capitals, in lower case. It drops list indexes at the end.
func splitName(name string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			all = append(all, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0:
			// apiKey, and the K of APIKey's last word
			if unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	for len(all) > 1 && strings.Trim(all[len(all)-1], "0123456789") == "" {
		all = all[:len(all)-1]
	}
	// TOKEN2
	if last := strings.TrimRight(lastOf(all), "0123456789"); len(all) > 0 && last != "" && !fixedWords[all[len(all)-1]] {
		all[len(all)-1] = last
	}
	return all
}

// fixedWords keep their digits.
var fixedWords = stringSet("s3", "k8s", "b64", "base64", "i18n", "ed25519")

func lastOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
