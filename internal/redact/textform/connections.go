package textform

// connectionForms are secrets in connection strings, files of credentials and free text.
var connectionForms = []form{
	// files of credentials
	{"password", `(?m)^[ \t]*user[ \t]+\S+[ \t]+(?:insecure-)?password[ \t]+(\S+)`, NoPlaceholder}, // of HAProxy
	{"stats auth", `\bstats auth\s+[^\s:]+:(\S+)`, NoPlaceholder},
	{`: PSK "`, `: PSK "([^"]+)"`, NoPlaceholder},                            // ipsec.secrets
	{"]", `(?m)^\[[\w.-]+\](?::[0-9]+)?[ \t]+[^\s:]+:(\S+)$`, NoPlaceholder}, // sasl_passwd of Postfix
	{"(?i)basic_auth|basicauth", `(?im)\bbasic_?auth[ \t]+[\w.@-]+[ \t]+["']?([^\s"'{}]{4,})["']?[ \t]*;?\r?$`, PlainWord},
	{"digest:", `(?:^|[\s"'=,])digest:[\w.-]+:([^\s:"',]{4,})`, NoPlaceholder}, // of ZooKeeper
	{":", `^(?:root|admin|superuser):([a-z]{6,})$`, PlainWord},
	{"auth=", `[?&]auth=([^\s&"'#]{4,})`, PrintedWord},
	{"auth-pass", `\bauth-pass\s+\S+\s+["']?([^\s"']+)`, NoPlaceholder},
	{"{", `\{\s*(\w+)\s*,\s*(?:<<)?"[^"]+"`, SecretName}, // Erlang
	{" #", `\buser\s+\S+\s[^\n]*?\s#[0-9a-f]{64}\b`, FormAlone},
	{"(?i) |\t", `(?m)^[ \t]*([A-Za-z][\w.-]*)[ \t]+["']?([^\s"'=:,;(){}\[\]]{4,})["']?[ \t]*;?[ \t]*\r?$`, Directive},
	{">", `\buser\s+\S+\s[^\n]*?\s>([^\s>]+)`, NoPlaceholder},
	{"md5", `\bmd5[0-9a-f]{32}\b`, FormAlone},
	{"*:*:", `(?:^|[\s"'])[\w.*-]+:\*:\*:[\w.*-]+:([^\s"':]{4,})`, NoPlaceholder},
	{"pgpass", `(?:^|[\s"'])[\w.*-]+:[0-9*]{1,5}:[\w.*-]+:[\w.*-]+:([^\s"':]{4,})["']?[^\n]*pgpass`, NoPlaceholder},
	{"\t", `(?m)\t(?:TRUE|FALSE)\t[0-9]+\t[^\t\n]+\t([^\s]{6,})\r?$`, NoPlaceholder}, // cookies of browsers and curl
	{"OpenVPN Static key", ``, FormAlone},
	{"AuthProvider:", `AuthProvider:[^\s:]+:([^\s:]+)`, NoPlaceholder},
	{"login", `\blogin\s+\S+\s+password\s+(\S+)`, NoPlaceholder},
	{"machine", `\bmachine\s+\S+\s[^\n]*\bpassword\s+(\S+)`, NoPlaceholder},
	{"$", `\$(?:1|apr1|2[abxy]|5|6|y|argon2(?:id?|d)|scrypt|pbkdf2[\w-]*|sha1|bcrypt-sha256)\$[\w./$=,+-]{13,}`, FormAlone},
	{"SCRAM-SHA-", `\bSCRAM-SHA-(?:1|256|512)\$[0-9]+:[\w+/=]+`, FormAlone},
	{"}", `\{S?SHA(?:256|512)?\}[\w+/=]{20,}`, FormAlone},
	{"pbkdf2:", `\bpbkdf2:sha[0-9]+(?::[0-9]+)?\$[\w.]+\$[0-9a-f]{16,}`, FormAlone},
	{"pbkdf2_", `\bpbkdf2_sha[0-9]+\$[0-9]+\$[\w.]+\$[\w+/=]{16,}`, FormAlone},
	{"*", `(?:^|[\s"'])\*[0-9A-F]{40}\b`, FormAlone},
	{":", `\b[0-9a-fA-F]{32}:[0-9a-fA-F]{32}\b`, FormAlone},
	{`" * "`, `"[^"\s]+"\s+\*\s+"([^"]+)"`, MixedText},
	{"(?i)password|secret|key", `\b(?:password|secret|key)\s+[0-9]\s+["']?([^\s"']{6,})`, MixedText},
	{"-server", `\b(?:tacacs|radius)-server\s+(?:host\s+\S+\s+)?key\s+(?:[0-9]\s+)?([^\s]+)`, NoPlaceholder},
	{"WIFI:", `\bWIFI:[^\s]*?;P:([^;]+);`, NoPlaceholder},
	{":", `(?:^|[\s,;"'])[\w.-]+:[0-9]{2,5}:[A-Za-z][\w.-]*:([^\s:,;"'/]{6,})(?:$|[\s,;"'])`, ColonRow},
	// SQL
	{"(?i)password|identified", `(?i)\b(?:password|identified(?: with \S+)? (?:by|as))\s+(?:password\s+)?'([^']+)'`, NoPlaceholder},
	{"(?i)identified", `(?i)\bidentified(?: with \S+)? by\s+"([^"]+)"`, NoPlaceholder},
	{"'", `(?i)(?:crypt|hmac|sign)\w*\([^()']*,\s*'([^']{6,})'`, NoPlaceholder},
	{"(?i)set password", `(?i)\bset password\b[^=\n]*=\s*(?:password\()?'([^']+)'`, NoPlaceholder},
	{"(?i)insert into", `(?i)\binsert into\s[^()]*\(([^()]+)\)\s*values\s*\(`, SecretColumn},
	// connection strings
	{"@(", `[^\s:/@]+:([^\s@]+)@\([\w.-]+:[0-9]+\)/`, NoPlaceholder},
	{"://", `://[^\s/?#"'<>:]+@[^\s/?#"'<>:]+:([^\s"'<>@/]+)@`, NoPlaceholder},
	{"@", `(?:^|[\s"'=,;(])//[^\s/?#@:"'<>]+:([^\s"'<>@/]+)@[\w.-]+`, NoPlaceholder},
	{"Value=", `\b(?:Parameter)?(?:Key|Name)=["']?([\w.-]+)["']?,\s*(?:Parameter)?Value=\S`, SecretName},
	{"@", `(?:^|[\s"'=,;])[A-Za-z][\w$#-]*/([^\s/@"']+)@(?://)?[\w.-]+(?::[0-9]+)?[/:][\w.-]+`, NoPlaceholder},
	{
		"@",
		`(?:^|[\s"'=,;(])[\w.+%-]+:([^\s:@"'/]+)@(?:[\w-]+(?:\.[\w-]+)+|localhost|[\w-]+:[0-9]+|[\w-]+/[\w-]+)(?:[:/?,;\s"')]|$)`,
		NoPlaceholder,
	},
	{"sip", `\bsips?:[^\s:@;]+:[^\s:@;]+@`, FormAlone},
	{"tls://", `\btls://([^\s/?#@:"'<>]{8,})@`, MixedText},
	{"nats://", `\bnats://([^\s/?#@:"'<>]{6,})@`, NoPlaceholder}, // a token, if it is alone
	{"_auth", `(?:^|[\s:/])_auth\s*=\s*["']?([A-Za-z0-9+/=]{6,})`, NoPlaceholder},
	{"p=", `[?&](?:u|usr|user|username|login)=[^\s&]+&(?:[^\s&]+&)*p=([0-9]*[^\s&"'0-9][^\s&"']{3,})`, NoPlaceholder},
	{"SharedAccessSignature", `SharedAccessSignature[ =:]*(?:sr=|se=|sig=|skn=|sv=)`, FormAlone},
	{"sig=", `[?&;]sig=([\w%+/=-]{10,})`, NoPlaceholder},
	{"X-Goog-Signature", `X-Goog-(?:Signature|Credential)=`, FormAlone},
	{"(?i)key=|k=|api=|auth=|access=|code=|appid=", `[?&](?:key|k|api|auth|access|code|appid)=([\w-]{16,})`, TokenOrUUID},
	{"Signature=", `[?&](?:Key-Pair-Id|Policy|Expires)=[^\s]*[?&]?Signature=([\w~%+/=-]{16,})`, NoPlaceholder},
	{"Signature=", `[?&]Signature=([\w~%+/=-]{16,})`, NoPlaceholder},
	{
		"(?i)pass|pw|psw|psk", `(?i)\b(?:password|passwd|passwort|pw|pwd|psw|psk),?(?: (?:for|of|on|at) [\w./-]+)?` +
			`(?: (?:is|was|now|still|again|currently|changed?|set|reset|rotated|from \S+|to))*:?[ \t]+` +
			`["'\x60]?([^\s"'\x60}][^\s"'\x60]{3,})`, NumberedWord,
	},
	{
		"(?i)key|token|secret|passphrase", `(?i)\b(?:api[ -]?key|(?:access|auth|api|bearer) token|secret|passphrase)(?: is| was|:)?[ \t]+` +
			`["'\x60]?([^\s"'\x60]{8,})`, Irregular,
	},
	{
		"(?i) is| was|: ",
		`(?i)\b(?:token|secret|credential|(?:api|access|signing|secret|private|master|encryption)[ -]?key|seed|salt|pepper|` +
			`passcode)(?:(?: (?:for|of|on|at) (?:the )?[\w./-]+)? (?:is|was)(?: (?:now|still|again|currently|set to))?:?| ` +
			`(?:for|of|on|at) (?:the )?[\w./-]+:) ` +
			`["'\x60]?([^\s"'\x60}]{6,})`, StatedWord,
	},
	{
		"(?i)key|token|pass|secret|cred", `(?i)\b(?:(?:api|access|signing|encryption)[ -]?key|(?:access|auth|api|bearer) token|password|` +
			`passphrase|(?:client|shared|app) secret|credential)(?: changed)?(?: to)? ["'\x60]?([a-z0-9]{8,})\b`,
		MixedRun,
	},
	{
		"(?i) is ", `(?i)["'\x60]?([^\s"'\x60]{6,})["'\x60]? is (?:the|our|my|your|an?)(?: [a-z-]+){0,2} ` +
			`(?:password|passphrase|passwd|pw|pwd|token|secret|credential|pin|(?:api|access|signing|encryption) key)` +
			`(?:[.,;!)]|$| (?:for|of|on|at|in|until)\b)`, StatedWord,
	},
	{"://", `\botpauth://[^\s?]*\?[^\s]*secret=`, FormAlone},
	{
		"(?i)pw|pass|token|credential|secret", `(?i)\b(?:pw|pwd|pass|passwort|passcode|token|credential|secret)` +
			`(?: is| was| now| to|:|,| ->| =>| →)? ["'\x60]?([^\s"'\x60]{4,})`, UnlikeWord,
	},
	{"(?i)phrase", `(?i:\bpass ?phrase(?: is| was|:| =)) ["'\x60]?((?:[a-z]{3,9} ){1,5}[a-z]{3,9})["'\x60]?[.]?(?:\n|$)`, FewWords},
	{
		"(?i)code",
		`(?i)\b([a-z]+ codes?)(?: (?:for|of) (?:the )?[a-z-]+)?(?: is| are| was|:)? ([0-9a-z]{2,}(?:[- ][0-9a-z]{2,})*)`,
		SpokenCode,
	},
	{"(?i)phrase|password", `(?i)\b(?:passphrase|password|pass phrase)(?: is| was|:)? ["'\x60]([^"'\x60]{6,})["'\x60]`, QuotedPhrase},
	{
		"(?i)pin|otp|passcode", `(?i)\b(?:pin|otp|passcode)(?: code)?(?: (?:for|of)(?: the)? [\w-]+)?(?: is| was|:)? ` +
			`([0-9]{4}|[0-9]{3} ?[0-9]{3})` +
			`(?:[.,;)\n]| (?:for|of|is|was|works?|worked|rejected|refused|failed|expired|accepted|does|did|has|not)\b|$)`,
		NoPlaceholder,
	},
	{
		"(?i)log in|login|sign in|cred|user |user:",
		`(?i)\b(?:log ?in|sign in|credentials?|creds|user)(?: with| as| for|:)? [\w.@-]+(?::| ?/ ?)([^\s"'/:]{6,})`, UnlikeWord,
	},
	{
		"#", `(?i)\b(?:log ?in|sign ?in|credentials?|creds)(?: with| as| is| are)*:?[ \t]+(?:[\w.-]+(?:,| ?/)[ \t]*)?` +
			`["'\x60]?([a-z]{3,}#[0-9]{1,4})\b`, NumberedWord,
	},
	{"user", `(?m)^\s*user\s*=\s*"([^\s"':]+:[^\s"]+)"`, PasswordPair},
	{"(?i)admin|root|superuser", `(?i)\b(?:admin|root|administrator|superuser)(?::| ?/ ?)([^\s"'/:]{6,})`, NumberedWord},
	{"(?i)super", `(?i)\bsuper(?::| ?/ ?)([^\s"'/:]{6,})`, UnlikeWord},
	{
		"(?i) to ", `(?i)\b(?:re)?set (?:the )?(?:admin|root|administrator|superuser|sa|dba|postgres|elastic)(?: user| account)? to ` +
			`["'\x60]?([^\s"'\x60/.]{6,})`, NumberedWord,
	},
	{
		"(?i) to ", `(?i)\b(?:re)?set (?:the )?(?:user |account )?[\w.@-]+(?: user| account| login)? to ["'\x60]?([^\s"'\x60/]{6,})`,
		UnlikeWord,
	},
	{"\" \"", `(?m)^[ \t]*"[^"\s]+"[ \t]+"([^"]{4,})"[ \t]*\r?$`, NoPlaceholder}, // userlist.txt of PgBouncer
	{"community", `\b(?:r[ow]community6?|trapcommunity)\s+([^\s"']+)`, MixedText},
	{"createUser", `\bcreateUser\s+(?:-e\s+\S+\s+)?\S+\s+(?:MD5|SHA[-0-9]*)\s+["']?([^\s"']{6,})`, NoPlaceholder},
	{"(?i)as ", `(?i)["'\x60]?([^\s"'\x60]{6,})["'\x60]? as (?:the |a )?(?:password|passwd|pw|pwd)\b`, NumberedWord},
	{"(?i) with ", `(?i)\b(?:log ?in|sign in)(?: as)? \S+ with ([^\s"'/:]{6,})`, UnlikeWord},
	{"(?i)cred", `(?i)\b(?:credentials?|creds)(?: are|:)? ["'\x60(]?[\w.@-]+:([^\s"'/:]{6,})`, LetterAndDigit},
	{"@", `(?:^|[\s"'=,;(])[\w.+-]+[:/]([^\s:@"'/.]{6,})@[A-Za-z][\w-]*(?::?[\s"',;)]|$)`, UnlikeOrMarked},
	{"(?i)licen", `(?i)\blicen[sc]e(?: key)?(?: is|:)? ([A-Z0-9]{4,}(?:-[A-Z0-9]{4,}){2,})`, NoPlaceholder},
	{
		"(?i)seed|recovery|mnemonic|backup|wallet",
		`(?i)\b(?:seed|recovery|mnemonic|backup|wallet)(?: phrase| words)?(?: is|:)? ((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b`,
		WalletPhrase,
	},
	{
		"(?i)pass|pw|psw|secret ", `(?i)\b(?:password|passwd|passwort|passphrase|passcode|pw|pwd|psw|secret (?:is|was))` +
			`(?: (?:for|of|on|at)(?: the)? [\w./-]+(?: [\w./-]+)?)?,?` +
			`(?:(?: (?:is|was|now|changed?|set|reset|rotated|updated|from \S+|to))+:?|:| ->| =>)?[ \t]+["'\x60(]?([A-Za-z][^\s"'\x60]{9,})`,
		WordPassword,
	},
	{
		"(?i)phrase|password", `(?i)\b(?:passphrase|password|pass phrase|recovery phrase|seed phrase|backup phrase)(?: is| was|:)? ` +
			`["'\x60]?([a-z]+(?: [a-z]+){3,10})`, WordPhrase,
	},
	{
		"(?i)authorization", `(?i)\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token|apikey|negotiate)\s+["']?([^\s"',;]+)`,
		Authorization,
	},
	// a password of one plain word, where the sentence leaves nothing else to be one
	{
		"(?i)pass|pw", `(?i)\b(?:use|with|enter|try|type)(?: the| this)? ` +
			`(?:password|passwd|passphrase|pw|pwd)[ \t]+["'\x60]?([A-Za-z][\w-]{3,})`, PlainWord,
	},
	{
		"(?i)pass|pw", `(?i)\b(?:password|passwd|passphrase|pw|pwd)(?: (?:was|is|has|been|got|just|now))* ` +
			`(?:changed|set|reset|rotated|updated) to ["'\x60]?([A-Za-z][\w-]{3,})` + wordEnd, PlainWord,
	},
	{
		"(?i)pass|pw", `(?i)\b(?:change|set|reset|rotate|update)d?(?: the| a)?(?: [\w-]+)? (?:password|passwd|passphrase|pw|pwd)` +
			`(?: (?:for|of|on)(?: the)? [\w./-]+)? to ["'\x60]?([A-Za-z][\w-]{3,})` + wordEnd, PlainWord,
	},
	{
		"(?i)pass|pw", `(?i)\b(?:password|passwd|passphrase|pw|pwd)(?: (?:for|of|on)(?: the)? [\w./-]+)? ` +
			`(?:is|was)(?: (?:still|again|now|currently|just))? ` +
			`["'\x60]?([A-Za-z][\w-]{3,})["'\x60]?(?:[.,;)]|$)`, PlainWord,
	},
	{
		"(?i)pass|pw", `(?i)\b(?:password|passwd|passphrase|pw|pwd)(?: (?:for|of|on|at)(?: [\w./-]+){1,4}?)? ` +
			`(?:(?:is|was) (?:still|again|currently|now)|remains|stays) ["'\x60]?([a-z]+(?:-[a-z]+)+)["'\x60]?(?:[.,;)]|$)`, JoinedNoun,
	},
	{
		"(?i)pass|pw", `(?i)[\w.-]@[\w.-]+(?:,| with| and)(?: the)? (?:password|passwd|pw|pwd):? ["'\x60]?([A-Za-z][\w-]{3,})`, PlainWord,
	},
	{
		"(?i)user", `(?i)\buser(?: ?name)?:? ["'\x60]?[\w.@-]+["'\x60]?(?:,| and| with|;)(?: the)? ` +
			`(?:password|passwd|pw|pwd):? ["'\x60]?([A-Za-z][\w-]{3,})`,
		PlainWord,
	},
	{
		"(?i)log|cred", `(?i)\b(?:log ?in|credentials?|creds)(?: (?:for|to|of|on) [\w./-]+)*(?: is| are|:) ` +
			`["'\x60]?[\w.@-]+["'\x60]? ?/ ?["'\x60]?([A-Za-z][\w-]{3,})`, PlainWord,
	},
	{"(?i)user", `(?i)\buser(?: ?name)?:? [\w.@-]+(?:,| and|;)? pass:? ["'\x60]?([^\s"'\x60]{6,})`, NumberedWord},
	{"(?i)in ", `(?i)\b(?:log ?in|sign in) (?:with|as|using) [\w.@-]+ ?[/:] ?([^\s"'/:]{6,})`, LetterAndDigit},
	// an account and its password, as people write them down
	{
		"(?i)log|sign|cred|user|acc|auth",
		`(?i)\b(?:log ?in|sign in|credentials?|creds|user(?: ?name)?|account|auth)(?: with| as| for|:|=)? ?[\w.@-]+["'\x60]?` +
			`(?: ?[:/|] ?|, )["'\x60]?([^\s"'\x60/:]{6,})`, MarkedWord,
	},
	{
		"(?i)log|cred|auth", `(?i)\b(?:credentials?|creds|log ?in|auth)\W{1,3}["'\x60]?[\w.@-]+["'\x60]?[,:] ?["'\x60]?` +
			`([^\s"'\x60,:\])}]{6,})["'\x60]?[\])}]`, UnlikeOrMarked,
	},
	{"@", `[\w+-]@[\w-]+(?:\.[\w-]+)+["'\x60]?(?: ?[/|:;] ?|, )["'\x60]?([^\s"'\x60/:;]{6,})`, UnlikeOrMarked},
	{"@", `[\w+-]@[\w-]+(?:\.[\w-]+)+(?: with| using)? ["'\x60(]?([^\s"'\x60/:;]{6,})`, MarkedWord},
	{
		"(?i)!|#|$|%|&|^|~",
		`(?:^|[\s(,;])[a-z][\w.-]+(?: ?/ ?|:)([^\s"'\x60/:@*!#$%&^~]+[!#$%&^~][^\s"'\x60/:@*]*)(?:[\s,.;)]|$)`, MarkedWord,
	},
	{"(?i)basic auth", `(?i)\bbasic auth(?: is|:)? ["'\x60(]?[\w.@-]+:([^\s"'/:]{6,})`, LetterAndDigit},
	{"(?i)pass|pwd", `(?i)\b(?:pass|pwd)(?: is| was| now)+:? ["'\x60]?([A-Za-z][^\s"'\x60]{5,})`, NumberedWord},
	{"a", `(?m)^[ \t]*(?:requirepass|masterauth)[ \t]+["']?([^\s"']+)`, NoPlaceholder}, // of Redis
	{"(?i)secret|pass", `(?i)\b(?:secret|passphrase|passcode)(?: is| was|:) ["'\x60]([A-Za-z][\w-]{3,})["'\x60]`, PlainWord},
	{
		"(?i)passwor|kennwor|contrase", `(?i)\b(?:passwort|kennwort|password|contrase[nñ]a)(?: (?:ist|lautet|war|jetzt|neu|es))+:? ` +
			`["'\x60]?([^\s"'\x60]{6,})`, StatedWord,
	},
	{"AUTH ", `(?i:redis|valkey|wrongpass|noauth)\b[^\n]*\bAUTH (?:[a-z][\w.-]* )?["'\x60]?([^\s"'\x60]{6,})`, NumberedWord},
	{"LoginModule", `LoginModule\b[^;]*?\buser_[\w.-]+\s*=\s*["']([^"']+)["']`, NoPlaceholder}, // of Kafka
	{
		"(?i)pass|auth|login", `(?i)\b(?:pass|auth|login)\w*\b[^\n]*?\b(?:tried|using|used|got|given|sent)` +
			`(?: (?:the|a))?(?: (?:password|secret|value))?:? ` +
			`["'\x60]([^\s"'\x60]{6,})["'\x60]`, StatedWord,
	},
	{"(?i)key", `(?i)\b(?:attach\s+(?:database\s)?[^\n;]*\bkey\s+|pragma\s+(?:re)?key\s*=\s*)["']([^"'\n]+)`, NoPlaceholder},
	{"(?i)conn", `(?i)\b(?:conn|connect)\s+[\w$#]+/([^\s/@"']+)@`, NoPlaceholder}, // of SQL*Plus
	// source code
	{"(\"", `\b(?:set|with)([A-Z]\w*)\("([^"$]+)"\)`, Attribute},
	{
		"(?i)connect|open|dial|bind", `(?i)(?:connect|open|dial|bind|client|session|pool)\s*\(\s*(?:[^()]*,\s*)?["'][\w.@-]+["'],\s*` +
			`["']([^"']{6,})["']`, UnlikeOrMarked,
	},
	{"{", `\b(\w+)[ \t]+\{[^{}]*?(?:=|[ \t])[ \t]*"([^"\n]{16,})"`, NamedRandom},
	{"(?i)auth|login", `(?i)(?:auth|login|authenticate|credentials)\s*(?:=\s*)?\(\s*["'][^"'\s]+["'],\s*["']([^"']+)["']`, MixedText},
	{"(", `\(\s*["']([\w.-]+)["'],\s*["'][^"']+["']`, SecretName},
	{"(?i)str|text", `\b([\w.-]+)[ \t]+(?:string|String|str|text)[ \t]*:?=[ \t]*["'][^"']+["']`, SecretName},
	{"variable", `\bvariable\s+"([\w-]+)"\s*\{[^{}]*\bdefault\s*=\s*"[^"$]+"`, SecretName},
	// clients in source code
	{
		"(", `(?:NewAP[iI]KeyStaticCredentials|NewApiKeyStaticCredentials|APIKeyCredentials|unsafePlainText|unsafe_plain_text|` +
			`(?:New)?StaticCredentialsProvider)\(\s*(?:["'][^"']*["'],\s*)?["']([^"'$]+)["']`, NoPlaceholder,
	},
	// plans of Terraform
	{"value", `\bname\s*=\s*"([^"\s]+)"\s*,?\s*(?:[~+-]?\s*type\s*=\s*"\w+"\s*)?[~+-]?\s*value\s*=\s*"[^"$]`, SecretPath},
	{"SecureString", `"SecureString"\s*[~+-]?\s*value\s*=\s*"([^"]+)"`, NoPlaceholder},
	{"random_", `"random_(?:password|bytes)"[^\x00]*?"(?:result|hex|base64)"\s*:\s*"([^"$]+)"`, NoPlaceholder},
	{"random_", `"random_(?:password|bytes)"\s+"[\w-]+"\s*\{[^{}]*\b(?:result|hex|base64)\s*=\s*"([^"$]+)"`, NoPlaceholder},
	{"random_", `"random_\w+"\s+"([\w-]+)"\s*\{[^{}]*\b(?:result|hex|base64|b64_\w+|dec)\s*=\s*"[^"$]`, SecretName},
	{"(?i)passe", `(?im)mots? de passe(?: [a-zà-ü]+){0,3}?\s*(?:[:=]|est)\s*["']?([^\s"']{4,})["']?\s*(?:[.,;)]|$)`, NoPlaceholder},
	{"(?i)passe", `(?i)mots? de passe(?: [a-zà-ü]+){0,3}?\s*(?:[:=]|est)\s*["']?([^\s"']{4,})`, LetterAndDigit},
	{"كلمة", `كلمة (?:المرور|السر)\s*[:=]\s*["']?([^\s"']{4,})`, NoPlaceholder},
	{"a ", `(?:parola d.ordine|kata sandi|palabra clave)\s*[:=]\s*["']?([^\s"']{4,})`, NoPlaceholder},
	{
		"(?i)header", `(?i)\b(?:proxy_set_header|add_header|set-header|requestheader set)\s+([\w-]+)\s+["']?([^\s"';$%][^\s"';]*)`,
		Attribute,
	},
	// structured text that is not YAML
	{"</", `\b(?:name|key|id)=["']([^"'<>]+)["'][^<>]*>\s*([^<>\s$][^<>]*)</`, Attribute},
	{"</key>", `<key>\s*([^<>]+?)\s*</key>\s*<string>\s*([^<>\s$][^<>]*)`, Attribute},
	{"</", `<name>\s*([^<>]+?)\s*</name>\s*<value>\s*([^<>\s$][^<>]*)`, Attribute},
	{"</", `<value>\s*[^<>\s$][^<>]*</value>\s*<name>\s*([^<>]+?)\s*</name>`, SecretName},
	{"</", `<([\w.:-]+)(?:\s[^<>]*)?>\s*([^<>\s][^<>]*)</`, Attribute},
	{"><", `<([\w.:-]+)(?:\s[^<>]*)?>\s*<(?i:value|string|data)>\s*[^<>\s]`, SecretName},
	{"value=", `\b(?:name|key|id)=["']([^"']+)["']\s+value=["']([^"']+)["']`, Attribute},
	{"value=", `value=["'][^"']+["']\s+(?:name|key|id)=["']([^"']+)["']`, SecretName},
	{`"kty"`, `"(?:d|k|p|q|dp|dq|qi)"\s*:\s*"[\w-]{16,}"`, FormAlone},
	// keys in DER, in base64
	{"MII", `\bMII[A-Za-z0-9+/]{2,4}(?:IBAAK|IBADAN)[A-Za-z0-9+/]`, FormAlone},
	{"MI", `\bMII[A-Za-z0-9+/]{3}IBAz`, FormAlone}, // PKCS #12
	{"/u3+7Q", `(?:^|[^A-Za-z0-9+/])/u3\+7QAAAA`, FormAlone},
	{"MH", `\bMH[cg]CAQE[A-Za-z0-9+/]{20,}`, FormAlone},
	{"MIG", `\bMIG[A-Za-z0-9+/]{1,4}AgEAM[A-Za-z0-9+/]{20,}`, FormAlone},
	{"MC", `\bMC4CAQAwBQYDK2V[A-Za-z0-9+/]{20,}`, FormAlone},
}

// wordEnd is what comes after a password of one plain word, and not after a verb: to quayside on Monday, but not: to prevent
// lockouts.
const wordEnd = `["'\x60]?(?:[.,;)!]|$| (?:on|at|by|before|after|until|till|for|and|as|yesterday|today|in)\b)`
