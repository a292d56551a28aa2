package redact

import (
	"regexp"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
)

// commandForms are secrets in command lines, by the programs that take them.
var commandForms = []secretForm{
	{"SecureString", `\bput-parameter\b[^\n]*?--value[ =]["']?([^\s"']+)`, 1},
	{"vault kv", `\bvault kv (?:put|patch)\s[^\n]*?\s[\w.-]+=["']?([^\s"'@][^\s"']*)`, 1},
	{"secret", `\bsecrets? set\b[^\n]*?\s(?:--body[ =]|--value[ =]|-b |-v |[A-Z][A-Z0-9_]*=)["']?([^\s"']+)`, 1},
	{"keypass", `\b(?:keytool|jarsigner)\b[^\n]*?\s-(?:src|dest)?keypass[ =]["']?([^\s"']+)`, 1},
	{"<(", `([\w-]+)[ =]<\(\s*(?:echo|printf)\s+(?:-\w+\s+)*["']?([^\s"')]+)`, -10},
	{"<<<", `\b(?:kinit|sudo -S|passwd|cryptsetup|[\w-]+-stdin|--with-token)\b[^\n]*<<<[ \t]*["']?([^\s"']+)`, 1},
	{"curl", `\bcurl\b[^\n]*?\s(?:-E|--(?:proxy-)?cert)[ =]["']?[^\s"':]+:([^\s"',]+)`, 1},
	{"create secret", `\bcreate secret\b[^\n]*?--from-literal[ =]["']?[\w.-]+=([^\s"']+)`, 1},
	{"openssl", `\bopenssl\b[^\n]*?\s-[kK]\s+["']?([^\s"']+)`, 1},
	{"/", `\b(?:sqlplus|sqlldr|rman|impdp|expdp)\b[^\n]*?\s[\w$#]+/([^\s/@"']+)`, 1},
	{"-U", `\b(?:smbclient|rpcclient|smbget)\b[^\n]*?\s-U[ =]?["']?[^\s%"']+%([^\s"']+)`, 1},
	{"snmp", `\bsnmp[a-z]+\b[^\n]*?\s-[AXc]\s+["']?([^\s"']+)`, 1},
	{"htpasswd", `\bhtpasswd\s+-\w*b\w*(?:\s+[^\s]+){1,2}\s+([^\s]+)`, 1},
	{"net use", `\bnet use\s[^\n]*?([^\s/*][^\s]*)\s+/user:`, 1},
	{"rabbitmqctl", `\brabbitmqctl\b[^\n]*?\b(?:add_user|change_password|authenticate_user)\s+\S+\s+["']?([^\s"']+)`, 1},
	{"curl", `\bcurl\b[^\n]*?(?:-[a-zA-Z]*u|--user|-U|--proxy-user)(?:[ \t=]*|["'],[ \t]*)["']?[^\s"':,]+:([^\s"',]+)`, 1},
	{"wget", `\bwget\b[^\n]*?--(?:http-|ftp-|proxy-)?password[ =]["']?([^\s"']+)`, 1},
	{" -", `\b(?:https?|xhs?)\b[^\n]*? (?:-a|--auth)[ =]["']?[^\s"':]+:([^\s"']+)`, 1},
	{"mysql", `\bmysql[a-z]*\b[^\n]*?\s-p["']?([^\s"']+)`, 1},
	{"mariadb", `\bmariadb\b[^\n]*?\s-p["']?([^\s"']+)`, 1},
	{"sshpass", `\bsshpass\s+-p[ =]?["']?([^\s"']+)`, 1},
	{"redis-cli", `\bredis-cli\b[^\n]*?\s-a[ =]["']?([^\s"']+)`, 1},
	{"login", `\b(?:docker|podman|helm|az|oc|cf|skopeo|crane|nerdctl)\b[^\n]*?\blogin\b[^\n]*?\s-p[ =]["']?([^\s"']+)`, 1},
	{"-P", `\b(?:sqlcmd|bcp|[ot]sql|mssql-cli|ipmitool|(?:un)?zip|mosquit+o_[a-z]+|mqttx|knife)\b[^\n]*?\s-P[ =]?["']?([^\s"']+)`, 1},
	{"ldap", `\bldap(?:passwd\b[^\n]*?\s-[as]|(?:search|modify|add|whoami|passwd)\b[^\n]*?\s-[a-zA-Z]*w)[ =]?["']?([^\s"']+)`, 1},
	{"mongo", `\bmongo(?:sh|dump|restore)?\b[^\n]*?\s-p[ =]?["']?([^\s"'-][^\s"']*)`, 1},
	{"-p", `\b(?:cqlsh|rabbitmqadmin)\b[^\n]*?\s-p[ =]?["']?([^\s"']+)`, 1},
	{"vault login", `\bvault login\s+(?:-[^\s]+\s+)*([^\s=-][^\s=]{7,})`, 1},
	{"vault ", `\bvault(?: operator)?\s+(?:unseal|rekey|generate-root)\s+(?:-[^\s]+\s+)*([^\s=-][^\s]{15,})`, 1},
	{"ENV ", `\bENV[ \t]+(\S+)[ \t]+\S`, -1},
	{"set", `\bset(?:x|env)?[ \t]+(?:-\w+[ \t]+)*(\S+)[ \t]+["']?([^\s"']+)`, -18},
	{"7z", `\b7z[a-z]?\b[^\n]*?\s-p["']?([^\s"']+)`, 1},
	{"lftp", `\blftp\b[^\n]*?\s-u[ =]?["']?[^\s"',]+,([^\s"']+)`, 1},
	{"/p:", `\s/u:\S+[^\n]*?\s/p:["']?([^\s"']+)`, 1},
	{"user", `\buser(?:add|mod)\b[^\n]*?\s-p[ =]?["']?([^\s"']+)`, 1},
	{"-user", `\s-{1,2}user[ =]["']?([^\s"':]+:[^\s"',]+)`, -5},
	{
		"|", `\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)*["']?(?:[^\s"'|:]+:)?([^\s"'|]+)["']?[ \t]*\|[^\n]*` +
			`(?:stdin\b|\bsudo -S|\bkinit\b|\bcryptsetup\b|--with-token\b|\bchpasswd\b|\bpasswd\b)`, 1,
	},
	{"chpasswd", `\bchpasswd\b[^\n]*<<<[ \t]*["']?[^\s"':]+:([^\s"']+)`, 1},
	{"ssh-keygen", `\bssh-keygen\b[^\n]*?\s-[NP][ =]?["']?([^\s"']+)`, 1},
	{"-command", `--[\w-]*(?:password|pass|token|secret)-command[ =]["']?(?:echo|printf)\s+["']?([^\s"']+)`, 1},
	{" -", `\s-([A-Za-z])[ =]["']?([^\s"',]{8,})`, -12},
	{":", `\s[-/]p(?:ass|w|wd)?:["']?([^\s"':]{6,})`, -23},
	{"net user", `\bnet user\s+\S+\s+([^\s/*"'-][^\s"']*)`, -14},
	{" -p", `\s-(p)([A-Za-z0-9!#$%^&*~+]{8,})(?:\s|$)`, -12},
	{"vault token", `\bvault token\b[^\n]*?\s-id[ =]["']?([^\s"']+)`, 1},
	{"curl", `\bcurl\b[^\n]*?\s(?:-b|--cookie)[ =]?["']?[\w.-]+=([^\s"';]+)`, -14},
	{"ab ", `\bab\b[^\n]*?\s-[AP][ =]["']?[^\s"':/]+:([^\s"',/]+)`, 1},
	{"-a", `\b(?:hey|oha|bombardier)\b[^\n]*?\s-a[ =]["']?[^\s"':/]+:([^\s"',/]+)`, 1},
	{"db2 connect", `\bdb2 connect\b[^\n]*?\busing\s+([^\s"']+)`, 1},
	{"http-basic.", `\bhttp-basic\.\S+\s+\S+\s+([^\s"'-][^\s"']*)`, 1},
	{" login ", `\b(?:cargo|rclone|doctl) login\s+([^\s"'-][^\s"']*)`, 1},
	{"auth init", `\bauth init\b[^\n]*?\s(?:-t|--access-token)[ =]([^\s"']+)`, 1},
	{"nuget", `\bnuget\b[^\n]*?\s-(?:k|ApiKey)[ =]([^\s"']+)`, 1},
	{"mc ", `\bmc\s+(?:alias set|config host add)(?:\s+[^\s-]\S*){3}\s+([^\s"']+)`, 1},
	{"signtool", `\bsigntool\b[^\n]*?\s/p\s+([^\s"']+)`, 1},
	{"wpa_passphrase", `\bwpa_passphrase\s+\S+\s+([^\s"']+)`, 1},
	{"radtest", `\bradtest\s+(?:-\S+\s+)*[^\s-]\S*\s+(\S+)\s`, 1},
	{"passwd", `\b(?:openssl passwd|mkpasswd)(?:\s+-m\s+\S+|\s+-\S+)*\s+["']?([^\s"'/$-][^\s"']*)`, -14},
	{"encrypt_string", `\bencrypt_string\s+["']?([^\s"'-][^\s"']*)`, 1},
	{"send ", `\bsend\s+(?:--\s+)?\\?"([^"\\\s]{6,})\\`, -8}, // expect
	{" ", `\b(?:[a-z-]*auth-?token|set-[a-z]+-token|auth|login)\s+(?:[a-z]+\s+)?["']?([A-Za-z0-9_-]{20,})\b`, -19},
	{"_passwd", `\bmosquit+o_passwd\s+(?:-\S+\s+)*-b\s+\S+\s+\S+\s+([^\s"']+)`, 1},
	{"p ", `\b(?:swaks\b[^\n]*?\s-ap|sendemail\b[^\n]*?\s-xp)\s+["']?([^\s"']+)`, 1},
	{"-", `\s(?:-k|--key)[ =]([\w.-]+)\s+(?:-v|--value)[ =]\S`, -1},
	{"", `(?:^|\s)([A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)+)[ \t]+["']?([^\s"'=:,;(){}\[\]]{5,})`, -16},
}

// hasUserFlagSecret finds the password of any program that takes -u USER -p PASSWORD.
func hasUserFlagSecret(text string) bool {
	if !strings.Contains(text, " -p") && !strings.Contains(text, " -P") {
		return false
	}
	for _, at := range userFlagPattern().FindAllStringSubmatchIndex(text, -1) {
		value := text[at[2]:at[3]]
		isPassword := len(value) >= 4 && (randomness.HasLetterAndDigit(value) || strings.ContainsAny(value, "!#%^&*~+"))
		isName := plainform.IsVersion(value) || isFilePath(value) || isPlaceholder(value) || plainform.IsResourceName(value) ||
			plainform.IsReplica(value) || strings.ContainsAny(value, "/:=,$<{(")
		if isPassword && !isName && plainform.KnownProgram(lastPart(text[:at[0]])) == "" {
			return true
		}
	}
	return false
}

var userFlagPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\s(?:-[uU]|--user(?:name)?)[ =]["']?[A-Za-z][^\s"']*["']?\s(?:[^\n|;&]*?\s)?-[pP][ =]?["']?([^\s"']+)`)
})
