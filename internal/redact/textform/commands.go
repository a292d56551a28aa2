package textform

// commandForms are secrets in command lines, by the programs that take them.
var commandForms = []form{
	{"SecureString", `\bput-parameter\b[^\n]*?--value[ =]["']?([^\s"']+)`, NoPlaceholder},
	{"secret", `\bsecrets? set\b[^\n]*?\s(?:--body[ =]|--value[ =]|-b |-v |[A-Z][A-Z0-9_]*=)["']?([^\s"']+)`, NoPlaceholder},
	{"<(", `([\w-]+)[ =]<\(\s*(?:echo|printf)\s+(?:-\w+\s+)*["']?([^\s"')]+)`, PrintedFile},
	{
		"<<<", `\b(?:kinit|sudo -S|passwd|secret create|cryptsetup|pass insert|secret-tool store|[\w-]+-stdin|--with-token)\b` +
			`[^\n]*<<<[ \t]*["']?([^\s"']+)`, NoPlaceholder,
	},
	{"curl", `\bcurl\b[^\n]*?\s(?:-E|--(?:proxy-)?cert)[ =]["']?[^\s"':]+:([^\s"',]+)`, NoPlaceholder},
	{"<<<", `<<<[ \t]*["']?([A-Za-z0-9+/_-]{16,}={0,2})`, TokenOrUUID},
	{"ssm put-parameter", `\bssm put-parameter\b[^\n]*?--name[ =]["']?([\w/.-]+)["']?\s[^\n]*?--value[ =]`, SecretPath},
	{"vault write", `\bvault write\s[^\n]*?\bvalue=["']?([^\s"']+)`, NoPlaceholder},
	{"(?i)kv put|etcdctl", `\b(?:kv|etcdctl\b[^\n]*) put\s+(?:-\S+\s+)*["']?([\w./:-]+)["']?\s+["']?[^\s"'-]`, SecretPath},
	{"redis-cli", `\bredis-cli\b[^\n]*? (?i:set)\s+["']?([\w./:-]+)["']?\s+["']?[^\s"'-]`, SecretPath},
	{"poetry config", `\bpoetry config (?:pypi-token|http-basic)\.\S+\s+([^\s"'-]\S*)`, NoPlaceholder},
	{"-u", `(?:^|\s)-u[ =]["']?[A-Za-z][\w.-]*:([^\s"':,]{6,})`, UnlikeWord},
	{"create secret", `\bcreate secret\b[^\n]*?--from-literal[ =]["']?[\w.-]+=([^\s"']+)`, NoPlaceholder},
	{"(?i)sqlplus|sqlldr|rman|impdp|expdp", `\b(?:sqlplus|sqlldr|rman|impdp|expdp)\b[^\n]*?\s[\w$#]+/([^\s/@"']+)`, NoPlaceholder},
	{"htpasswd", `\bhtpasswd\s+-\w*b\w*(?:\s+[^\s]+){1,2}\s+([^\s]+)`, NoPlaceholder},
	{"net use", `\bnet use\s[^\n]*?([^\s/*][^\s]*)\s+/user:`, NoPlaceholder},
	{
		"curl", `\bcurl\b[^\n]*?(?:-[a-zA-Z]*u|--user|-U|--proxy-user|["' ]user =)(?:[ \t=]*|["'],[ \t]*)` +
			`["']?[^\s"':,]+:([^\s"',]+)`, NoPlaceholder,
	},
	{"wget", `\bwget\b[^\n]*?--(?:http-|ftp-|proxy-)?password[ =]["']?([^\s"']+)`, NoPlaceholder},
	{"-a", `(?:^|[\s"'|;&])(?:https?|xhs?)\s(?:[^\n]*?\s)?(?:-a|--auth)[ =]["']?[^\s"':]+:([^\s"']+)`, NoPlaceholder},
	{"vault login", `\bvault login\s+(?:-[^\s]+\s+)*([^\s=-][^\s=]{7,})`, NoPlaceholder},
	{"vault ", `\bvault(?: operator)?\s+(?:unseal|rekey|generate-root)\s+(?:-[^\s]+\s+)*([^\s=-][^\s]{15,})`, NoPlaceholder},
	{"ENV ", `\bENV[ \t]+(\S+)[ \t]+\S`, SecretName},
	{"set", `\bset(?:x|env)?[ \t]+(?:-\w+[ \t]+)*(\S+)[ \t]+["']?([^\s"']+)`, SetCommand},
	{"/p:", `\s/u:\S+[^\n]*?\s/p:["']?([^\s"']+)`, NoPlaceholder},
	{"user", `\buser(?:add|mod)\b[^\n]*?\s-p[ =]?["']?([^\s"']+)`, NoPlaceholder},
	{"-user", `\s-{1,2}user[ =]["']?([^\s"':]+:[^\s"',]+)`, PasswordPair},
	{
		"(?i)echo|printf", printedText + `\|[^\n]*(?:stdin\b|\bsecret create\b|\bsudo -S|\bkinit\b|\bcryptsetup\b|--with-token\b|` +
			`\bchpasswd\b|\bpasswd\b|\bhtpasswd -\w*i|\bvault login[^\n]* -(?:\s|$))`, NoPlaceholder,
	},
	{"base64", `\b(?:echo|printf)\s+(?:-\w+\s+)*["']?[^\s"':|$]+:([^\s"'|$%]+)["']?\s*\|\s*(?:openssl\s+)?base64\b`, NoPlaceholder},
	{
		"base64", `\bprintf[ \t]+["']?[^\s"'|$]*%s["']?[ \t]+(?:["']?[^\s"'|$]+["']?[ \t]+)?["']?([^\s"'|$]+)["']?[ \t]*\|[ \t]*` +
			base64Program, NoPlaceholder,
	},
	{"(?i)echo|printf", printedText + `>+[ \t]*["']?[^\s"'|;&]*(?:secret|passw|credential|token)`, NoPlaceholder},
	{
		"sed", `\bsed\b[^\n]*?\bs[/|#][^/|#\n]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)[^/|#\n]*[/|#]` +
			`([^/|#$\n]{2,}[a-z0-9][^/|#$\n]{2,})[/|#]`, NoPlaceholder,
	},
	{"base64", printedText + `\|[ \t]*` + base64Program, PrintedWord},
	{"chpasswd", `\bchpasswd\b[^\n]*<<<[ \t]*["']?[^\s"':]+:([^\s"']+)`, NoPlaceholder},
	{"-command", `--[\w-]*(?:password|pass|token|secret)-command[ =]["']?(?:echo|printf)\s+["']?([^\s"']+)`, NoPlaceholder},
	{"-", `(?:^|\s)-([A-Za-z])[ =]["']?([^\s"',]{8,})`, ShortFlag},
	{"(?i)-p|/p", `\s[-/]p(?:ass|w|wd)?:["']?([^\s"':]{6,})`, WindowsFlag},
	{"net user", `\bnet user\s+\S+\s+([^\s/*"'-][^\s"']*)`, MixedText},
	{" -p", `\s-(p)([A-Za-z0-9!#$%^&*~+]{8,})(?:\s|$)`, ShortFlag},
	{"vault token", `\bvault token\b[^\n]*?\s-id[ =]["']?([^\s"']+)`, NoPlaceholder},
	{"curl", `\bcurl\b[^\n]*?\s(?:-b|--cookie)[ =]?["']?[\w.-]+=([^\s"';]+)`, MixedText},
	{"db2 connect", `\bdb2 connect\b[^\n]*?\busing\s+([^\s"']+)`, NoPlaceholder},
	{"http-basic.", `\bhttp-basic\.\S+\s+\S+\s+([^\s"'-][^\s"']*)`, NoPlaceholder},
	{" login ", `\b(?:cargo|rclone|doctl) login\s+([^\s"'-][^\s"']*)`, NoPlaceholder},
	{"auth init", `\bauth init\b[^\n]*?\s(?:-t|--access-token)[ =]([^\s"']+)`, NoPlaceholder},
	{"nuget", `\bnuget\b[^\n]*?\s-(?:k|ApiKey)[ =]([^\s"']+)`, NoPlaceholder},
	{"radtest", `\bradtest\s+(?:-\S+\s+)*[^\s-]\S*\s+(\S+)\s`, NoPlaceholder},
	{"passwd", `\b(?:openssl passwd|mkpasswd)(?:\s+-m\s+\S+|\s+-\S+)*\s+["']?([^\s"'/$-][^\s"']*)`, MixedText},
	{"encrypt_string", `\bencrypt_string\s+["']?([^\s"'-][^\s"']*)`, NoPlaceholder},
	{"send ", `\bsend\s+(?:--\s+)?\\?"([^"\\\s]{6,})\\`, LetterAndDigit}, // expect
	{
		"(?i)token|auth|login",
		`\b(?:[a-z-]*auth-?token|set-[a-z]+-token|auth|login)\s+(?:[a-z]+\s+)?["']?([A-Za-z0-9_-]{20,})\b`, TokenOrUUID,
	},
	{"-k", `\s(?:-k|--key)[ =]([\w.-]+)\s+(?:-v|--value)[ =]\S`, SecretName},
	{"", `(?:^|\s)([A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)+)[ \t]+["']?([^\s"'=:,;(){}\[\]]{5,})`, SpacedPair},
}

// printedText matches what echo and printf write, without the name of a user before it.
const printedText = `\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)*(?:["']?(?:[^\s"'|:]+:)?%s(?:\\n)?["']?[ \t]+)?` +
	`["']?(?:[^\s"'|:]+:)?([^\s"'|]+)["']?[ \t]*`

const base64Program = `(?:openssl[ \t]+)?base64\b`
