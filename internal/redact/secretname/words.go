package secretname

// The words that names are decided by.

// splitWords are secret words that are also written as two words.
var splitWords = stringSet(
	"passphrase", "password", "passcode", "passwrd", "passwd", "seedphrase", "recoveryphrase", "recoverycode", "depasse", "twofactor",
	"twofa", "securityanswer", "snmpcommunity", "communitystring", "honeycombteam",
	"securejson", "katasandi", "mậtkhẩu", "matkhau", "كلمةالمرور", "كلمةالسر",
)

// secretParts mark a secret wherever they occur in a name, in several languages and with letters left out.
var secretParts = []string{
	"password", "passwd", "passphrase", "passcode", "secret", "keyphrase", "mnemonic", "passwrd", "passwort", "kennwort", "wachtwoord",
	"motdepasse", "contrasena", "contraseny", "passord", "adgangskode", "kodeord", "losenord", "salasana", "salasona",
	"jelszo", "slaptazodis", "katasandi", "matkhau", "geheimnis", "zugangscode", "пароль", "секрет",
	"パスワード", "暗証番号", "シークレット", "トークン", "秘密", "密码", "密碼", "口令", "密钥", "密鑰", "秘钥", "私钥", "令牌",
	"비밀번호", "암호", "비밀키", "시크릿", "토큰", "รหัสผ่าน", "סיסמה", "סיסמא", "पासवर्ड", "κωδικός", "συνθηματικό", "گذرواژه",
}

// passwordWords are whole words that make a name the name of a password, wherever they are.
var passwordWords = stringSet(
	"pw", "pws", "pwd", "pwds", "psw", "pswd", "senha", "senhas", "mdp", "mdps", "haslo", "hasla", "heslo", "hesla",
	"parol", "parola", "парола", "токен", "sifre", "sifresi", "parool", "lozinka", "lozinke", "zaporka",
	"geslo", "geheim", "sandi", "hemlig", "hemlighet", "hemmelighet", "secreto", "segreto", "segredo", "jeton",
)

// keyWords are words for a key in other languages.
var keyWords = stringSet(
	"clave", "claves", "cle", "cles", "chave", "chaves", "chiave", "clef", "schluessel", "schlussel", "sleutel", "klucz", "klic", "nyckel",
	"nokkel", "avain", "kulcs", "anahtar", "cheie", "ключ", "llave",
)

// loginWords are words that make a key in another language the password of an account or a database: CLAVE_BD.
var loginWords = stringSet(
	"bd", "db", "sql", "admin", "root", "usuario", "user", "login", "smtp", "ldap", "redis", "postgres", "mysql", "correo", "wifi", "base",
)

// pinnedWords are words before "pin" that make it the digest of a public key.
var pinnedWords = stringSet("spki", "hpkp", "cert", "certificate", "pubkey", "action", "image", "digest", "commit")

// harmlessWords contain a secret word by chance.
var harmlessWords = stringSet(
	"onepassword", "passworddepot", "passwordless",
	"secretary", "secretaries", "secretariat", "secretion", "secretsmanager", "secretmanager",
)

// secretGroupWords name groups of secrets: each field below is one.
var secretGroupWords = stringSet("auths", "cookies", "creds", "credentials")

// secretCodeKinds are words before "code" that make it a secret.
var secretCodeKinds = stringSet(
	"auth", "pin", "security", "lock", "unlock", "reset", "pairing", "invite", "invitation", "login", "entry", "safe",
	"confirmation", "mfa", "door", "alarm", "gate", "activation", "otp", "totp", "recovery", "backup",
	"scratch", "access", "verification", "glass", "breakglass",
)

// secretPhraseKinds are words before "phrase" that make it a secret.
var secretPhraseKinds = stringSet(
	"unlock", "recovery", "seed", "backup", "mnemonic", "wallet", "pgp", "gpg", "luks", "key", "ssh", "zip", "disk", "crypt", "cert",
	"encryption", "vault", "keystore", "truststore", "login", "private", "protection",
)

// signedKinds are words before "signing" that make it the key for that.
var signedKinds = stringSet("jwt", "token", "cookie", "session", "hmac", "webhook")

// secretAnswerKinds are words before "answer" that make it a secret.
var secretAnswerKinds = stringSet("challenge", "question", "security", "secret")

// projectServices are services whose values are keys also under the name of a project or an application.
var projectServices = stringSet("infura", "alchemy", "dd", "datadog")

// verbs begin names of what is done with secrets: GenerateSecretString.
var verbs = stringSet(
	"generate", "rotate", "require", "enable", "disable", "allow", "validate", "mask", "hide", "show", "mount", "inject", "sync",
	"replicate",
)

// nouns are those of verbs that also have a password.
var nouns = stringSet("mount", "sync", "replicate")

// referringWords come before "secret" in names of references: existingSecret, imagePullSecrets.
var referringWords = stringSet("existing", "external", "sealed", "pull", "from", "kubernetes", "k8s")

// keeperWords come after "secret", "password" and the like in names of what keeps, makes or limits them.
var keeperWords = stringSet(
	"manager", "store", "provider", "engine", "backend", "service", "server", "policy", "rotation", "rotator", "operator", "injector",
	"agent", "driver", "sync", "controller", "reset", "validator", "validation", "plugin", "cache", "hashing", "hasher", "generator",
	"update", "change", "migration", "generation", "encryption", "encoder", "scan", "scanner",
)

// resourceOwners are words before "secret" in names of the Secret of a resource: tlsSecret.
var resourceOwners = stringSet(
	"superuser", "tls", "cert", "certificate", "ca", "ingress", "registry", "reg", "image", "db", "database", "sql", "mysql", "postgres",
	"store", "datastore", "keystore", "truststore", "elasticsearch", "cassandra", "config", "env", "user",
)

// storedWords are last words of names whose values can be the name of a secret in a store.
var storedWords = stringSet("id", "secret", "secrets", "param", "parameter", "ssm")

// contentWords are last words of names that hold the thing named before them.
var contentWords = stringSet(
	"data", "pem", "b64", "base64", "value", "val", "text", "txt", "raw", "content", "contents", "material", "plain",
	"plaintext", "cleartext", "encoded", "decoded", "json", "hex", "string", "str", "current", "previous", "prev", "old", "new", "next",
	"prod", "production", "staging", "stage", "dev", "test", "main", "default", "backup", "override", "env", "blob", "bytes",
	"primary", "secondary", "tmp", "v", "body", "live", "sandbox", "prd", "preprod", "stg", "qa", "uat", "local", "legacy", "internal",
	"fallback",
)

// versionWords distinguish one of several passwords. As most of them also say what was done with one, a name with one can have
// a time or a mode as its value.
var versionWords = stringSet(
	"rotated", "original", "orig", "standby", "retired", "revoked", "temp", "temporary", "ro", "rw", "readonly", "readwrite", "initial",
	"alt", "alternate", "alternative", "spare", "reserve", "deprecated", "superseded", "outgoing", "incoming", "bak", "latest", "pending",
	"interim", "emergency", "breakglass", "replacement", "second", "shadow",
)

// bodyWords are last words of names that hold the content of a file.
var bodyWords = stringSet(
	"data", "b64", "base64", "text", "txt", "raw", "content", "contents", "plaintext", "json", "blob", "bytes", "body",
)

// plainWords are content words for a text before its encryption.
var plainWords = stringSet("plain", "plaintext", "cleartext", "decoded")

// accountFields are last words of fields of a Secret of Kubernetes that hold no secret.
var accountFields = stringSet(
	"user", "username", "host", "hostname", "port", "database", "dbname", "db", "engine", "region", "endpoint", "namespace",
)

// descriptiveWords are last words of names that describe a secret or its location, not the secret itself.
var descriptiveWords = stringSet(
	"checksum", "checksums", "fingerprint", "fingerprints", "thumbprint",
	"file", "files", "path", "paths", "dir", "folder", "filename", "arn", "arns", "name", "names", "ref", "refs",
	"reference", "length", "len", "days", "hours", "minutes", "seconds", "ms", "millis", "ttl", "duration",
	"enabled", "enable", "disabled", "disable", "required", "optional", "timeout", "expiry", "expires",
	"expiration", "rotation", "interval", "policy", "mode", "count", "size", "type", "types", "header",
	"headers", "store", "manager", "provider", "providers", "version", "versions", "region", "endpoint", "age",
	"limit", "limits", "algorithm", "alg", "format", "kind", "uri", "uris", "url", "urls", "method", "methods",
	"scheme", "schema", "issuer", "audience", "domain", "scope", "scopes", "rate", "bucket", "buckets", "ratio",
	"quota", "engine", "plugin", "backend", "source", "mapper", "command", "cmd", "max", "min", "hint", "label",
	"prefix", "suffix", "encoding", "cost", "rounds", "namespace", "table", "column", "user", "username", "host",
	"port", "usage", "cache", "refresh", "regex", "pattern", "field", "placeholder", "alias", "category",
	"authorizer", "from", "threshold", "strength", "stdin", "complexity",
	"role", "group", "encoder", "hasher", "algo", "class", "charset", "leeway", "lifetime", "validity", "attribute", "attr",
	"owner", "owners", "queue", "queues", "topic", "topics", "description", "title", "comment", "contact", "authentication",
	"rule", "rules", "label", "labels", "tag", "tags", "annotation", "annotations",
	"char", "character", "alphabet", "in", "docs", "summary", "help", "message", "mask", "iterations", "at", "profile", "profiles",
)

// roleWords are descriptive words that also own passwords: DB_PASSWORD_OWNER.
var roleWords = stringSet("owner", "role", "user", "group", "host", "hint")

// attributeWords are last words of names that say how, when or by what a secret is made, kept, read or checked.
var attributeWords = stringSet(
	"action", "adapter", "algo", "allowed", "attempt", "audience", "backoff", "batch", "behavior", "behaviour", "bit", "burst",
	"capacity", "case", "chain", "check", "claim", "clock", "comparison", "converter", "counter",
	"cutoff", "date", "day", "decoder", "deadline", "delay", "deliver", "delivery", "depth", "digit", "divider", "duration", "event",
	"exchange", "expire", "expired", "expires", "extractor", "factory", "feature", "filter", "flag", "flow", "frequency", "grace",
	"handler", "helper", "holder", "index", "injector", "input", "interval", "item", "iteration", "jitter", "kind", "language",
	"layout", "level", "life", "lifespan", "list", "locale", "location", "lockout", "logging", "lookup", "margin", "match",
	"matcher", "mechanism", "metric", "minimum", "maximum", "model", "month", "mount", "notice", "number", "option", "order", "origin",
	"output", "overwrite", "param", "params", "parser", "period", "phase", "plan", "position", "prefixes", "priority", "process",
	"prompt", "properties", "protocol", "purpose", "quality", "range", "reason", "recipient", "recipients",
	"register", "reload", "renderer", "renewal", "resolver", "resource", "retries", "retry", "reuse", "review", "risk",
	"rotated", "rotator", "runtime", "sample", "schedule", "section", "selector", "separator", "serializer",
	"settings", "setting", "severity", "shape", "signal", "skew", "slot", "spec", "standard", "state", "status", "step",
	"strategy", "strict", "structure", "style", "subject", "symbol", "template", "tier", "time", "timezone", "trigger",
	"transport", "trust", "unit", "update", "upgrade", "variant", "verifier", "wait", "warning", "week", "weight",
	"window", "wrapper", "year", "zone", "runbook", "requirement",
	"platform", "vendor", "tool", "user", "driver", "checker", "generator", "meter", "scan", "scanner",
)

// ownerNouns are words with the ending of an attribute that own secrets: PASSWORD_REPLICATION.
var ownerNouns = stringSet(
	"replication", "application", "integration", "automation", "station", "workstation", "production", "visibility", "ingestion",
	"identity", "community", "city", "facility", "federation", "organization", "organisation", "foundation", "payment", "deployment",
	"department", "environment", "bastion", "finance", "insurance", "maintenance", "government", "instrumentation", "university",
)

// identifierWords are last words of names whose values are random without being secret.
var identifierWords = stringSet(
	"id", "ids", "uid", "guid", "digest", "hash", "hashes", "checksum", "checksums", "sum", "sums", "sha", "sha1", "sha256", "sha512",
	"md5", "etag", "version", "revision", "rev", "commit", "fingerprint", "fingerprints", "thumbprint", "thumbprints",
	"kid", "cert", "certs", "certificate", "certificates", "ca", "bundle", "chain", "crt", "pem", "public", "pub",
	"pubkey", "publickey", "cursor", "run", "trace", "span", "request", "bucket", "path", "image", "tag", "arn",
	"modulus", "integrity", "pin", "pins", "hostkey", "hostkeys", "identity", "identifier", "x5t", "sri", "spki", "uri",
	"url", "endpoint", "host", "hostname", "issuer", "audience", "name", "user", "username", "file",
	"publishable", "site", "sitekey", "md", "uuid", "ulid", "ksuid", "xid", "cuid", "nanoid", "oid", "vapid",
)

// resourceWords are last words of names whose values name a resource, which can be as random.
var resourceWords = stringSet(
	"family", "service", "cluster", "group", "queue", "namespace", "zone", "template", "stack", "log", "role", "job", "instance", "task",
)

// hexWords are in names whose values can be hexadecimal digits without being secret: digests, and ids that are written so.
var hexWords = stringSet(
	"git", "head", "ref", "branch", "base", "parent", "tree", "object", "source", "release", "build", "deploy",
	"deployment", "layer", "manifest", "snapshot", "lock", "lockfile", "content", "container", "correlation",
	"machine", "device", "boot", "volume", "project", "org", "organization", "organisation", "tenant", "account",
	"client", "site", "node", "peer", "cache", "generation", "workflow", "execution", "activity", "event",
	"message", "upload", "version", "template", "tx", "txn", "transaction", "block", "root", "topic", "contract",
	"state", "schema", "migration", "plan", "artifact", "artefact", "crc", "blake3", "signed", "subject",
	"serial", "ski", "aki", "md", "md5sum", "gravatar", "avatar", "resource", "dashboard", "monitor", "segment",
	"partition", "shard", "dedupe", "dedup", "etags", "app", "application", "drift", "delta", "diff",
	"cid", "hostid", "stream", "datacenter", "fp", "rekor", "sigstore",
)

// commitWords are in names whose values can be commits, or fingerprints of keys, which have forty hexadecimal digits.
var commitWords = stringSet(
	"upstream", "downstream", "before", "after", "deployed", "applied", "current", "previous", "prev", "next", "last", "from",
	"to", "since", "until", "start", "end", "old", "new", "good", "bad", "pinned", "fork", "submodule", "checkout",
	"commitish", "baseline", "rollback", "patch", "stash", "built", "uses", "action", "plugin", "recipient",
	"args", "argv", "gpg", "pgp", "command", "cmd", "note", "comment", "description", "remark", "message", "motto", "address",
)

// expressionWords are last words of names whose values are expressions or formats.
var expressionWords = stringSet(
	"pattern", "regex", "regexp", "format", "template", "tmpl", "layout", "expression", "expr", "query", "filter", "match", "matcher",
	"rule", "glob", "cron", "schedule", "cipher", "suite", "directive", "formula", "selector", "command", "cmd", "arg",
)

// keyServices are services whose keys are UUIDs or hexadecimal, so only the name of the service reveals them.
var keyServices = stringSet(
	"snyk", "postmark", "heroku", "opsgenie", "victorops", "loggly", "codecov", "launchdarkly", "logzio", "librato",
	"ipstack", "scalr", "rapidapi", "mailersend", "lokalise", "appveyor", "kraken", "newsapi", "webex", "coveralls",
	"splunk", "consul", "nomad", "braze", "scaleway", "deepgram", "wandb", "sendbird", "datadog", "bugsnag",
	"rollbar", "honeybadger", "mixpanel", "amplitude", "algolia", "trello", "mailjet", "mailgun", "twilio",
	"pagerduty", "sonarqube", "assemblyai", "pinecone", "weaviate", "qdrant", "cohere", "mistral", "langfuse", "deepl",
	"statuspage", "pingdom", "uptimerobot", "airbrake", "instana", "coralogix", "sumologic", "ipinfo", "sparkpost",
	"messagebird", "vonage", "plivo", "pusher", "ably", "klaviyo", "onesignal", "chargebee", "recurly", "cloudinary",
	"contentful", "airtable", "etherscan", "moralis", "quicknode",
)

// variableWords are last words of names whose values name a variable: passwordEnv.
var variableWords = stringSet("env", "envvar", "var", "variable")

// publicNumbers are the parts of a public key, and the digests of go.sum.
var publicNumbers = []string{"n", "x", "y", "h"}

// relationWords begin the part of a name that states an owner or a purpose: TOKEN_BY_TENANT, KEY_FOR_CI.
var relationWords = stringSet("by", "for", "of", "per")

// quantityWords come after "per" in rates: TOKENS_PER_SECOND.
var quantityWords = stringSet(
	"second", "minute", "hour", "day", "page", "request", "batch", "call", "window", "interval", "sec", "min", "connection",
	"worker", "query",
)

// countWords mark names where "tokens" means a number of tokens.
var countWords = stringSet(
	"max", "min", "num", "number", "total", "count", "per", "used", "burst", "initial", "available", "bucket",
	"rate",
)

// secretLastWords are last words of names whose values are secrets.
var secretLastWords = stringSet(
	"pass", "pwd", "pw", "dsn", "jwt", "cred", "creds", "credential", "credentials", "authorization", "cookie",
	"cookies", "apikey", "accesskey", "authkey", "salt", "pepper", "otp", "totp", "hotp", "mfa", "pin", "sas",
	"psk", "bearer", "keytab", "htpasswd", "netrc", "pgpass", "passkey", "pat", "privkey", "keydata",
	"keymaterial", "pkey", "kubeconfig", "dockerconfigjson", "dockercfg", "jwk", "jwks", "kek", "dek",
	"userpass", "setcookie", "userpwd", "cvv", "ssn", "twofactor", "authstring", "p12", "pfx", "pkcs12", "jks",
)

// openLastWords are last words of names that hold secrets unless the value is a mode, a short number or a location.
var openLastWords = stringSet("auth", "seed", "signature", "sig", "hmac", "auths", "basicauth", "license", "licence", "unseal", "scram")

// loginPrefixes are words before "users" whose value is USER:PASSWORD.
var loginPrefixes = stringSet("auth", "basic", "basicauth", "user", "authentication", "codec", "proxy", "http", "htpasswd", "digest")

// passingWords come after "pass" as a verb.
var passingWords = stringSet(
	"through", "thru", "along", "on", "by", "all", "down", "over", "if", "fail", "fd", "args", "arguments",
	"it", "only",
)

// pageWords come before "page token".
var pageWords = stringSet("next", "previous", "prev", "last", "first", "list", "start", "current")

// harmlessBefore are words before an open last word that make it harmless.
var harmlessBefore = map[string]map[string]bool{
	"auth": stringSet("iam", "client", "no", "require", "mutual", "allow", "disable", "enable", "skip", "use", "with", "external", "tls"),
	"seed": stringSet("random", "rng", "hash", "jitter", "memberlist", "gossip", "cassandra", "scylla", "ringpop"),
}

// rareLastWords are last words of names that hold secrets if the value looks random.
var rareLastWords = stringSet(
	"session", "sess", "sid", "nonce", "code", "webhook", "hook", "private", "credentialid", "bootstrap",
	"invite", "integration", "sk", "skey", "phrase",
	"encrypt", "shared", "master", "cipher", "crypt", "crypto", "encryption", "sign", "signing", "signer",
	"aes", "fernet", "preshared", "enc", "seal", "unlock", "recovery", "api", "access",
)

// networkWords are what a shared key, or the digest of a key, connects.
var networkWords = stringSet("vpn", "tunnel", "ipsec", "ike", "radius", "wifi", "bgp", "ospf", "vrrp", "tcp")

// requestWords are before "token" in names of what makes a request unique.
var requestWords = stringSet("request", "idempotency", "fencing")

// cursorWords are before "token" in names of a place in a list or a stream.
var cursorWords = stringSet("page", "next", "continuation", "cursor", "pagination", "sync", "resume", "watch", "offset")

// sessionWords are those of rareLastWords whose values can be the UUID of something that is not secret.
var sessionWords = stringSet("session", "sess", "sid", "nonce", "code", "webhook", "hook", "bootstrap", "access")

// harmlessKeyKinds are words before "key" that make it harmless. Those with a space are two words before it.
var harmlessKeyKinds = stringSet(
	"primary", "partition", "cache", "public", "pub", "foreign", "sort", "hash", "range",
	"idempotency", "idempotent", "shard", "sharding", "lookup", "unique", "composite", "compound", "index",
	"candidate", "surrogate", "natural", "map", "label", "config", "configuration", "setting", "settings",
	"object", "s3", "prefix", "kms", "cmk", "registry", "message", "event", "record", "grouping", "group",
	"join", "business", "dedup", "deduplication", "dedupe", "correlation", "ordering", "order", "sequence",
	"tag", "metric", "dimension", "attribute", "search", "property", "prop", "param", "parameter", "context",
	"memo", "row", "column", "table", "item", "entity", "task", "workflow", "namespace", "cluster", "queue",
	"lock", "lease", "counter", "limiter", "limit", "translation", "i18n", "locale", "theme", "feature", "flag",
	"hot", "arrow", "shortcut", "distribution", "clustering", "bucket", "tenant", "fairness", "priority",
	"aggregation", "topic", "kafka", "redis", "dict", "json", "yaml", "field", "state", "version", "sticky",
	"affinity", "annotation", "variable", "env", "environment", "dynamic", "sorting", "filter", "merge",
	"concurrency", "build", "node", "trace", "baggage", "topology", "taint", "toleration", "selector",
	"secondary", "known", "such", "duplicate", "missing", "unknown", "host",
	"verification", "verify", "ssm", "static", "fingerprint", "pagination", "page",
	"publishable", "site", "style", "experiment", "variant", "toggle", "route", "icon",
	"remote", "project", "rule", "resource", "evaluated",
	"name", "compression", "pinned", "alert", "incident", "attr", "header", "claim", "query", "option", "log", "stat", "argument",
)

// positionWords are words before "key" that distinguish one of several.
var positionWords = stringSet("primary", "secondary")

// entityKinds are those of secretKeyKinds that are also entities of a table or an event.
var entityKinds = stringSet("account", "client", "app", "application", "service", "session", "subscription", "payload")

// secretKeyKinds are words before "key" that make it a secret key.
var secretKeyKinds = stringSet(
	"api", "access", "private", "priv", "signing", "sign", "encryption", "encrypt", "decryption", "decrypt",
	"license", "licence", "account", "master", "root", "shared", "session", "hmac", "ssh", "storage", "admin",
	"auth", "app", "application", "service", "ingest", "insert", "ingestion", "subscription", "jwt", "cipher", "crypto",
	"aes", "rsa", "ecdsa", "ed25519", "enc", "fernet", "sas", "client", "deploy", "write", "read", "webhook",
	"wrapping", "kek", "dek", "recovery", "unseal", "activation", "integration", "pre", "preshared", "payload",
	"codec", "converter", "cookie", "privada", "privado", "privata", "privee", "prive", "privat", "prywatny", "soukromy", "gizli", "acceso",
	"csrf", "xsrf", "sig", "signature", "instrumentation", "wifi", "wlan", "vpn", "swift", "st",
	"acces", "accesso", "secreta", "secrete", "segreta", "segreto", "geheimer", "geheime", "tajny", "hemlig", "sekret",
)

var joinedHarmless = stringSet(
	"bypass", "compass", "encompass", "trespass", "underpass", "overpass", "multipass", "singlepass", "firstpass",
	"highpass", "lowpass", "bandpass",
)
