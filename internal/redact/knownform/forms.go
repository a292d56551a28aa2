// Package knownform recognises secrets by their form: keys, tokens of services, addresses that give access.
package knownform

import (
	"slices"
	"sync"
)

// forms are secrets with a recognisable form. The fixed part is searched first, because that costs almost nothing.
var forms = []struct{ part, form string }{
	// AWS: access keys, session tokens, signed requests
	{"IA", `\bA[KSB]IA[0-9A-Z]{16}\b`},
	{"ACCA", `\bACCA[0-9A-Z]{16}\b`},
	{"IQoJb3JpZ2lu", `\bIQoJb3JpZ2lu[A-Za-z0-9+/=%]{20,}`},
	{"oGZXIvYXdz", `\bF[wQ]oGZXIvYXdz[A-Za-z0-9+/=%]{20,}`},
	{"mz-", `(?i)X-Amz-(Signature|Security-Token|Credential)=`},
	// private keys
	{"PRIVATE KEY", `-----?(?: )?BEGIN [A-Z0-9 ]*PRIVATE KEY`},
	{"PuTTY-User-Key-File-", ``},
	{"AGE-SECRET-KEY-1", `AGE-SECRET-KEY-1[0-9A-Z]{20,}`},
	// tokens of this service
	{"tdsql_", `\btdsql_[A-Za-z0-9_-]{16,}`},
	// JSON Web Tokens, signed or encrypted
	{"eyJ", `\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*`},
	// tokens of services
	{"gh", `\bgh[pousr]_[A-Za-z0-9]{16,}`},
	{"github_pat_", `\bgithub_pat_[A-Za-z0-9_]{20,}`},
	{"glpat-", `\bglpat-[A-Za-z0-9_-]{16,}`},
	{"xox", `\bxox[abeoprs]-[A-Za-z0-9-]{10,}`},
	{"hooks.slack.com/", `hooks\.slack\.com/(services|workflows)/[A-Za-z0-9/]{16,}`},
	{"k_", `\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}`},
	{"sk-", `\bsk-[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{12,}`},
	{"AIza", `\bAIza[0-9A-Za-z_-]{35}`},
	{"_", `\b(?:(?:npm|hf|r8|gsk|ph[cx])_[A-Za-z0-9]{30,}|(?:rubygems|sbp|bkua)_[0-9a-f]{40,})`},
	{"pypi-", `\bpypi-[A-Za-z0-9_-]{30,}`},
	{"SG.", `\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`},
	{"dop_v1_", `\bdop_v1_[a-f0-9]{40,}`},
	{"fm", `\bfm[12][ar]?_[A-Za-z0-9+/=]{40,}`},
	{"hv", `\bhv[sbr]\.[A-Za-z0-9_-]{20,}`},
	{"gl", `\bgl(?:sa|c)_[A-Za-z0-9_+/=]{20,}`},
	{"dckr_", `\bdckr_[po]at_[A-Za-z0-9_-]{20,}`},
	{":AA", `(?:^|[^0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{32,34}`},
	{"sk_", `\bsk_[a-z]+_[A-Za-z0-9]{16,}`},
	{"SK", `\bSK[0-9a-f]{32}\b`},
	{"dapi", `\bdapi[0-9a-f]{32}`},
	{"NR", `\bNR(?:AK|AA|JS|RA|II)-[A-Za-z0-9]{16,}`},
	{"xapp-", `\bxapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]+`},
	{"ya29.", `\bya29\.[A-Za-z0-9_-]{20,}`},
	{"1//0", `\b1//0[A-Za-z0-9_-]{30,}`},
	{"GOCSPX-", `\bGOCSPX-[A-Za-z0-9_-]{20,}`},
	{"PMAK-", `\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}`},
	{"n_", `\blin_(?:api|oauth)_[A-Za-z0-9]{32,}|\bntn_[A-Za-z0-9]{40,}`},
	{"dp.", `\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{30,}`},
	{"sntry", `\bsntry[su]_[A-Za-z0-9+/=_]{30,}`},
	{"sl.", `\bsl\.(?:u\.)?[A-Za-z0-9_-]{60,}`},
	{"shp", `\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}`},
	{"atlasv1.", `\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{50,}`},
	{"AT", `\bAT(?:[AC]TT|BB)[A-Za-z0-9_=-]{30,}`},
	{"pul-", `\bpul-[0-9a-f]{40}`},
	{
		"(?i)pat-|waka|tok|key|secret|sdk|mob|api",
		`\b(?:pat-(?:na|eu|ap)[0-9]|waka|tok|token|key|secret|sdk|mob|api)[_-][0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`,
	},
	{"-us", `\b[0-9a-f]{32}-us[0-9]{1,2}\b`}, // Mailchimp
	{"tfp_", `\btfp_[A-Za-z0-9_]{40,}`},
	{"ops_", `\bops_eyJ[A-Za-z0-9+/=]{40,}`},
	{"LTAI", `\bLTAI[A-Za-z0-9]{16,24}\b`},
	{"AKID", `\bAKID[A-Za-z0-9]{28,36}\b`},
	{"EAA", `\bEAA[A-Z][A-Za-z0-9]{60,}`},
	{"whsec_", `\bwhsec_[A-Za-z0-9+/=]{20,}`},
	{"key-", `\bkey-[0-9a-f]{32}\b`},
	{"i-", `\bxai-[A-Za-z0-9]{30,}|\bnvapi-[A-Za-z0-9_-]{30,}`},
	{"gl", `\bgl(?:rt|dt|ptt|ft|imt|agent|soat|cbt|oas)-[A-Za-z0-9_-]{16,}`},
	{"sk.eyJ", `\bsk\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}`},
	{".com/", `hooks\.zapier\.com/hooks/(?:catch|standard)/[0-9]+/[a-z0-9]+|\bhook\.(?:[a-z0-9]+\.)?make\.com/[a-z0-9]{16,}`},
	{".com/", `maker\.ifttt\.com/[^\s"']*/key/[\w-]{16,}|events\.pagerduty\.com/(?:integration|x-ere)/[A-Za-z0-9]{20,}`},
	{".com/", `\b(?:betterstack|betteruptime)\.com/api/v1/heartbeat/[A-Za-z0-9]{16,}`},
	{".com/", `\.sumologic\.com/receiver/v1/http/[\w=-]{20,}|\.alchemy\.com/v2/[\w-]{20,}|\bpush\.statuscake\.com/\?[^\s]*PK=`},
	{"/", `\.infura\.io/(?:ws/)?v3/[0-9a-f]{32}|\.quiknode\.pro/[0-9a-f]{32,}`},
	{"/", `cronitor\.link/[a-z]/[0-9A-Za-z]{16,}|nosnch\.in/[0-9a-f]{10}`},
	{"/api/push/", `/api/push/[A-Za-z0-9]{10,}`}, // Uptime Kuma
	{"anaconda.org/t/", `anaconda\.org/t/[\w-]{16,}`},
	{"hc-ping.com", `hc-ping\.com/(?:[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{22}/)`},
	{"pipedream.net", `\beo[a-z0-9]{10,}\.m\.pipedream\.net`},
	{"api/webhooks/", `discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{20,}`},
	{"webhook.office.com", `webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{30,}`},
	{"chat.googleapis.com", `chat\.googleapis\.com/v1/spaces/[^\s]*[?&]key=`},
	{"/private-", `/private-[0-9a-f]{32}/`}, // the calendar of a person
	{"ntfy.sh/", `\bntfy\.sh/[\w-]{16,}`},
	{".com/", `\bapi\.squadcast\.com/v2/incidents/api/\w{16,}|\bloggly\.com/(?:inputs|bulk)/[0-9a-f-]{36}`},
	{"amzn.mws.", `\bamzn\.mws\.[0-9a-f-]{36}`},
	{"prv", `\b[xyzt]prv[1-9A-HJ-NP-Za-km-z]{90,}`},
	{"tskey-", `\btskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{20,}`},
	{"pat", `\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b`},
	{"access_token$", `\baccess_token\$(?:production|sandbox)\$\w+\$[0-9a-f]{32}`},
	{"CCIPAT_", `\bCCIPAT_[A-Za-z0-9]+_[0-9a-f]{32,}`},
	{"AC", `\bAC[0-9a-f]{32}:[0-9a-f]{32}\b`},
	{"NRAL", `\b[0-9a-f]{36}NRAL\b`},
	{":APA91b", `\bAAAA[\w-]{7}:APA91b[\w-]{60,}`},
	{"oauth:", `\boauth:[a-z0-9]{30}\b`},
	{"lsv2_", `\blsv2_[a-z]{2}_[0-9a-f]{32}_`},
	{"bedrock-api-key-", `\bbedrock-api-key-[A-Za-z0-9+/=]{40,}`},
	{"AccountKey=", `AccountKey=[A-Za-z0-9+/=]{8,}`},
	// connection strings that are not URLs
	{"(", `[^\s:/@]+:[^\s@]+@(?:tcp|unix)\(`},
	{"jdbc:oracle:", `jdbc:oracle:(?:thin|oci8?):[^/\s]+/[^@\s]+@`},
}

// longForms are forms without a fixed part that decides. A match has at least so many characters without a space.
var longForms = []struct {
	least      int
	part, form string
}{
	{59, ".", `\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}`}, // of Discord
	{50, ":", `(?:^|[\s"'=])(?:\*|\[\]|[\w-]+):[\w-]+\.[0-9a-f]{48,64}\b`},           // Unleash
	{51, ":", `(?:^|[^\w/])[12](?:/[0-9]{16}){1,2}:[0-9a-f]{32}\b`},                  // of Asana
	{55, "-", `\b(?:[0-9]{6}-){7}[0-9]{6}\b`},                                        // of BitLocker
	// seeds and private keys of NATS, Stellar and Bitcoin
	{56, "S", `\bS[ACNOU][A-Z2-7]{56}\b|\bS[A-D][A-Z2-7]{54}\b`},
	{51, "", `\b(?:5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51})\b`},
}

var patterns = sync.OnceValue(func() []Pattern {
	all := make([]Pattern, len(forms))
	for i, f := range forms {
		all[i] = NewPattern(f.part, f.form)
	}
	return all
})

var longPatterns = sync.OnceValue(func() []Pattern {
	all := make([]Pattern, len(longForms))
	for i, f := range longForms {
		all[i] = NewPattern(f.part, f.form)
	}
	return all
})

// Matches reports whether a text contains a secret of one of the forms.
func Matches(text string) bool {
	lower := LowerLetters(text)
	matches := func(p Pattern) bool { return p.CanMatch(text, lower) && p.Regexp().MatchString(text) }
	if slices.ContainsFunc(patterns(), matches) {
		return true
	}
	run := longestRun(text)
	for i, p := range longPatterns() {
		if longForms[i].least <= run && matches(p) {
			return true
		}
	}
	return false
}

// longestRun returns the most bytes in a text without white space between them.
func longestRun(text string) int {
	longest, start := 0, 0
	for i := range len(text) {
		if text[i] <= ' ' {
			longest, start = max(longest, i-start), i+1
		}
	}
	return max(longest, len(text)-start)
}
